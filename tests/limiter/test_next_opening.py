"""Where the sliding window has no room, the store says from when on it has, to the moment: nobody asks in vain."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from tests.limiter.shared_simulation import START, PostgresStore, RedisStore

if TYPE_CHECKING:
    from tests.limiter.conftest import RedisServer

LIMIT, PERIOD, LEASE = 8, 6.0, 5.0
MICRO = 1_000_000
CYCLE = 6_006_000  # the period and its margin, in microseconds

_budgets = itertools.count()

ages = st.lists(st.integers(1, 2 * CYCLE - 1), max_size=3 * LIMIT)
"""How long ago replies came, in microseconds."""


@pytest.fixture(params=["redis", pytest.param("postgres", marks=pytest.mark.nightly)])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        return server.url
    return str(request.getfixturevalue("database"))


def worst(ages: list[int], in_flight: int) -> float:
    """The most that a counter which weighs its last window can have counted, whenever its windows begin."""
    began = {0, *ages, *(age - CYCLE for age in ages)}  # how long ago: there it can be largest
    return in_flight + max(
        sum(age <= start for age in ages)
        + sum(start < age <= start + CYCLE for age in ages) * (1.0 - start / CYCLE)
        for start in began
        if 0 <= start <= CYCLE
    )


def test_a_slot_is_reserved_for_the_first_moment_at_which_it_is_within_the_limit_whatever_came_before(
    url: str,
) -> None:
    @example(list(range(1, LIMIT + 1)), 0)
    @example([CYCLE - 1] * LIMIT, 0)
    @example([CYCLE, *[CYCLE + 1] * LIMIT, *[2 * CYCLE - 1] * LIMIT], 1)
    @example([1, *[CYCLE - 1000] * (LIMIT - 2), *[2 * CYCLE - 1000] * LIMIT], 1)
    @given(ages, st.integers(0, LIMIT - 1))
    def asks(ages: list[int], in_flight: int) -> None:
        kind = PostgresStore if url.startswith("postgresql:") else RedisStore
        store = kind(url, f"opening-{next(_budgets)}", LIMIT, PERIOD, LEASE, LEASE)
        try:
            # Whatever the sliding window says is said at once, and nothing else holds anybody back.
            settings = evolve(
                store.settings, horizon=3 * PERIOD, interval=1e-6, max_in_flight=100, grace=10 * PERIOD
            )
            now = round(START * MICRO)
            head = [*settings.arguments(), "0.5", "", ""]
            given_back: list[tuple[str | int, ...]] = [
                *((f"old:{number}", "ok", age, age, -1) for number, age in enumerate(ages)),
                *((f"out:{number}", "unknown", 0, 0, -1) for number in range(in_flight)),
            ]
            store.call([*head, "", 0, 0, "", "", *itertools.chain(*given_back)], now)
            _, verdict, wait, *_ = store.call([*head, "me:1", 1, 0, "", ""], now)
        finally:
            store.close()
        wait = int(wait)
        assert int(verdict) == 1
        assert worst([age + wait for age in ages], in_flight) + 1 <= LIMIT + 1e-6
        if wait:
            earlier = wait - 2
            assert worst([age + earlier for age in ages], in_flight) + 1 > LIMIT - 1e-6

    asks()


class Asking:
    """One process asks Redis for one slot after another; times are seconds since it began."""

    def __init__(self, url: str, **settings: Any) -> None:
        self._store = RedisStore(url, f"opening-{next(_budgets)}", LIMIT, PERIOD, LEASE, LEASE)
        self._settings = evolve(self._store.settings, max_in_flight=100, **settings)
        self._asked = 0
        self.now = 0.0

    def ask(self, priority: int = 0) -> tuple[int, float]:
        """Return verdict and time of the next slot."""
        self._asked += 1
        _, verdict, wait, *_ = self._call(f"me:{self._asked}", 1, priority=priority)
        return int(verdict), self.now + int(wait) / MICRO

    def wait(self) -> float:
        """Ask as often as it takes, and return the time of the next slot."""
        verdict, at = self.ask()
        while verdict == 3:
            self.now = at
            verdict, at = self.ask()
        return at

    def tell(self, ages: list[int]) -> None:
        """Write down requests that were replied to so long ago, and that the script has not granted."""
        given_back: list[str | int] = []
        for number, age in enumerate(ages):
            given_back += [f"old:{number}", "ok", age, age, -1]
        self._call("", 0, *given_back)
        self._store._client.hdel(self._store.keys[2], "bound_at")  # so it has to look

    def _call(self, token: str, count: int, *given_back: str | int, priority: int = 0) -> list[Any]:
        head = [*self._settings.arguments(), "0.5", "", "", token, count, priority, "", ""]
        return self._store.call([*head, *given_back], round((START + self.now) * MICRO))

    def close(self) -> None:
        self._store.close()


def test_the_pace_goes_on_while_the_sliding_window_is_shut_for_longer_than_is_seen_ahead(
    redis_server: RedisServer,
) -> None:
    process = Asking(redis_server.url, horizon=0.5, interval=3.0, tolerances=(1.0, 1.0))
    try:
        assert process.ask() == (1, 0.0)
        ages = [6_100_000] * LIMIT + [200_000] * 4
        process.tell(ages)
        at = process.wait()
        assert at > 4.0
        assert worst([age + round(at * MICRO) for age in ages], 1) + 1 <= LIMIT + 1e-6
        assert worst([age + round(at * MICRO) - 2 for age in ages], 1) + 1 > LIMIT - 1e-6
        process.now = at
        assert process.wait() == pytest.approx(at + 2.0, abs=1e-5)  # a pace that nothing has put back
    finally:
        process.close()


def test_a_slot_that_the_sliding_window_held_back_leaves_the_pace_where_it_was(
    redis_server: RedisServer,
) -> None:
    process = Asking(redis_server.url, horizon=3.0, interval=2.0, tolerances=(6.0, 6.0))
    try:
        assert [process.ask() for _ in range(3)] == [(1, 0.0)] * 3
        process.tell([8_606_000] * LIMIT)
        verdict, at = process.ask()
        assert verdict == 1
        assert at == pytest.approx(0.4, abs=0.01)
        assert process.ask() == (1, 2.0)  # the fifth of a pace that lets four go at once
    finally:
        process.close()


def test_what_the_sliding_window_allows_later_it_does_not_allow_now(redis_server: RedisServer) -> None:
    process = Asking(redis_server.url, horizon=3.0, interval=2.0, tolerances=(0.0, 6.0))
    try:
        assert process.ask() == (1, 0.0)
        process.tell([6_506_000] * LIMIT)
        assert process.ask() == (1, 2.0)
        verdict, at = process.ask(priority=1)  # may be ahead of the pace, and not of the window
        assert verdict == 1
        assert at == pytest.approx(1.75, abs=0.01)
    finally:
        process.close()
