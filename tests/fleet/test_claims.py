"""Claims: one process has a document, and only what it writes counts."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import psycopg
import pytest
from attrs import evolve

from b2brouter_async.bulk import ClaimLostError, JournalError, PostgresJournal

from .support import ABOUT, Look, journal_of, process, row

if TYPE_CHECKING:
    from b2brouter_async.bulk import Row
    from b2brouter_async.bulk.journal.postgres.row import LedgerRow

pytestmark = pytest.mark.anyio


def created(claimed: Row, invoice_id: int = 7) -> Row:
    return evolve(
        claimed,
        stage="done",
        outcome=evolve(claimed.outcome, kind="created", invoice_id=invoice_id, attempts=1),
    )


async def test_a_document_is_granted_to_one_process_and_held_for_it(database: str) -> None:
    async with process(database, "one") as one, process(database, "two") as two:
        first = await (await journal_of(one)).claim(row())
        second = await (await journal_of(two)).claim(row())
    assert first.granted
    assert not second.granted
    assert second.held == "process one"


async def test_many_processes_that_claim_at_once_get_each_document_once(database: str) -> None:
    granted: list[str] = []

    async def claim_all(ledger_name: str) -> None:
        async with process(database, ledger_name) as ledger:
            journal = await journal_of(ledger)
            async with anyio.create_task_group() as tasks:
                for number in range(60):
                    tasks.start_soon(claim, journal, number)

    async def claim(journal: PostgresJournal, number: int) -> None:
        if (await journal.claim(row(f"{number:064}", f"F-{number}"))).granted:
            granted.append(f"F-{number}")

    async with anyio.create_task_group() as processes:
        for name in ("one", "two", "three", "four"):
            processes.start_soon(claim_all, name)
    # A process that ends leaves what it has claimed to be looked for, not to be sent.
    assert sorted(granted) == sorted(f"F-{number}" for number in range(60))


async def test_what_is_settled_is_repeated_by_every_process(database: str) -> None:
    async with process(database, "one") as one, process(database, "two") as two:
        journal = await journal_of(one)
        await journal.record(created((await journal.claim(row())).row))
        again = await (await journal_of(two)).claim(row())
    assert not again.granted
    assert again.held is None
    assert again.row.settled
    assert again.row.outcome.invoice_id == 7
    assert Look(database).held == 0


async def test_a_process_that_is_silent_for_too_long_is_buried_and_another_has_to_look_first(
    database: str,
) -> None:
    async with process(database, "one") as one, process(database, "two") as two:
        theirs, ours = await journal_of(one), await journal_of(two)
        lost = (await theirs.claim(row())).row
        Look(database).end_lease(one)
        taken = await ours.claim(row())
        assert (taken.granted, taken.held, taken.row.stage) == (False, None, "sending")
        with pytest.raises(ClaimLostError, match="another process has"):
            await theirs.record(created(lost))
        await ours.record(created(taken.row, 8))
        assert (await ours.find(row().key) or taken.row).outcome.invoice_id == 8


async def test_a_process_that_is_late_and_was_not_buried_goes_on(database: str) -> None:
    async with process(database, "one") as one:
        journal = await journal_of(one)
        claimed = (await journal.claim(row())).row
        Look(database).end_lease(one)
        await journal.record(created(claimed))
        assert (await journal.claim(row())).row.settled


async def test_a_buried_process_begins_another_lease_and_sends_nothing_of_what_it_had(database: str) -> None:
    look = Look(database)
    async with process(database, "one") as one, process(database, "two") as two:
        theirs = await journal_of(one)
        lost = (await theirs.claim(row())).row
        guard = theirs.guard(lost)
        guard()
        look.end_lease(one)
        await (await journal_of(two)).claim(row())
        before = one.holder.id
        one.holder.due = 0.0
        fresh = await theirs.claim(row("b" * 64, "F-2"))
        assert fresh.granted
        assert one.holder.id != before
        theirs.guard(fresh.row)()
        with pytest.raises(ClaimLostError, match="lease"):
            guard()
        assert look.one("SELECT buried IS NOT NULL FROM b2brouter.holders WHERE id = %(id)s", id=before)


async def test_a_beat_and_a_burial_at_the_same_time_never_both_succeed(database: str) -> None:
    async with process(database, "one") as one, process(database, "two") as two:
        for _ in range(40):
            holder = one.holder.id
            Look(database).end_lease(one)
            beaten: list[object] = []
            buried: list[object] = []

            async def beat(holder: int = holder, beaten: list[object] = beaten) -> None:
                def steps():  # type: ignore[no-untyped-def]
                    beaten.extend((yield one.steps.sql["beat"], {"holder": holder, "lease": 60.0}))

                await one.do(steps)

            async def bury(holder: int = holder, buried: list[object] = buried) -> None:
                def steps():  # type: ignore[no-untyped-def]
                    buried.extend((yield two.steps.sql["bury"], {"holder": holder}))

                await two.do(steps)

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(beat)
                tasks.start_soon(bury)
            assert bool(beaten) != bool(buried)
            one.holder.due = 0.0
            await one.do(lambda: one.steps.find(0, ""))


async def test_a_number_is_under_way_once_in_the_whole_fleet(database: str) -> None:
    async with process(database, "one") as one, process(database, "two") as two:
        theirs, ours = await journal_of(one), await journal_of(two)
        first = await theirs.claim(row("a" * 64))
        second = await ours.claim(row("b" * 64))
        assert not second.granted
        assert second.held is not None
        assert "process one works on it" in second.held
        # Another year, series or direction is another number.
        assert (await ours.claim(row("c" * 64, year=2025))).granted
        assert (await ours.claim(row("d" * 64, series="R"))).granted
        assert (await (await journal_of(two, direction="received", send="no")).claim(row("b" * 64))).granted
        await theirs.record(created(first.row))
        assert (await ours.claim(row("b" * 64))).granted


async def test_a_number_that_nobody_works_on_is_named_so_that_it_can_be_settled_first(database: str) -> None:
    async with process(database, "two") as two:
        async with process(database, "one") as one:
            await (await journal_of(one)).claim(row("a" * 64))
        second = await (await journal_of(two)).claim(row("b" * 64))
    assert second.first is not None
    assert second.first.key == "a" * 64


async def test_claims_of_one_number_in_one_batch_don_t_disturb_the_others(database: str) -> None:
    answers: dict[str, bool] = {}
    async with process(database) as one:
        journal = await journal_of(one)

        async def claim(key: str, number: str) -> None:
            answers[key] = (await journal.claim(row(key, number))).granted

        async with anyio.create_task_group() as tasks:
            for index in range(30):
                tasks.start_soon(claim, f"{index:064}", f"F-{index // 2}")
    assert sum(answers.values()) == 15
    assert len(answers) == 30


async def test_an_invoice_that_a_process_saw_too_late_is_noted_and_keeps_the_document_from_being_sent_again(
    database: str,
) -> None:
    async with process(database, "one") as one, process(database, "two") as two:
        theirs, ours = await journal_of(one), await journal_of(two)
        lost = (await theirs.claim(row())).row
        Look(database).end_lease(one)
        taken = (await ours.claim(row())).row
        assert await ours.send_again(taken, 2) is None
        with pytest.raises(ClaimLostError):
            await theirs.record(created(lost, 4711))
        assert await ours.send_again(taken, 3) == 4711
        owner = await ours.owner_of(4711)
        assert owner is not None
        assert owner.key == row().key
        with pytest.raises(ClaimLostError):
            await theirs.send_again(lost, 2)
    assert Look(database).one("SELECT count(*) FROM b2brouter.sightings") == 1


async def test_what_is_a_duplicate_of_another_invoice_is_no_sighting(database: str) -> None:
    async with process(database, "one") as one, process(database, "two") as two:
        theirs, ours = await journal_of(one), await journal_of(two)
        lost = (await theirs.claim(row())).row
        Look(database).end_lease(one)
        await ours.claim(row())
        duplicate = evolve(lost, stage="done", outcome=evolve(lost.outcome, kind="duplicate", invoice_id=9))
        with pytest.raises(ClaimLostError):
            await theirs.record(duplicate)
    assert Look(database).rows("SELECT * FROM b2brouter.sightings") == []


async def test_what_is_let_go_of_can_be_had_at_once_and_is_looked_for(database: str) -> None:
    async with process(database, "one") as one, process(database, "two") as two:
        theirs = await journal_of(one)
        theirs.let_go((await theirs.claim(row())).row)
        await theirs.find("")  # done after it
        taken = await (await journal_of(two)).claim(row())
    assert (taken.granted, taken.held) == (False, None)


async def test_a_claim_that_was_cancelled_is_given_back_as_not_sent(database: str) -> None:
    async with process(database, "one") as one, process(database, "two") as two:
        theirs, ours = await journal_of(one), await journal_of(two)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(theirs.claim, row())
            await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
        await theirs.find("")
        assert (await ours.claim(row())).granted
    assert Look(database).held == 0


async def test_a_claim_whose_commit_stood_though_its_reply_was_lost_is_granted_once(database: str) -> None:
    async with process(database, "one") as one:
        journal = await journal_of(one)
        once = one.session._once
        lost = 0

        def commit_and_lose(*arguments: object, **options: object) -> object:
            nonlocal lost
            result = once(*arguments, **options)  # type: ignore[arg-type]
            if not lost:
                lost += 1
                one.session._drop()
                raise psycopg.OperationalError("the connection was lost")
            return result

        one.session._once = commit_and_lose  # type: ignore[assignment,method-assign]
        claim = await journal.claim(row())
        assert lost == 1
        assert claim.granted
        await journal.record(created(claim.row))
    assert Look(database).rows("SELECT claims, kind FROM b2brouter.documents") == [(1, "created")]


async def test_a_record_is_repeated_until_it_is_known_to_stand(database: str) -> None:
    async with process(database, "one") as one:
        journal = await journal_of(one)
        claim = await journal.claim(row())
        once = one.session._once
        lost = 0

        def lose(*arguments: object, **options: object) -> object:
            nonlocal lost
            lost += 1
            result = once(*arguments, **options) if lost == 2 else None  # type: ignore[arg-type]
            if lost < 3:
                one.session._drop()
                raise psycopg.OperationalError("the connection was lost")
            return once(*arguments, **options) if result is None else result  # type: ignore[arg-type]

        one.session._once = lose  # type: ignore[assignment,method-assign]
        await journal.record(created(claim.row))
        assert lost == 3
    assert Look(database).rows("SELECT kind, invoice_id, holder FROM b2brouter.documents") == [
        ("created", 7, None)
    ]


async def test_what_was_refused_is_claimed_anew_only_where_that_is_asked(database: str) -> None:
    async with process(database) as one:
        journal = await journal_of(one)
        claimed = (await journal.claim(row())).row
        await journal.record(
            evolve(claimed, stage="done", outcome=evolve(claimed.outcome, kind="refused", code="x"))
        )
        assert not (await journal.claim(row())).granted
        again = await journal.claim(row(), ["refused"])
    assert again.granted
    assert (again.row.stage, again.row.outcome.kind, again.row.outcome.code) == ("sending", "unknown", None)


async def test_a_document_that_was_sent_in_another_way_is_refused(database: str) -> None:
    async with process(database) as one:
        await (await journal_of(one, send="no")).claim(row())
        with pytest.raises(JournalError, match="its send is 'no', this run's is 'yes'"):
            await (await journal_of(one)).claim(row())


async def test_accounts_and_environments_have_journals_of_their_own(database: str) -> None:
    async with process(database) as one:
        claims = [
            await (await journal_of(one, **about)).claim(row())
            for about in (
                {},
                {"account": "5"},
                {"environment": "production"},
                {"host": "https://other.example"},
            )
        ]
    assert all(claim.granted for claim in claims)


async def test_leftovers_are_taken_over_by_one_process_each(database: str) -> None:
    async with process(database, "gone") as gone:
        journal = await journal_of(gone)
        for number in range(40):
            await journal.claim(row(f"{number:064}", f"F-{number}"))
        async with process(database, "one") as one, process(database, "two") as two:
            ours, theirs = await journal_of(one), await journal_of(two)
            assert await ours.unsettled(0, 100, "sending") == []
            assert await ours.others_at_work()
            Look(database).end_lease(gone)
            taken: list[LedgerRow] = []

            async def take(journal: PostgresJournal) -> None:
                while rows := await journal.unsettled(0, 7, "sending"):
                    taken.extend(rows)

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(take, ours)
                tasks.start_soon(take, theirs)
            assert sorted(one.id for one in taken) == sorted({one.id for one in taken})
            assert len(taken) == 40
            assert {one.holder for one in taken} <= {one.holder.id, two.holder.id}
            await (ours if taken[0].holder == one.holder.id else theirs).record(created(taken[0]))


async def test_a_process_that_was_heard_of_is_not_waited_for(database: str) -> None:
    async with process(database, "other") as other, process(database, "one") as one:
        await (await journal_of(other)).claim(row())
        journal = await journal_of(one)
        assert await journal.others_at_work()
        other.holder.due = 0.0
        await other.do(lambda: other.steps.find(0, ""))
        assert not await journal.others_at_work()


async def test_times_come_from_the_database_alone(database: str) -> None:
    async with process(database) as one:
        journal = await journal_of(one)
        claimed = (await journal.claim(row())).row
        now = Look(database).one("SELECT clock_timestamp()")
        assert abs(journal.now() - now) < datetime.timedelta(seconds=30)
        assert abs(datetime.datetime.fromisoformat(claimed.began) - now) < datetime.timedelta(seconds=30)


async def test_odd_text_is_kept_as_far_as_the_database_can_hold_it(database: str) -> None:
    async with process(database) as one:
        journal = await journal_of(one)
        odd = row("e" * 64, "F\0\ud800", source="a\0\udcff.xml", message="ü€𝄞\0")
        claimed = (await journal.claim(odd)).row
        assert claimed.outcome.source == "a\\x00\\udcff.xml"
        assert not (await journal.claim(odd)).granted
        assert (await journal.find("e" * 64)) is not None


async def test_a_journal_of_a_run_keeps_documents_that_another_run_has_just_given_up_on(
    database: str,
) -> None:
    ours = await PostgresJournal.open(database, ABOUT)
    async with process(database, "other") as other:
        theirs = await journal_of(other)
        lost = (await theirs.claim(row())).row
        await theirs.record(evolve(lost, outcome=evolve(lost.outcome, message="Not settled within 300 s")))
        answer = await ours.claim(row())
        assert answer.given_up
        assert await ours.unsettled(0, 10, "sending") == []
        # A later run settles it.
        later = await PostgresJournal.open(database, ABOUT)
        assert [one.key for one in await later.unsettled(0, 10, "sending")] == [row().key]
        await later.close()
    await ours.close()
