"""How much is believed after a 429, and for how long: in memory, and the same through Redis."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from b2brouter_async.limiter.interface import Callers
from b2brouter_async.limiter.machine import Machine
from tests.limiter.servers import FixedWindow, SlidingLog
from tests.limiter.simulation import Demand, Simulation, wan

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT, PERIOD = 600, 60.0


class Lone:
    """A limiter, and one caller after another."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.machine = Machine[int](limit, PERIOD, jitter=lambda: 0.5)
        self.callers = Callers()
        self.now = 1000.0

    def call(self, refused: bool = False, retry_after: float | None = None) -> float:
        """Send one interactive call, wait for its reply, and say how long it waited for its turn."""
        asked = self.now
        self.machine.enter(0, 1, self.callers)
        while not (granted := self.machine.pump(self.now)):
            self.now = self.machine.wake_at
        waited = self.now - asked
        self.now += 0.1
        self.machine.release(granted[0][1], "rejected" if refused else "ok", retry_after, self.now)
        return waited

    @property
    def believed(self) -> int:
        return self.machine.snapshot(self.now).believed


@pytest.mark.parametrize("before", [0, 1, 30, 200])
def test_one_stray_429_costs_its_pause_and_at_most_half_of_the_limit(before: int) -> None:
    lone = Lone()
    for _ in range(before):
        lone.call()
    lone.call(refused=True, retry_after=4.0)
    assert lone.believed >= LIMIT / 2
    waits = [lone.call() for _ in range(25)]
    assert waits[0] == pytest.approx(4.0, abs=0.01)
    assert max(waits[1:]) <= 0.3


@pytest.mark.parametrize("retry_after", [None, 0.0, 10.0, 60.0])
@pytest.mark.parametrize("calls_a_minute", [0, 6, 120, 500])
def test_what_one_stray_429_took_is_back_a_period_after_its_pause_at_any_traffic(
    calls_a_minute: int, retry_after: float | None
) -> None:
    lone = Lone()
    lone.call(refused=True, retry_after=retry_after)
    ends = lone.machine.frozen_until + PERIOD + 0.01
    while calls_a_minute and lone.now < ends:
        lone.now += PERIOD / calls_a_minute
        lone.call()
    lone.now = max(lone.now, ends)
    assert lone.believed == LIMIT


def test_stray_429s_far_apart_are_each_an_isolated_one() -> None:
    lone = Lone()
    for _ in range(5):
        lone.call(refused=True, retry_after=1.0)
        assert lone.believed >= LIMIT / 2
        lone.call()
        lone.now += 4 * PERIOD + 1.0


def test_refusals_that_follow_each_other_lead_further_down_each_time() -> None:
    lone = Lone()
    believed = []
    for _ in range(4):
        lone.call(refused=True, retry_after=1.0)
        believed.append(lone.believed)
        lone.call()
    assert believed == sorted(believed, reverse=True)
    assert believed[-1] <= 0.1 * LIMIT


def test_believing_less_never_makes_it_more() -> None:
    lone = Lone()
    for _ in range(400):
        lone.call()
    lone.call(refused=True, retry_after=0.0)  # believed: 95 % of what is in use
    first = lone.believed
    lone.call()
    lone.call(refused=True, retry_after=0.0)
    assert lone.believed <= first + 5  # what came back meanwhile


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("server", [FixedWindow, SlidingLog])
def test_against_a_thief_that_stays_we_keep_to_what_is_left(
    share: float, server: type[FixedWindow] | type[SlidingLog]
) -> None:
    pauses: list[int] = []

    class Watched(Machine[int]):
        def release(self, lease, outcome, retry_after, now):  # type: ignore[no-untyped-def]
            began = super().release(lease, outcome, retry_after, now)
            if began:
                pauses.append(self.ledger.in_flight)
            return began

    def strangers(now: float) -> float:
        return share * LIMIT / PERIOD

    judge = server(LIMIT, PERIOD, counts_refused=False)
    machine = Watched(LIMIT, PERIOD, jitter=random.Random(5).random)
    run = Simulation(machine, Demand(workers=50), wan, seed=6, server=judge, stranger=strangers).run(
        seconds=900.0
    )
    # One refusal a pause, and besides it only those that were in flight already.
    assert len(run.refusals) <= sum(1 + in_flight for in_flight in pauses)
    late = [refusal for refusal in run.refusals if refusal >= 300.0]
    sent = [arrival for arrival in run.arrivals if arrival >= 300.0]
    assert len(late) <= 0.06 * len(sent)
    assert len(sent) / 10.0 >= 0.6 * (1.0 - share) * LIMIT


def test_a_thief_that_came_for_a_moment_is_forgotten_two_periods_after_the_last_refusal() -> None:
    def strangers(now: float) -> float:
        return 20.0 if 100.0 <= now < 130.0 else 0.0

    def moments(chance: random.Random) -> Iterator[tuple[float, int]]:
        at = 0.0
        while True:
            yield at, 1
            at += 3.0

    server = SlidingLog(LIMIT, PERIOD, counts_refused=False)
    machine = Machine[int](LIMIT, PERIOD, jitter=lambda: 0.5)
    Simulation(machine, Demand(crowds=moments), wan, seed=3, server=server, stranger=strangers).run(
        seconds=130.0 + PERIOD
    )
    assert machine.snapshot(130.0 + PERIOD).believed < LIMIT
    assert machine.snapshot(130.0 + 3 * PERIOD + 1.0).believed == LIMIT


def test_a_probe_refused_in_the_moment_it_went_is_followed_by_another() -> None:
    # A clock may stand for a while: some tick every 15 ms.
    machine, callers = Machine[int](LIMIT, PERIOD), Callers()
    for _ in range(3):
        machine.enter(0, 1, callers)
        [(_, lease)] = machine.pump(1000.0)
        machine.release(lease, "rejected", 0.0, 1000.0)
    assert machine.snapshot(1000.0).next == 0.0
