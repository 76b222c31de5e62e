"""What a run needs from the record it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ..outcome import Kind
    from .row import Row, Stage


@frozen
class Claim:
    """The answer to a claim."""

    row: Row
    """The document's row as the journal has it now."""
    granted: bool
    """Whether this run may send the document. Otherwise the row says what became of it before."""


class Journal(Protocol):
    """What was sent and what became of it. The SQLite file is its first form; another one can be passed to an upload.

    Whatever is written is durable when the call returns: it outlives the process and the machine's power. A claim is
    granted to one run alone, for as long as the journal is open: a form for many machines gives leases, and refuses to
    record for a run whose lease is over (`JournalError`). Rows that were handed out by `claim` and `unsettled` come back
    in `record`, so such a form can keep a fence in a row class of its own.
    """

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

        Args:
            row: the document, in stage `sending`.
            again: kinds of outcomes that don't stand in the way; nothing was made on the server by those. Left out: those
                of which nothing was sent (`invalid`).
        """
        ...

    async def record(self, row: Row) -> None:
        """Write a document's row."""
        ...

    async def find(self, key: str) -> Row | None:
        """Return what the journal has about a document."""
        ...

    async def owner_of(self, invoice_id: int) -> Row | None:
        """Return the document that an invoice on the server was made from, as far as this journal knows."""
        ...

    def settled(self, key: str) -> Row | None:
        """Return a document's row if it is settled. Blocks for a moment, and may be called from any thread."""
        ...

    async def unsettled(self, after: int, most: int, *stages: Stage) -> list[Row]:
        """Return rows in one of some stages, in the order of their ids.

        Args:
            after: the last id that was had.
            most: how many rows at most.
            stages: which stages.
        """
        ...

    async def waiting_since(self) -> str | None:
        """Return when the first of the documents was begun that wait for a final state; None if none does."""
        ...

    async def close(self) -> None:
        """Let go of it. A second time does nothing."""
        ...
