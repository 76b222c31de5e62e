from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async._call.retry import (
    Fate,
    deleted_before,
    fate_of,
    fate_of_status,
    leaves_doubt,
    may_repeat,
    wait_before,
)
from b2brouter_async._call.retry_policy import RetryPolicy
from b2brouter_async._core.backoff import Backoff
from b2brouter_async._core.operation import Repeat
from b2brouter_async._core.replies import Reply
from b2brouter_async.errors import APIConnectionError, APITimeoutError, ResponseTooLargeError

PASSING = (408, 429, 500, 502, 503, 504)


@pytest.mark.parametrize("repeat", Repeat)
def test_which_statuses_are_repeated(repeat: Repeat) -> None:
    safe = repeat in (Repeat.SAFE, Repeat.IDEMPOTENT)
    repeated = [status for status in range(200, 600) if may_repeat(repeat, fate_of_status(status))]
    assert repeated == (list(PASSING) if safe else [429])


@pytest.mark.parametrize("repeat", Repeat)
def test_what_never_left_is_repeated_whatever_it_is(repeat: Repeat) -> None:
    assert may_repeat(repeat, fate_of(APIConnectionError("no connection", sent=False)))
    assert may_repeat(repeat, fate_of(APITimeoutError("no free connection", sent=False)))


@pytest.mark.parametrize("repeat", Repeat)
def test_what_may_have_left_is_repeated_only_where_twice_is_once(repeat: Repeat) -> None:
    for error in (APIConnectionError("broke", sent=True), APITimeoutError("late", sent=True)):
        assert may_repeat(repeat, fate_of(error)) is (repeat in (Repeat.SAFE, Repeat.IDEMPOTENT))


def test_a_reply_that_is_too_large_is_not_asked_for_again() -> None:
    assert not may_repeat(Repeat.SAFE, fate_of(ResponseTooLargeError("big")))


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (201, Fate.DONE),
        (204, Fate.DONE),
        (302, Fate.UNKNOWN_FOR_GOOD),
        (303, Fate.UNKNOWN_FOR_GOOD),
        (307, Fate.REFUSED),
        (308, Fate.REFUSED),
        (400, Fate.REFUSED),
        (408, Fate.UNKNOWN),
        (422, Fate.REFUSED),
        (429, Fate.NOT_DONE),
        (501, Fate.UNKNOWN_FOR_GOOD),
        (503, Fate.UNKNOWN),
    ],
)
def test_what_a_status_says_about_a_write(status: int, fate: Fate) -> None:
    assert fate_of(Reply(status, {}, b"")) is fate
    doubtful = fate in (Fate.UNKNOWN, Fate.UNKNOWN_FOR_GOOD)
    assert leaves_doubt(Repeat.WRITE, fate) is doubtful
    assert leaves_doubt(Repeat.RECONCILABLE, fate) is doubtful
    assert not leaves_doubt(Repeat.SAFE, fate)
    assert not leaves_doubt(Repeat.IDEMPOTENT, fate)


def test_a_delete_that_meets_404_is_done_only_after_a_first_try() -> None:
    assert deleted_before("DELETE", 404, doubt=True)
    assert not deleted_before("DELETE", 404, doubt=False)
    assert not deleted_before("PUT", 404, doubt=True)
    assert not deleted_before("DELETE", 403, doubt=True)


def test_waits_grow_to_a_cap_and_are_drawn_from_their_whole_range() -> None:
    policy = RetryPolicy(base=0.5, cap=3.0)
    ranges: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        ranges.append((low, high))
        return high

    for attempt in (1, 2, 3, 4, 5000):
        wait_before(attempt, status=503, retry_after=None, policy=policy, draw=draw)
    assert ranges == [(0.0, 0.5), (0.0, 1.0), (0.0, 2.0), (0.0, 3.0), (0.0, 3.0)]


@given(st.floats(min_value=0, max_value=1e6), st.sampled_from([429, 503, None]))
def test_a_server_that_asks_for_patience_gets_it_up_to_the_cap(asked: float, status: int | None) -> None:
    policy = RetryPolicy(retry_after_cap=120.0)
    wait = wait_before(1, status=status, retry_after=asked, policy=policy, draw=lambda low, high: 0.25)
    if asked > 120.0:
        assert wait is None
    else:
        # A 429 is waited for in the limiter's queue, by everybody; who asks for no wait gets the drawn one.
        assert wait == (0.0 if status == 429 else asked or 0.25)


def test_pauses_take_no_random_number_of_the_application() -> None:
    """Whoever has set the seed of `random` draws the same with us and without us."""
    before = random.getstate()
    policy = RetryPolicy()
    drawn = {wait_before(2, status=503, retry_after=None, policy=policy) for _ in range(20)}
    drawn |= {Backoff(first=1.0).drawn(3) for _ in range(20)}
    assert len(drawn) == 40
    assert random.getstate() == before
