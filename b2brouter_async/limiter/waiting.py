"""Tasks that wait for a limiter's state machine: events, timers, cancellation, event loops."""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections import deque
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, ParamSpec, Protocol, cast

import anyio
from attrs import evolve

from ..errors import ConfigurationError, RateLimitTimeout
from .checks import check_wait, mistake_in_release
from .event_loop import EventLoop, Waiter, running_loop
from .forks import Family, tell_of_forks
from .interface import BULK, INTERACTIVE, OUTCOMES, Callers, Lease, Outcome

if TYPE_CHECKING:
    from collections import OrderedDict
    from collections.abc import Callable, Generator
    from types import TracebackType

    from .reports import Rejection, Snapshot


class Clock(Protocol):
    """A source of time that never goes back."""

    def now(self) -> float:
        """Seconds since some fixed moment."""
        ...

    async def wait(self, event: anyio.Event, until: float) -> None:
        """Return when `event` is set or `now()` has reached `until`, whichever comes first."""
        ...


class MonotonicClock:
    """The process's own monotonic clock.

    Not the event loop's: that one starts anew with every loop (trio even adds a random
    offset), and a ledger must outlive the loop it was written in.
    """

    __slots__ = ()

    now: staticmethod[[], float] = staticmethod(time.monotonic)

    async def wait(self, event: anyio.Event, until: float) -> None:
        """Sleep until the event or the time."""
        if math.isinf(until):
            await event.wait()
        else:
            with anyio.move_on_after(max(0.0, until - time.monotonic())):
                await event.wait()


AWAKE = -math.inf  # in place of a time: the keeper runs and will look for itself
LOOK_AFTER = 0.25
"""Seconds after which an event loop looks whether another one neglects the time."""
MOMENT = 50e-6
"""Seconds to wait for another thread's look at the state machine to end."""
CLAIM_WITHIN = 0.5
"""Seconds within which an event loop takes what was granted to it, or it is passed over until it runs again."""

P = ParamSpec("P")

logger: logging.Logger = logging.getLogger("b2brouter_async.limiter")


class StateMachine(Protocol):
    """What a `WaitingLimiter` needs of the state machine behind it. Nothing in it waits."""

    limit: int
    period: float
    wake_at: float
    bulk: OrderedDict[Callers, OrderedDict[Waiter, None]]
    interactive: OrderedDict[Callers, OrderedDict[Waiter, None]]

    @property
    def waiting(self) -> int:
        """Waiters of both priorities."""
        ...

    @property
    def frozen_until(self) -> float:
        """End of the pause after the last 429."""
        ...

    def enter(self, waiter: Waiter, priority: int, callers: Callers) -> None:
        """Queue a waiter."""
        ...

    def leave(self, waiter: Waiter, callers: Callers) -> None:
        """Take a waiter out."""
        ...

    def youngest(self, callers: Callers) -> Waiter | None:
        """Return the waiter of an event loop that will be here longest."""
        ...

    def evict(self) -> list[Waiter]:
        """Take out everybody."""
        ...

    def take_out(self, callers: Callers) -> list[Waiter]:
        """Take out all waiters of an event loop."""
        ...

    def try_grant(self, now: float, priority: int, callers: Callers) -> Lease | None:
        """Grant at once, if nobody waits."""
        ...

    def pump(self, now: float) -> list[tuple[Waiter, Lease]]:
        """Grant what can be granted by now, and set `wake_at`."""
        ...

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None, now: float) -> bool:
        """Take a lease back; True if this began a pause."""
        ...

    def write_off(self, callers: Callers, now: float) -> None:
        """Take the leases of callers that are gone for lost."""
        ...

    def snapshot(self, now: float) -> Snapshot:
        """Say how things stand."""
        ...


class WaitingLimiter:
    """What all limiters of this package have in common: everything but the decision who may go.

    Any number of event loops in any number of threads may wait here at once. A lock is held for
    every look at the state machine, never across an `await`. In each loop one waiter keeps the
    time for the others; of the loops one wakes up when the next grant is due, and the others look
    now and then whether it does.
    """

    shared_with_forks = False
    """Processes forked from this one count together with it."""

    def __init__(
        self, machine: StateMachine, clock: Clock, on_rejected: Callable[[Rejection], None] | None
    ) -> None:
        self._machine: StateMachine = machine
        self._clock = clock
        self._now = clock.now
        self._on_rejected = on_rejected
        # A lock: whoever takes the item out may touch the state machine, and puts it back. Both are
        # atomic, with the GIL and without, and cost a third of what `threading.Lock` costs.
        self._turn: list[None] = [None]
        # What came while it was somebody's turn: another thread's, or this one's, when the garbage
        # collector ends a task in the middle. Whoever's turn it is does it afterwards.
        self._postponed: deque[Callable[[], Rejection | None]] = deque()
        self._here: dict[int, EventLoop] = {}  # by thread: the loop that was last seen there
        self._loops: dict[object, EventLoop] = {}  # by handle: all that may still run
        self._timekeeper: EventLoop | None = None
        self._unclaimed: dict[Waiter, float] = {}  # granted since, and their tasks have not run yet
        self._looked_after = -math.inf
        self._granted = [0, 0]  # by priority
        self.on_wait: Callable[[int, float], None] | None = None
        """Told the priority of every call that had to wait, and for how many seconds."""
        self._family = Family()
        tell_of_forks(self)

    async def acquire(self, priority: int = BULK, max_wait: float | None = None) -> Lease:
        """Wait for the right to send one request.

        Calls of one priority and one event loop are served in the order they came; several loops
        take turns. A grant that needs no waiting doesn't yield to the event loop.

        Args:
            priority: 0 for bulk work, 1 for interactive calls. Those pass all waiting bulk
                calls, except that every tenth grant is bulk's.
            max_wait: longest wait in seconds; None waits for ever, 0 doesn't wait.

        Returns:
            The lease, to be given back with `release` exactly once, in a `finally`.

        Raises:
            RateLimitTimeout: no place within `max_wait`; nothing was sent.
            ConfigurationError: no such priority, or `max_wait` is no number.
        """
        if priority != BULK and priority != INTERACTIVE:
            raise ConfigurationError(
                f"{priority!r} is neither 0 (bulk) nor 1 (interactive)", argument="priority"
            )
        if max_wait is not None:
            check_wait(max_wait)
        loop = self._here.get(get_ident()) or self._enter_loop()
        try:
            self._turn.pop()
        except IndexError:
            self._take_turn()
        try:
            if loop.written_off:  # since it was looked up; a new thread may have an ended one's number
                loop = self._loop_here()
            lease = self._machine.try_grant(self._now(), priority, loop)
            if lease is not None:
                self._granted[priority] += 1
        finally:
            self._turn.append(None)
        if self._postponed:
            self._catch_up()
        if lease is not None:
            return lease
        return await self._wait(priority, max_wait)

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None = None) -> None:
        """Give a lease back, in any thread. Not awaited, so nothing can get in between; a second time does nothing.

        Args:
            lease: what `acquire` returned.
            outcome: `"ok"` for any response but 429, `"rejected"` for that one, `"unsent"` if the
                request provably never left, `"unknown"` if it may have.
            retry_after: seconds the server asked to wait.

        Raises:
            ConfigurationError: no such outcome, or `retry_after` is no number; the lease is given back all the same.
        """
        if retry_after is not None or outcome not in OUTCOMES:
            self._check_release(lease, outcome, retry_after)
        try:
            self._turn.pop()
        except IndexError:
            self._postponed.append(partial(self._take_back, lease, outcome, retry_after))
            self._catch_up()
            return
        rejection = None
        try:
            machine, now = self._machine, self._now()
            if machine.release(lease, outcome, retry_after, now):
                rejection = self._rejection(retry_after, now)
            if machine.bulk or machine.interactive:
                self._pump(now)
        finally:
            self._turn.append(None)
        if rejection is not None:
            self._report(rejection)
        if self._postponed:
            self._catch_up()

    def _check_release(self, lease: Lease, outcome: Outcome, retry_after: float | None) -> None:
        mistake = mistake_in_release(outcome, retry_after)
        if mistake is not None:
            # First the lease: this is called in a `finally`, and a wrong word there must cost no token.
            self.release(lease, outcome if outcome in OUTCOMES else "unknown")
            raise mistake

    def snapshot(self) -> Snapshot:
        """Say how the bucket stands, for health pages; from any thread."""
        with self._alone():
            bulk, interactive = self._granted
            return evolve(
                self._machine.snapshot(self._now()),
                granted=bulk + interactive,
                granted_interactive=interactive,
            )

    async def __aenter__(self) -> None:
        loop = self._here.get(get_ident()) or self._enter_loop()
        try:
            self._turn.pop()
        except IndexError:
            self._take_turn()
        try:
            if loop.written_off:
                loop = self._loop_here()
            lease = self._machine.try_grant(self._now(), BULK, loop)
            if lease is not None:
                self._granted[BULK] += 1
        finally:
            self._turn.append(None)
        if self._postponed:
            self._catch_up()
        if lease is None:
            lease = await self._wait(BULK, None)
            loop = cast("EventLoop", lease.callers)
        loop.unnamed.append(lease)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Which of them doesn't matter: the ledger counts tokens, it doesn't name them.
        loop = self._here.get(get_ident())
        if loop is None or not loop.unnamed:  # two loops in one thread, or written off meanwhile
            loop = next((other for other in self._loops_here() if other.unnamed), None)
        if loop is not None:
            self.release(loop.unnamed.pop(), "ok" if exc_type is None else "unknown")

    def before_fork(self) -> None:
        """Let nobody be in the middle of something."""
        self._take_turn()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        self._turn.append(None)

    def after_fork_in_child(self) -> None:
        """Begin without event loops. Leases and waiters are the parent's."""
        self._turn = [None]
        self._postponed.clear()
        self._unclaimed.clear()
        self._here.clear()
        self._timekeeper = None
        now = self._now()
        loops, self._loops = self._loops, {}
        for loop in loops.values():
            self._machine.take_out(loop)
            self._write_off(loop, now)

    async def _wait(self, priority: int, max_wait: float | None) -> Lease:
        waiter = Waiter(self._enter_loop(), priority)
        clock = self._clock
        self._take_turn()
        try:
            now = came = self._now()
            if max_wait is not None:
                self._check_hopeless(max_wait, now)
            self._machine.enter(waiter, priority, waiter.loop)
        finally:
            self._turn.append(None)
        deadline = math.inf if max_wait is None else now + max_wait
        try:
            while True:
                self._take_turn()
                try:
                    now = self._now()
                    if self._is_served(waiter, now):
                        break
                    if max_wait is not None and now >= deadline:
                        raise RateLimitTimeout(
                            f"no place within the limit of {self._machine.limit} requests per "
                            f"{self._machine.period:g} s in {max_wait:g} s ({self._machine.waiting - 1} "
                            "others wait); nothing was sent"
                        )
                    until = min(deadline, self._wakes_at(waiter, now))
                finally:
                    self._turn.append(None)
                    if self._postponed:
                        self._catch_up()
                await clock.wait(waiter.event, until)
        except BaseException:
            # Not directly: the garbage collector may end this task while its own thread has the turn.
            self._postponed.append(partial(self._give_up, waiter))
            self._catch_up()
            raise
        if self.on_wait is not None:
            _tell(self.on_wait, priority, clock.now() - came)
        lease = waiter.lease
        assert lease is not None
        return lease

    @contextlib.contextmanager
    def _alone(self) -> Generator[None, None, None]:
        """Have the turn, and do what came meanwhile before and after."""
        self._catch_up()
        self._take_turn()
        try:
            yield
        finally:
            self._turn.append(None)
            self._catch_up()

    def _take_turn(self) -> None:
        while True:
            try:
                self._turn.pop()
            except IndexError:
                time.sleep(MOMENT)
            else:
                return

    def _catch_up(self) -> None:
        """Do what was postponed, unless it is somebody's turn, who will do it then."""
        postponed = self._postponed
        while postponed:
            rejections: list[Rejection] = []
            try:
                self._turn.pop()
            except IndexError:
                return
            try:
                while postponed:
                    rejection = postponed.popleft()()
                    if rejection is not None:
                        rejections.append(rejection)
            finally:
                self._turn.append(None)
            for rejection in rejections:
                self._report(rejection)

    # What follows is called by whoever has the turn, except `_enter_loop` and `_report`. ---------

    def _take_back(self, lease: Lease, outcome: Outcome, retry_after: float | None) -> Rejection | None:
        machine = self._machine
        now = self._now()
        began = machine.release(lease, outcome, retry_after, now)
        if machine.bulk or machine.interactive:
            self._pump(now)
        return self._rejection(retry_after, now) if began else None

    def _give_up(self, waiter: Waiter) -> None:
        """Leave the queue, or give back what was granted in the very tick of the cancellation."""
        loop = waiter.loop
        now = self._now()
        self._unclaimed.pop(waiter, None)
        if waiter.lease is not None:
            self._machine.release(waiter.lease, "unsent", None, now)
        elif waiter in loop.parked:
            loop.parked.remove(waiter)
        else:
            self._machine.leave(waiter, loop)
        if loop.keeper is waiter:
            loop.keeper = None
        self._pump(now)

    def _is_served(self, waiter: Waiter, now: float) -> bool:
        """Whether a task that is awake has its lease; grants what can be granted by now."""
        if waiter.error is not None:
            raise waiter.error
        loop = waiter.loop
        if waiter.lease is None:
            if loop.parked:
                loop = self._return(loop)
            if loop.keeper is waiter and len(self._loops) > 1:
                self._look_after_others(loop, now)
            self._pump(now)
            if waiter.lease is None:
                return False
        self._unclaimed.pop(waiter, None)
        self._granted[waiter.priority] += 1
        return True

    def _wakes_at(self, waiter: Waiter, now: float) -> float:
        """When a task that goes to sleep shall wake up by itself."""
        if waiter.event.is_set():
            waiter.event = anyio.Event()
        loop = waiter.loop
        if loop.keeper is not waiter:
            return math.inf
        loop.armed = math.inf if len(self._loops) == 1 else now + LOOK_AFTER
        if loop is self._timekeeper:
            loop.armed = min(loop.armed, self._machine.wake_at)
        return loop.armed

    def _check_hopeless(self, max_wait: float, now: float) -> None:
        frozen = self._machine.frozen_until - now
        if max_wait <= 0 or frozen > max_wait:
            reason = f"a 429 froze it for another {frozen:.1f} s" if frozen > 0 else "it is used up just now"
            raise RateLimitTimeout(
                f"no place within the limit of {self._machine.limit} requests per {self._machine.period:g} s "
                f"in {max_wait:g} s: {reason}; nothing was sent"
            )

    def _pump(self, now: float) -> None:
        here = self._here.get(get_ident())
        several = len(self._loops) > 1
        again = True
        while again:
            again = False
            for waiter, lease in self._machine.pump(now):
                waiter.lease = lease
                if several:
                    self._unclaimed[waiter] = now
                if not self._wake(waiter, here):  # its loop has ended: the lease goes to another
                    self._forget(waiter.loop, now)
                    again = True
        self._keep_time(here)

    def _wake(self, waiter: Waiter, here: EventLoop | None) -> bool:
        """Let a task run; False if its event loop has ended."""
        if waiter.loop is not here:
            return waiter.loop.post(waiter.event.set)
        try:
            waiter.event.set()
        except RuntimeError:  # this thread runs another loop by now, and that one was closed
            return False
        return True

    def _keep_time(self, here: EventLoop | None) -> None:
        """See to it that in every event loop some waiter keeps the time, and in one of them to the moment."""
        machine = self._machine
        timekeeper = self._timekeeper
        if timekeeper not in machine.bulk and timekeeper not in machine.interactive:
            waiting = (loop for loop in (here, *self._loops.values()) if loop and machine.youngest(loop))
            self._timekeeper = timekeeper = next(waiting, None)
        for loop in self._loops.values():
            keeper = loop.keeper
            if keeper is None or keeper.lease is not None:
                # The youngest will be here longest, so this changes seldom.
                keeper = loop.keeper = machine.youngest(loop)
                if keeper is None:
                    continue
            elif loop is not timekeeper or machine.wake_at >= loop.armed:
                continue
            loop.armed = AWAKE
            self._wake(keeper, here)

    def _look_after_others(self, here: EventLoop, now: float) -> None:
        """Do what other event loops neglect, and pass over those that don't run."""
        if self._timekeeper is not here and now > self._machine.wake_at + LOOK_AFTER / 2:
            self._timekeeper = here
        if now < self._looked_after + LOOK_AFTER:
            return
        self._looked_after = now
        for loop in list(self._loops.values()):
            if loop is not here and not loop.is_running:
                self._forget(loop, now)
        late = {waiter.loop for waiter, since in self._unclaimed.items() if now > since + CLAIM_WITHIN}
        for loop in late - {here}:
            self._park(loop, now)

    def _park(self, loop: EventLoop, now: float) -> None:
        """Pass over the waiters of a loop that stands still. What it was granted and didn't take is free again."""
        for waiter in [waiter for waiter in self._unclaimed if waiter.loop is loop]:
            del self._unclaimed[waiter]
            if waiter.lease is not None:
                self._machine.release(waiter.lease, "unsent", None, now)
                waiter.lease = None
            loop.parked.append(waiter)
        loop.parked += self._machine.take_out(loop)
        loop.keeper = None
        for waiter in loop.parked:
            loop.post(waiter.event.set)  # should it run again, they come back

    def _return(self, loop: EventLoop) -> EventLoop:
        """Put the waiters of a loop that runs again back into the queue."""
        waiters, loop.parked = loop.parked, []
        now_at = self._loop_here()
        for waiter in waiters:
            waiter.loop = now_at
            self._machine.enter(waiter, waiter.priority, now_at)
        return now_at

    def _forget(self, loop: EventLoop, now: float) -> None:
        """Take the leases of an event loop that has ended for lost."""
        self._park(loop, now)
        self._write_off(loop, now)
        self._loops.pop(loop.handle, None)
        if self._here.get(loop.thread) is loop:
            del self._here[loop.thread]

    def _write_off(self, loop: EventLoop, now: float) -> None:
        self._machine.write_off(loop, now)
        loop.unnamed.clear()

    def _enter_loop(self) -> EventLoop:
        """Find out which event loop runs here."""
        if self._family.join() and not self.shared_with_forks:
            logger.warning(
                "two processes that were forked from one now spend the same limit without knowing of each "
                "other; share it through Redis, or give each a part of it"
            )
        self._take_turn()
        try:
            return self._loop_here()
        finally:
            self._turn.append(None)

    def _loop_here(self) -> EventLoop:
        handle, thread = running_loop(), get_ident()
        loop, before = self._loops.get(handle), self._here.get(thread)
        if loop is None or before is not loop:
            now = self._now()
            if loop is None and before is not None and before.was_idle and not before.is_running:
                # All its leases were back since the last look: those out now were granted to the new one.
                loop = self._hand_over(before, handle, now)
            for other in list(self._loops.values()):
                if other is not loop and not other.is_running:
                    self._forget(other, now)
            if loop is None:
                for other in self._loops.values():
                    if other.keeper is not None and other.armed > now + LOOK_AFTER:
                        # A loop that was alone has slept without a look at others: from now on it looks.
                        other.armed = AWAKE
                        other.post(other.keeper.event.set)
                loop = self._loops[handle] = EventLoop(handle)
            self._here[thread] = loop
        loop.was_idle = False
        return loop

    def _hand_over(self, before: EventLoop, handle: object, now: float) -> EventLoop:
        """Let what is written down of an event loop that has ended be the next one's of its thread."""
        self._park(before, now)
        ended = EventLoop(before.handle)
        ended.written_off = True
        ended.parked, before.parked = before.parked, []
        for waiter in ended.parked:
            waiter.loop = ended
        del self._loops[before.handle]
        before.handle = handle
        self._loops[handle] = before
        return before

    def _loops_here(self) -> list[EventLoop]:
        thread = get_ident()
        return [loop for loop in list(self._loops.values()) if loop.thread == thread]

    def _dismiss(self, waiters: list[Waiter], error: Callable[[], Exception]) -> None:
        """Let waiters fail that are in no queue any more."""
        here = self._here.get(get_ident())
        for waiter in waiters:
            waiter.error = error()
            if waiter.loop.keeper is waiter:
                waiter.loop.keeper = None
            self._wake(waiter, here)

    def _rejection(self, retry_after: float | None, now: float) -> Rejection:
        snapshot = self._machine.snapshot(now)
        from .reports import Rejection

        return Rejection(snapshot.frozen_for, retry_after, snapshot.in_flight, snapshot.rejections)

    def _report(self, rejection: Rejection) -> None:
        logger.warning(
            "the server answered 429: nobody sends for %.1f s (Retry-After: %s), %d requests are still "
            "in flight; does another program use the same key?",
            rejection.pause,
            "none" if rejection.retry_after is None else f"{rejection.retry_after:g} s",
            rejection.in_flight,
        )
        if self._on_rejected is not None:
            _tell(self._on_rejected, rejection)


def _tell(listener: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Call what a user has passed. What goes wrong in there is no failure of the call that happens to come by."""
    try:
        listener(*args, **kwargs)
    except Exception:
        logger.exception(
            "%s failed, which listens to the limiter", getattr(listener, "__qualname__", listener)
        )
