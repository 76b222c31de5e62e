"""Which tables there are, by version, and how a database comes from one version to the next.

Nothing is migrated by itself: not on import, not when a worker starts. Migrations only add, so a program of an older
version works on a newer schema until a migration says from which version on it does.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from attrs import frozen

from ..errors import ConfigurationError
from .connecting import connect
from .failures import told
from .url import DatabaseURL, driver

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import psycopg

    from .session import Steps

T = TypeVar("T")

SCHEMA: Final = "b2brouter"
"""The schema of ours in the database, where nobody says another."""


@frozen
class Migration:
    """One step from a version of the tables to the next."""

    version: int
    name: str
    works_from: int
    """The oldest version that a program may know and still work on the tables after this step."""

    def sql(self, schema: str = SCHEMA) -> str:
        """Return its statements, with the line that notes it in the table of migrations."""
        text = (_FOLDER / f"{self.version:04}_{self.name}.sql").read_text(encoding="utf-8")
        return (
            f"{text.format(schema=quoted(schema)).strip()}\n\n"
            f"INSERT INTO {quoted(schema)}.migrations (version, name, works_from)"
            f" VALUES ({self.version}, '{self.name}', {self.works_from});\n"
        )


_FOLDER = files("b2brouter_async._postgres.migrations")

MIGRATIONS: Final[Sequence[Migration]] = (
    Migration(1, "ledger", works_from=1),
    Migration(2, "outbox", works_from=1),
    Migration(3, "limiter", works_from=1),
    Migration(4, "refused_probes", works_from=1),
    Migration(5, "next_opening", works_from=1),
    Migration(6, "told_again", works_from=1),
)
VERSION: Final = MIGRATIONS[-1].version


@frozen
class Installed:
    """What a database has."""

    version: int
    """Of the tables; 0 where there are none."""
    works_from: int = 0
    """The oldest version that a program may know to work on them."""


_KEPT: Final = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
    collation column concurrently constraint create cross current_catalog current_date current_role current_schema
    current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch
    for foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral
    leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer
    overlaps placing primary references returning right select session_user similar some symmetric table
    tablesample then to trailing true union unique user using variadic verbose when where window with system_user
    """.split()  # noqa: SIM905
)
"""Words that PostgreSQL keeps for itself (its `pg_get_keywords()` says which; those of 15 to 18 are here)."""


@cache
def quoted(schema: str) -> str:
    """Return a schema's name as it is written in SQL.

    Raises:
        ConfigurationError: it is a name that needs quotes, or PostgreSQL's own.
    """
    own = schema.startswith("pg_") or schema == "information_schema" or schema in _KEPT
    if own or not re.fullmatch(r"[a-z_][a-z0-9_]{0,40}", schema):
        raise ConfigurationError(
            f"{schema!r} can't be the name of a schema here; use small letters, digits and _, and no word of SQL's own",
            argument="schema",
        )
    return schema


def migration_sql(schema: str = SCHEMA, *, after: int = 0) -> str:
    """Return what brings a database to this version, as SQL to be run in one transaction, for tools like Alembic.

    Example:
        Path("b2brouter.sql").write_text(migration_sql(after=0), encoding="utf-8")

    Args:
        schema: the schema of ours.
        after: the version that the database has; 0 for an empty one.
    """
    head = f"-- b2brouter: the tables of version {VERSION} in the schema {quoted(schema)}. Run it in one transaction.\n"
    begin = [] if after else [_begin(schema)]
    return "\n".join([head, *begin, *(one.sql(schema) for one in MIGRATIONS if one.version > after)])


def _begin(schema: str) -> str:
    name = quoted(schema)
    return (
        f"CREATE SCHEMA {name};\n\n"
        f"CREATE TABLE {name}.migrations (\n"
        "    version integer PRIMARY KEY,\n"
        "    name text NOT NULL,\n"
        "    works_from integer NOT NULL,\n"
        "    applied timestamptz NOT NULL DEFAULT clock_timestamp()\n"
        ");\n"
    )


def installed(schema: str = SCHEMA) -> Steps[Installed]:
    """Return what a database has of our tables."""
    # The catalogue and not to_regclass: a role without rights on the schema must hear the truth.
    there = yield (
        b"SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        b" WHERE n.nspname = %(schema)s AND c.relname = 'migrations' AND c.relkind = 'r'",
        {"schema": schema},
    )
    if not there:
        return Installed(0)
    question = (
        f"SELECT coalesce(max(version), 0), coalesce(max(works_from), 0) FROM {quoted(schema)}.migrations"  # noqa: S608
    )
    ((version, works_from),) = yield question.encode(), {}
    return Installed(int(version), int(works_from))


def do(connection: psycopg.Connection[Any], steps: Steps[T]) -> T:
    """Do something on a connection, in whatever transaction it is."""
    rows: list[tuple[Any, ...]] | None = None
    while True:
        try:
            sql, values = next(steps) if rows is None else steps.send(rows)
        except StopIteration as stop:
            return cast("T", stop.value)
        rows = connection.execute(sql, values).fetchall()


def migrate_on(connection: psycopg.Connection[Any], schema: str = SCHEMA) -> list[int]:
    """Bring a database to this version, in a transaction of its own. Many may do so at once.

    Args:
        connection: one that is in no transaction.
        schema: the schema of ours.

    Returns:
        The versions that were applied; none where all were there.
    """
    applied: list[int] = []
    with connection.transaction():
        # What the application has set for its own transactions doesn't hold here.
        connection.execute("SET LOCAL TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE")
        connection.execute("SET LOCAL synchronous_commit = on")
        # Held to the transaction's end, so that two who begin at once come one after the other; a pooler is no matter.
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"b2brouter.migrations.{schema}",)
        )
        version = do(connection, installed(schema)).version
        if not version:
            begin = _begin(schema)
            if connection.execute("SELECT to_regnamespace(%s)", (schema,)).fetchone() != (None,):
                # Made by somebody who may do so, for a role that may not.
                begin = begin.partition(";\n")[2]
            connection.execute(begin.encode())
        for migration in MIGRATIONS:
            if migration.version > version:
                connection.execute(migration.sql(schema).encode())
                applied.append(migration.version)
    return applied


def make_where_none_are(database: str | DatabaseURL, *, schema: str = SCHEMA) -> None:
    """Make the tables in a database that has none of them; those of another version stay as they are. Blocks.

    Raises:
        ConfigurationError: as for `migrate`.
    """

    def make(connection: psycopg.Connection[Any]) -> None:
        if not do(connection, installed(schema)).version:
            migrate_on(connection, schema)

    _with_connection(database, schema, make)


def migrate(database: str | DatabaseURL, *, schema: str = SCHEMA) -> list[int]:
    """Bring a database to this version. Blocks: to be called in a thread, or by a program that does nothing else.

    Example:
        done = await anyio.to_thread.run_sync(migrate, "postgresql://…")

    Args:
        database: its address, `postgresql://…`.
        schema: the schema of ours.

    Returns:
        The versions that were applied; none where all were there.

    Raises:
        ConfigurationError: the address is none, the database can't be reached, or the role may not make tables.
    """
    return _with_connection(database, schema, lambda connection: migrate_on(connection, schema))


def _with_connection(
    database: str | DatabaseURL, schema: str, use: Callable[[psycopg.Connection[Any]], T]
) -> T:
    url = database if isinstance(database, DatabaseURL) else DatabaseURL(database)
    psycopg: Any = driver()
    problem = ""
    try:
        with connect(url, autocommit=True) as connection:
            return use(connection)
    except psycopg.Error as error:
        problem = told(url, error, schema)
    raise ConfigurationError(f"{url} can't be migrated: {problem}", argument="database")
