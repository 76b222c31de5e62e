"""One budget per key: clients, threads, event loops that end, forks."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from typing import Any

import anyio
import pytest

from b2brouter_async._call.retry import parse_retry_after
from b2brouter_async.errors import ConfigurationError
from b2brouter_async.limiter import Lease, TokenBucket, shared_bucket
from b2brouter_async.limiter import bucket as registry
from tests.limiter.virtual import VirtualClock

KEY = "test_fictional_key_0123456789"


@pytest.fixture(autouse=True)
def _empty_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_buckets", {})


def test_clients_of_one_key_share_one_bucket() -> None:
    bucket = shared_bucket("api.b2brouter.net", KEY, 600)
    assert shared_bucket("API.b2brouter.net", KEY, 600) is bucket
    assert shared_bucket("api-staging.b2brouter.net", KEY, 600) is not bucket
    assert shared_bucket("api.b2brouter.net", KEY + "x", 600) is not bucket


def test_one_key_has_one_limit() -> None:
    shared_bucket("api.b2brouter.net", KEY, 600)
    with pytest.raises(ConfigurationError, match="one key has one limit") as caught:
        shared_bucket("api.b2brouter.net", KEY, 1000)
    assert caught.value.argument == "limit"
    assert KEY not in str(caught.value)
    with pytest.raises(ConfigurationError, match="one key has one limit") as caught:
        shared_bucket("api.b2brouter.net", KEY, 600, 30.0)
    assert caught.value.argument == "period"


@pytest.mark.parametrize("burst", [0.5, 31, 0])
def test_a_burst_that_makes_no_limiter_is_refused_whether_or_not_there_is_one(burst: float) -> None:
    with pytest.raises(ConfigurationError):
        shared_bucket("api.b2brouter.net", KEY + "b", 600, burst=burst)
    shared_bucket("api.b2brouter.net", KEY + "b", 600)
    with pytest.raises(ConfigurationError):
        shared_bucket("api.b2brouter.net", KEY + "b", 600, burst=burst)


def test_the_registry_does_not_hold_the_key() -> None:
    bucket = shared_bucket("api.b2brouter.net", KEY, 600)
    assert KEY not in repr(registry._buckets)
    assert KEY not in repr(vars(bucket))


def test_threads_that_ask_at_once_get_the_same_bucket() -> None:
    found: list[TokenBucket] = []
    barrier = threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        found.append(shared_bucket("api.b2brouter.net", KEY, 600))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1


def test_the_ledger_outlives_the_event_loop(anyio_backend: str) -> None:
    bucket = TokenBucket(100, clock=VirtualClock())

    async def one_call() -> None:
        bucket.release(await bucket.acquire(max_wait=0), "ok")

    anyio.run(one_call, backend=anyio_backend)
    assert bucket.snapshot().free == 99
    with pytest.raises(Exception, match="no place"):
        anyio.run(one_call, backend=anyio_backend)


def test_one_loop_after_the_other_may_wait_too(anyio_backend: str) -> None:
    clock = VirtualClock()
    bucket = TokenBucket(100, clock=clock)

    async def three_calls() -> None:
        async def call() -> None:
            async with bucket:
                pass

        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(call)
            await clock.run(10.0)

    for backend in (anyio_backend, "asyncio", "trio", anyio_backend):
        anyio.run(three_calls, backend=backend)
    assert bucket.snapshot().free == 88
    assert bucket.snapshot().in_flight == 0


def test_what_a_loop_left_behind_does_not_block_the_next_one() -> None:
    clock = VirtualClock()
    bucket = TokenBucket(100, clock=clock, grace=10.0)
    kept: list[Lease] = []

    async def hold() -> None:
        kept.append(await bucket.acquire())
        await anyio.sleep_forever()

    async def wait() -> Lease:
        return await bucket.acquire()

    # A loop stopped with a lease out and a task waiting: nobody will cancel them.
    abandoned = asyncio.new_event_loop()
    tasks: list[asyncio.Task[Any]] = [abandoned.create_task(hold()), abandoned.create_task(wait())]
    abandoned.run_until_complete(clock.settle())
    assert bucket.snapshot().in_flight == 1
    assert bucket.snapshot().waiting == 1

    async def next_loop() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(bucket.acquire)
            await clock.run(1.0)
        assert bucket.snapshot().waiting == 0

    anyio.run(next_loop, backend="asyncio")
    assert bucket.snapshot().in_flight == 1
    # The lost lease is taken for a request of unknown fate, and comes back once, not twice.
    clock.leap(72.0)
    bucket.release(kept[0], "ok")
    assert bucket.snapshot().free == 99

    # Should the old loop run again, its waiter is served, not left hanging.
    clock.leap(2.0)
    lease = abandoned.run_until_complete(tasks[1])
    bucket.release(lease, "ok")
    tasks[0].cancel()
    abandoned.run_until_complete(asyncio.wait(tasks[:1]))
    abandoned.close()
    assert bucket.snapshot().waiting == 0


def test_a_loop_that_was_left_behind_and_runs_again_is_served_also_where_it_waited_for_a_reply() -> None:
    clock = VirtualClock()
    bucket = TokenBucket(100, clock=clock, grace=10.0, max_in_flight=1)

    async def hold() -> None:
        await bucket.acquire()
        await anyio.sleep_forever()

    async def call() -> None:
        bucket.release(await bucket.acquire(), "ok")

    abandoned = asyncio.new_event_loop()
    tasks = [abandoned.create_task(hold()), abandoned.create_task(call())]
    abandoned.run_until_complete(clock.settle())
    assert bucket.snapshot().next is None  # only a reply can tell when it goes on
    clock.leap(1.0)
    anyio.run(call)  # the lease that was left behind counts no more
    clock.leap(1.0)
    abandoned.run_until_complete(clock.settle())
    assert tasks[1].done()
    tasks[0].cancel()
    abandoned.run_until_complete(asyncio.wait(tasks[:1]))
    abandoned.close()
    assert bucket.snapshot().waiting == bucket.snapshot().in_flight == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system doesn't fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_goes_on_and_says_that_two_now_spend_one_limit(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = VirtualClock()
    bucket = TokenBucket(100, clock=clock, grace=10.0)
    anyio.run(bucket.acquire)  # still out when we fork
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - in the child
        try:
            signal.alarm(30)  # a child that hangs ends the test, too
            clock.leap(1.0)
            with caplog.at_level(logging.WARNING):
                bucket.release(anyio.run(bucket.acquire, 0, 0.0), "ok")
            in_flight = bucket.snapshot().in_flight
            os.write(write, f"{in_flight} {'forked' in caplog.text}".encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    assert told == "0 True"
    assert bucket.snapshot().in_flight == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system doesn't fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_who_waited_in_the_parent_when_it_forked_waits_there_and_not_in_the_child() -> None:
    clock = VirtualClock()
    bucket = TokenBucket(100, clock=clock, max_in_flight=1)

    async def fork_while_one_waits() -> int:
        held = await bucket.acquire()
        waiting = asyncio.create_task(bucket.acquire())
        await clock.settle()
        child = os.fork()
        if child == 0:  # pragma: no cover - in the child
            os._exit(10 * bucket.snapshot().waiting + bucket.snapshot().in_flight)
        bucket.release(held, "unsent")
        bucket.release(await waiting, "ok")
        return child

    child = asyncio.run(fork_while_one_waits())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert bucket.snapshot().waiting == bucket.snapshot().in_flight == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system doesn't fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(("workers", "warnings"), [(1, 0), (4, 1)])
def test_workers_forked_after_a_preload_are_warned_of_once_altogether(
    caplog: pytest.LogCaptureFixture, workers: int, warnings: int
) -> None:
    """As gunicorn's with `preload`: the parent makes the limiter, its children use it."""
    bucket = TokenBucket(100)
    told = ""
    for _ in range(workers):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:  # pragma: no cover - in the child
            try:
                signal.alarm(30)
                with caplog.at_level(logging.WARNING):
                    for _ in range(2):
                        bucket.release(anyio.run(bucket.acquire), "unsent")
                os.write(write, caplog.text.encode())
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read) as pipe:
            told += pipe.read()
        os.waitpid(child, 0)
    assert told.count("forked") == warnings
    if warnings:
        assert "share it through Redis" in told


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system doesn't fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_in_the_middle_of_another_thread_s_look_at_the_state_waits_for_its_end() -> None:
    bucket = TokenBucket(100)
    inside, leave = threading.Event(), threading.Event()

    def look() -> None:
        with bucket._alone():
            inside.set()
            leave.wait(10.0)

    thread = threading.Thread(target=look)
    thread.start()
    inside.wait(10.0)
    threading.Timer(0.05, leave.set).start()
    child = os.fork()
    if child == 0:  # pragma: no cover - in the child
        status = 1
        try:
            signal.alarm(10)
            bucket.release(anyio.run(bucket.acquire), "ok")
            status = 0 if bucket.snapshot().in_flight == 0 else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    thread.join()
    bucket.release(anyio.run(bucket.acquire, 1), "ok")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system doesn't fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_while_another_thread_looks_for_its_bucket_does_not_hang_the_child() -> None:
    bucket = shared_bucket("api.b2brouter.net", KEY, 600)
    with registry._lock:
        child = os.fork()
        if child == 0:  # pragma: no cover - in the child
            status = 1
            try:
                signal.alarm(10)
                status = 0 if shared_bucket("api.b2brouter.net", KEY, 600) is bucket else 2
            finally:
                os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0.5 ", 0.5),
        ("0", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("", None),
        ("nan", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str, seconds: float | None) -> None:
    assert parse_retry_after(header) == seconds


def test_a_retry_after_date_ahead_is_so_many_seconds() -> None:
    from datetime import UTC, datetime, timedelta
    from email.utils import format_datetime

    seconds = parse_retry_after(format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True))
    assert seconds is not None
    assert 3500 < seconds <= 3600
    assert parse_retry_after((datetime.now(UTC) + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S -0000"))
