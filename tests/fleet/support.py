"""A ledger in a database, seen from several processes that all run in this one, and looked at from outside."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import psycopg
from attrs import define

from b2brouter_async.bulk import Ledger, Outcome, PostgresJournal, Row
from b2brouter_async.fleet.contents import compressed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from b2brouter_async.bulk import LeaseTimes
    from b2brouter_async.bulk.journal.row import Stage

ABOUT = {
    "host": "https://api.example",
    "environment": "sandbox",
    "account": "1234",
    "direction": "issued",
    "send": "yes",
}


def row(key: str = "a" * 64, number: str = "F-1", *, stage: Stage = "sending", **known: Any) -> Row:
    """A document as a run hands it to a journal."""
    known = {"source": f"{number}.xml", "year": 2026, "kind": "unknown", **known}
    return Row(stage=stage, outcome=Outcome(sha256=key, number=number, **known))


@define
class Look:
    """A connection of the test's own."""

    url: str

    def rows(self, question: str, **values: object) -> list[tuple[Any, ...]]:
        """Ask, or meddle."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(question.encode(), values)
            return [] if cursor.description is None else cursor.fetchall()

    def one(self, question: str, **values: object) -> Any:
        """Ask for one value."""
        ((value,),) = self.rows(question, **values)
        return value

    def end_lease(self, ledger: Ledger) -> None:
        """Let a process be silent for so long that its lease is over."""
        self.rows(
            "UPDATE b2brouter.holders SET ends = clock_timestamp() - interval '1 second' WHERE id = %(id)s",
            id=ledger.holder.id,
        )

    def add(
        self,
        content: bytes,
        sha256: str,
        *,
        kind: str = "file",
        name: str = "order 1",
        about: dict[str, str] = ABOUT,
        reference: str | None = None,
        options: str = "{}",
    ) -> int:
        """Put a document into the ledger, as an outbox does, and return its id."""
        journal = self.rows(
            "INSERT INTO b2brouter.journals (host, environment, account, direction) VALUES (%(host)s, %(environment)s,"
            " %(account)s, %(direction)s) ON CONFLICT (host, environment, account, direction)"
            " DO UPDATE SET account = excluded.account RETURNING id",
            **about,
        )[0][0]
        document = self.one(
            "INSERT INTO b2brouter.documents (journal, sha256, source, send, options, stage) VALUES (%(journal)s,"
            " %(sha256)s, %(name)s, %(send)s, %(options)s, 'open') RETURNING id",
            journal=journal,
            sha256=sha256,
            name=name,
            send=about["send"] == "yes",
            options=options,
        )
        self.rows(
            "INSERT INTO b2brouter.contents (document, kind, body, compression, reference)"
            " VALUES (%(document)s, %(kind)s, %(body)s, 'zlib', %(reference)s)",
            document=document,
            kind=kind,
            body=None if kind == "reference" else compressed(content),
            reference=reference,
        )
        return int(document)

    @property
    def held(self) -> int:
        """How many documents are claimed."""
        return int(self.one("SELECT count(*) FROM b2brouter.documents WHERE holder IS NOT NULL"))


@contextlib.asynccontextmanager
async def process(
    database: str, name: str = "one", *, times: LeaseTimes | None = None, patience: float = 30.0
) -> AsyncIterator[Ledger]:
    """What a process has of a ledger."""
    async with await Ledger.open(database, name=name, times=times, patience=patience) as ledger:
        yield ledger


async def journal_of(ledger: Ledger, **about: str) -> PostgresJournal:
    """The journal of a process."""
    return await PostgresJournal.on(ledger, {**ABOUT, **about})
