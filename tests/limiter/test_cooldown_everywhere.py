"""After 429s the script in Redis and the function in PostgreSQL say what the limiter in memory says."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from b2brouter_async.limiter.interface import Callers
from b2brouter_async.limiter.machine import Machine
from b2brouter_async.limiter.shared.worker import Answer, NoAnswer, Release, SlotRequest, Worker, micros
from tests.limiter.shared_simulation import START, PostgresStore, RedisStore, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from b2brouter_async.limiter import Lease, Outcome

LIMIT, PERIOD = 600, 60.0
CHANCE = 0.5  # what pauses without Retry-After are drawn with
STEP = 0.125  # seconds; exact in binary, and longer than the pace


class Both:
    """One program twice: on the limiter in memory, and on a store that several processes share."""

    def __init__(self, store: Store) -> None:
        self.machine = Machine[int](LIMIT, PERIOD, grace=30.0, jitter=lambda: CHANCE)
        self.callers = Callers()
        self.now = 1000.0
        self._store = store
        self._worker = Worker(lambda: self._script, store.keys, store.settings, now=lambda: self.now)
        self._serial = 0
        self.held: list[tuple[Lease, str, float]] = []
        self.answer: Answer | None = None

    def _script(self, keys: Sequence[str], args: Sequence[str | int]) -> list[Any]:
        changed = list(args)
        changed[19] = repr(CHANCE)
        return self._store.call(changed, micros(START + self.now))

    def _call(self, count: int, *releases: Release) -> Answer:
        self._serial += 1
        self._worker._kept += releases
        token = f"p:{self._serial}" if count else ""
        request = SlotRequest(token, count, 1, False, _ignore)
        self.answer = self._worker._call(request)
        return self.answer

    def ask(self) -> None:
        """Ask both for one grant at once; one that only comes later is given back."""
        self.now += STEP
        self.machine.enter(self._serial, 1, self.callers)
        granted = self.machine.pump(self.now)
        if not granted:
            self.machine.leave(self._serial, self.callers)
        answer = self._call(1)
        at_once = answer.tokens if answer.wait == 0.0 else []
        assert len(at_once) == len(granted), (answer, self.machine.snapshot(self.now))
        if granted:
            self.held.append((granted[0][1], answer.tokens[0], self.now))
        elif answer.tokens:
            self._call(0, Release(answer.tokens[0], "unsent", self.now, self.now, None))

    def release(self, number: int, outcome: Outcome, retry_after: float | None) -> None:
        if not self.held:
            return
        self.now += STEP
        lease, token, granted_at = self.held.pop(number % len(self.held))
        self.machine.release(lease, outcome, retry_after, self.now)
        self._call(0, Release(token, outcome, granted_at, self.now, retry_after))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self._call(0)

    def agree(self) -> None:
        ours, theirs = self.machine.snapshot(self.now), self.answer
        assert theirs is not None
        assert theirs.rejections == ours.rejections
        assert theirs.frozen_for == pytest.approx(ours.frozen_for, abs=1e-5)
        assert abs(theirs.believed - ours.believed) <= 1  # rounded up from microseconds
        assert theirs.in_flight == ours.in_flight
        assert abs(theirs.free - ours.free) <= 1


def _ignore(answer: Answer | NoAnswer) -> None:
    del answer


@pytest.fixture(params=["redis", "postgres"])
def make(request: pytest.FixtureRequest) -> Callable[[], Store]:
    if request.param == "redis":
        url = request.getfixturevalue("redis_server").url
        return lambda: RedisStore(url, secrets.token_hex(8), LIMIT, PERIOD, 3600.0, 30.0)
    database: str = request.getfixturevalue("database")
    return lambda: PostgresStore(database, secrets.token_hex(8), LIMIT, PERIOD, 3600.0, 30.0)


steps = st.one_of(
    st.tuples(st.just("ask")),
    st.tuples(
        st.just("release"),
        st.integers(0, 5),
        st.sampled_from(["rejected", "rejected", "ok", "unsent", "unknown"]),
        st.sampled_from([None, None, 0.0, 2.0, 7.5, 30.0, 90.0]),
    ),
    st.tuples(st.just("wait"), st.sampled_from([0.5, 1.0, 2.0, 10.0, 40.0, 70.0, 200.0])),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=st.lists(steps, min_size=5, max_size=25))
def test_any_order_of_grants_and_refusals_is_answered_the_same(
    make: Callable[[], Store], program: list[tuple[Any, ...]]
) -> None:
    store = make()
    try:
        both = Both(store)
        for name, *arguments in program:
            if name == "release" and arguments[1] != "rejected":
                arguments[2] = None
            getattr(both, name)(*arguments)
            if both.answer is not None:
                both.agree()
    finally:
        store.close()


def test_a_later_refusal_of_the_same_pause_lengthens_it_and_is_told(make: Callable[[], Store]) -> None:
    store = make()
    try:
        both = Both(store)
        for _ in range(3):
            both.ask()
        both.release(0, "rejected", 5.0)
        both.release(0, "rejected", 30.0)
        both.release(0, "rejected", None)
        both.agree()
        assert both.answer is not None
        assert both.answer.frozen_for == pytest.approx(30.0, abs=2 * STEP)
        both.wait(31.0)
        both.ask()  # the probe, and until it is answered nobody else
        both.ask()
        assert len(both.held) == 1
        no_answers: tuple[Outcome, ...] = ("unsent", "unknown")
        for outcome in no_answers:  # nothing is known yet, so another goes first
            both.release(0, outcome, None)
            both.ask()
            both.ask()
            assert len(both.held) == 1
        both.release(0, "rejected", None)  # of a probe: nothing new is known about what is left
        both.wait(10.0)
        both.ask()
        both.release(0, "ok", None)
        for _ in range(5):
            both.ask()
        assert len(both.held) == 5
        for seconds in (20.0, 20.0, 20.0, 20.0, 60.0):
            both.wait(seconds)
            both.agree()
        both.release(0, "rejected", 1.0)  # within three periods: not an isolated one any more
        for _ in range(8):
            both.wait(20.0)
            both.agree()
        assert both.answer.believed == LIMIT
    finally:
        store.close()
