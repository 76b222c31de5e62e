"""The bucket with tasks on it, in virtual time, on both event loops."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from b2brouter_async.errors import ConfigurationError, RateLimitTimeout
from b2brouter_async.limiter import Lease, RateLimiter, Rejection, TokenBucket
from tests.limiter.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def bucket(clock: VirtualClock) -> TokenBucket:
    """A hundred requests a minute, one at a time: no burst to speak of."""
    return TokenBucket(100, clock=clock)


def waiter(
    bucket: TokenBucket, granted: list[str], name: str, priority: int = 0, outcome: str = "ok"
) -> Callable[[], Coroutine[object, object, None]]:
    async def wait() -> None:
        lease = await bucket.acquire(priority)
        granted.append(name)
        bucket.release(lease, outcome)  # type: ignore[arg-type]

    return wait


async def test_a_free_bucket_grants_at_once(bucket: TokenBucket) -> None:
    lease = await bucket.acquire(max_wait=0)
    assert bucket.snapshot().in_flight == 1
    bucket.release(lease, "ok")
    assert bucket.snapshot().in_flight == 0
    assert bucket.snapshot().free == 99


async def test_a_token_comes_back_one_period_after_the_reply(
    bucket: TokenBucket, clock: VirtualClock
) -> None:
    lease = await bucket.acquire()
    clock.leap(20.0)
    bucket.release(lease, "ok")
    clock.leap(59.9)
    assert bucket.snapshot().free == 99
    clock.leap(0.2)
    assert bucket.snapshot().free == 100


async def test_a_request_that_never_left_costs_nothing(bucket: TokenBucket, clock: VirtualClock) -> None:
    for _ in range(500):
        bucket.release(await bucket.acquire(max_wait=0), "unsent")
    assert bucket.snapshot().free == 100


async def test_a_request_of_unknown_fate_holds_its_token_through_the_grace(clock: VirtualClock) -> None:
    bucket = TokenBucket(100, clock=clock, grace=30.0)
    bucket.release(await bucket.acquire(), "unknown")
    clock.leap(90.0)
    assert bucket.snapshot().free == 99
    clock.leap(0.1)
    assert bucket.snapshot().free == 100


async def test_a_lease_given_back_twice_counts_once(bucket: TokenBucket) -> None:
    lease = await bucket.acquire()
    bucket.release(lease, "ok")
    bucket.release(lease, "unsent")
    assert bucket.snapshot().free == 99
    assert bucket.snapshot().in_flight == 0


async def test_waiters_of_a_priority_are_served_in_order_and_newcomers_do_not_overtake(
    bucket: TokenBucket, clock: VirtualClock
) -> None:
    granted: list[str] = []
    async with anyio.create_task_group() as tasks:
        for name in "abcdef":
            tasks.start_soon(waiter(bucket, granted, name))
            await clock.settle()
        clock.leap(0.7)  # a place is due, and nobody has been told yet
        tasks.start_soon(waiter(bucket, granted, "late"))
        await clock.run(10.0)
    assert granted == [*"abcdef", "late"]


async def test_interactive_calls_pass_waiting_bulk_but_do_not_starve_it(
    bucket: TokenBucket, clock: VirtualClock
) -> None:
    granted: list[str] = []
    async with anyio.create_task_group() as tasks:
        bucket.release(await bucket.acquire(), "ok")
        for _ in range(10):
            tasks.start_soon(waiter(bucket, granted, "bulk"))
        await clock.settle()
        for _ in range(40):
            tasks.start_soon(waiter(bucket, granted, "interactive", 1))
        await clock.run(40.0)
    assert granted[:9] == ["interactive"] * 9
    assert granted[9] == "bulk"
    assert granted[:40].count("bulk") == 4
    assert len(granted) == 50


async def test_a_waiter_cancelled_while_it_waits_lets_the_next_one_go(
    bucket: TokenBucket, clock: VirtualClock
) -> None:
    granted: list[str] = []
    scope = anyio.CancelScope()

    async def cancelled() -> None:
        with scope:
            await bucket.acquire()
            granted.append("cancelled")

    bucket.release(await bucket.acquire(), "ok")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(cancelled)
        await clock.settle()
        tasks.start_soon(waiter(bucket, granted, "next"))
        await clock.settle()
        scope.cancel()
        await clock.run(0.7)
        assert granted == ["next"]
    assert bucket.snapshot().in_flight == 0
    assert bucket.snapshot().waiting == 0


async def test_a_waiter_cancelled_in_the_tick_of_its_grant_gives_the_token_to_the_next(
    bucket: TokenBucket, clock: VirtualClock
) -> None:
    granted: list[str] = []
    scope = anyio.CancelScope()

    async def cancelled() -> None:
        with scope:
            lease = await bucket.acquire()
            # trio hands the lease over before it cancels; then the caller's `finally` gives it back.
            try:
                await anyio.lowlevel.checkpoint()
                granted.append("cancelled")
            finally:
                bucket.release(lease, "unsent")

    held = [await bucket.acquire(max_wait=0)]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(cancelled)
        await clock.settle()
        tasks.start_soon(waiter(bucket, granted, "next"))
        await clock.settle()
        # Its refund grants the first waiter in this very call; the task hasn't run yet.
        bucket.release(held.pop(), "unsent")
        scope.cancel()
        await clock.settle()
        assert granted == ["next"]
    assert bucket.snapshot().in_flight == 0
    assert bucket.snapshot().free == 99


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_asyncio_s_own_cancellation_in_the_tick_of_the_grant_gives_the_token_back(
    bucket: TokenBucket, clock: VirtualClock
) -> None:
    """It interrupts a task that has its lease already; anyio's waits until the task has taken it."""
    held = await bucket.acquire(max_wait=0)
    waiting = asyncio.create_task(bucket.acquire())
    await clock.settle()
    bucket.release(held, "unsent")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert bucket.snapshot().in_flight == 0
    assert bucket.snapshot().free == 100


async def test_the_wait_has_a_limit_and_nothing_is_spent(bucket: TokenBucket, clock: VirtualClock) -> None:
    bucket.release(await bucket.acquire(), "ok")
    failed: list[str] = []

    async def impatient() -> None:
        with pytest.raises(RateLimitTimeout, match=r"in 0\.25 s"):
            await bucket.acquire(max_wait=0.25)
        failed.append(f"{clock.now():.2f}")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(impatient)
        await clock.run(0.3)
    assert failed == ["0.25"]
    assert bucket.snapshot().free == 99
    assert bucket.snapshot().waiting == 0
    with pytest.raises(RateLimitTimeout, match="nothing was sent"):
        await bucket.acquire(max_wait=0)


async def test_the_timekeeper_may_leave_and_another_takes_over(
    bucket: TokenBucket, clock: VirtualClock
) -> None:
    granted: list[str] = []
    bucket.release(await bucket.acquire(), "ok")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(waiter(bucket, granted, "first"))
        await clock.settle()
        for wait in (0.1, 0.2, 0.3):

            async def impatient(wait: float = wait) -> None:
                with pytest.raises(RateLimitTimeout):
                    await bucket.acquire(max_wait=wait)

            tasks.start_soon(impatient)
            await clock.settle()
        await clock.run(0.7)
        assert granted == ["first"]


async def test_async_with_holds_a_lease_for_the_body(bucket: TokenBucket, clock: VirtualClock) -> None:
    async with bucket:
        assert bucket.snapshot().in_flight == 1
    assert bucket.snapshot().in_flight == 0
    clock.leap(61.0)
    with pytest.raises(KeyError):
        async with bucket:
            raise KeyError
    clock.leap(61.0)
    assert bucket.snapshot().free == 99  # its fate is unknown: held through the grace


async def test_no_more_requests_are_in_flight_than_the_cap(clock: VirtualClock) -> None:
    bucket = TokenBucket(1000, clock=clock, max_in_flight=3)
    leases: list[Lease] = []

    async def hold() -> None:
        leases.append(await bucket.acquire())

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(hold)
        await clock.run(100.0)
        assert len(leases) == 3
        assert bucket.snapshot().next is None
        for lease in leases[:2]:
            bucket.release(lease, "ok")
        await clock.run(1.0)
        assert len(leases) == 5


async def test_a_429_freezes_everybody_and_one_request_goes_first(
    clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Rejection] = []
    bucket = TokenBucket(1000, clock=clock, on_rejected=seen.append)
    leases = [await bucket.acquire(max_wait=0) for _ in range(4)]
    with caplog.at_level(logging.WARNING, logger="b2brouter_async.limiter"):
        for lease in leases:
            bucket.release(lease, "rejected", retry_after=7.0)
    assert [rejection.pause for rejection in seen] == [7.0]  # one pause, not four
    assert len(caplog.records) == 1
    assert bucket.snapshot().frozen_for == 7.0
    assert bucket.snapshot().rejections == 4

    probes: list[Lease] = []

    async def probe() -> None:
        probes.append(await bucket.acquire())

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(probe)
        await clock.run(6.9)
        assert probes == []
        await clock.run(5.0)
        assert len(probes) == 1
        bucket.release(probes[0], "ok")
        await clock.run(3.0)
        assert len(probes) == 3


async def test_a_wait_shorter_than_the_pause_fails_at_once(bucket: TokenBucket, clock: VirtualClock) -> None:
    bucket.release(await bucket.acquire(), "rejected", retry_after=40.0)
    failed: list[float] = []

    async def impatient() -> None:
        with pytest.raises(RateLimitTimeout, match=r"froze it for another 40\.0 s"):
            await bucket.acquire(max_wait=39.0)
        failed.append(clock.now())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(impatient)
        await clock.settle()
        assert failed == [clock.now()]


async def test_a_bucket_is_a_rate_limiter(bucket: TokenBucket) -> None:
    limiter: RateLimiter = bucket
    limiter.release(await limiter.acquire(), "ok")
    assert limiter.snapshot().limit == 100


async def test_numbers_that_make_no_limiter_are_refused() -> None:
    settings: tuple[dict[str, Any], ...] = (
        *({"limit": wrong} for wrong in (0, -1, 600.5, "600", True, None, float("inf"), float("nan"))),
        *(
            {"limit": 10, "period": wrong}
            for wrong in (None, -1.0, "60", True, float("nan"), float("inf"), 1e9)
        ),
        *({"limit": 10, "grace": wrong} for wrong in (None, "60", True, float("nan"), float("inf"))),
        *({"limit": 10, "freeze_cap": wrong} for wrong in (-1.0, "60", True, float("nan"))),
        *({"limit": 100, "max_in_flight": wrong} for wrong in (-1, 2.5, "2", True)),
        {"limit": 10, "period": 0.0},
        {"limit": 100, "burst": 5.5},
        {"limit": 100, "burst": "5"},
        {"limit": 100, "burst": float("nan")},
        {"limit": 100, "burst": True},
        {"limit": 100, "burst": 0.5},
        {"limit": 100, "max_in_flight": 0},
        {"limit": 100, "grace": -1.0},
    )
    for wrong in settings:
        with pytest.raises(ConfigurationError) as caught:
            TokenBucket(**wrong)
        assert caught.value.argument == list(wrong)[-1]


@pytest.mark.parametrize("priority", [2, -1, "1", None])
async def test_a_priority_that_is_none_is_refused(bucket: TokenBucket, priority: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await bucket.acquire(priority)
    assert caught.value.argument == "priority"
    assert bucket.snapshot().free == 100


@pytest.mark.parametrize("max_wait", [float("nan"), "5", True])
async def test_a_longest_wait_that_is_no_number_is_refused_whether_or_not_one_would_wait(
    bucket: TokenBucket, max_wait: Any
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await bucket.acquire(max_wait=max_wait)
    assert caught.value.argument == "max_wait"
    bucket.release(await bucket.acquire(), "ok")
    with pytest.raises(ConfigurationError, match="max_wait"):
        await bucket.acquire(max_wait=max_wait)
    assert bucket.snapshot().waiting == 0
