"""What is counted second by second, and the rates made of it."""

from __future__ import annotations

import pytest

from b2brouter_async._call.attempt import Attempt
from b2brouter_async._core.replies import Reply
from b2brouter_async.cli.upload.traffic import Seconds, Traffic


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_seconds_without_anything_count_nothing() -> None:
    seconds = Seconds()
    seconds.add(3)
    seconds.add(1, 4)
    seconds.add(3)
    assert [seconds.between(second, second + 1) for second in range(5)] == [0, 4, 0, 2, 0]
    assert seconds.between(-5, 100) == seconds.total == 6


def test_a_steady_run_settles_as_fast_from_the_second_second_on() -> None:
    clock = Clock()
    traffic = Traffic(600, clock)
    paces: list[float] = []
    for _ in range(200):
        for _ in range(10):
            traffic.finish()
            clock.now += 0.1
        paces.append(traffic.pace)
    assert paces[1:] == pytest.approx([600] * 199, rel=0.02)


def test_the_last_minute_is_counted_and_never_made_up() -> None:
    clock = Clock()
    traffic = Traffic(600, clock)
    traffic.requests.add(0, 500)
    clock.now += 2
    assert traffic.last_minute == 500  # and not 15,000 a minute
    clock.now += 57.9
    assert traffic.last_minute == 500
    clock.now += 0.2
    assert traffic.last_minute == 0


@pytest.mark.anyio
async def test_every_request_is_counted_and_every_429() -> None:
    traffic = Traffic(600, Clock())
    attempt = Attempt("invoices.get", 1, "GET", "/invoices/1", (), {}, None)

    async def answer(status: int) -> None:
        async def send(_: Attempt) -> Reply:
            return Reply(status=status, headers={}, content=b"")

        assert (await traffic.count(attempt, send)).status == status

    for status in (200, 429, 201, 500):
        await answer(status)
    assert (traffic.requests.total, traffic.refused.total) == (4, 1)


@pytest.mark.anyio
async def test_a_request_that_gets_no_reply_was_sent_all_the_same() -> None:
    traffic = Traffic(600, Clock())
    attempt = Attempt("invoices.get", 1, "GET", "/invoices/1", (), {}, None)

    async def send(_: Attempt) -> Reply:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await traffic.count(attempt, send)
    assert traffic.requests.total == 1
