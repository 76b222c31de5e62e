"""`b2brouter migrate`: the tables that many machines share, brought to the version of this program."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import ConfigurationError
from .output import plural, results


def migrate(
    database: Annotated[
        str | None,
        typer.Argument(
            metavar="DATABASE",
            envvar="B2BROUTER_DATABASE",
            help="postgresql://user@host/name. The password is better kept in PGPASSWORD or ~/.pgpass: others see "
            "what stands in a command.",
        ),
    ] = None,
    schema: Annotated[
        str, typer.Option(metavar="NAME", help="The schema that the tables are in.")
    ] = "b2brouter",
    worker: Annotated[
        bool,
        typer.Option(
            "--worker", help="The tables of the workers' queue, too, in a schema with _jobs behind it."
        ),
    ] = False,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print what would be run, for other tools; nothing is connected.")
    ] = False,
    after: Annotated[
        int,
        typer.Option(
            min=0, metavar="VERSION", help="With --sql: the version that the database has; 0 is none."
        ),
    ] = 0,
) -> None:
    """Make the tables of the ledger, and with --worker of its queue, or bring them to the version of this program.

    Nothing else does that by itself: not a worker's start, not an upload to a ledger that is there. Programs of the
    version before work on meanwhile.
    """
    # Here and not above: other commands don't pay for what this one needs.
    from .._postgres.schema import VERSION, migration_sql
    from .._postgres.schema import migrate as bring_up
    from .._postgres.url import DatabaseURL

    if after and not sql:
        raise ConfigurationError("--after: this is for --sql; a database itself says which version it has")
    if after > VERSION:
        raise ConfigurationError(f"--after: there is no version {after} here; the newest is {VERSION}")
    if sql:
        print(migration_sql(schema, after=after), end="")
        if worker:
            from ..fleet.engine import engine_sql

            print(f"\n{engine_sql(schema)}", end="")
        return
    if database is None:
        raise ConfigurationError(
            "DATABASE: name it, as postgresql://user@host:5432/name, or set B2BROUTER_DATABASE"
        )
    url = DatabaseURL(database)
    applied = bring_up(url, schema=schema)
    done = f"{plural(len(applied), 'migration')} applied" if applied else "nothing to do"
    results().print(f"{url}, schema {schema}: version {VERSION}, {done}", markup=False, highlight=False)
    if worker:
        from ..fleet.engine import engine_version, install_engine

        ran = install_engine(url, schema=schema)
        done = ", ".join(ran) if ran else "nothing to do"
        results().print(
            f"the workers' queue, Procrastinate {engine_version()}: {done}", markup=False, highlight=False
        )
