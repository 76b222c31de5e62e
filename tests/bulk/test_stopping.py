"""A run that ends before its source does: the journal is right, and says what was under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from b2brouter_async import AuthenticationError
from b2brouter_async.bulk import Document, Outcome, Patience, open_journal

from .support import IMPORT, Time, bench, document, documents, named_documents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.anyio


class Slow(httpx.AsyncBaseTransport):
    """Answers an import only when it is let go, the work done before or after."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.let_go = anyio.Event()
        self.waiting = 0
        self.full = anyio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        if request.method == "POST":
            self.waiting += 1
            if self.waiting == 4:
                self.full.set()
            await self.let_go.wait()
        return response


async def test_stop_takes_no_more_and_finishes_what_is_under_way(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        outcomes: list[Outcome] = []
        async with one.upload(concurrency=4) as run:
            async for outcome in run(named_documents(50)):
                outcomes.append(outcome)
                run.stop()
        assert 1 <= len(outcomes) <= 10
        assert len(outcomes) == run.summary.taken == len(one.accepted)
        assert not run.summary.finished
        assert not run.summary.in_flight
        again, _ = await one.run(named_documents(50))
        assert len(again) == 50
        assert set(one.accepted.values()) == {1}


async def test_leaving_the_loop_finishes_what_is_under_way(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        async with one.upload(concurrency=4) as run:
            async for _ in run(named_documents(50)):
                break
        assert not run.summary.in_flight
        with open_journal(tmp_path / "run.db") as journal:
            assert journal.counts() == {"created": len(one.accepted)}
            assert len(journal) == run.summary.total < 20


async def test_an_error_in_the_block_goes_through_as_it_is(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        with pytest.raises(ZeroDivisionError):  # noqa: PT012
            async with one.upload() as run:
                async for _ in run(documents(30)):
                    raise ZeroDivisionError
        outcomes, _ = await one.run(documents(30))
        assert len(outcomes) == 30
        assert set(one.accepted.values()) == {1}


async def test_a_cancelled_run_says_what_was_under_way_and_the_next_settles_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    slow: list[Slow] = []

    def wrap(inner: httpx.AsyncBaseTransport, time: Time) -> httpx.AsyncBaseTransport:
        slow.append(Slow(inner))
        return slow[0]

    async with bench(tmp_path, wrap=wrap) as one:
        upload = one.upload(concurrency=4)

        async def work() -> None:
            async with upload as run:
                async for _ in run(named_documents(20)):
                    raise AssertionError("nothing was let go")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(work)
            await slow[0].full.wait()
            assert sorted(upload.in_flight) == ["0.xml", "1.xml", "2.xml", "3.xml"]
            tasks.cancel_scope.cancel()
        assert sorted(upload.summary.in_flight) == ["0.xml", "1.xml", "2.xml", "3.xml"]
        assert "cut short with 4 documents under way" in caplog.text
        assert "0.xml" in str(upload.summary)
        with open_journal(tmp_path / "run.db") as journal:
            assert sorted((row.outcome.source, row.stage) for row in journal.rows()) == [
                (f"{n}.xml", "sending") for n in range(4)
            ]
        slow[0].let_go.set()
        outcomes, summary = await one.run(named_documents(20))
        assert len(outcomes) == 20
        assert sorted(outcome.kind for outcome in outcomes) == ["adopted"] * 4 + ["created"] * 16
        assert summary.requests == 16
        assert set(one.accepted.values()) == {1}


async def test_what_the_source_doesnt_bring_again_is_settled_at_the_end(tmp_path: Path) -> None:
    slow: list[Slow] = []

    def wrap(inner: httpx.AsyncBaseTransport, time: Time) -> httpx.AsyncBaseTransport:
        slow.append(Slow(inner))
        return slow[0]

    async with bench(tmp_path, wrap=wrap) as one:
        with anyio.CancelScope() as scope:
            async with one.upload(concurrency=4) as run, anyio.create_task_group() as tasks:

                async def cancel() -> None:
                    await slow[0].full.wait()
                    scope.cancel()

                tasks.start_soon(cancel)
                async for _ in run(named_documents(4)):
                    raise AssertionError("nothing was let go")
        slow[0].let_go.set()
        gone = next(iter(one.simulator.world.store.all("invoice").values()))
        one.simulator.world.store.remove(gone)
        outcomes, _ = await one.run([document("Z-1")])
        assert sorted(outcome.kind for outcome in outcomes) == ["adopted"] * 3 + ["created", "unknown"]
        (unknown,) = (outcome for outcome in outcomes if outcome.kind == "unknown")
        assert "give it again" in (unknown.message or "")
        assert unknown.number == gone.body["number"]
        again, _ = await one.run(named_documents(4))
        assert sorted(outcome.kind for outcome in again) == ["adopted"] * 3 + ["created"]


async def test_a_source_that_fails_ends_the_run_with_its_own_error_after_what_it_gave(tmp_path: Path) -> None:
    def source() -> Iterator[bytes]:
        yield from documents(7)
        raise LookupError("the table is gone")

    async with bench(tmp_path) as one:
        outcomes: list[Outcome] = []
        with pytest.raises(LookupError, match="the table is gone"):  # noqa: PT012
            async with one.upload() as run:
                async for outcome in run(source()):
                    outcomes.append(outcome)
        assert len(outcomes) == 7
        assert not run.summary.finished


@pytest.mark.parametrize("status", ["401", "403"])
async def test_a_refused_key_ends_the_run_and_leaves_the_rest_to_be_resumed(
    tmp_path: Path, status: str
) -> None:
    from b2brouter_async import PermissionDeniedError

    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"{status} operation='{IMPORT}' skip=10")
        with pytest.raises((AuthenticationError, PermissionDeniedError)):
            await one.run(documents(40), concurrency=2)
        one.simulator.faults.clear()
        outcomes, _ = await one.run(documents(40))
        assert len(outcomes) == 40
        assert {outcome.kind for outcome in outcomes} <= {"created", "adopted"}
        assert set(one.accepted.values()) == {1}


async def test_a_source_is_asked_for_no_more_than_there_is_room_for(tmp_path: Path) -> None:
    taken = 0

    async def source() -> AsyncIterator[bytes]:
        nonlocal taken
        for content in documents(15):
            taken += 1
            yield content

    async with bench(tmp_path) as one, one.upload(concurrency=3) as run:
        told = 0
        async for _ in run(source()):
            told += 1
            await anyio.wait_all_tasks_blocked()
            # Three worked on, three told and not yet taken, one in the hand of the feeder.
            assert taken <= told + 3 + 3 + 1
        assert told == taken == 15


async def test_an_async_generator_is_closed_when_the_run_ends_early(tmp_path: Path) -> None:
    closed = anyio.Event()

    async def source() -> AsyncIterator[bytes]:
        try:
            for content in documents(60):
                yield content
        finally:
            await anyio.lowlevel.checkpoint()
            closed.set()

    async with bench(tmp_path) as one:
        async with one.upload(concurrency=3) as run:
            async for _ in run(source()):
                break
        assert closed.is_set()


async def test_interactive_calls_pass_what_waits_in_bulk(tmp_path: Path) -> None:
    from b2brouter_async.limiter import TokenBucket

    let_go = anyio.Event()
    order: list[str] = []

    class Holding(httpx.AsyncBaseTransport):
        def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
            self.inner = inner

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            order.append(request.method)
            if request.method == "POST":
                await let_go.wait()
            return await self.inner.handle_async_request(request)

    async with bench(tmp_path, wrap=lambda inner, time: Holding(inner)) as one:
        bucket = TokenBucket(1000, 1.0, max_in_flight=2)
        one.client.caller.pipeline.limiter = bucket

        async def interactive() -> None:
            await until(14)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(one.client.accounts.get, one.simulator.account)
                await until(15)
                let_go.set()

        async def until(waiting: int) -> None:
            while bucket.snapshot().waiting < waiting:  # noqa: ASYNC110 - it tells nobody who waits
                await anyio.sleep(0.001)

        async with one.upload(concurrency=16) as run, anyio.create_task_group() as tasks:
            order.clear()
            tasks.start_soon(interactive)
            async for _ in run(documents(40)):
                pass
        # Two were under way and fourteen waited when it came. Both places came free at once: it had one of them.
        assert order.index("GET") <= 3


async def test_stop_ends_the_wait_for_final_states_and_the_next_run_waits_on(tmp_path: Path) -> None:
    async def never(seconds: float) -> None:
        if seconds:
            run.stop()
            await anyio.sleep_forever()

    async with bench(tmp_path) as one:
        with anyio.fail_after(60):
            async with one.upload(wait=True, patience=Patience(sleep=never, clock=one.time)) as run:
                outcomes = [outcome async for outcome in run(named_documents(3))]
        assert [(outcome.kind, outcome.state) for outcome in outcomes] == [("created", "sending")] * 3
        assert not run.summary.finished
        with open_journal(tmp_path / "run.db") as journal:
            assert {row.stage for row in journal.rows()} == {"waiting"}
        outcomes, summary = await one.run(named_documents(3), wait=True)
        assert [outcome.state for outcome in outcomes] == ["sent"] * 3
        assert summary.requests == 0
        assert summary.finished


async def test_stop_before_the_source_ends_tells_what_would_have_been_waited_for(tmp_path: Path) -> None:
    def source() -> Iterator[Document]:
        yield from named_documents(3)
        run.stop()
        yield named_documents(4)[3]
        raise AssertionError("asked for more")

    async with bench(tmp_path) as one, one.upload(concurrency=1, wait=True) as run:
        outcomes = [outcome async for outcome in run(source())]
    assert sorted(outcome.source for outcome in outcomes) == ["0.xml", "1.xml", "2.xml", "3.xml"]
    assert not run.summary.finished


@pytest.mark.parametrize("by", ["stop", "leaving"])
async def test_a_source_that_brings_nothing_for_long_holds_up_no_end(tmp_path: Path, by: str) -> None:
    closed = anyio.Event()

    async def source() -> AsyncIterator[Document]:
        try:
            for item in named_documents(2):
                yield item
            await anyio.sleep_forever()  # a queue that nobody fills
        finally:
            closed.set()

    async with bench(tmp_path) as one:
        told = 0
        with anyio.fail_after(60):
            async with one.upload(concurrency=4) as run:
                async for _ in run(source()):
                    told += 1
                    if told == 2:
                        if by == "leaving":
                            break
                        run.stop()
        assert closed.is_set()
        assert told == len(one.accepted) == 2
        assert not run.summary.finished
        assert run.failure is None


async def test_a_list_is_stopped_as_well(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        async with one.upload(concurrency=1) as run:
            async for _ in run(named_documents(50)):
                run.stop()
        assert len(one.accepted) <= 4
