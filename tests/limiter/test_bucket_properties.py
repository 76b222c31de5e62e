"""The bucket with real tasks, under any order of acquiring, releasing, cancelling, 429s and leaps."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, ClassVar

import anyio
import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from b2brouter_async.errors import RateLimitTimeout
from b2brouter_async.limiter import TokenBucket
from b2brouter_async.limiter.machine import Machine
from tests.limiter.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio.abc import TaskGroup

    from b2brouter_async.limiter import Lease, Outcome

LIMIT = 40


class Caller:
    """A task that acquires, holds its lease until told, and releases."""

    def __init__(self, priority: int, max_wait: float | None) -> None:
        self.priority, self.max_wait = priority, max_wait
        self.scope = anyio.CancelScope()
        self.done = anyio.Event()
        self.outcome: Outcome = "ok"
        self.retry_after: float | None = None
        self.lease: Lease | None = None
        self.ended = False

    async def run(self, bucket: TokenBucket, granted: list[Caller]) -> None:
        try:
            with self.scope:
                self.lease = await bucket.acquire(self.priority, self.max_wait)
                try:
                    granted.append(self)
                    await self.done.wait()
                except BaseException:
                    self.outcome = "unsent"
                    raise
                finally:
                    bucket.release(self.lease, self.outcome, self.retry_after)
        except RateLimitTimeout:
            pass
        finally:
            self.ended = True


class BucketMachine(RuleBasedStateMachine):
    """Runs on a real event loop, in a thread of its own; the time is virtual."""

    backend: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.portal = self.stack.enter_context(start_blocking_portal(self.backend))
        self.tasks: TaskGroup = self.stack.enter_context(
            self.portal.wrap_async_context_manager(self.portal.call(anyio.create_task_group))
        )
        self.clock = VirtualClock(1000.0)
        self.callers: list[Caller] = []
        self.granted: list[Caller] = []

    @initialize(cap=st.sampled_from([None, 1, 3, 40]), burst=st.sampled_from([None, 2.0]))
    def begin(self, cap: int | None, burst: float | None) -> None:
        self.bucket = TokenBucket(LIMIT, burst=burst, max_in_flight=cap, grace=10.0, clock=self.clock)

    def act(self, *actions: Callable[[], object]) -> None:
        """Do all of it in one tick of the loop, then let the tasks come to rest."""

        async def in_one_tick() -> None:
            for action in actions:
                action()
            await self.clock.settle()

        self.portal.call(in_one_tick)
        self.callers = [caller for caller in self.callers if not caller.ended]

    @property
    def waiting(self) -> list[Caller]:
        return [caller for caller in self.callers if caller.lease is None]

    @property
    def holding(self) -> list[Caller]:
        return [caller for caller in self.callers if caller.lease is not None]

    @rule(
        priority=st.sampled_from([0, 0, 1]),
        max_wait=st.none() | st.floats(0.0, 5.0),
        crowd=st.integers(1, 8),
    )
    def come(self, priority: int, max_wait: float | None, crowd: int) -> None:
        for _ in range(crowd):
            caller = self.portal.call(Caller, priority, max_wait)
            self.callers.append(caller)
            # One after the other: trio starts the tasks of one tick in any order.
            self.act(lambda caller=caller: self.tasks.start_soon(caller.run, self.bucket, self.granted))  # type: ignore[misc]

    @precondition(lambda self: self.holding)
    @rule(
        data=st.data(),
        outcome=st.sampled_from(["ok", "ok", "rejected", "unknown", "unsent"]),
        retry_after=st.none() | st.floats(0.0, 30.0),
    )
    def answer(self, data: st.DataObject, outcome: Outcome, retry_after: float | None) -> None:
        caller = data.draw(st.sampled_from(self.holding))
        caller.outcome, caller.retry_after = outcome, retry_after
        self.act(caller.done.set)

    @precondition(lambda self: self.callers)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.act(data.draw(st.sampled_from(self.callers)).scope.cancel)

    @precondition(lambda self: self.holding and self.waiting)
    @rule(data=st.data())
    def cancel_in_the_tick_of_a_grant(self, data: st.DataObject) -> None:
        giver = data.draw(st.sampled_from(self.holding))
        victims = data.draw(st.lists(st.sampled_from(self.waiting), max_size=3))
        lease = giver.lease
        assert lease is not None
        self.act(
            lambda: self.bucket.release(lease, "unsent"),  # grants, before any task has run
            giver.scope.cancel,
            *[victim.scope.cancel for victim in victims],
        )

    @rule(seconds=st.floats(0.0, 3.0) | st.floats(3.0, 70.0))
    def let_time_pass(self, seconds: float) -> None:
        self.portal.call(self.clock.run, seconds)
        self.act()

    @rule(seconds=st.floats(0.0, 100.0))
    def let_the_clock_leap(self, seconds: float) -> None:
        self.clock.leap(seconds)
        self.portal.call(self.clock.run, 0.0)
        self.act()

    @invariant()
    def tokens_and_tasks_agree(self) -> None:
        snapshot = self.bucket.snapshot()
        machine = self.bucket._machine
        assert isinstance(machine, Machine)
        ledger = machine.ledger
        assert ledger.free + ledger.in_flight + ledger.returning == LIMIT
        assert snapshot.in_flight == len(self.holding)
        assert snapshot.waiting == len(self.waiting)

    @invariant()
    def nobody_waits_for_what_is_there(self) -> None:
        snapshot = self.bucket.snapshot()
        assert not snapshot.waiting or snapshot.next != 0.0

    def teardown(self) -> None:
        """Whoever still waits is served: no wake-up was lost."""
        try:
            # Behind a cap of one only one is served in each turn; the others are for pauses.
            for _ in range(60 + len(self.callers)):
                for caller in self.holding:
                    self.act(caller.done.set)
                self.portal.call(self.clock.run, 20.0)
                self.act()
                if not self.callers:
                    break
            assert self.callers == []
            assert self.bucket.snapshot().in_flight == 0
        finally:
            for caller in self.callers:
                self.act(caller.scope.cancel)
            self.stack.close()


class OnAsyncio(BucketMachine):
    backend = "asyncio"


class OnTrio(BucketMachine):
    backend = "trio"


@pytest.mark.parametrize("machine", [OnAsyncio, OnTrio])
def test_a_crowd_that_leaves_one_by_one_is_served_to_the_last(machine: type[BucketMachine]) -> None:
    state = machine()
    state.begin(cap=1, burst=None)
    for _ in range(8):
        state.come(priority=0, max_wait=None, crowd=8)
        state.tokens_and_tasks_agree()
    state.teardown()


TestOnAsyncio = OnAsyncio.TestCase
TestOnAsyncio.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestOnTrio = OnTrio.TestCase
TestOnTrio.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
