"""Where the sliding window has no room, the store says from when on it has, to the moment: nobody asks in vain."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

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
