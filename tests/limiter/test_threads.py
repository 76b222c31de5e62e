"""One budget for event loops in several threads at once: asyncio, uvloop and trio side by side.

Whatever the threads' turns, the same must hold, so nothing here waits for a moment or counts on
an order: time moves only when the test moves it, and it goes on when every task has come to rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import math
import sys
import threading
from concurrent.futures import Future, wait
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.lowlevel
import pytest
import trio
from anyio.from_thread import start_blocking_portal
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from b2brouter_async.errors import RateLimitTimeout
from b2brouter_async.limiter import TokenBucket
from b2brouter_async.limiter.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from anyio.from_thread import BlockingPortal

    from b2brouter_async.limiter import Lease

T = TypeVar("T")

LIMIT, PERIOD = 40, 60.0
PATIENT = 60.0  # seconds after which a hang is a hang

LOOPS: dict[str, tuple[str, dict[str, Any]]] = {"asyncio": ("asyncio", {}), "trio": ("trio", {})}
try:
    import uvloop
except ImportError:
    pass
else:
    LOOPS["uvloop"] = ("asyncio", {"loop_factory": uvloop.new_event_loop})


class ThreadsClock:
    """A clock for several event loops, which moves only when a test moves it."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._lock = threading.Lock()
        self._order = itertools.count()
        self._timers: list[tuple[float, int, Callable[[], object]]] = []

    def now(self) -> float:
        return self._now

    async def wait(self, event: anyio.Event, until: float) -> None:
        if until <= self._now:
            await anyio.lowlevel.checkpoint()
            return
        if not math.isinf(until):
            token: Any = anyio.lowlevel.current_token()
            token = getattr(token, "native_token", token)
            post = getattr(token, "call_soon_threadsafe", None) or token.run_sync_soon
            with self._lock:
                heapq.heappush(self._timers, (until, next(self._order), lambda: post(event.set)))
        await event.wait()

    def step(self, seconds: float) -> None:
        """Move on, and wake whoever waits for a time up to then."""
        with self._lock:
            self._now += seconds
            due = []
            while self._timers and self._timers[0][0] <= self._now:
                due.append(heapq.heappop(self._timers)[2])
        for wake in due:
            with contextlib.suppress(RuntimeError):  # its event loop has ended
                wake()


async def rest() -> None:
    for _ in range(12):
        await anyio.lowlevel.checkpoint()


class Threads:
    """Event loops, each in a thread of its own."""

    def __init__(self, stack: ExitStack, kinds: list[str]) -> None:
        self.portals: list[BlockingPortal] = []
        self._started: list[Future[Any]] = []
        for kind in kinds:
            backend, options = LOOPS[kind]
            self.portals.append(stack.enter_context(start_blocking_portal(backend, options)))
        stack.callback(self._end)

    def start(self, number: int, call: Callable[..., Awaitable[T]], *args: object) -> Future[T]:
        """Start a task in one of the loops."""
        future: Future[T] = self.portals[number].start_task_soon(call, *args)
        self._started.append(future)
        return future

    def run(self, clock: ThreadsClock, running: list[Future[Any]], steps: int = 1_500) -> bool:
        """Let time pass until these are done; False if they never are."""
        for _ in range(steps):
            if not wait(running, timeout=0.0).not_done:
                break
            self.settle()
            clock.step(0.25)
        return all(future.done() for future in running)

    def _end(self) -> None:
        # A loop whose tasks wait for ever would keep a test that has failed from ending.
        for future in self._started:
            future.cancel()

    def settle(self) -> None:
        """Until every task in every loop waits: what one loop posts to another has arrived after two rounds."""
        for _ in range(3):
            for portal in self.portals:
                portal.call(rest)


@pytest.fixture(autouse=True, scope="module")
def _threads_that_interrupt_each_other_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


calls = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1]),  # priority
        st.sampled_from([None, None, None, 0.0, 3.0]),  # max_wait
        st.sampled_from(["ok", "ok", "ok", "unsent", "rejected", "cancelled"]),
    ),
    min_size=1,
    max_size=12,
)


# What threads do is never quite the same twice, so a smaller example would prove nothing.
@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    work=st.lists(st.tuples(st.sampled_from(sorted(LOOPS)), calls), min_size=2, max_size=4),
    cap=st.sampled_from([None, 1, 3]),
)
def test_no_token_is_lost_and_none_made_by_any_threads(
    work: list[tuple[str, list[tuple[int, float | None, str]]]], cap: int | None
) -> None:
    clock = ThreadsClock()
    bucket = TokenBucket(LIMIT, PERIOD, max_in_flight=cap, clock=clock)
    granted: list[float] = []
    refunded: list[float] = []

    async def one(priority: int, max_wait: float | None, fate: str) -> None:
        with anyio.CancelScope() as scope:
            if fate == "cancelled":
                # Somewhere between its first step and its grant, as the threads' turns have it.
                async def cancel() -> None:
                    await anyio.lowlevel.checkpoint()
                    scope.cancel()

                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(cancel)
                    lease = await bucket.acquire(priority)
                    bucket.release(lease, "unsent")
                return
            try:
                lease = await bucket.acquire(priority, max_wait)
            except RateLimitTimeout:
                return
            granted.append(lease.granted_at)
            try:
                await anyio.lowlevel.checkpoint()
            finally:
                if fate == "unsent":
                    refunded.append(lease.granted_at)
                bucket.release(lease, fate, 0.0 if fate == "rejected" else None)  # type: ignore[arg-type]

    async def all_of(given_calls: list[tuple[int, float | None, str]]) -> None:
        async with anyio.create_task_group() as tasks:
            for call in given_calls:
                tasks.start_soon(one, *call)

    with ExitStack() as opened:
        threads = Threads(opened, [kind for kind, _ in work])
        running = [threads.start(number, all_of, given_calls) for number, (_, given_calls) in enumerate(work)]
        assert threads.run(clock, running), bucket.snapshot()
        for future in running:
            future.result()
        snapshot = bucket.snapshot()
        assert snapshot.waiting == snapshot.in_flight == 0
        machine = bucket._machine
        assert isinstance(machine, Machine)
        assert machine.ledger.free + machine.ledger.returning == LIMIT
        for sent in refunded:
            granted.remove(sent)
        for moment in granted:
            assert sum(moment <= other < moment + PERIOD for other in granted) <= LIMIT


def test_event_loops_are_served_in_turn_however_many_wait_in_each(stack: ExitStack) -> None:
    clock = ThreadsClock()
    bucket = TokenBucket(600, PERIOD, burst=1, clock=clock)
    kinds = list(LOOPS)
    threads = Threads(stack, kinds)
    granted: list[str] = []

    async def call(kind: str) -> None:
        lease = await bucket.acquire()
        granted.append(kind)
        bucket.release(lease, "ok")

    for number, (kind, tasks) in enumerate(zip(kinds, (200, 12, 12), strict=False)):
        for _ in range(tasks):
            threads.start(number, call, kind)
        threads.settle()
    for _ in range(1_000):
        if granted.count(kinds[1]) == 12:
            break
        clock.step(0.02)
        threads.settle()
    # While the second loop had something to send, each had as much as any other.
    first, second = granted.count(kinds[0]), granted.count(kinds[1])
    assert second == 12
    assert first <= second + 2


def test_a_loop_that_is_closed_with_leases_and_waiters_costs_the_others_nothing(stack: ExitStack) -> None:
    clock = ThreadsClock()
    bucket = TokenBucket(100, PERIOD, max_in_flight=3, grace=5.0, clock=clock)
    kept: list[Lease] = []

    async def hold() -> None:
        kept.append(await bucket.acquire())
        await anyio.sleep_forever()

    dead = asyncio.new_event_loop()

    def live_and_die() -> None:
        tasks = [dead.create_task(hold()) for _ in range(5)]
        for _ in range(100):
            dead.run_until_complete(asyncio.sleep(0))
            clock.step(0.7)
        for task in tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        dead.close()

    thread = threading.Thread(target=live_and_die)
    thread.start()
    thread.join(PATIENT)
    assert len(kept) == 3  # the cap; two wait
    assert bucket.snapshot().waiting == 2

    threads = Threads(stack, ["trio"])

    async def call() -> None:
        for _ in range(6):
            bucket.release(await bucket.acquire(), "ok")

    running = threads.start(0, call)
    assert threads.run(clock, [running], 1_000)
    running.result()
    assert bucket.snapshot().in_flight == bucket.snapshot().waiting == 0
    clock.step(PERIOD + 6.0)
    assert bucket.snapshot().free == 100
    for lease in kept:
        bucket.release(lease, "ok")  # too late: it was taken for lost
    assert bucket.snapshot().free == 100


def test_a_loop_that_is_blocked_keeps_neither_tokens_nor_the_time_from_others(stack: ExitStack) -> None:
    clock = ThreadsClock()
    bucket = TokenBucket(100, PERIOD, max_in_flight=2, clock=clock)
    threads = Threads(stack, ["asyncio", "trio"])
    blocked, others = 0, 1
    go_on = threading.Event()
    standing = threading.Event()

    async def call() -> None:
        bucket.release(await bucket.acquire(), "ok")

    async def block() -> None:
        standing.set()
        go_on.wait(PATIENT)

    first = threads.start(blocked, bucket.acquire)
    threads.settle()
    waiting = [threads.start(blocked, call) for _ in range(10)]
    threads.settle()
    blocking = threads.start(blocked, block)
    standing.wait(PATIENT)
    running = [threads.start(others, call) for _ in range(10)]
    try:
        for _ in range(2_000):
            if all(future.done() for future in running):
                break
            threads.portals[others].call(rest)
            clock.step(0.25)
        assert all(future.done() for future in running)
        for future in running:
            future.result()
        assert bucket.snapshot().in_flight <= 2
    finally:
        go_on.set()
    blocking.result(PATIENT)
    bucket.release(first.result(PATIENT), "ok")
    assert threads.run(clock, waiting, 2_000)
    for future in waiting:
        future.result()
    assert bucket.snapshot().in_flight == bucket.snapshot().waiting == 0
    clock.step(PERIOD + 1.0)
    assert bucket.snapshot().free == 100  # what was granted to it and not taken was free at once


@pytest.mark.parametrize("when", ["in the tick of its grant", "while it is passed over"])
def test_a_call_cancelled_in_a_loop_that_stood_still_is_granted_nothing_any_more(
    stack: ExitStack, when: str
) -> None:
    clock = ThreadsClock()
    bucket = TokenBucket(100, PERIOD, max_in_flight=1, clock=clock)
    threads = Threads(stack, ["asyncio", "trio"])
    go_on, standing = threading.Event(), threading.Event()
    waiting: list[asyncio.Task[Lease]] = []

    async def wait_here() -> None:
        waiting.append(asyncio.create_task(bucket.acquire()))
        await asyncio.gather(*waiting, return_exceptions=True)

    async def stand_still_and_cancel() -> None:
        standing.set()
        go_on.wait(PATIENT)
        waiting[0].cancel()

    async def call() -> None:
        bucket.release(await bucket.acquire(), "ok")

    held = threads.start(1, bucket.acquire)
    threads.settle()
    cancelled = threads.start(0, wait_here)
    threads.settle()
    other = threads.start(1, call)
    threads.settle()
    standing_still = threads.start(0, stand_still_and_cancel)
    standing.wait(PATIENT)
    try:
        clock.step(1.0)
        bucket.release(held.result(), "ok")  # the next is the call in the loop that stands still
        if when == "while it is passed over":
            for _ in range(20):
                threads.portals[1].call(rest)
                clock.step(0.25)
            assert other.done()
    finally:
        go_on.set()
    assert threads.run(clock, [standing_still, cancelled, other])
    assert waiting[0].cancelled()
    for _ in range(20):
        threads.settle()
        clock.step(0.25)
    assert bucket.snapshot().in_flight == bucket.snapshot().waiting == 0
    assert not bucket._unclaimed
    clock.step(PERIOD + 1.0)
    assert bucket.snapshot().free == 100


def test_a_loop_that_keeps_the_time_and_stands_still_makes_nobody_late_for_long(stack: ExitStack) -> None:
    clock = ThreadsClock()
    bucket = TokenBucket(100, PERIOD, burst=1, clock=clock)
    threads = Threads(stack, ["asyncio", "trio"])
    go_on, standing = threading.Event(), threading.Event()
    granted: list[float] = []

    async def stand_still() -> None:
        standing.set()
        go_on.wait(PATIENT)

    async def call(priority: int) -> None:
        lease = await bucket.acquire(priority)
        granted.append(clock.now())
        bucket.release(lease, "ok")

    threads.start(0, call, 0)
    threads.settle()
    threads.start(0, call, 0)  # waits, and keeps the time
    threads.settle()
    threads.start(0, stand_still)
    standing.wait(PATIENT)
    try:
        running = [threads.start(1, call, 1) for _ in range(8)]
        for _ in range(1_000):
            if all(future.done() for future in running):
                break
            threads.portals[1].call(rest)
            clock.step(0.01)
        assert all(future.done() for future in running)
    finally:
        go_on.set()
    gaps = [later - sooner for sooner, later in itertools.pairwise(granted[2:])]
    assert max(gaps) <= 60.0 / 100 + 0.03


def test_a_loop_that_died_is_noticed_by_one_that_waited_before_it_came(stack: ExitStack) -> None:
    clock = ThreadsClock()
    bucket = TokenBucket(100, PERIOD, max_in_flight=1, grace=5.0, clock=clock)
    threads = Threads(stack, ["trio"])
    kept: list[Lease] = []

    async def call() -> None:
        bucket.release(await bucket.acquire(), "ok")

    held = threads.start(0, bucket.acquire)
    threads.settle()
    running = [threads.start(0, call) for _ in range(2)]  # only a release can help them
    threads.settle()

    async def hold() -> None:
        kept.append(await bucket.acquire())
        await anyio.sleep_forever()

    dead = asyncio.new_event_loop()
    thread = threading.Thread(target=dead.run_forever)
    thread.start()
    task = asyncio.run_coroutine_threadsafe(hold(), dead)
    asyncio.run_coroutine_threadsafe(rest(), dead).result(PATIENT)
    assert bucket.snapshot().waiting == 3
    clock.step(1.0)
    bucket.release(held.result(), "ok")
    for _ in range(20):
        threads.settle()
        asyncio.run_coroutine_threadsafe(rest(), dead).result(PATIENT)
        clock.step(0.25)
    for left in asyncio.all_tasks(dead):
        left._log_destroy_pending = False  # type: ignore[attr-defined]
    dead.call_soon_threadsafe(dead.stop)
    thread.join(PATIENT)
    dead.close()
    assert not task.done()
    assert len(kept) == 1
    assert threads.run(clock, running, 1_000)
    assert bucket.snapshot().in_flight == bucket.snapshot().waiting == 0


def test_many_threads_with_a_short_life_each_share_one_budget() -> None:
    """As `async_to_sync` makes them: a thread and an event loop for every call, in real time."""
    bucket = TokenBucket(100_000, 10.0)
    failed: list[BaseException] = []

    async def call() -> None:
        for _ in range(3):
            async with bucket:
                await anyio.lowlevel.checkpoint()

    def run(number: int) -> None:
        try:
            anyio.run(call, backend=("asyncio", "trio")[number % 2])
        except BaseException as error:
            failed.append(error)

    for _ in range(4):
        threads = [threading.Thread(target=run, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENT)
    assert failed == []
    snapshot = bucket.snapshot()
    assert snapshot.in_flight == snapshot.waiting == 0
    assert len(bucket._loops) <= 24  # those that have ended are forgotten


def test_a_release_in_the_middle_of_a_look_at_the_state_is_done_afterwards() -> None:
    """The garbage collector may end a task that holds a lease while its thread looks at the state."""
    bucket = TokenBucket(100, clock=ThreadsClock())
    lease = anyio.run(bucket.acquire)
    with bucket._alone():
        bucket.release(lease, "unsent")
        assert not lease.settled
    assert lease.settled
    assert bucket.snapshot().free == 100


@pytest.mark.parametrize("way", ["acquire", "async with", "wait", "release", "snapshot"])
def test_what_is_given_back_in_the_middle_of_any_look_at_the_state_is_back_right_after_it(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = TokenBucket(100, clock=ThreadsClock())

    async def calls() -> None:
        held, other = await bucket.acquire(1), await bucket.acquire(1)
        machine = bucket._machine
        name = {"release": "release", "snapshot": "snapshot", "wait": "enter"}.get(way, "try_grant")
        look = getattr(machine, name)

        def interrupted(*args: Any) -> Any:
            monkeypatch.undo()
            bucket.release(held, "unsent")
            assert not held.settled
            return look(*args)

        monkeypatch.setattr(machine, name, interrupted)
        if way == "acquire":
            await bucket.acquire(1)
        elif way == "async with":
            bucket._clock.step(1.0)  # type: ignore[attr-defined]
            await bucket.__aenter__()
        elif way == "wait":
            with anyio.move_on_after(0.0), pytest.raises(RateLimitTimeout):
                await bucket.acquire(max_wait=0.001)
        elif way == "release":
            bucket.release(other, "unsent")
        else:
            bucket.snapshot()
        assert held.settled

    anyio.run(calls)


def test_what_is_given_back_while_a_call_lies_down_to_wait_is_what_it_gets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bucket = TokenBucket(100, max_in_flight=1, clock=ThreadsClock())
    look = bucket._machine.pump

    async def calls() -> None:
        held = await bucket.acquire()

        def interrupted(now: float) -> Any:
            monkeypatch.undo()
            bucket.release(held, "unsent")
            return look(now)

        monkeypatch.setattr(bucket._machine, "pump", interrupted)
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(bucket.acquire)
                await rest()
                assert held.settled
                assert bucket.snapshot().granted == 2
                scope.cancel()

    anyio.run(calls)


def test_of_several_loops_one_wakes_up_to_the_moment(stack: ExitStack) -> None:
    clock = ThreadsClock()
    bucket = TokenBucket(100, PERIOD, burst=1, clock=clock)
    threads = Threads(stack, ["asyncio", "trio", "asyncio"])

    async def call() -> None:
        bucket.release(await bucket.acquire(), "ok")

    for number in range(3):
        for _ in range(20):
            threads.start(number, call)
    woken = 0
    for _ in range(50):
        threads.settle()
        with bucket._alone():
            # The others look now and then, which is never the moment at which a grant is due.
            to_the_moment = [loop.armed == bucket._machine.wake_at for loop in bucket._loops.values()]
        assert sum(to_the_moment) <= 1
        woken += sum(to_the_moment)
        clock.step(0.05)
    assert woken


@pytest.mark.parametrize("way", ["acquire", "async with"])
def test_a_loop_that_is_forgotten_between_its_look_up_and_its_grant_loses_nothing(way: str) -> None:
    """A new thread may have the number of one that has ended, whose loop another thread forgets just now."""
    bucket = TokenBucket(100, clock=ThreadsClock())

    class Forgetful(dict[int, Any]):
        def get(self, key: int, default: Any = None) -> Any:
            found = super().get(key, default)
            if found is not None and not found.written_off:
                bucket._forget(found, bucket._now())
            return found

    async def calls() -> None:
        bucket.release(await bucket.acquire(), "unsent")
        bucket._here = Forgetful(bucket._here)
        if way == "acquire":
            bucket.release(await bucket.acquire(), "ok")
        else:
            async with bucket:
                bucket._here = dict(bucket._here)
        bucket._here = dict(bucket._here)

    anyio.run(calls)
    assert bucket.snapshot().in_flight == 0


def test_two_event_loops_in_one_thread_share_one_budget() -> None:
    """As trio's guest mode makes them, in real time."""
    bucket = TokenBucket(6000, 10.0, burst=1, max_in_flight=4)
    granted: list[str] = []

    async def calls(name: str) -> None:
        for _ in range(5):
            bucket.release(await bucket.acquire(), "ok")
            granted.append(name)
            async with bucket:
                await anyio.lowlevel.checkpoint()

    async def guest() -> None:
        async with trio.open_nursery() as tasks:
            for _ in range(5):
                tasks.start_soon(calls, "guest")

    async def host() -> None:
        ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        trio.lowlevel.start_guest_run(
            guest,
            run_sync_soon_threadsafe=asyncio.get_running_loop().call_soon_threadsafe,
            done_callback=ended.set_result,
        )
        await asyncio.gather(*[calls("host") for _ in range(5)])
        (await ended).unwrap()

    asyncio.run(asyncio.wait_for(host(), PATIENT))
    assert granted.count("host") == granted.count("guest") == 25
    snapshot = bucket.snapshot()
    assert snapshot.in_flight == snapshot.waiting == 0
    assert snapshot.granted == 100
