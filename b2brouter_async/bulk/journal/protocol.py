"""What a run needs from the record it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import frozen

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ..outcome import Kind
    from .row import Row, Stage


@frozen
class Claim:
    """The answer to a claim.

    Example:
        claim = await journal.claim(row)
        if claim.granted:
            print("to be sent:", claim.row.outcome.source)
    """

    row: Row
    """The document's row as the journal has it now."""
    granted: bool
    """Whether this run may send the document. Otherwise the row says what became of it before."""
    held: str | None = None
    """Who else works on it, or on another one with its number, in words: the claim is to be asked for again."""
    first: Row | None = None
    """Another document with its number that nobody works on, and that is perhaps on the server: to be settled first."""
    given_up: bool = False
    """Whether another run has given up on it since this one began: its outcome is told, and it is left to the next."""


class Journal(Protocol):
    """What was sent and what became of it. The SQLite file is its first form; another one can be passed to an upload.

    Example:
        journal: Journal = await SQLiteJournal.open("own.db", {"account": "1234"})
        print(await journal.find("a" * 64))
        await journal.close()

    Whatever is written is durable when the call returns: it outlives the process and the machine's power. A claim is
    granted to one run alone. A journal that one run at a time writes to grants it for as long as it is open. A `shared`
    one gives leases, and refuses to record for a run that lost its claim (`ClaimLostError`). Rows that were handed out by
    `claim` and `unsettled` come back in `record`, so such a form can keep a fence in a row class of its own.
    """

    @property
    def shared(self) -> bool:
        """Whether other runs, in other processes perhaps, write to it at the same time."""
        ...

    @property
    def name(self) -> str:
        """What it is called in messages."""
        ...

    @property
    def about(self) -> Mapping[str, str]:
        """What it is about: account, host, environment, direction, send. A run about something else is refused."""
        ...

    async def claim(self, row: Row, again: Collection[Kind] = ...) -> Claim:
        """Note that a document is about to be sent, unless the journal knows it already.

        Example:
            claim = await journal.claim(row)
            print(claim.granted, claim.held)

        In a shared journal a document that is not settled, and that nobody works on, is this run's from here on.

        Args:
            row: the document, in stage `sending`.
            again: kinds of outcomes that don't stand in the way; nothing was made on the server by those. Left out: those
                of which nothing was sent (`invalid`).
        """
        ...

    async def record(self, row: Row) -> None:
        """Write a document's row.

        Example:
            claim = await journal.claim(row)
            await journal.record(claim.row)

        Raises:
            ClaimLostError: another run has the document now.
        """
        ...

    async def send_again(self, row: Row, attempts: int) -> int | None:
        """Decide that a document that is nowhere on the server is sent once more.

        Example:
            claim = await journal.claim(row)
            attempts = await journal.send_again(claim.row, 2)

        Args:
            row: the document.
            attempts: how often it was sent.

        Returns:
            None, and it may be sent; or the id of an invoice that somebody has seen of it: then it must not.

        Raises:
            ClaimLostError: another run has the document now.
        """
        ...

    def guard(self, row: Row) -> Callable[[], None] | None:
        """Return what is called before each step of a sending, and raises ClaimLostError where this run may send no more.

        Example:
            claim = await journal.claim(row)
            guard = journal.guard(claim.row)
            if guard is not None:
                guard()  # raises where the claim is lost

        None where nothing can take a claim away.
        """
        ...

    def let_go(self, row: Row) -> None:
        """Say that this run was cut off and works on a document no longer. Returns at once.

        Example:
            claim = await journal.claim(row)
            journal.let_go(claim.row)
        """
        ...

    def now(self) -> datetime.datetime:
        """Return the time of day, on the clock that `began` of the rows was read from.

        Example:
            began = journal.now().isoformat()
        """
        ...

    async def find(self, key: str) -> Row | None:
        """Return what the journal has about a document.

        Example:
            known = await journal.find("a" * 64)
        """
        ...

    async def owner_of(self, invoice_id: int) -> Row | None:
        """Return the document that an invoice on the server was made from, as far as this journal knows.

        Example:
            owner = await journal.owner_of(5)
        """
        ...

    def settled(self, key: str) -> Row | None:
        """Return a document's row if it is settled. Blocks for a moment, and may be called from any thread.

        Example:
            known = journal.settled("a" * 64)
        """
        ...

    async def unsettled(self, after: int, most: int, *stages: Stage) -> Sequence[Row]:
        """Return rows in one of some stages, in the order of their ids. In a shared journal those that nobody works on.

        Example:
            for one in await journal.unsettled(0, 100, "sending"):
                print(one.id, one.outcome.source)

        They are this run's from here on, but for those in stage `waiting`.

        Args:
            after: the last id that was had.
            most: how many rows at most.
            stages: which stages.
        """
        ...

    async def others_at_work(self) -> bool:
        """Tell whether another run has documents under way that may yet be left to this one: to be asked again later.

        Example:
            busy = await journal.others_at_work()
        """
        ...

    async def waiting_since(self) -> str | None:
        """Return when the first of the documents was begun that wait for a final state; None if none does.

        Example:
            since = await journal.waiting_since()
        """
        ...

    async def close(self) -> None:
        """Let go of it. A second time does nothing.

        Example:
            await journal.close()
        """
        ...
