"""Procrastinate's tables, in a schema beside ours, and the function that wakes its workers.

Its functions rely on the search path, so they get a schema of their own that is nothing else. It notes no version itself,
and its schema can't be applied twice: what was run is noted here.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from .._postgres.connecting import connect
from .._postgres.failures import told
from .._postgres.schema import SCHEMA, do, installed, quoted
from .._postgres.url import DatabaseURL, driver
from ..errors import ConfigurationError

if TYPE_CHECKING:
    import psycopg

TASK: Final = "b2brouter.deliver"
QUEUE: Final = "b2brouter"
DOUBT_QUEUE: Final = "b2brouter_doubt"
"""Of documents that are perhaps on the server: looking for one takes a while, and must not keep the others waiting."""

_NAME: Final = "procrastinate"
_MIGRATION = re.compile(r"(\d+)\.(\d+)\.(\d+)_\d+_\w+\.sql")

_FUNCTIONS = """\
CREATE OR REPLACE FUNCTION {schema}.wake(document bigint, in_doubt boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql SET search_path = {jobs}, pg_temp AS $wake$
BEGIN
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
        CASE WHEN in_doubt THEN '{doubt_queue}' ELSE '{queue}' END,
        '{task}', 0, NULL, 'doc-' || document, jsonb_build_object('document', document), NULL
    )::procrastinate_job_to_defer_v1]);
EXCEPTION WHEN unique_violation THEN
    NULL; -- somebody is woken for it already
END
$wake$;

-- Deletes jobs that nobody will end: each is of a dead worker, or its document is settled long since. They are not tried
-- again: the document's own row says whether it is to be delivered. A function, since the triggers need the search path.
CREATE OR REPLACE FUNCTION {schema}.clear_jobs() RETURNS void
LANGUAGE sql SET search_path = {jobs}, pg_temp AS $clear$
    DELETE FROM procrastinate_jobs j WHERE j.task_name = '{task}' AND j.status <> 'todo' AND (
        j.status <> 'doing'
        OR NOT EXISTS (SELECT FROM procrastinate_workers w
            WHERE w.id = j.worker_id AND w.last_heartbeat > clock_timestamp() - interval '60 seconds')
        OR EXISTS (SELECT FROM {schema}.documents d WHERE d.id = (j.args ->> 'document')::bigint
            AND d.settled < clock_timestamp() - interval '10 minutes'))
$clear$;
REVOKE ALL ON FUNCTION {schema}.clear_jobs() FROM PUBLIC;
"""


def jobs_schema(schema: str) -> str:
    """Return the schema of the engine's tables."""
    return f"{quoted(schema)}_jobs"


def engine_version() -> str:
    """Return the version of Procrastinate here.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        return version(_NAME)
    except PackageNotFoundError:
        raise ConfigurationError(
            "procrastinate is not installed, which hands out the work: pip install 'b2brouter-async[fleet]'"
        ) from None


def engine_sql(schema: str = SCHEMA) -> str:
    """Return what makes the engine's tables in a database that has none, as SQL for tools like Alembic.

    Args:
        schema: the schema of ours.

    Raises:
        ConfigurationError: the engine is not installed.
    """
    here, jobs = engine_version(), jobs_schema(schema)
    return (
        f"-- b2brouter: the tables of Procrastinate {here}, in the schema {jobs}. Run it in one transaction.\n"
        f"CREATE SCHEMA {jobs};\nSET LOCAL search_path = {jobs}, pg_temp;\n\n{_text('schema.sql')}\n"
        f"SET LOCAL search_path = pg_catalog, pg_temp;\n\n{_functions(schema)}\n"
        f"INSERT INTO {quoted(schema)}.about (name, value) VALUES ('{_NAME}', '{here}');\n"
    )


def _functions(schema: str) -> str:
    return _FUNCTIONS.format(
        schema=quoted(schema), jobs=jobs_schema(schema), task=TASK, queue=QUEUE, doubt_queue=DOUBT_QUEUE
    )


def install_engine(database: str | DatabaseURL, *, schema: str = SCHEMA) -> list[str]:
    """Make the engine's tables, or bring them to the version that is installed here. Blocks.

    Example:
        steps = await anyio.to_thread.run_sync(install_engine, "postgresql://…")

    Our own tables must be there.

    Args:
        database: its address, `postgresql://…`.
        schema: the schema of ours; the engine's has `_jobs` behind it.

    Returns:
        What was run; nothing where all was there.

    Raises:
        ConfigurationError: the engine is not installed, the database can't be reached, our tables are missing, or the role
            may not make tables.
    """
    here = engine_version()  # before the driver: the extra that brings the engine brings that, too
    url = database if isinstance(database, DatabaseURL) else DatabaseURL(database)
    psycopg: Any = driver()
    problem = ""
    try:
        with connect(url, autocommit=True) as connection:
            return _install_on(connection, here, schema)
    except psycopg.Error as error:
        problem = told(url, error, schema)
    raise ConfigurationError(f"{url}: the engine's tables can't be made: {problem}", argument="database")


def _install_on(connection: psycopg.Connection[Any], here: str, schema: str) -> list[str]:
    ran: list[str] = []
    jobs = jobs_schema(schema)
    with connection.transaction():
        # One after the other, also where two begin at once.
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"b2brouter.migrations.{schema}",)
        )
        if do(connection, installed(schema)).version < 2:
            raise ConfigurationError(
                f"the schema {schema} has no outbox yet: bring its tables to this version with 'b2brouter migrate'",
                argument="database",
            )
        there = _noted(connection, schema)
        if there is None:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {jobs}".encode())
            _run(connection, jobs, _text("schema.sql"))
            ran.append("schema.sql")
        else:
            for name in _migrations_after(there):
                _run(connection, jobs, _text("migrations", name))
                ran.append(name)
        connection.execute(_functions(schema).encode())
        if there != here:
            connection.execute(
                f"INSERT INTO {quoted(schema)}.about (name, value) VALUES (%s, %s)"  # noqa: S608
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value".encode(),
                (_NAME, here),
            )
    return ran


def _noted(connection: psycopg.Connection[Any], schema: str) -> str | None:
    question = f"SELECT value FROM {quoted(schema)}.about WHERE name = %s"  # noqa: S608
    row = connection.execute(question.encode(), (_NAME,)).fetchone()
    return None if row is None else str(row[0])


def _run(connection: psycopg.Connection[Any], jobs: str, sql: str) -> None:
    connection.execute(f"SET LOCAL search_path = {jobs}, pg_temp".encode())
    connection.execute(sql.encode())
    connection.execute(b"SET LOCAL search_path = pg_catalog, pg_temp")


def _text(*path: str) -> str:
    return files("procrastinate.sql").joinpath(*path).read_text(encoding="utf-8")


def _migrations_after(there: str) -> list[str]:
    found = tuple(int(part) for part in re.findall(r"\d+", there)[:3])
    names = (one.name for one in files("procrastinate.sql").joinpath("migrations").iterdir())
    return sorted(
        name
        for name in names
        if (match := _MIGRATION.fullmatch(name)) and tuple(map(int, match.groups())) > found
    )


def check_engine(connection: psycopg.Connection[Any], schema: str) -> None:
    """Make sure that the engine's tables are those of the version here.

    Raises:
        ConfigurationError: they are missing, or older.
    """
    here, there = engine_version(), _noted(connection, schema)
    if there is None or _migrations_after(there):
        raise ConfigurationError(
            f"the engine's tables in the schema {jobs_schema(schema)} are "
            f"{'missing' if there is None else f'of version {there}, and {here} is installed'}: "
            "bring them there with 'b2brouter migrate --worker'",
            argument="database",
        )


_NEEDED: Final = {
    "": {
        "about": ("SELECT", "INSERT", "UPDATE"),
        "contents": ("SELECT",),
        "documents": ("SELECT", "INSERT", "UPDATE"),
        "holders": ("SELECT", "INSERT", "UPDATE", "DELETE"),
        "journals": ("SELECT", "INSERT"),
        "sightings": ("SELECT", "INSERT"),
    },
    "_jobs": {
        "procrastinate_events": ("SELECT", "INSERT", "DELETE"),
        "procrastinate_jobs": ("SELECT", "INSERT", "UPDATE", "DELETE"),
        # By a trigger, when a job is deleted.
        "procrastinate_periodic_defers": ("SELECT", "UPDATE"),
        "procrastinate_workers": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    },
}
"""What a worker does with which tables, by what stands behind the schema's name."""


def check_rights(connection: psycopg.Connection[Any], schema: str) -> None:
    """Make sure that a worker's role may do what it has to: the engine would begin anew for ever, and say why in its log.

    Raises:
        ConfigurationError: it may not; the text says what is missing.
    """
    wanted = [
        (quoted(schema) + behind, table, right)
        for behind, tables in _NEEDED.items()
        for table, rights in tables.items()
        for right in rights
    ]
    missing = connection.execute(
        b"SELECT right_, schema_ || '.' || table_ FROM unnest(%s::text[], %s::text[], %s::text[])"
        b" AS wanted (schema_, table_, right_) WHERE NOT (has_schema_privilege(schema_, 'USAGE')"
        b" AND has_table_privilege(schema_ || '.' || table_, right_)) LIMIT 1",
        [list(column) for column in zip(*wanted, strict=True)],
    ).fetchone()
    if missing is None:
        functions = (f"{quoted(schema)}.wake(bigint, boolean)", f"{quoted(schema)}.clear_jobs()")
        missing = connection.execute(
            b"SELECT 'EXECUTE', f FROM unnest(%s::text[]) AS f WHERE NOT has_function_privilege(f, 'EXECUTE') LIMIT 1",
            [list(functions)],
        ).fetchone()
    if missing is None:
        missing = connection.execute(
            # A function is asked of any row, before or after other conditions: hence CASE.
            b"SELECT 'USAGE', n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            b" WHERE n.nspname = %s"
            b" AND CASE c.relkind WHEN 'S' THEN NOT has_sequence_privilege(c.oid, 'USAGE') ELSE false END LIMIT 1",
            [jobs_schema(schema)],
        ).fetchone()
    if missing is not None:
        raise ConfigurationError(
            f"this role has no right to {missing[0]} {missing[1]}; docs/fleet.md has all that a worker's role is to be granted",
            argument="database",
        )
