"""What a program says wrongly costs no token and hangs nobody: in memory, and the same through Redis."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from b2brouter_async.errors import ConfigurationError
from b2brouter_async.limiter import RedisTokenBucket, Rejection, TokenBucket
from tests.limiter.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.limiter.conftest import RedisServer

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "redis"])
def make(request: pytest.FixtureRequest) -> Callable[..., TokenBucket | RedisTokenBucket]:
    def made(**settings: Any) -> TokenBucket | RedisTokenBucket:
        if request.param == "memory":
            return TokenBucket(600, **settings)
        server: RedisServer = request.getfixturevalue("redis_server")
        return RedisTokenBucket(server.url, "api.example", secrets.token_hex(8), 600, **settings)

    return made


@pytest.mark.parametrize("outcome", ["OK", "refused", "", None, ["ok"]])
async def test_an_outcome_that_nobody_knows_is_named_and_its_lease_is_back_as_of_unknown_fate(
    make: Callable[..., TokenBucket | RedisTokenBucket], outcome: Any
) -> None:
    bucket = make()
    lease = await bucket.acquire(1)
    with pytest.raises(ConfigurationError, match=r'outcome.*"unknown"'):
        bucket.release(lease, outcome)
    assert lease.settled
    assert bucket.snapshot().in_flight == 0


@pytest.mark.parametrize("retry_after", ["7", float("nan"), True, b"7"])
async def test_a_retry_after_that_is_no_number_is_named_and_the_pause_begins_all_the_same(
    make: Callable[..., TokenBucket | RedisTokenBucket], retry_after: Any
) -> None:
    bucket = make(period=20.0)
    lease = await bucket.acquire(1)
    with pytest.raises(ConfigurationError, match="retry_after"):
        bucket.release(lease, "rejected", retry_after)
    assert lease.settled
    assert bucket.snapshot().in_flight == 0
    with anyio.fail_after(30.0):  # the pause is drawn from two thirds of a second
        bucket.release(await bucket.acquire(1), "ok")
    assert bucket.snapshot().rejections == 1


async def test_what_goes_wrong_in_on_rejected_is_logged_and_fails_no_call(
    make: Callable[..., TokenBucket | RedisTokenBucket], caplog: pytest.LogCaptureFixture
) -> None:
    told: list[float | None] = []

    def report(rejection: Rejection) -> None:
        told.append(rejection.retry_after)
        raise ValueError("of the program's own")

    bucket = make(on_rejected=report)
    bucket.release(await bucket.acquire(1), "rejected", 0.01)
    with anyio.fail_after(30.0):
        bucket.release(await bucket.acquire(1), "ok")
    assert told == [pytest.approx(0.01)]
    assert "report failed" in caplog.text
    assert "of the program's own" in caplog.text


async def test_what_goes_wrong_where_waits_are_counted_costs_no_token(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = VirtualClock()
    bucket = TokenBucket(100, clock=clock)

    def count(priority: int, seconds: float) -> None:
        raise ValueError("of the program's own")

    bucket.on_wait = count

    async def call() -> None:
        bucket.release(await bucket.acquire(), "ok")

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(call)
        await clock.run(5.0)
    assert bucket.snapshot().in_flight == 0
    assert bucket.snapshot().free == 97
    assert "of the program's own" in caplog.text
