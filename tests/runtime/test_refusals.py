"""A 429 is no failure: a call goes on until its window has passed, whatever `max_attempts` says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from b2brouter_async import B2Brouter
from b2brouter_async._call.retry_policy import RetryPolicy
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


def header(asked: str | float) -> str:
    """A number stands for a date so many seconds ahead."""
    if isinstance(asked, str):
        return asked
    return format_datetime(datetime.now(UTC) + timedelta(seconds=asked), usegmt=True)


@pytest.mark.parametrize(
    "asked",
    [
        *("0", "1", "60", "61", "119", "0.5"),
        *(30.0, 90.0, -3600.0, "Sun, 06 Nov 1994 08:49:37 GMT"),
        *("", "soon", "-3", "1e9", "nan", "inf", "5, 6", "Mon, 99 Foo 2030 99:99:99 GMT"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_whatever_a_refusal_asks_for_within_two_periods_the_call_arrives(
    wire: Callable[..., Wire], method: str, asked: str | float
) -> None:
    api = on_its_clock(
        wire(*[reply(429, retry_after=header(asked))] * 5, reply(201, INVOICE), max_attempts=2)
    )
    if method == "GET":
        await api.client.invoices.get(5)
    else:
        await api.client.invoices.import_document(1, content=b"<Invoice/>")
    assert len(api.requests) == 6
    assert {outcome for outcome, _ in api.limiter.released[:5]} == {"rejected"}


@pytest.mark.parametrize("asked", ["121", "1000000000", "9" * 400, 3600.0, 1e9])
async def test_a_refusal_that_asks_for_more_than_two_periods_is_raised_and_says_so(
    wire: Callable[..., Wire], asked: str | float
) -> None:
    api = on_its_clock(wire(reply(429, retry_after=header(asked))))
    with pytest.raises(RateLimitedError) as caught:
        await api.client.invoices.get(5)
    assert len(api.requests) == 1
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 120.0


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
