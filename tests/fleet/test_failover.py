"""Another server leads, or an old copy was brought back: what was committed last may be gone, so nothing is taken for unsent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from .support import ABOUT, Look, journal_of, process, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from b2brouter_async.bulk import Kind, Ledger

pytestmark = [pytest.mark.anyio, pytest.mark.nightly]
ONE, TWO, THREE = ("a" * 64, "b" * 64, "c" * 64)


@pytest.fixture
def look(database: str) -> Iterator[Look]:
    """Looks, and leaves nothing of what the database was taken for."""
    look = Look(database)
    kept = look.rows("SELECT name, value FROM b2brouter.about")
    yield look
    look.rows("DELETE FROM b2brouter.about")
    for name, value in kept:
        look.rows("INSERT INTO b2brouter.about VALUES (%(name)s, %(value)s)", name=name, value=value)


def lead_by_another_one(look: Look) -> None:
    """Have the ledger last written on another server, and let some time pass since."""
    look.rows("UPDATE b2brouter.about SET value = '4711/00000001' WHERE name = 'timeline'")
    look.rows(
        "UPDATE b2brouter.documents SET changed = changed - interval '1 hour', added = added - interval '1 hour'"
    )


async def settle(ledger: Ledger, key: str, number: str, kind: Kind) -> None:
    """Claim a document and note what became of it."""
    journal = await journal_of(ledger)
    claim = await journal.claim(row(key, number))
    await journal.record(evolve(claim.row, stage="done", outcome=evolve(claim.row.outcome, kind=kind)))


async def test_a_server_that_stays_the_same_is_no_failover(database: str, look: Look) -> None:
    for key in (ONE, TWO):
        async with process(database) as ledger:
            assert ledger.failover is None
            assert (await (await journal_of(ledger)).claim(row(key, key[:3]))).granted


async def test_what_was_not_settled_before_was_perhaps_sent_and_what_came_after_was_not(
    database: str, look: Look
) -> None:
    async with process(database) as ledger:
        await settle(ledger, ONE, "F-1", "invalid")
        await settle(ledger, TWO, "F-2", "created")
    look.add(b"<x/>", THREE, about=ABOUT)
    lead_by_another_one(look)
    async with process(database, "one") as first, process(database, "two") as second:
        assert first.failover is not None
        assert first.failover == second.failover, "it is noticed once"
        journal = await journal_of(first)
        perhaps = await journal.claim(row(ONE, "F-1"))
        assert not perhaps.granted, "it is looked for before it is sent"
        assert perhaps.row.outcome.kind == "unknown", "it is invalid no more"
        assert (await journal.claim(row(TWO, "F-2"))).row.outcome.kind == "created"
        assert not (await journal.claim(row(THREE, "F-3"))).granted
        assert (await journal.claim(row("d" * 64, "F-4"))).granted
        assert (
            look.rows(
                "SELECT stage, kind, settled, began < clock_timestamp() - interval '4 minutes' FROM b2brouter.documents"
                " WHERE sha256 = ANY(%(keys)s)",
                keys=[ONE, THREE],
            )
            == [("sending", "unknown", None, True)] * 2
        )
        # Whoever takes it over from a process that died looks, too.
        look.end_lease(first)
        again = await (await journal_of(second)).claim(row(ONE, "F-1"))
        assert not again.granted
        assert (
            look.one("SELECT holder FROM b2brouter.documents WHERE sha256 = %(key)s", key=ONE)
            == second.holder.id
        )


async def test_it_is_noticed_in_the_middle_of_a_run_before_anything_else_is_written(
    database: str, look: Look
) -> None:
    async with process(database) as ledger:
        await settle(ledger, ONE, "F-1", "invalid")
        lead_by_another_one(look)
        ledger.session.expected = "4711/00000001"
        claim = await (await journal_of(ledger)).claim(row(ONE, "F-1"))
        assert not claim.granted
        assert ledger.failover is not None
        assert look.one("SELECT value FROM b2brouter.about WHERE name = 'timeline'") == ledger.session.server
