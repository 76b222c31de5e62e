"""What is purged when: the documents themselves first, what is known of them later."""

from __future__ import annotations

import datetime
from functools import partial
from typing import TYPE_CHECKING

from attrs import frozen

from .._keywords import tells_misspelt
from .._postgres.schema import quoted
from ..bulk.outcome import KINDS, THERE, Kind
from ..errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._postgres.session import Steps
    from ..bulk.journal.postgres.ledger import Ledger

_AT_ONCE = 500


@frozen
class Purged:
    """What was purged."""

    documents: int = 0
    """Documents whose bytes are gone. What is known of them is kept."""
    rows: int = 0
    """Documents of which nothing is known any more."""


@tells_misspelt
class Retention:
    """Purges what is settled, by age and outcome. What is not settled is never purged.

    Example:
        retention = Retention(documents=datetime.timedelta(days=90), rows=datetime.timedelta(days=3650))
        worker = Worker("postgresql://…", client, retention=retention)

    A document whose row is gone is a new one when it is added again: the server refuses its number then, where it was
    issued (behaviour 24), and takes it a second time where it was received.

    Args:
        documents: how long the documents themselves are kept after they were settled; None keeps them.
        rows: how long what is known of them is kept; None keeps it. Not shorter than `documents`.
        kinds: outcomes of documents that are purged; left out, those that are on the server. What needs a person,
            `refused` or `invalid`, can be retried as long as its document is there.

    Raises:
        ArgumentError: an age is negative, rows would go before documents, or a kind is none.
    """

    def __init__(
        self,
        *,
        documents: datetime.timedelta | None = None,
        rows: datetime.timedelta | None = None,
        kinds: Iterable[Kind] | None = None,
    ) -> None:
        """Check the ages."""
        for name, age in (("documents", documents), ("rows", rows)):
            if age is not None and age < datetime.timedelta():
                raise ArgumentError("an age can't be negative", argument=name)
        if rows is not None and documents is not None and rows < documents:
            raise ArgumentError("the document goes first; keep rows at least as long", argument="rows")
        self.documents = documents
        self.rows = rows
        self.kinds: list[str] = sorted(THERE if kinds is None else kinds)
        for kind in self.kinds:
            if kind not in KINDS or kind == "unknown":
                raise ArgumentError(f"{kind!r} is no outcome of what is settled", argument="kinds")

    async def purge(self, ledger: Ledger) -> Purged:
        """Purge, a few hundred documents in a transaction.

        Example:
            purged = await Retention(documents=datetime.timedelta(days=90)).purge(ledger)
            print(purged.documents, purged.rows)

        Args:
            ledger: what this process has of the database.

        Raises:
            JournalError: the database can't be reached.
        """
        documents = rows = 0
        for age, what in ((self.documents, "contents"), (self.rows, "documents")):
            if age is None:
                continue
            while gone := await ledger.do(partial(self._some, ledger.schema, what, age)):
                if what == "contents":
                    documents += gone
                else:
                    rows += gone
        return Purged(documents, rows)

    def _some(self, schema: str, what: str, age: datetime.timedelta) -> Steps[int]:
        s = quoted(schema)
        old = """d.settled < clock_timestamp() - make_interval(secs => %(age)s)
            AND d.stage = 'done' AND d.kind = ANY(%(kinds)s)"""
        if what == "contents":
            statement = f"""
                DELETE FROM {s}.contents WHERE document IN (
                    SELECT c.document FROM {s}.contents c JOIN {s}.documents d ON d.id = c.document
                    WHERE {old} LIMIT %(most)s FOR UPDATE OF c, d SKIP LOCKED)
                RETURNING 1"""  # noqa: S608
        else:
            # Who is still to be told of one is told first.
            statement = f"""
                DELETE FROM {s}.documents WHERE id IN (
                    SELECT d.id FROM {s}.documents d WHERE {old}
                    AND NOT EXISTS (SELECT FROM {s}.untold u WHERE u.document = d.id)
                    LIMIT %(most)s FOR UPDATE OF d SKIP LOCKED)
                RETURNING 1"""  # noqa: S608
        values = {"age": age.total_seconds(), "kinds": self.kinds, "most": _AT_ONCE}
        return len((yield statement.encode(), values))
