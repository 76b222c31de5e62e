"""Tasks that wait for a limiter's state machine: events, timers, cancellation, event loops."""

from __future__ import annotations

import contextlib
import logging
import math
import time
from threading import get_ident
from typing import TYPE_CHECKING, Protocol

import anyio
from attrs import frozen

from ..errors import ConfigurationError, RateLimitTimeout
from .event_loop import LoopBinding
from .interface import BULK, INTERACTIVE, Lease, Outcome, Snapshot

if TYPE_CHECKING:
    from collections import OrderedDict
    from collections.abc import Callable
    from types import TracebackType


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

    now = staticmethod(time.monotonic)

    async def wait(self, event: anyio.Event, until: float) -> None:
        """Sleep until the event or the time."""
        if math.isinf(until):
            await event.wait()
        else:
            with anyio.move_on_after(max(0.0, until - time.monotonic())):
                await event.wait()


AWAKE = -math.inf  # in place of a time: the timekeeper runs and will look for itself

logger = logging.getLogger("b2brouter_async.limiter")


@frozen
class Rejection:
    """A 429 that came all the same. Times are in seconds."""

    pause: float
    """How long nobody sends."""
    retry_after: float | None
    """What the server asked for, if it did."""
    in_flight: int
    """Requests still out; they may be refused too."""
    rejections: int
    """Refusals so far."""


class Waiter:
    """One task's place in the queue."""

    __slots__ = ("error", "event", "lease")

    def __init__(self) -> None:
        self.event = anyio.Event()
        self.lease: Lease | None = None
        self.error: Exception | None = None


class StateMachine(Protocol):
    """What a `WaitingLimiter` needs of the state machine behind it. Nothing in it waits."""

    limit: int
    period: float
    wake_at: float
    was_idle: bool
    """All leases were back at some time since this was set to False."""
    bulk: OrderedDict[Waiter, None]
    interactive: OrderedDict[Waiter, None]

    @property
    def waiting(self) -> int:
        """Waiters of both priorities."""
        ...

    @property
    def in_flight(self) -> int:
        """Leases that are out."""
        ...

    @property
    def frozen_until(self) -> float:
        """End of the pause after the last 429."""
        ...

    def enter(self, waiter: Waiter, priority: int) -> None:
        """Queue a waiter."""
        ...

    def leave(self, waiter: Waiter) -> None:
        """Take a waiter out."""
        ...

    def youngest(self) -> Waiter | None:
        """The waiter that will be here longest."""
        ...

    def evict(self) -> list[Waiter]:
        """Drop all waiters."""
        ...

    def try_grant(self, now: float) -> Lease | None:
        """Grant at once, if nobody waits."""
        ...

    def pump(self, now: float) -> list[tuple[Waiter, Lease]]:
        """Grant what can be granted by now, and set `wake_at`."""
        ...

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None, now: float) -> bool:
        """Take a lease back; True if this began a pause."""
        ...

    def write_off(self, now: float) -> None:
        """Take every lease that is out for lost."""
        ...

    def snapshot(self, now: float) -> Snapshot:
        """Say how things stand."""
        ...


class WaitingLimiter:
    """What all limiters of this package have in common: everything but the decision who may go."""

    shared_with_forks = False
    """Processes forked from this one count together with it."""

    def __init__(
        self, machine: StateMachine, clock: Clock, on_rejected: Callable[[Rejection], None] | None
    ) -> None:
        self._machine: StateMachine = machine
        self._clock = clock
        self._now = clock.now
        self._on_rejected = on_rejected
        self._binding = LoopBinding()
        self._timekeeper: Waiter | None = None
        self._armed = math.inf
        self._unnamed: list[Lease] = []  # leases of `async with`, all alike

    async def acquire(self, priority: int = BULK, max_wait: float | None = None) -> Lease:
        """Wait for the right to send one request.

        Calls of one priority are served in the order they came; a grant that needs no waiting
        doesn't yield to the event loop.

        Args:
            priority: 0 for bulk work, 1 for interactive calls. Those pass all waiting bulk
                calls, except that every tenth grant is bulk's.
            max_wait: longest wait in seconds; None waits for ever, 0 doesn't wait.

        Returns:
            The lease, to be given back with `release` exactly once, in a `finally`.

        Raises:
            RateLimitTimeout: No place within `max_wait`; nothing was sent.
            ConfigurationError: Another running event loop uses this bucket.
        """
        if priority != BULK and priority != INTERACTIVE:
            raise ConfigurationError(f"priority must be 0 (bulk) or 1 (interactive), not {priority!r}")
        if self._binding.thread != get_ident():
            self._bind()
        lease = self._machine.try_grant(self._now())
        if lease is not None:
            return lease
        return await self._wait(priority, max_wait)

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None = None) -> None:
        """Give a lease back. Not awaited, so nothing can get in between; a second time does nothing.

        Args:
            lease: what `acquire` returned.
            outcome: `"ok"` for any response but 429, `"rejected"` for that one, `"unsent"` if the
                request provably never left, `"unknown"` if it may have.
            retry_after: seconds the server asked to wait.
        """
        machine = self._machine
        now = self._now()
        began = machine.release(lease, outcome, retry_after, now)
        if machine.bulk or machine.interactive:
            self._pump(now)
        if began:
            self._report(retry_after, now)

    def snapshot(self) -> Snapshot:
        """Say how the bucket stands, for health pages."""
        return self._machine.snapshot(self._clock.now())

    async def __aenter__(self) -> None:
        lease = self._machine.try_grant(self._now()) if self._binding.thread == get_ident() else None
        self._unnamed.append(await self.acquire() if lease is None else lease)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Which of them doesn't matter: the ledger counts tokens, it doesn't name them.
        if self._unnamed:  # else the bucket has moved to another event loop and written them off
            self.release(self._unnamed.pop(), "ok" if exc_type is None else "unknown")

    async def _wait(self, priority: int, max_wait: float | None) -> Lease:
        clock = self._clock
        now = clock.now()
        deadline = math.inf if max_wait is None else now + max_wait
        if max_wait is not None:
            self._check_hopeless(max_wait, now)
        self._bind()
        waiter = Waiter()
        self._machine.enter(waiter, priority)
        try:
            if self._timekeeper is None:
                self._timekeeper = waiter
            while True:
                if self._timekeeper is waiter:
                    self._armed = AWAKE
                self._pump(now)
                if waiter.lease is not None:
                    break
                if now >= deadline:
                    raise RateLimitTimeout(
                        f"no place within the limit of {self._machine.limit} requests per "
                        f"{self._machine.period:g} s in {max_wait:g} s ({self._machine.waiting - 1} others "
                        "wait); nothing was sent"
                    )
                until = deadline
                if self._timekeeper is waiter:
                    self._armed = self._machine.wake_at
                    until = min(until, self._armed)
                await clock.wait(waiter.event, until)
                if waiter.lease is not None:
                    break
                if waiter.error is not None:
                    raise waiter.error
                if waiter.event.is_set():
                    waiter.event = anyio.Event()
                now = clock.now()
        except BaseException:
            self._abandon(waiter)
            raise
        if self._timekeeper is waiter:
            self._timekeeper = None
            self._keep_time()
        return waiter.lease

    def _check_hopeless(self, max_wait: float, now: float) -> None:
        frozen = self._machine.frozen_until - now
        if max_wait <= 0 or frozen > max_wait:
            reason = f"a 429 froze it for another {frozen:.1f} s" if frozen > 0 else "it is used up just now"
            raise RateLimitTimeout(
                f"no place within the limit of {self._machine.limit} requests per {self._machine.period:g} s "
                f"in {max_wait:g} s: {reason}; nothing was sent"
            )

    def _abandon(self, waiter: Waiter) -> None:
        """Leave the queue, or give back what was granted in the very tick of the cancellation."""
        if waiter.error is not None:
            return  # evicted: it is in no queue, and what it was granted is written off
        machine = self._machine
        now = self._clock.now()
        if waiter.lease is not None:
            self.release(waiter.lease, "unsent")
        else:
            machine.leave(waiter)
        if self._timekeeper is waiter:
            self._timekeeper = None
        self._pump(now)

    def _pump(self, now: float) -> None:
        for waiter, lease in self._machine.pump(now):
            waiter.lease = lease
            waiter.event.set()
        self._keep_time()

    def _keep_time(self) -> None:
        """See to it that some waiter wakes up when the next grant is due."""
        keeper = self._timekeeper
        if keeper is None or keeper.lease is not None:
            # The youngest will be here longest, so this changes seldom.
            keeper = self._timekeeper = self._machine.youngest()
            if keeper is not None:
                keeper.event.set()
        elif self._machine.wake_at < self._armed:
            keeper.event.set()

    def _bind(self) -> None:
        """Serve the event loop that runs here; drop what one that ended left behind."""
        machine = self._machine
        # If all leases were back since the last look, those out now were granted to this loop.
        clean, machine.was_idle = machine.was_idle, False
        moved, forked = self._binding.renew()
        if forked and not self.shared_with_forks:
            logger.warning(
                "this process was forked after the limiter's first use: parent and child now spend the same "
                "limit without knowing of each other; share it through Redis or give each a part of it"
            )
        if not (moved or forked):
            return
        left = machine.evict()
        if forked or not clean:
            machine.write_off(self._clock.now())
        self._unnamed.clear()
        self._dismiss(
            left,
            lambda: ConfigurationError("the limiter moved to another event loop while this one stood still"),
            wake=not forked,
        )

    def _dismiss(self, waiters: list[Waiter], error: Callable[[], Exception], *, wake: bool = True) -> None:
        self._timekeeper = None
        for waiter in waiters:
            waiter.error = error()
            if wake:
                # If their loop was only stopped, the tasks may run again one day: they must not hang.
                with contextlib.suppress(RuntimeError):
                    waiter.event.set()

    def _report(self, retry_after: float | None, now: float) -> None:
        snapshot = self._machine.snapshot(now)
        rejection = Rejection(snapshot.frozen_for, retry_after, snapshot.in_flight, snapshot.rejections)
        logger.warning(
            "the server answered 429: nobody sends for %.1f s (Retry-After: %s), %d requests are still "
            "in flight; does another program use the same key?",
            rejection.pause,
            "none" if retry_after is None else f"{retry_after:g} s",
            rejection.in_flight,
        )
        if self._on_rejected is not None:
            self._on_rejected(rejection)
