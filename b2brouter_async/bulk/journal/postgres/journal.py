"""The journal in PostgreSQL: what many processes have sent, and what became of it."""

from __future__ import annotations

import datetime
import secrets
from functools import partial
from typing import TYPE_CHECKING, Self, cast

from ...._postgres.schema import SCHEMA
from ...._postgres.session import DatabaseError, running_time
from ..errors import ClaimLostError
from .ledger import Ledger
from .steps import Ask

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from ...._postgres.session import Steps
    from ...._postgres.url import DatabaseURL
    from ...outcome import Kind
    from ..protocol import Claim
    from ..row import Row, Stage
    from .row import LedgerRow

_NOTHING_SENT: tuple[Kind, ...] = ("invalid",)
_FENCE_BITS = 61  # a number of a document is added to some, and PostgreSQL's bigint ends at 63


class PostgresJournal:
    """The journal of one account in one direction, which any number of processes write to at the same time.

    Example:
        about = {"host": client.base_url, "environment": client.environment.name, "account": "1234"}
        journal = await PostgresJournal.open("postgresql://…", {**about, "direction": "issued", "send": "yes"})
        await journal.close()

    A document is claimed by one process, whose lease says that it lives. Each claim draws a fence, without which nothing
    is written; what a process that lost its claim has seen on the server is kept all the same. Writes of many tasks are
    committed together.
    """

    shared = True
    """Others may write to it at the same time."""

    def __init__(
        self,
        ledger: Ledger,
        number: int,
        about: Mapping[str, str],
        *,
        had_rows: bool,
    ) -> None:
        """Take over what `on` or `open` has found."""
        self.about: dict[str, str] = dict(about)
        self.ledger = ledger
        self.number = number
        self._had_rows = had_rows
        self._since: datetime.datetime | None = None
        """When the run began: what another has given up on after that is not struggled for by each in turn."""
        self._owns_ledger = False
        self._heard: dict[int, datetime.datetime] = {}

    @property
    def name(self) -> str:
        """The database, without its password."""
        return self.ledger.name

    def now(self) -> datetime.datetime:
        """Return the time of day on the database's clock, the only one that all processes share."""
        clock = self.ledger.session.clock
        assert clock is not None  # the ledger was opened
        return clock.seen + datetime.timedelta(seconds=running_time() - clock.at)

    async def claim(self, row: Row, again: Collection[Kind] = _NOTHING_SENT) -> Claim:
        """Note durably that a document is about to be sent, unless it is settled or somebody else has it."""
        fence = secrets.randbits(_FENCE_BITS)

        def claim() -> Steps[Claim]:
            ask = Ask(
                journal=self.number,
                name=self.name,
                row=row,
                send=self.about.get("send") == "yes",
                again=again,
                # Asked for in the thread that keeps the lease: it may begin another one just before.
                holder=self.ledger.holder.id,
                fence=fence,
                since=self._since,
                failover=self.ledger.failover,
            )
            return self.ledger.steps.claim(ask)

        try:
            return await self.ledger.do(claim, order=row.key)
        except BaseException:
            # It may have been granted, or still be: nobody works on it.
            self._post(partial(self.ledger.steps.let_go, self.number, row.key, fence, unsent=True), row)
            raise

    async def record(self, row: Row) -> None:
        """Write a document's row.

        Raises:
            ClaimLostError: another process has the document now. An invoice that was seen is noted all the same.
            JournalError: it was not written, or nobody knows.
        """
        mine = cast("LedgerRow", row)
        make = partial(self.ledger.steps.record, mine, seen_by=self.ledger.holder.name)
        if not await self.ledger.do(make, order=row.key):
            raise ClaimLostError(
                f"another process has {row.outcome.source} now; what this one has seen of it is noted"
            )

    async def send_again(self, row: Row, attempts: int) -> int | None:
        """Decide that a document that is nowhere on the server is sent once more.

        Args:
            row: the document.
            attempts: how often it was sent.

        Returns:
            None, and it may be sent; or the id of an invoice that somebody has seen of it: then it must not.

        Raises:
            ClaimLostError: another process has the document now.
        """
        mine = cast("LedgerRow", row)
        make = partial(self.ledger.steps.decide_again, mine, attempts)
        may, seen = await self.ledger.do(make, order=row.key)
        if not may and seen is None:
            raise ClaimLostError(f"another process has {row.outcome.source} now")
        return seen

    def guard(self, row: Row) -> Callable[[], None]:
        """Return what is called before each step of a sending: it raises where this process may send no more."""
        return partial(self.ledger.holder.check, cast("LedgerRow", row).holder)

    def let_go(self, row: Row) -> None:
        """Say that nobody here works on a document any more. Returns at once."""
        mine = cast("LedgerRow", row)
        self._post(partial(self.ledger.steps.let_go, self.number, row.key, mine.fence, unsent=False), row)

    def _post(self, make: Callable[[], Steps[None]], row: Row) -> None:
        self.ledger.session.post(make, order=row.key)

    async def find(self, key: str) -> LedgerRow | None:
        """Return what the journal has about a document."""
        return await self.ledger.do(partial(self.ledger.steps.find, self.number, key))

    async def owner_of(self, invoice_id: int) -> LedgerRow | None:
        """Return the document that an invoice on the server was made from, as far as anybody has noted it."""
        return await self.ledger.do(partial(self.ledger.steps.owner_of, self.number, invoice_id))

    def settled(self, key: str) -> LedgerRow | None:
        """Return a document's row if it is settled. Blocks for a moment, from any thread but that of an event loop."""
        if not self._had_rows:
            return None
        try:
            row = self.ledger.session.run_blocking(partial(self.ledger.steps.find, self.number, key))
        except (DatabaseError, ValueError) as error:
            raise self.ledger.unusable(error) from None
        return row if row is not None and row.settled else None

    async def unsettled(self, after: int, most: int, *stages: Stage) -> list[LedgerRow]:
        """Return rows in one of some stages that nobody works on, and claim those that are perhaps under way.

        Args:
            after: the last id that was had.
            most: how many rows at most.
            stages: which stages.
        """
        if "waiting" in stages:
            return await self.ledger.do(partial(self.ledger.steps.rows_in, self.number, stages, after, most))
        fence = secrets.randbits(_FENCE_BITS)
        return await self.ledger.do(
            partial(
                self.ledger.steps.take_over,
                self.number,
                stages,
                after,
                most,
                holder=self.ledger.holder.id,
                fence=fence,
                since=self._since or datetime.datetime.max.replace(tzinfo=datetime.UTC),
            )
        )

    async def others_at_work(self) -> bool:
        """Tell whether another process has documents under way that may be left to this one: it is not known to live.

        One that was heard of since this was first asked lives, and finishes its own.
        """
        others = await self.ledger.do(
            partial(self.ledger.steps.others_at_work, self.number, self.ledger.holder.id)
        )
        waiting = False
        for holder, beaten in others.items():
            waiting = waiting or self._heard.setdefault(holder, beaten) == beaten
        return waiting

    async def waiting_since(self) -> str | None:
        """Return when the first of the documents was begun that wait for a final state; None if none does."""
        began = await self.ledger.do(partial(self.ledger.steps.waiting_since, self.number))
        return None if began is None else began.astimezone(datetime.UTC).isoformat()

    async def close(self) -> None:
        """Let go of what this run has claimed, and of the connection if it was opened with it."""
        if self._owns_ledger:
            await self.ledger.close()

    @classmethod
    async def open(
        cls, database: str | DatabaseURL, about: Mapping[str, str], *, schema: str = SCHEMA
    ) -> Self:
        """Open the journal of a run, and make the tables in a database that has none of them.

        Example:
            about = {"host": client.base_url, "environment": client.environment.name, "account": "1234"}
            journal = await PostgresJournal.open("postgresql://…", {**about, "direction": "issued", "send": "yes"})
            await journal.close()

        Args:
            database: its address, `postgresql://user:password@host:5432/name`.
            about: what the run is about: account, environment, host, direction, send.
            schema: where the tables are.

        Raises:
            JournalError: the database can't be reached or written, or its tables are of another version.
            ConfigurationError: the address is none, or psycopg is not installed.
        """
        journal = await cls.open_existing(database, about, schema=schema)
        if journal is None:
            await Ledger.make(database, schema=schema)
            journal = await cls.open_existing(database, about, schema=schema)
        assert journal is not None
        return journal

    @classmethod
    async def open_existing(
        cls, database: str | DatabaseURL, about: Mapping[str, str], *, schema: str = SCHEMA
    ) -> Self | None:
        """Open the journal of a run in a database that has the tables. None where it has none of them.

        Example:
            about = {"host": client.base_url, "environment": client.environment.name, "account": "1234"}
            about |= {"direction": "issued", "send": "yes"}
            journal = await PostgresJournal.open_existing("postgresql://…", about)
            if journal is not None:
                await journal.close()

        Raises:
            JournalError: the database can't be reached or written, or its tables are of another version.
            ConfigurationError: the address is none, or psycopg is not installed.
        """
        ledger = await Ledger.open_existing(database, schema=schema)
        if ledger is None:
            return None
        try:
            journal = await cls.on(ledger, about)
        except BaseException:
            await ledger.close()
            raise
        journal._since = journal.now()
        journal._owns_ledger = True
        return journal

    @classmethod
    async def on(cls, ledger: Ledger, about: Mapping[str, str]) -> Self:
        """Return the journal of an account in one direction, made where it isn't there.

        Example:
            about = {"host": client.base_url, "environment": client.environment.name, "account": "1234"}
            async with await Ledger.open("postgresql://…") as ledger:
                journal = await PostgresJournal.on(ledger, {**about, "direction": "issued", "send": "yes"})

        Args:
            ledger: what this process has of the database; it stays open when the journal is closed.
            about: account, environment, host, direction, send.

        Raises:
            JournalError: it can't be read.
        """
        number, has_rows = await ledger.do(partial(ledger.steps.journal, dict(about)))
        return cls(ledger, number, about, had_rows=has_rows)
