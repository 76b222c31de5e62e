"""The ledger in a database, as one process uses it: one connection, one lease, any number of journals."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Self, TypeVar

import anyio
import anyio.to_thread

from ...._postgres.schema import SCHEMA, VERSION, Installed, installed, migrate, quoted
from ...._postgres.session import DatabaseError, Session
from ...._postgres.url import DatabaseURL
from ....errors import ConfigurationError
from ..errors import JournalError
from .holder import Holder, LeaseTimes
from .steps import Failover, LedgerSteps

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ...._postgres.session import Steps

T = TypeVar("T")


class Ledger:
    """The ledger in a PostgreSQL, which any number of processes share.

    Example:
        about = {"host": client.base_url, "environment": client.environment.name, "account": "1234"}
        async with await Ledger.open("postgresql://…") as ledger:
            journal = await PostgresJournal.on(ledger, {**about, "direction": "issued", "send": "yes"})

    One for a process: it has one connection, in a thread of its own, and one lease, which says that this process is
    alive. What it has claimed is given to others when the lease is over.
    """

    def __init__(self, session: Session, schema: str, times: LeaseTimes, name: str | None) -> None:
        """Take over what `open` has prepared."""
        self.session = session
        self.schema = schema
        self.steps: LedgerSteps = LedgerSteps(schema)
        self.holder: Holder = Holder(self.steps.sql, times, name)
        self.failover: Failover | None = None
        """When the database was last another one; what was written before may have been sent without being noted."""

    @classmethod
    async def open(
        cls,
        database: str | DatabaseURL,
        *,
        schema: str = SCHEMA,
        times: LeaseTimes | None = None,
        patience: float = 30.0,
        name: str | None = None,
    ) -> Self:
        """Open the ledger of a database that has the tables, and begin a lease.

        Example:
            async with await Ledger.open("postgresql://…", name="worker 1") as ledger:
                ...

        Args:
            database: its address, `postgresql://user:password@host:5432/name`.
            schema: where the tables are.
            times: how long a lease is.
            patience: seconds that the database may be away before what was asked fails.
            name: what people see of this process; the machine and the number of the process where it is left out.

        Raises:
            JournalError: the database can't be reached, or its tables are missing or of another version.
            ConfigurationError: the address is none, or psycopg is not installed.
        """
        opened = await cls.open_existing(database, schema=schema, times=times, patience=patience, name=name)
        if opened is None:
            url = _url(database)
            raise JournalError(
                f"{url} has no tables of ours in the schema {schema}: make them with 'b2brouter migrate', or "
                "b2brouter_async.fleet.migrate(…)"
            )
        return opened

    @classmethod
    async def open_existing(
        cls,
        database: str | DatabaseURL,
        *,
        schema: str = SCHEMA,
        times: LeaseTimes | None = None,
        patience: float = 30.0,
        name: str | None = None,
    ) -> Self | None:
        """Open the ledger of a database. None where it has none of the tables.

        Example:
            ledger = await Ledger.open_existing("postgresql://…")
            if ledger is not None:
                await ledger.close()

        Raises:
            JournalError: the database can't be reached, or its tables are of another version.
            ConfigurationError: the address is none, or psycopg is not installed.
        """
        quoted(schema)
        url = _url(database)
        # At the start a database that is away is more probably one that was misspelt.
        ledger = cls(Session(url, patience=0.0), schema, times or LeaseTimes(), name)
        try:
            there = await ledger.do(lambda: installed(schema))
            if not there.version:
                await ledger.close()
                return None
            _check(url, schema, there)
            await ledger.do(ledger._look_at_server)
            await ledger.do(ledger._begin_lease)
        except BaseException:
            await ledger.close()
            raise
        ledger.session.patience = patience
        ledger.session.expected = ledger.session.server
        ledger.session.on_another_server = ledger._look_at_server
        ledger.session.every(ledger.holder)
        return ledger

    @classmethod
    async def make(cls, database: str | DatabaseURL, *, schema: str = SCHEMA) -> None:
        """Make the tables in a database that has none of them. Others may do so at the same time.

        Example:
            await Ledger.make("postgresql://…")

        Raises:
            JournalError: they can't be made.
        """
        try:
            await anyio.to_thread.run_sync(lambda: migrate(database, schema=schema))
        except ConfigurationError as error:
            raise JournalError(str(error)) from None

    @property
    def name(self) -> str:
        """What it is called in messages; without the password."""
        return str(self.session.url)

    async def do(self, make: Callable[[], Steps[T]], *, order: str = "") -> T:
        """Do something in a transaction, and wait until it is durable.

        Raises:
            JournalError: it was not done, or nobody knows.
        """
        try:
            return await self.session.run(make, order=order)
        except (DatabaseError, ValueError) as error:
            raise self.unusable(error) from None

    def unusable(self, error: Exception) -> JournalError:
        """Return the error of a database that can't be used."""
        if not isinstance(error, DatabaseError):
            text, way_out = f"{self.name}: {error}", None
        elif error.away:
            text, way_out = error.problem, "when it is back, run the same again: it goes on where it stopped"
        else:
            text, way_out = error.problem, error.way_out(self.schema)
        way_out = way_out or "mend it, then run the same again: it goes on where it stopped"
        named = text if text.startswith(self.name) else f"{self.name}: {text}"
        return JournalError(f"{' '.join(named.split())}; {way_out}")

    def _look_at_server(self) -> Steps[None]:
        server = self.session.server
        if server is not None:
            self.failover = yield from self.steps.look_at_timeline(server)

    def _begin_lease(self) -> Steps[None]:
        renewed = yield from self.holder.steps()
        renewed()

    async def close(self) -> None:
        """Let go of everything that this process has claimed, and of the connection. A second time does nothing.

        Example:
            ledger = await Ledger.open("postgresql://…")
            await ledger.close()
        """
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._close)

    def _close(self) -> None:
        self.session.every(None)
        self.holder.lose()
        if self.holder.id:
            with contextlib.suppress(DatabaseError):
                self.session.patience = min(self.session.patience, 5.0)
                self.session.run_blocking(self.holder.retire)
        self.session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<Ledger {self.name}>"


def _url(database: str | DatabaseURL) -> DatabaseURL:
    return database if isinstance(database, DatabaseURL) else DatabaseURL(database)


def _check(url: DatabaseURL, schema: str, there: Installed) -> None:
    if there.version < VERSION:
        raise JournalError(
            f"{url}: its tables in the schema {schema} are of version {there.version}, and this program needs {VERSION}: "
            "bring them there with 'b2brouter migrate'. Programs of the older version work on"
        )
    if there.works_from > VERSION:
        raise JournalError(
            f"{url}: its tables in the schema {schema} need a program that knows version {there.works_from}; this one "
            f"knows {VERSION}: upgrade it"
        )
