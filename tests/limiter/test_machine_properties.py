"""The state machine under any order of events: nothing lost, nothing above the limit."""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from b2brouter_async.limiter.interface import Callers
from b2brouter_async.limiter.machine import DRIFT, Machine
from tests.limiter.servers import SlidingCounter

if TYPE_CHECKING:
    from b2brouter_async.limiter.interface import Lease, Outcome

PERIOD = 60.0
LEAPS = st.floats(0.0, 1.0) | st.floats(1.0, 90.0) | st.sampled_from([PERIOD, PERIOD * (1 + DRIFT)])


class AnyOrder(RuleBasedStateMachine):
    """An adversary chooses who comes, when each request is counted, and when its reply arrives."""

    @initialize(
        limit=st.integers(1, 60),
        larger_burst=st.booleans(),
        cap=st.sampled_from([None, 1, 60]),
    )
    def begin(self, limit: int, larger_burst: bool, cap: int | None) -> None:
        self.limit = limit
        self.now = 1000.0
        burst = max(1.0, limit / 20.0) if larger_burst else None
        self.machine: Machine[int] = Machine(
            limit, PERIOD, burst, max_in_flight=cap, grace=30.0, jitter=lambda: 0.5
        )
        self.callers = Callers()
        self.names = 0
        self.queue: dict[int, list[int]] = {0: [], 1: []}
        self.sent: list[Lease] = []  # not counted yet
        self.counted: list[Lease] = []  # and not answered yet
        self.lost: list[float] = []  # given up on; may be counted up to this time
        self.counts: list[float] = []
        self.grants: list[float] = []  # of requests that did leave, or still may

    @rule(priority=st.sampled_from([0, 0, 1]), crowd=st.integers(1, 30))
    def come(self, priority: int, crowd: int) -> None:
        for _ in range(crowd):
            self.names += 1
            self.queue[priority].append(self.names)
            self.machine.enter(self.names, priority, self.callers)
        self.pump()

    @rule(data=st.data(), priority=st.sampled_from([0, 1]))
    def give_up(self, data: st.DataObject, priority: int) -> None:
        if self.queue[priority]:
            name = data.draw(st.sampled_from(self.queue[priority]))
            self.queue[priority].remove(name)
            self.machine.leave(name, self.callers)
            self.pump()

    @rule(leap=LEAPS)
    def let_time_leap(self, leap: float) -> None:
        self.now += leap
        self.pump()

    @rule(back=st.floats(0.0, 5.0))
    def turn_the_clock_back(self, back: float) -> None:
        for name, lease in self.machine.pump(self.now - back):
            self.grant(name, lease)

    @rule(wakes=st.integers(1, 40))
    def let_time_pass_from_wake_to_wake(self, wakes: int) -> None:
        for _ in range(wakes):
            if math.isinf(self.machine.wake_at):
                break
            assert self.machine.wake_at > self.now
            self.now = self.machine.wake_at
            self.pump()

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 59), crowd=st.integers(1, 60))
    def arrive(self, number: int, crowd: int) -> None:
        for _ in range(min(crowd, len(self.sent))):
            self.counted.append(self.sent.pop(number % len(self.sent)))
            self.counts.append(self.now)

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 59), crowd=st.integers(1, 60))
    def time_out(self, number: int, crowd: int) -> None:
        for _ in range(min(crowd, len(self.sent))):
            lease = self.sent.pop(number % len(self.sent))
            self.machine.release(lease, "unknown", None, self.now)
            self.lost.append(self.now + self.machine.grace)
        self.pump()

    @precondition(lambda self: self.lost)
    @rule(crowd=st.integers(1, 60))
    def arrive_late(self, crowd: int) -> None:
        for _ in range(min(crowd, len(self.lost))):
            if self.now <= self.lost.pop(0):
                self.counts.append(self.now)

    @precondition(lambda self: self.counted)
    @rule(
        number=st.integers(0, 59),
        crowd=st.integers(1, 60),
        outcome=st.sampled_from(["ok", "ok", "ok", "rejected", "unknown"]),
        retry_after=st.none() | st.floats(0.0, 200.0),
    )
    def answer(self, number: int, crowd: int, outcome: Outcome, retry_after: float | None) -> None:
        for _ in range(min(crowd, len(self.counted))):
            lease = self.counted.pop(number % len(self.counted))
            self.machine.release(lease, outcome, retry_after, self.now)
        self.pump()

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 59), twice=st.booleans())
    def fail_to_send(self, number: int, twice: bool) -> None:
        lease = self.sent.pop(number % len(self.sent))
        self.grants.remove(lease.granted_at)
        self.machine.release(lease, "unsent", None, self.now)
        if twice:
            self.machine.release(lease, "unsent", None, self.now)
        self.pump()

    def pump(self) -> None:
        for name, lease in self.machine.pump(self.now):
            self.grant(name, lease)

    def grant(self, name: int, lease: Lease) -> None:
        lane = self.queue[1] if name in self.queue[1] else self.queue[0]
        assert lane.pop(0) == name  # first come, first served
        self.sent.append(lease)
        self.grants.append(lease.granted_at)

    @invariant()
    def no_token_is_lost_or_made(self) -> None:
        ledger = self.machine.ledger
        assert ledger.free + ledger.in_flight + ledger.returning == self.limit
        assert ledger.in_flight == len(self.sent) + len(self.counted)
        assert ledger.free >= 0
        assert self.machine.waiting == len(self.queue[0]) + len(self.queue[1])

    @invariant()
    def no_window_of_a_period_holds_more_than_the_limit(self) -> None:
        for number, count in enumerate(self.counts):
            # The server's clock may be 500 ppm slow.
            assert bisect_right(self.counts, count + PERIOD * 1.0005) - number <= self.limit

    @invariant()
    def grants_keep_to_burst_and_rate(self) -> None:
        pacer, burst = self.machine.pacer, self.machine.burst
        grants = self.grants[-200:]
        for number, first in enumerate(grants):
            assert len(grants) - number <= burst + (grants[-1] - first) / pacer.interval + 1e-6

    @invariant()
    def a_counter_that_weighs_its_last_window_agrees(self) -> None:
        for phase in (0.0, 0.3, 0.7):
            judge = SlidingCounter(self.limit, PERIOD, phase=phase)
            assert all(judge.accepts(count) for count in self.counts)

    @invariant()
    def somebody_is_told_when_to_look_again(self) -> None:
        machine = self.machine
        if machine.waiting and math.isinf(machine.wake_at):
            assert machine.ledger.in_flight  # whose release pumps


TestMachine = AnyOrder.TestCase
TestMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
