"""A 429 is no failure: a call goes on until its window has passed, whatever `max_attempts` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from b2brouter_async import B2Brouter
from b2brouter_async._call.retry import RetryPolicy
from b2brouter_async.errors import RateLimitedError, ServerError
from b2brouter_async.limiter import TokenBucket
from tests.limiter.servers import FixedWindow
from tests.limiter.virtual import VirtualClock
from tests.runtime.conftest import KEY, Wire, reply

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

INVOICE = {"invoice": {"id": 5}}


def on_its_clock(api: Wire) -> Wire:
    """Time passes where the call sleeps, and nowhere else."""
    api.client.caller.pipeline.clock = lambda: sum(api.naps)
    return api


@pytest.mark.parametrize("refusals", [1, 5, 9])
@pytest.mark.parametrize("most", [2, 4])
async def test_refusals_are_not_counted_as_attempts(
    wire: Callable[..., Wire], refusals: int, most: int
) -> None:
    api = on_its_clock(wire(*[reply(429)] * refusals, reply(200, INVOICE), max_attempts=most))
    await api.client.invoices.get(5)
    assert len(api.requests) == refusals + 1


async def test_failures_among_refusals_are_counted_as_before(wire: Callable[..., Wire]) -> None:
    steps = [reply(429), reply(503), reply(429), reply(429), reply(503), reply(503)]
    api = on_its_clock(wire(*steps))
    with pytest.raises(ServerError):
        await api.client.invoices.get(5, max_attempts=3)
    assert len(api.requests) == 6


async def test_a_call_that_meets_nothing_but_refusals_gives_up_after_two_periods(
    wire: Callable[..., Wire],
) -> None:
    api = on_its_clock(wire(reply(429)))
    with pytest.raises(RateLimitedError):
        await api.client.invoices.get(5)
    assert sum(api.naps) >= 120.0


async def test_the_deadline_ends_it_before(wire: Callable[..., Wire]) -> None:
    api = on_its_clock(wire(reply(429)))
    with pytest.raises(RateLimitedError):
        await api.client.invoices.get(5, deadline=20.0)
    assert sum(api.naps) <= 20.0


async def test_who_wants_no_repetition_gets_none(wire: Callable[..., Wire]) -> None:
    api = wire(reply(429))
    with pytest.raises(RateLimitedError):
        await api.client.invoices.get(5, max_attempts=1)
    assert len(api.requests) == 1


async def test_a_limiter_that_makes_nobody_wait_is_no_reason_to_hammer(wire: Callable[..., Wire]) -> None:
    api = on_its_clock(wire(reply(429), retry=RetryPolicy(base=1.0)))
    with pytest.raises(RateLimitedError):
        await api.client.invoices.get(5)
    assert len(api.requests) <= 40


async def test_a_window_of_60_seconds_without_retry_after_is_outlived() -> None:
    """Another program has used the whole window up; the server doesn't say for how long."""
    clock = VirtualClock(1.0)
    window = FixedWindow(600, 60.0, counts_refused=False)
    for _ in range(600):
        window.accepts(1.0)

    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=INVOICE) if window.accepts(clock.now()) else httpx.Response(429)

    bucket = TokenBucket(600, clock=clock)
    http_client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    client = B2Brouter(KEY, http_client=http_client, limiter=bucket)
    pipeline = client.caller.pipeline
    pipeline.clock = clock.now
    pipeline.sleep = clock.sleep

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client.invoices.get, 5)
        for _ in range(200):
            await clock.run(1.0)
    assert bucket.snapshot().rejections >= 4
    assert clock.now() > 60.0
