"""The limiter for several processes on one key: one ledger in PostgreSQL, on its clock."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from weakref import WeakValueDictionary

from ..._keywords import tells_misspelt
from ..._postgres.failures import passes, way_out
from ..._postgres.schema import SCHEMA, quoted
from ..._postgres.url import DatabaseURL, driver
from ...errors import ConfigurationError
from ..shared.bucket import SharedTokenBucket

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    import psycopg

    from ..reports import Rejection


@tells_misspelt
class PostgresTokenBucket(SharedTokenBucket):
    """A `TokenBucket` that all processes with one key share through PostgreSQL, where a team has no Redis.

    Example:
        bucket = PostgresTokenBucket("postgresql://…", "api-staging.b2brouter.net", "test_…", 600)
        async with B2Brouter("test_…", limiter=bucket) as client:
            accounts = await client.accounts.list()

    The same promise, the same logic and the same interface as `RedisTokenBucket`: a function in the
    database keeps ledger, pace and sliding window on the database's clock, holding one row for each
    budget locked for the length of a call. The tables are unlogged; after a crash, or on a standby
    that took over, nobody sends for one period.

    The database must have the package's tables: `b2brouter migrate postgresql://…`. One thread per
    bucket speaks to it, over four connections at most for all buckets of a process; nothing outlives
    a transaction, so a pooler is no matter.
    Needs the extra `postgres`.

    Args:
        database: its address, `postgresql://user:password@host:5432/name`.
        host: host name of the API.
        api_key: the key; only a hash of it reaches the database.
        limit: requests per period the server allows, all processes together.
        period: length of the period in seconds.
        burst: see `TokenBucket`.
        schema: the schema with the package's tables.
        max_in_flight: leases out at once, all processes together.
        lease: seconds after which the lease of a silent process is taken for dead; not less
            than the longest total timeout in use.
        grace: see `TokenBucket`.
        freeze_cap: see `TokenBucket`.
        on_database_error: what to do when the database doesn't answer for `patience` seconds.
            `"fail"` raises `LimiterUnavailableError` from `acquire`. `"local"` waits one period, since
            what the others have just sent is no longer known, and goes on with this process's share.
        processes: how many processes share the limit; needed for `"local"`.
        patience: seconds of silence that are no outage.
        on_rejected: see `TokenBucket`.

    Raises:
        ConfigurationError: A number that makes no limiter, no address of a database, or psycopg is
            not installed.
    """

    _store = "PostgreSQL"
    _on_error = "on_database_error"

    def __init__(
        self,
        database: str | DatabaseURL,
        host: str,
        api_key: str,
        limit: int,
        period: float = 60.0,
        burst: float | None = None,
        *,
        schema: str = SCHEMA,
        max_in_flight: int | None = None,
        lease: float = 120.0,
        grace: float = 120.0,
        freeze_cap: float | None = None,
        on_database_error: Literal["fail", "local"] = "fail",
        processes: int | None = None,
        patience: float = 2.0,
        on_rejected: Callable[[Rejection], None] | None = None,
    ) -> None:
        if not isinstance(database, (str, DatabaseURL)):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(
                f"expected the address of a database, got {type(database).__name__}", argument="database"
            )
        url = database if isinstance(database, DatabaseURL) else DatabaseURL(database)
        names: dict[str, object] = {"host": host, "api_key": api_key}
        super().__init__(
            partial(ReserveFunction, url, schema, patience),
            [budget_name(host, api_key)] if all(isinstance(name, str) for name in names.values()) else [],
            names,
            limit=limit,
            period=period,
            burst=burst,
            max_in_flight=max_in_flight,
            lease=lease,
            grace=grace,
            freeze_cap=freeze_cap,
            on_error=on_database_error,
            processes=processes,
            patience=patience,
            on_rejected=on_rejected,
        )
        self._schema = quoted(schema)

    @staticmethod
    def _passes(error: Exception) -> bool:
        return passes(error)

    def _reason(self, error: Exception) -> str:
        # Undefined function, schema or table.
        if getattr(error, "sqlstate", None) in ("42883", "3F000", "42P01"):
            return (
                f"the database lacks the limiter's tables in the schema {self._schema}; make them with: "
                "b2brouter migrate postgresql://…"
            )
        if getattr(error, "sqlstate", None) == "42501":
            return (
                f"the role may not use the limiter's tables in the schema {self._schema}; grant it SELECT, INSERT, UPDATE "
                "and DELETE on limits and limit_slots"
            )
        way = way_out(error, self._schema)
        return super()._reason(error) if way is None else f"{super()._reason(error)}; {way}"


def budget_name(host: str, api_key: str) -> str:
    """Name a budget: the API key only as a hash."""
    return hashlib.sha256(f"{host.lower()}\0{api_key}".encode()).hexdigest()[:32]


class ReserveFunction:
    """Calls the function `reserve` of the database, each time in a transaction of its own.

    All of the transaction is sent at once, its end too: a process that is stopped in the middle
    leaves nothing locked.
    """

    def __init__(self, url: DatabaseURL, schema: str, patience: float) -> None:
        """Prepare; it is connected at the first call."""
        self._connections = _Connections.shared(url, patience)
        self._patience = patience
        self._psycopg: Any = driver()
        self._call = f"SELECT {quoted(schema)}.reserve(%s, %s)".encode()

    def __call__(self, keys: Sequence[str], args: Sequence[str | int]) -> list[Any]:
        """Call it; a connection that doesn't work is let go of, and the next call makes another."""
        with self._connections.one() as connection:
            return self._transact(connection, keys[0], [str(one) for one in args])

    def _transact(self, connection: psycopg.Connection[Any], budget: str, args: list[str]) -> list[Any]:
        most = str(max(1, round(self._patience * 1000))).encode()
        # One message: a process that is stopped while it sends can't hold the budget's row.
        # READ COMMITTED is said, for under another level the function would see an old state; what a crash takes is gone anyway.
        cursor = self._psycopg.ClientCursor(connection)
        cursor.execute(
            b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT set_config('synchronous_commit', 'off', true), "
            b"set_config('lock_timeout', '"
            + most
            + b"', true), set_config('statement_timeout', '"
            + most
            + b"', true); "
            + self._call
            + b"; COMMIT",
            (budget, args),
        )
        cursor.nextset()
        cursor.nextset()
        row = cursor.fetchone()
        assert row is not None
        return list(row[0])


class _Connections:
    """The connections of all budgets of a process in one database.

    Few, for however many keys: one for each would be more than a server has, and one that is made anew costs it more than
    many calls. Gone with the last budget that has something to do.
    """

    MOST = 4
    _all: ClassVar[WeakValueDictionary[tuple[DatabaseURL, float, int], _Connections]] = WeakValueDictionary()
    _lock: ClassVar[Any] = threading.Lock()

    def __init__(self, url: DatabaseURL, patience: float) -> None:
        self._url, self._patience = url, patience
        self._pid = os.getpid()
        self._turns = threading.Semaphore(self.MOST)
        self._idle: deque[psycopg.Connection[Any]] = deque()  # its append and pop need no lock

    @classmethod
    def shared(cls, url: DatabaseURL, patience: float) -> _Connections:
        """Return those of this process: a forked one has none of its parent's."""
        with cls._lock:
            return cls._all.setdefault((url, patience, os.getpid()), cls(url, patience))

    @contextlib.contextmanager
    def one(self) -> Generator[psycopg.Connection[Any]]:
        """Lend a connection for one call; one that the call failed on is closed."""
        with self._turns:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
            try:
                yield connection
            except BaseException:
                # What has cut this one has probably cut the others.
                self._idle.append(connection)
                self._close_idle()
                raise
            self._idle.append(connection)

    def _close_idle(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                connection = self._idle.pop()
                with contextlib.suppress(Exception):
                    connection.close()

    def _connect(self) -> psycopg.Connection[Any]:
        milliseconds = str(max(1, round(self._patience * 1000)))
        parts = self._url.reveal(
            connect_timeout=str(max(2, round(self._patience))),  # libpq's least is 2
            application_name="b2brouter limiter",
            keepalives_idle="5",
            keepalives_interval="3",
            keepalives_count="3",
            tcp_user_timeout=milliseconds,
        )
        # A pooler hands a prepared statement to nobody else.
        made: psycopg.Connection[Any] = driver().connect(**parts, autocommit=True, prepare_threshold=None)
        return made

    def __del__(self) -> None:
        """Let go of them, unless they are the parent's of a forked process."""
        if self._pid == os.getpid():
            self._close_idle()

    @classmethod
    def after_fork_in_child(cls) -> None:
        """Begin anew: a thread of the parent may have held the lock, and doesn't run here."""
        cls._lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_Connections.after_fork_in_child)
