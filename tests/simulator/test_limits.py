from __future__ import annotations

from bisect import bisect_right
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async.simulator import Key, Simulator, frozen
from b2brouter_async.simulator.server.limits import POLICIES, Meter, PolicyName, policy

from .conftest import MORNING
from .support import unchecked

if TYPE_CHECKING:
    from collections.abc import Callable

anyio_only = pytest.mark.anyio
# Crowds, and now and then a silence of one window or of several.
EIGHTHS = st.lists(
    (st.integers(0, 40) | st.integers(0, 80) | st.integers(300, 1500)).map(lambda eighths: eighths / 8),
    min_size=20,
    max_size=60,
)
GAPS = st.lists(st.just(0.0) | st.floats(0, 3) | st.floats(0, 20), min_size=30, max_size=120)


def admitted(name: PolicyName, gaps: list[float], limit: int = 10, burst: int | None = None) -> list[float]:
    """The times of the requests a policy lets through; a refused one's wait is checked as it comes."""
    held, now, passed = policy(name, limit, 60.0, burst), 1000.0, []
    for gap in gaps:
        now += gap
        wait = held.admit(now)
        if wait is None:
            passed.append(now)
        else:
            assert 0 <= wait <= 120
    return passed


def most_within(times: list[float], period: float) -> int:
    """Of times in their order."""
    return max((place + 1 - bisect_right(times, at - period) for place, at in enumerate(times)), default=0)


@given(GAPS)
def test_a_sliding_log_lets_no_window_pass_more_than_the_limit(gaps: list[float]) -> None:
    assert most_within(admitted("sliding-log", gaps), 60.0) <= 10


@given(GAPS)
def test_a_fixed_window_counts_each_window_alone(gaps: list[float]) -> None:
    windows: dict[int, int] = {}
    for at in admitted("fixed", gaps):
        windows[int(at // 60)] = windows.get(int(at // 60), 0) + 1
    assert all(count <= 10 for count in windows.values())


@given(GAPS)
def test_a_sliding_counter_is_no_laxer_than_a_fixed_window(gaps: list[float]) -> None:
    passed = admitted("sliding-counter", gaps)
    for start in {int(at // 60) for at in passed}:
        assert sum(1 for at in passed if int(at // 60) == start) <= 10


@given(GAPS, st.integers(1, 10))
def test_a_bucket_lets_no_more_pass_than_its_burst_and_what_filled_it(gaps: list[float], burst: int) -> None:
    passed = admitted("bucket", gaps, burst=burst)
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            assert last - first + 1 <= burst + (passed[last] - passed[first]) * 10 / 60 + 1e-6


def fixed(times: list[float], at: float, limit: int, burst: int) -> bool:
    return sum(1 for one in times if one // 64 == at // 64) < limit


def log(times: list[float], at: float, limit: int, burst: int) -> bool:
    return sum(1 for one in times if one > at - 64) < limit


def counter(times: list[float], at: float, limit: int, burst: int) -> bool:
    """As a large CDN does: this window's count, and the last one's by the share of it within the last period."""
    this = sum(1 for one in times if one // 64 == at // 64)
    last = sum(1 for one in times if one // 64 == at // 64 - 1)
    return last * (64 - at % 64) / 64 + this + 1 <= limit


def bucket(times: list[float], at: float, limit: int, burst: int) -> bool:
    level, then = float(burst), 0.0
    for one in [*times, at]:
        level, then = min(burst, level + (one - then) * limit / 64) - 1, one
    return level >= 0


@given(
    EIGHTHS,
    st.sampled_from([1, 2, 4, 8, 16]),
)
@pytest.mark.parametrize(
    ("name", "lets_pass"),
    [("fixed", fixed), ("sliding-log", log), ("sliding-counter", counter), ("bucket", bucket)],
)
def test_each_policy_decides_as_its_definition_says(
    name: PolicyName, lets_pass: Callable[[list[float], float, int, int], bool], gaps: list[float], limit: int
) -> None:
    """The definition looks at all that was let through; all numbers are exact, so that nothing is a matter of rounding."""
    held, now = policy(name, limit, 64.0, burst=3), 960.0
    passed: list[float] = []
    for gap in gaps:
        now += gap
        expected = lets_pass(passed, now, limit, 3)
        assert (held.admit(now) is None) == expected
        if expected:
            passed.append(now)


@pytest.mark.parametrize("name", POLICIES)
def test_whoever_waits_as_long_as_told_gets_through(name: PolicyName) -> None:
    held, now = policy(name, 10, 60.0), 1000.0
    for _ in range(100):
        wait = held.admit(now)
        if wait is not None:
            now += wait + 1e-6
            assert held.admit(now) is None


def test_an_unknown_policy_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="fixed, sliding-log, sliding-counter, bucket"):
        policy("leaky", 1, 1.0)  # type: ignore[arg-type]
    assert get_args(PolicyName) == POLICIES


@given(GAPS)
def test_the_meter_knows_the_worst_window_of_what_arrived(gaps: list[float]) -> None:
    meter, now, times = Meter(60.0, None), 0.0, []
    for gap in gaps:
        now += gap
        times.append(now)
        meter.arrive(now)
    assert meter.worst == most_within(times, 60.0)


@anyio_only
@pytest.mark.parametrize(("key", "limit"), [("live_1", 1000), ("test_1", 600)])
async def test_the_limit_is_that_of_the_keys_environment(key: str, limit: int) -> None:
    simulator = Simulator(api_key="test_1", keys=[Key("live_1", "production")], clock=frozen(MORNING))
    http = unchecked(simulator, key=key)
    statuses = [(await http.get("/web_hooks")).status_code for _ in range(limit + 3)]
    assert statuses == [200] * limit + [429] * 3
    assert simulator.worst_window(key) == simulator.requests(key) == limit + 3
    assert simulator.refused(key) == 3
    simulator.advance(60)
    assert (await http.get("/web_hooks")).status_code == 200


@anyio_only
async def test_each_key_has_a_limit_of_its_own_and_none_is_no_limit() -> None:
    simulator = Simulator(keys=[Key("test_2")], limit=1, clock=frozen(MORNING))
    one, two = unchecked(simulator), unchecked(simulator, key="test_2")
    assert [(await http.get("/web_hooks")).status_code for http in (one, two, one)] == [200, 200, 429]
    free = unchecked(Simulator(limit=None, clock=frozen(MORNING)))
    assert {(await free.get("/web_hooks")).status_code for _ in range(700)} == {200}


@anyio_only
async def test_the_body_of_a_429_has_no_code_and_retry_after_is_a_choice() -> None:
    for form in (None, "seconds", "date"):
        simulator = Simulator(limit=1, period=30, retry_after=form, clock=frozen(MORNING))
        http = unchecked(simulator)
        await http.get("/web_hooks")
        reply = await http.get("/web_hooks")
        assert reply.status_code == 429
        assert "code" not in reply.json()["error"]
        header = reply.headers.get("Retry-After")
        if form is None:
            assert header is None
        elif form == "seconds":
            assert header == "30"
        else:
            assert parsedate_to_datetime(header).timestamp() == MORNING + 30


@anyio_only
async def test_a_period_can_be_short() -> None:
    simulator = Simulator(limit=2, period=0.5, limit_policy="sliding-log", clock=frozen(MORNING))
    http = unchecked(simulator)
    statuses = []
    for _ in range(6):
        statuses.append((await http.get("/web_hooks")).status_code)
        simulator.advance(0.2)
    assert statuses == [200, 200, 429, 200, 200, 429]


def test_two_requests_a_whole_period_apart_are_in_no_window_together() -> None:
    meter = Meter(60.0, None)
    for at in (0.0, 60.0, 120.0):
        meter.arrive(at)
    assert meter.worst == 1
    meter.arrive(179.5)
    assert meter.worst == 2
