"""Uploads with one journal in PostgreSQL, side by side: each document once, and every run ends with all of them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from attrs import evolve

from b2brouter_async import AuthenticationError
from b2brouter_async.bulk import (
    Document,
    JournalError,
    Ledger,
    Outcome,
    Patience,
    PostgresJournal,
    Row,
    Summary,
    upload_many,
)
from examples.sample_invoices import BUYERS

from ..bulk.support import CREATE, IMPORT, LIST, SEND, Bench, bench, document, documents, invoice
from .support import Look

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.anyio, pytest.mark.nightly]


def about(one: Bench, **changes: str) -> dict[str, str]:
    return {
        "account": str(one.simulator.account),
        "environment": one.client.environment.name,
        "host": one.client.base_url,
        "direction": "issued",
        "send": "yes",
        **changes,
    }


async def upload(one: Bench, items: Any, journal: Any, **settings: Any) -> Summary:
    # All runs turn one clock by waiting for one another, while the database takes its time: none of them gives up by it.
    patience = Patience(sleep=one.time.sleep, clock=one.time, deadline=1e9)
    view = one.client.account(one.simulator.account)
    return await upload_many(view, items, journal=journal, **{"patience": patience, **settings})


async def test_an_upload_makes_its_tables_in_an_empty_database_and_goes_on_there(
    empty_database: str, tmp_path: Path
) -> None:
    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=2")
        items: list[Any] = [*documents(10), invoice(), b"<x/>"]
        first = await upload(one, items, empty_database)
        assert (first.counts["created"], first.counts["adopted"], first.counts["invalid"]) == (9, 2, 1)
        again = await upload(one, items, empty_database)
        assert (again.repeated, again.requests) == (11, 0)
        assert set(one.accepted.values()) == {1}
        assert Look(empty_database).held == 0


async def test_a_refused_key_leaves_an_empty_database_empty(empty_database: str, tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.simulator.faults.add("401 times=1")
        with pytest.raises(AuthenticationError):
            await upload(one, documents(1), empty_database)
    assert Look(empty_database).one("SELECT count(*) FROM pg_namespace WHERE nspname = 'b2brouter'") == 0


async def test_runs_over_the_same_documents_send_each_once_and_each_run_tells_all_of_them(
    database: str, tmp_path: Path
) -> None:
    items = documents(60)
    summaries: list[Summary] = []
    async with bench(tmp_path) as one:

        async def run() -> None:
            summaries.append(await upload(one, items, database, concurrency=8))

        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(run)
        assert len(one.accepted) == 60
        assert set(one.accepted.values()) == {1}
        assert one.sent("/import") == 60
    assert [summary.there for summary in summaries] == [60, 60, 60]
    assert sum(summary.requests for summary in summaries) == 60
    assert sum(summary.repeated for summary in summaries) == 120
    assert all(summary.finished for summary in summaries)
    assert Look(database).held == 0


async def test_runs_side_by_side_through_faults_send_each_document_once(
    database: str, tmp_path: Path
) -> None:
    items: list[Any] = [*documents(40), *(invoice(f"J-{number}") for number in range(10))]
    summaries: list[Summary] = []
    async with bench(tmp_path) as one:
        for operation in (IMPORT, CREATE):
            for fault in ("reset_after", "reset_before", "503 done", "stall"):
                one.simulator.faults.add(f"{fault} operation='{operation}' probability=0.1 seconds=1")

        async def run() -> None:
            summaries.append(await upload(one, items, database, concurrency=8))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
            tasks.start_soon(run)
        assert len(one.accepted) == 50
        assert set(one.accepted.values()) == {1}
    assert [summary.there for summary in summaries] == [50, 50]


async def test_two_documents_with_one_number_in_two_runs_are_one_invoice_and_one_duplicate(
    database: str, tmp_path: Path
) -> None:
    kinds: list[str] = []
    async with bench(tmp_path) as one:

        async def run(content: bytes) -> None:
            summary = await upload(one, content, database)
            kinds.extend(kind for kind, count in summary.counts.items() if count)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run, document("X-1"))
            tasks.start_soon(run, document("X-1", due_date=None))
        assert one.accepted == {"X-1": 1}
    assert sorted(kinds) == ["created", "duplicate"]


class _Died(Exception):
    pass


async def die_in_the_middle(
    one: Bench, items: Any, database: str, *, before_it_left: bool = False
) -> PostgresJournal:
    """Upload, and vanish without letting go of anything when the first request has left, or just before."""
    journal = await PostgresJournal.open(database, about(one))
    journal.let_go = lambda row: None  # type: ignore[method-assign]
    journal.ledger.session.every(None)
    wire = one.wire.handle_async_request

    async def handle(request: Any) -> Any:
        if before_it_left and request.method == "POST":
            raise _Died
        response = await wire(request)
        if request.method == "POST":
            raise _Died
        return response

    one.wire.handle_async_request = handle
    with pytest.raises(_Died):
        await upload(one, items, journal)
    one.wire.handle_async_request = wire
    return journal


async def test_of_a_process_that_died_the_documents_are_looked_for_before_anything_is_sent(
    database: str, tmp_path: Path
) -> None:
    async with bench(tmp_path) as one:
        items = documents(6)
        gone = await die_in_the_middle(one, items, database)
        assert Look(database).held
        made = len(one.accepted)
        assert made
        Look(database).end_lease(gone.ledger)
        summary = await upload(one, items, database)
        assert (summary.counts["adopted"], summary.there) == (made, 6)
        assert set(one.accepted.values()) == {1}
        assert Look(database).held == 0
        await gone.ledger.close()


async def test_a_run_without_these_documents_settles_what_a_dead_process_has_left(
    database: str, tmp_path: Path
) -> None:
    async with bench(tmp_path) as one:
        gone = await die_in_the_middle(one, document("A-1"), database)
        Look(database).end_lease(gone.ledger)
        summary = await upload(one, document("B-1"), database)
        assert (summary.counts["created"], summary.counts["adopted"]) == (1, 1)
        assert Look(database).rows("SELECT number, kind FROM b2brouter.documents ORDER BY number") == [
            ("A-1", "adopted"),
            ("B-1", "created"),
        ]
        await gone.ledger.close()


async def test_what_a_dead_process_has_left_unsent_is_told_as_another_run_s(
    database: str, tmp_path: Path
) -> None:
    async with bench(tmp_path) as one:
        gone = await die_in_the_middle(one, document("A-1"), database, before_it_left=True)
        Look(database).end_lease(gone.ledger)
        assert one.accepted == {}
        # Here it is not at hand: looked for, and not sent.
        summary = await upload(one, document("B-1"), database)
        assert (summary.counts["created"], summary.counts["unknown"]) == (1, 1)
        assert (summary.elsewhere, summary.held) == (1, 0)
        assert one.accepted == {"B-1": 1}
        # Where it is at hand, it is sent.
        summary = await upload(one, document("A-1"), database)
        assert (summary.counts["created"], summary.elsewhere) == (1, 0)
        assert one.accepted == {"A-1": 1, "B-1": 1}
        await gone.ledger.close()


async def test_what_another_process_works_on_is_told_as_left_to_it(database: str, tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        other = await PostgresJournal.open(database, about(one))
        content = document("A-1")
        row = Row(
            stage="sending",
            outcome=Outcome(kind="unknown", source="a.xml", sha256=hashlib.sha256(content).hexdigest()),
        )
        assert (await other.claim(row)).granted
        journal = await PostgresJournal.open(database, about(one))
        journal.others_at_work = never  # type: ignore[method-assign]
        patience = Patience(sleep=one.time.sleep, clock=one.time)
        summary = await upload(one, content, journal, patience=patience)
        assert (summary.counts["unknown"], summary.held, summary.elsewhere) == (1, 1, 0)
        assert one.accepted == {}
        await journal.close()
        await other.close()


async def test_a_document_that_another_process_held_is_counted_once_when_this_run_takes_it_over(
    database: str, tmp_path: Path
) -> None:
    async with bench(tmp_path) as one:
        content = document("A-1")
        gone = await die_in_the_middle(one, content, database)
        journal = await PostgresJournal.open(database, about(one))
        others_at_work = journal.others_at_work

        async def noted() -> bool:
            Look(database).end_lease(gone.ledger)  # only at the end of the run
            return await others_at_work()

        journal.others_at_work = noted  # type: ignore[method-assign]
        told: list[Outcome] = []
        # It appears twice, so that it has two outcomes, and no more.
        summary = await upload(one, [content, content], journal, on_outcome=told.append, **quickly(one))
        assert (summary.taken, summary.total, summary.held, summary.elsewhere) == (2, 2, 0, 0)
        assert (summary.counts["adopted"], summary.repeated) == (2, 1)
        assert [outcome.kind for outcome in told] == ["adopted", "adopted"]
        await journal.close()
        await gone.ledger.close()


async def test_a_document_that_another_process_held_and_settled_is_told_as_settled(
    database: str, tmp_path: Path
) -> None:
    async with bench(tmp_path) as one:
        content = document("A-1")
        other = await PostgresJournal.open(database, about(one))
        known = Outcome(kind="unknown", source="x.xml", sha256=hashlib.sha256(content).hexdigest())
        claim = await other.claim(Row(stage="sending", outcome=known))
        journal = await PostgresJournal.open(database, about(one))

        async def settles() -> bool:
            outcome = evolve(claim.row.outcome, kind="created", invoice_id=5)
            await other.record(evolve(claim.row, stage="done", outcome=outcome))
            return False

        journal.others_at_work = settles  # type: ignore[method-assign]
        told: list[Outcome] = []
        item = Document(content, "mine.xml")
        summary = await upload(one, item, journal, on_outcome=told.append, **quickly(one))
        assert (summary.total, summary.there, summary.repeated, summary.held) == (1, 1, 1, 0)
        assert [(outcome.kind, outcome.source) for outcome in told] == [("created", "mine.xml")]
        assert one.accepted == {}
        await journal.close()
        await other.close()


async def test_a_document_that_is_settled_since_another_has_its_number_is_counted_once(
    database: str, tmp_path: Path
) -> None:
    async with bench(tmp_path) as one:
        left, same_number = document("A-1"), document("A-1", due_date=None)
        gone = await die_in_the_middle(one, left, database)
        await gone.ledger.close()
        told: list[Outcome] = []
        summary = await upload(one, [same_number, left], database, concurrency=1, on_outcome=told.append)
        assert (summary.taken, summary.total) == (2, 2)
        assert sorted(outcome.kind for outcome in told) == ["adopted", "duplicate"]
        # One that the source doesn't bring is told all the same.
        gone = await die_in_the_middle(one, document("B-1"), database)
        await gone.ledger.close()
        summary = await upload(one, document("B-1", due_date=None), database)
        assert (summary.taken, summary.total) == (1, 2)
        assert (summary.counts["adopted"], summary.counts["duplicate"]) == (1, 1)


async def test_a_run_that_sees_the_final_states_of_another_s_documents_does_not_count_them(
    database: str, tmp_path: Path
) -> None:
    async with bench(tmp_path) as one:
        patience = Patience(sleep=one.time.sleep, clock=one.time)
        registers = replace(BUYERS[0], gln="9508397101047")
        view = one.client.account(one.simulator.account)
        async with view.upload(journal=database, wait=True, patience=patience) as stopped:

            async def and_stop() -> AsyncIterator[bytes]:
                yield document("A-1", buyer=registers)
                stopped.stop()

            told = [outcome.number async for outcome in stopped(and_stop())]
        assert (told, stopped.summary.total) == (["A-1"], 1)
        summary = await upload(one, document("B-1", buyer=registers), database, wait=True)
        assert (summary.taken, summary.total) == (1, 1)
    states = Look(database).rows("SELECT number, stage, state FROM b2brouter.documents ORDER BY number")
    assert states == [("A-1", "done", "registered"), ("B-1", "done", "registered")]


async def test_a_run_that_gives_up_on_a_document_lets_go_of_it(database: str, tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"503 done operation='{IMPORT}'")
        one.simulator.faults.add(f"503 operation='{LIST}'")
        async with await Ledger.open(database) as ledger:
            journal = await PostgresJournal.on(ledger, about(one))
            patience = Patience(sleep=one.time.sleep, clock=one.time, deadline=60.0)
            summary = await upload(one, document("A-1"), journal, patience=patience)
            assert (summary.total, summary.counts["unknown"]) == (1, 1)
            assert Look(database).held == 0


def quickly(one: Bench) -> dict[str, Any]:
    """Settings of a run that doesn't wait for long for what others work on."""
    return {"patience": Patience(sleep=one.time.sleep, clock=one.time)}


async def never() -> bool:
    return False


async def test_at_its_end_a_run_waits_until_the_others_are_known_to_live_or_their_leases_are_over(
    database: str, tmp_path: Path
) -> None:
    async with bench(tmp_path) as one:
        gone = await die_in_the_middle(one, document("A-1"), database)
        journal = await PostgresJournal.open(database, about(one))
        asked = 0
        others_at_work = journal.others_at_work

        async def noted() -> bool:
            nonlocal asked
            asked += 1
            if asked == 3:
                Look(database).end_lease(gone.ledger)
            return await others_at_work()

        journal.others_at_work = noted  # type: ignore[method-assign]
        summary = await upload(one, document("B-1"), journal)
        assert summary.counts["adopted"] == 1
        assert asked == 3
        await journal.close()
        await gone.ledger.close()


async def test_a_document_whose_number_is_in_doubt_waits_until_the_other_is_settled(
    database: str, tmp_path: Path
) -> None:
    async with bench(tmp_path) as one:
        gone = await die_in_the_middle(one, document("X-1"), database)
        Look(database).end_lease(gone.ledger)
        summary = await upload(one, document("X-1", due_date=None), database)
        outcomes = {kind: count for kind, count in summary.counts.items() if count}
        assert outcomes == {"adopted": 1, "duplicate": 1}
        assert one.accepted == {"X-1": 1}
        await gone.ledger.close()


async def test_final_states_are_told_by_each_run_that_waits_for_them(database: str, tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        summaries: list[Summary] = []

        async def run() -> None:
            summaries.append(await upload(one, documents(5), database, wait=True))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
            tasks.start_soon(run)
    assert [summary.there for summary in summaries] == [5, 5]
    assert Look(database).rows("SELECT DISTINCT stage, holder FROM b2brouter.documents") == [("done", None)]


async def test_drafts_are_compared_and_sent_once(database: str, tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"reset_after operation='{SEND}' times=2")
        first = await upload(one, documents(4), database, verify_totals=True)
        assert first.counts["created"] == 4
        again = await upload(one, documents(4), database, verify_totals=True)
        assert again.repeated == 4


async def test_a_run_that_is_cut_off_lets_go_of_everything(database: str, tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        patience = Patience(sleep=one.time.sleep, clock=one.time)

        async def endless() -> AsyncIterator[bytes]:
            for content in documents(4):
                yield content
            await anyio.sleep_forever()

        with anyio.CancelScope() as scope:
            async with one.client.account(one.simulator.account).upload(
                journal=database, patience=patience
            ) as run:
                async for _ in run(endless()):
                    scope.cancel()
        assert Look(database).held == 0
        summary = await upload(one, documents(4), database)
        assert summary.there == 4
        assert set(one.accepted.values()) == {1}


async def test_a_database_that_can_t_be_reached_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        with pytest.raises(JournalError, match="can't be reached") as raised:
            await upload(one, documents(1), f"postgresql://ana:s3cret@/x?host={tmp_path}")
        assert one.requests == []
        assert "s3cret" not in str(raised.value)


async def test_tables_of_another_version_are_not_touched(database: str, tmp_path: Path) -> None:
    look = Look(database)
    async with bench(tmp_path) as one:
        look.rows("INSERT INTO b2brouter.migrations (version, name, works_from) VALUES (90, 'later', 1)")
        assert (await upload(one, documents(1), database)).there == 1
        look.rows("UPDATE b2brouter.migrations SET works_from = 90 WHERE version = 90")
        with pytest.raises(JournalError, match="knows version 90"):
            await upload(one, documents(1), database)
        look.rows("UPDATE b2brouter.migrations SET version = 0 WHERE version = 1")
        look.rows("DELETE FROM b2brouter.migrations WHERE version > 0")
        look.rows("UPDATE b2brouter.migrations SET works_from = 0")
        look.rows("INSERT INTO b2brouter.migrations (version, name, works_from) VALUES (-1, 'old', 0)")
        look.rows("DELETE FROM b2brouter.migrations WHERE version = 0")
        with pytest.raises(JournalError, match="b2brouter migrate"):
            await upload(one, documents(1), database)
