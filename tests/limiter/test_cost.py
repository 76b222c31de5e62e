"""What a grant costs, counted in Python calls: the same on every machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from b2brouter_async.limiter import TokenBucket
from tests.limiter.virtual import VirtualClock

if TYPE_CHECKING:
    from types import FrameType


class Count:
    """Counts the calls that the limiter's code makes or receives."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if event in ("call", "c_call") and "b2brouter_async" in frame.f_code.co_filename:
            self.calls += 1

    def __enter__(self) -> Count:
        sys.setprofile(self)
        return self

    def __exit__(self, *exc: object) -> None:
        sys.setprofile(None)


async def calls_per_grant(waiting: int) -> float:
    clock = VirtualClock()
    bucket = TokenBucket(1000, clock=clock)
    granted = 0

    async def work() -> None:
        nonlocal granted
        while granted < 600:
            async with bucket:
                granted += 1

    async with anyio.create_task_group() as tasks:
        for _ in range(waiting):
            tasks.start_soon(work)
        await clock.run(2.0)
        before = granted
        with Count() as count:
            await clock.run(8.0)
        cost = count.calls / (granted - before)
        tasks.cancel_scope.cancel()
    return cost


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # trio's own calls vary from run to run
async def test_a_grant_before_5_000_waiters_costs_what_it_costs_before_50() -> None:
    assert await calls_per_grant(5_000) <= 1.5 * await calls_per_grant(50)


async def calls_per_cancelled(waiting: int) -> float:
    bucket = TokenBucket(1000, clock=VirtualClock())
    with Count() as count:
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                bucket.release(await bucket.acquire(), "ok")  # the burst
            for _ in range(waiting):
                tasks.start_soon(bucket.acquire)
            while bucket.snapshot().waiting < waiting:
                await anyio.lowlevel.checkpoint()
            before = count.calls
            tasks.cancel_scope.cancel()
    assert bucket.snapshot().waiting == bucket.snapshot().in_flight == 0
    return (count.calls - before) / waiting


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_5_000_waiters_cancelled_at_once_cost_no_more_each_than_50() -> None:
    assert await calls_per_cancelled(5_000) <= 1.5 * await calls_per_cancelled(50)


@pytest.mark.anyio
async def test_an_uncontended_grant_takes_few_calls() -> None:
    bucket = TokenBucket(10_000_000, 0.05)
    bucket.release(await bucket.acquire(), "ok")
    with Count() as count:
        for _ in range(100):
            bucket.release(await bucket.acquire(), "ok")
    # asyncio.Semaphore makes 8 calls for the same.
    assert count.calls / 100 <= 20
