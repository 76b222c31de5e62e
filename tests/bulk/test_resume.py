"""What an earlier run left in the middle: what is waited for, for how long, and what goes on meanwhile."""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from b2brouter_async.bulk import Document, Outcome, Patience, SQLiteJournal, open_journal
from b2brouter_async.bulk.slots import StepAside, Turns
from b2brouter_async.simulator import Simulator
from examples.sample_invoices import BUYERS

from .support import IMPORT, LIST, SEND, US, Lagging, Time, bench, document, invoice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable
    from pathlib import Path

    from .support import Bench

pytestmark = pytest.mark.anyio


class Lost(httpx.AsyncBaseTransport):
    """Swallows writes, the work done or not, until the network is there again."""

    def __init__(self, inner: httpx.AsyncBaseTransport, enough: int, *, done: bool) -> None:
        self.inner, self.enough, self.done = inner, enough, done
        self.swallowed = 0
        self.full = anyio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST" or self.full.is_set():
            return await self.inner.handle_async_request(request)
        if self.done:
            await self.inner.handle_async_request(request)
        self.swallowed += 1
        if self.swallowed == self.enough:
            self.full.set()
        await anyio.sleep_forever()
        raise AssertionError


def losing(enough: int, *, done: bool = False) -> Any:
    return lambda inner, time: Lost(inner, enough, done=done)


async def cut_short(one: Bench, items: list[Document], **options: Any) -> None:
    """Begin a run and end it when its network has swallowed enough."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_run_on, one, items, options)
        await one.wire.full.wait()
        tasks.cancel_scope.cancel()


async def _run_on(one: Bench, items: list[Document], options: dict[str, Any]) -> None:
    await one.run(items, **options)


def named(count: int, first: int = 0) -> list[Document]:
    return [Document(document(f"N-{n}"), name=f"{n}.xml") for n in range(first, first + count)]


async def test_what_an_earlier_run_left_in_doubt_doesnt_hold_up_the_others(tmp_path: Path) -> None:
    others_done = anyio.Event()

    async def sleep(seconds: float) -> None:
        if seconds:
            await others_done.wait()  # nothing in doubt moves before all others are through
        one.time.now += seconds

    async with bench(tmp_path, wrap=losing(4)) as one:
        await cut_short(one, named(4), concurrency=4)
        patience = Patience(sleep=sleep, clock=one.time)
        outcomes: list[Outcome] = []
        with anyio.fail_after(60):  # with their places kept it would hang
            async with one.upload(concurrency=4, patience=patience) as run:
                async for outcome in run(named(20)):
                    outcomes.append(outcome)
                    if len(outcomes) == 16:
                        others_done.set()
        assert [outcome.attempts for outcome in outcomes] == [1] * 16 + [2] * 4
        assert set(one.accepted.values()) == {1}


async def test_what_is_there_is_adopted_at_once_after_a_crash(tmp_path: Path) -> None:
    async with bench(tmp_path, wrap=losing(4, done=True)) as one:
        await cut_short(one, named(4), concurrency=4)
        outcomes, summary = await one.run(named(4))
        assert [outcome.kind for outcome in outcomes] == ["adopted"] * 4
        assert summary.requests == 0
        assert not any(one.time.slept)


async def test_what_isnt_there_is_waited_for_from_the_moment_the_run_began(tmp_path: Path) -> None:
    async with bench(tmp_path, wrap=losing(1)) as one:
        await cut_short(one, named(1), concurrency=1)

        def source() -> Any:
            yield document("Z-1")
            one.time.now += 14.0
            yield named(1)[0]

        (_, late), _ = await one.run(source(), concurrency=1)
        assert (late.kind, late.attempts) == ("created", 2)
        assert sum(one.time.slept) == pytest.approx(1.0)


async def test_no_clock_of_the_machine_makes_a_run_wait_less(tmp_path: Path) -> None:
    """It may have been wrong when the earlier run wrote, or be wrong now."""
    async with bench(tmp_path, unique_numbers=False, wrap=losing(1, done=True)) as one:
        await cut_short(one, named(1))
        with contextlib.closing(sqlite3.connect(tmp_path / "run.db")) as connection, connection:
            connection.execute("UPDATE documents SET changed = '2001-01-01T00:00:00.000Z'")
        connection.close()
        one.wire.inner = Lagging(one.wire.inner, one.time, lag=14.0)
        (outcome,), _ = await one.run(named(1))
        assert outcome.kind == "adopted"
        assert set(one.accepted.values()) == {1}


async def test_a_second_appearance_of_what_was_left_unknown_is_looked_for_in_the_same_run(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        one.simulator.faults.add(f"503 operation='{LIST}'")
        outcomes: list[Outcome] = []
        async with one.upload(concurrency=1) as run:
            async for outcome in run([document(), document()]):
                outcomes.append(outcome)
                one.simulator.faults.clear()
        assert [outcome.kind for outcome in outcomes] == ["unknown", "adopted"]


async def test_what_a_run_gave_up_on_itself_is_given_time_anew(tmp_path: Path) -> None:
    lagging: list[Lagging] = []

    def wrap(inner: httpx.AsyncBaseTransport, time: Time) -> httpx.AsyncBaseTransport:
        lagging.append(Lagging(inner, time, lag=0.0))
        return lagging[0]

    async with bench(tmp_path, unique_numbers=False, wrap=wrap) as one:
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        one.simulator.faults.add(f"503 operation='{LIST}'")
        sent = one.time.now
        async with one.upload() as run:
            assert [outcome.kind async for outcome in run(document())] == ["unknown"]
            one.simulator.faults.clear()
            lagging[0].lag = one.time.now - sent + 9.0
            assert [outcome.kind async for outcome in run(document())] == ["adopted"]
        assert one.accepted == {"F1-1": 1}


async def test_leftovers_are_settled_side_by_side(tmp_path: Path) -> None:
    sleeping = 0
    all_asleep = anyio.Event()

    async def sleep(seconds: float) -> None:
        nonlocal sleeping
        if seconds:
            sleeping += 1
            if sleeping == 4:
                all_asleep.set()
            await all_asleep.wait()
        one.time.now += seconds

    async with bench(tmp_path, wrap=losing(4)) as one:
        await cut_short(one, named(4), concurrency=4)
        with anyio.fail_after(60):  # one after the other would hang
            outcomes, summary = await one.run([], patience=Patience(sleep=sleep, clock=one.time))
        assert [outcome.kind for outcome in outcomes] == ["unknown"] * 4
        assert {outcome.source for outcome in outcomes} == {"0.xml", "1.xml", "2.xml", "3.xml"}
        assert all("give it again" in (outcome.message or "") for outcome in outcomes)
        assert summary.finished
        assert not summary.in_flight
        outcomes, _ = await one.run(named(4))
        assert [outcome.kind for outcome in outcomes] == ["created"] * 4


async def test_a_draft_whose_totals_were_not_compared_is_not_sent_without_its_document(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as one:
        one.simulator.faults.add("401 operation='GET /invoices/{}' times=1")
        with pytest.raises(Exception, match="401"):
            await one.run(named(1), verify_totals=True)
        with open_journal(tmp_path / "run.db") as journal:
            assert [row.stage for row in journal.rows()] == ["draft"]
        (left,), summary = await one.run([], verify_totals=True)
        assert (left.kind, summary.requests) == ("unknown", 0)
        assert "isn't among those of this run" in (left.message or "")
        (outcome,), summary = await one.run(named(1), verify_totals=True)
        assert (outcome.kind, outcome.state, summary.requests) == ("created", "sending", 1)
        assert one.accepted == {"N-0": 1}


async def test_a_draft_that_was_perhaps_asked_for_is_sent_without_its_document(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"401 operation='{SEND}' times=1")
        with pytest.raises(Exception, match="401"):
            await one.run(named(1), verify_totals=True)
        with open_journal(tmp_path / "run.db") as journal:
            assert [row.stage for row in journal.rows()] == ["dispatching"]
        (outcome,), _ = await one.run([], verify_totals=True)
        assert (outcome.kind, outcome.state) == ("created", "sending")
        assert one.accepted == {"N-0": 1}


async def test_without_a_guard_another_with_the_number_doesnt_hide_what_lists_dont_show_yet(
    tmp_path: Path,
) -> None:
    """A supplier's second invoice of one number, its reply lost, the list behind: it is there all the same."""
    theirs, again = (document("R-1", seller=BUYERS[1], buyer=US, **more) for more in ({}, {"lines": ()}))
    async with bench(
        tmp_path, unique_numbers=False, wrap=lambda inner, time: Lagging(inner, time, 9.0)
    ) as one:
        await one.run(theirs, received=True)
        one.time.now += 100
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        (outcome,), _ = await one.run(again, received=True)
        assert (outcome.kind, outcome.attempts) == ("adopted", 1)
        assert one.accepted == {"R-1": 2}


async def test_rows_that_went_while_pages_were_read_prove_nothing(tmp_path: Path) -> None:
    """One fewer on the second page than the first had counted: somebody else's went, and one was passed over."""

    class Shrinking(httpx.AsyncBaseTransport):
        struck = False

        def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
            self.inner = inner

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            offset = request.url.params.get("offset", "0")
            if request.method == "GET" and offset == "500" and not self.struck:
                store = one.simulator.world.store
                store.remove(next(iter(store.all("invoice").values())))
                self.struck = True
            return await self.inner.handle_async_request(request)

    shrinking: list[Shrinking] = []

    def wrap(inner: httpx.AsyncBaseTransport, time: Time) -> httpx.AsyncBaseTransport:
        shrinking.append(Shrinking(inner))
        return shrinking[0]

    async with bench(tmp_path, unique_numbers=False, wrap=wrap) as one:
        await one.fill(invoice("10000"), [f"1{n:04d}" for n in range(1, 500)])
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        # A single look: it must not be believed.
        (outcome,), _ = await one.run(
            document("1"), patience=Patience(visibility=0.0, sleep=one.time.sleep, clock=one.time)
        )
        assert shrinking[0].struck
        assert outcome.kind == "adopted"
        assert one.accepted["1"] == 1


async def test_states_that_changed_days_ago_are_seen_by_the_run_that_takes_the_waiting_up(
    tmp_path: Path,
) -> None:
    async def broken(seconds: float) -> None:
        raise ZeroDivisionError

    past = Time()
    past.now -= 9 * 86_400
    async with bench(tmp_path, simulator=Simulator(limit=None, clock=past)) as one:
        with pytest.raises(ZeroDivisionError):
            await one.run(named(1), wait=True, patience=Patience(sleep=broken, clock=one.time))
        past.now += 600
        # It comes to its state then, which nobody sees.
        assert [row.state for row in await one.client.account(one.simulator.account).invoices.list()] == [
            "sent"
        ]
        with contextlib.closing(sqlite3.connect(tmp_path / "run.db")) as connection, connection:
            began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=9)
            connection.execute("UPDATE documents SET began = ?", (began.isoformat(),))
        connection.close()
        (outcome,), _ = await one.run([], wait=True)
        assert (outcome.kind, outcome.state) == ("created", "sent")


async def test_many_with_the_number_of_one_in_doubt_wait_without_a_place(tmp_path: Path) -> None:
    """Else the one in doubt would wait for a place, and they for it."""
    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"503 operation='{IMPORT}' times=1")
        items = [document("A-1")] * 5 + [document("A-1", buyer=BUYERS[3])] * 5 + [document("A-2")]
        with anyio.fail_after(60):
            outcomes, _ = await one.run(items, concurrency=2)
        assert sorted((outcome.number, outcome.kind) for outcome in outcomes) == [
            *[("A-1", "created")] * 5, *[("A-1", "duplicate")] * 5, ("A-2", "created"),
        ]  # fmt: skip
        assert one.accepted == {"A-1": 1, "A-2": 1}


async def test_one_that_lacks_its_total_waits_for_the_same_with_one(tmp_path: Path) -> None:
    """The same file twice, once unusable: what becomes of it is what became of the other."""
    under_way, waits = anyio.Event(), anyio.Event()

    class Noticing(Turns):
        def alone(self, key: Hashable, step_aside: StepAside) -> Any:
            if key in self._taken:
                waits.set()
            return super().alone(key, step_aside)

    class Holding(httpx.AsyncBaseTransport):
        def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
            self.inner = inner

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "POST":
                under_way.set()
                await waits.wait()
            return await self.inner.handle_async_request(request)

    async with bench(tmp_path, wrap=lambda inner, time: Holding(inner)) as one:
        content = invoice("J-1")

        async def source() -> AsyncIterator[Document]:
            yield Document(content, name="good", total=Decimal(121))
            await under_way.wait()
            yield Document(content, name="bad")

        with anyio.fail_after(60):
            async with one.upload(verify_totals=True) as run:
                assert run._runner is not None
                run._runner.turns = Noticing()
                outcomes = {outcome.source: outcome async for outcome in run(source())}
        assert (outcomes["good"].kind, outcomes["good"].repeated) == ("created", False)
        assert (outcomes["bad"].kind, outcomes["bad"].repeated) == ("created", True)


async def test_without_a_thread_to_commit_in_nobody_believes_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from b2brouter_async.bulk import JournalError

    from .test_journal import ABOUT, row

    journal = await SQLiteJournal.open(tmp_path / "run.db", ABOUT)
    refused: list[JournalError] = []

    async def no_thread(*arguments: object, **options: object) -> None:
        await anyio.lowlevel.checkpoint()
        raise RuntimeError("can't start new thread")

    async def claim(sha256: str) -> None:
        try:
            await journal.claim(row(sha256))
        except JournalError as error:
            refused.append(error)

    with monkeypatch.context() as patch:
        patch.setattr("anyio.to_thread.run_sync", no_thread)
        async with anyio.create_task_group() as tasks:
            for sha256 in "abc":
                tasks.start_soon(claim, sha256)
    assert len(refused) == 3
    assert "can't start new thread" in str(refused[0])
    with pytest.raises(JournalError):
        await journal.claim(row("d"))
    await journal.close()


async def test_a_resumed_document_whose_second_try_is_in_doubt_is_looked_for_as_long_as_the_first(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path, unique_numbers=False, wrap=losing(1)) as one:
        await cut_short(one, named(1))
        one.wire.inner = Lagging(one.wire.inner, one.time, lag=14.0)
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        (outcome,), _ = await one.run(named(1))
        assert (outcome.kind, outcome.attempts) == ("adopted", 2)
        assert one.accepted == {"N-0": 1}


async def test_a_resumed_document_that_cant_be_looked_for_is_not_asked_about_without_pause(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path, wrap=losing(1)) as one:
        await cut_short(one, named(1))
        one.simulator.faults.add(f"503 operation='{LIST}'")

        def source() -> Any:
            one.time.now += 100.0
            yield named(1)[0]

        with anyio.fail_after(60):
            (outcome,), summary = await one.run(source())
        assert outcome.kind == "unknown"
        assert summary.looks < 150


async def test_a_source_that_waits_for_the_outcomes_of_what_it_gave_is_not_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.xml").write_bytes(document(f"A-{number}"))
    told = 0
    all_told = anyio.Event()

    async def coming() -> AsyncIterator[Any]:
        yield folder
        await all_told.wait()
        yield document("B-1")

    async with bench(tmp_path) as one:
        for times in (3, 7):  # the second time the three are passed by their hashes
            all_told = anyio.Event()
            with anyio.fail_after(30):
                async with one.upload() as run:
                    async for _ in run(coming()):
                        told += 1
                        if told >= times:
                            all_told.set()
        assert told == 8
        assert one.accepted == {"A-0": 1, "A-1": 1, "A-2": 1, "B-1": 1}
