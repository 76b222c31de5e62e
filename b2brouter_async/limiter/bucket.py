"""The limiter for one process: the state machine of `core` with tasks waiting on it."""

from __future__ import annotations

import contextlib
import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from b2brouter_async.errors import ConfigurationError, RateLimitTimeout
from b2brouter_async.limiter.binding import Binding
from b2brouter_async.limiter.clock import Clock, MonotonicClock
from b2brouter_async.limiter.core import Core
from b2brouter_async.limiter.interface import BULK, INTERACTIVE, Lease, Outcome, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

AWAKE = -math.inf  # in place of a time: the timekeeper runs and will look for itself

logger = logging.getLogger("b2brouter_async.limiter")


@dataclass(frozen=True, slots=True)
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

    __slots__ = ("event", "evicted", "lease")

    def __init__(self) -> None:
        self.event = anyio.Event()
        self.lease: Lease | None = None
        self.evicted = False


class TokenBucket:
    """Keeps the requests of this process within a limit at the server, whatever its kind of window.

    No interval of one period, fixed or sliding, sees more than `limit` requests at the server,
    whatever the network's delays: a token comes back one period after the *reply*. A pacer in
    front spreads them, so that counters which weigh their last window and small buckets agree.
    docs/limiter.md has the algorithm, the proof and the figures.

    Every attempt needs a lease: retries, redirects and polling too.

        lease = await bucket.acquire()
        outcome = "unknown"
        try:
            response = await send()
            outcome = "rejected" if response.status_code == 429 else "ok"
        finally:
            bucket.release(lease, outcome)

    `async with bucket:` does the same for code that sees no status: "ok" if the body ends,
    "unknown" if it raises.

    One bucket serves one running event loop at a time, asyncio or trio, and moves to the next
    one when that has ended. It starts no task: the waiters keep the time themselves.

    Args:
        limit: Requests per period the server allows.
        period: Length of the period in seconds.
        burst: Requests that may go at once after idling, from 1 to a tenth of the limit. By
            default a hundredth of it. A larger one (a twentieth serves well) is made safe
            by a guard that costs half a per cent of the throughput at saturation.
        max_in_flight: Leases out at once, by default a twentieth of the limit but at most 50.
        grace: Seconds for which a request of unknown fate may still reach the server; not
            less than the longest total timeout in use.
        freeze_cap: Longest pause after a 429 in seconds, by default one period.
        on_rejected: Called with a `Rejection` when a 429 begins a pause.
        clock: Where the time comes from, for tests.

    Raises:
        ConfigurationError: A number that makes no limiter.
    """

    def __init__(
        self,
        limit: int,
        period: float = 60.0,
        burst: float | None = None,
        *,
        max_in_flight: int | None = None,
        grace: float = 120.0,
        freeze_cap: float | None = None,
        on_rejected: Callable[[Rejection], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._core: Core[Waiter] = Core(
            limit, period, burst, max_in_flight=max_in_flight, grace=grace, freeze_cap=freeze_cap
        )
        self._clock: Clock = MonotonicClock() if clock is None else clock
        self._on_rejected = on_rejected
        self._binding = Binding()
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
            max_wait: Longest wait in seconds; None waits for ever, 0 doesn't wait.

        Returns:
            The lease, to be given back with `release` exactly once, in a `finally`.

        Raises:
            RateLimitTimeout: No place within `max_wait`; nothing was sent.
            ConfigurationError: Another running event loop uses this bucket.
        """
        if priority != BULK and priority != INTERACTIVE:
            raise ConfigurationError(f"priority must be 0 (bulk) or 1 (interactive), not {priority!r}")
        if not self._binding.is_here():
            self._bind()
        core = self._core
        if not core.ledger.in_flight:
            self._binding.clean = True
        lease = core.try_grant(self._clock.now())
        if lease is not None:
            return lease
        return await self._wait(priority, max_wait)

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None = None) -> None:
        """Give a lease back. Not awaited, so nothing can get in between; a second time does nothing.

        Args:
            lease: What `acquire` returned.
            outcome: `"ok"` for any response but 429, `"rejected"` for that one, `"unsent"` if the
                request provably never left, `"unknown"` if it may have.
            retry_after: Seconds the server asked to wait, see `parse_retry_after`.
        """
        core = self._core
        now = self._clock.now()
        began = core.release(lease, outcome, retry_after, now)
        if core.bulk or core.interactive:
            self._pump(now)
        if began:
            self._report(retry_after, now)

    def snapshot(self) -> Snapshot:
        """Say how the bucket stands, for health pages."""
        return self._core.snapshot(self._clock.now())

    async def __aenter__(self) -> None:
        self._unnamed.append(await self.acquire())

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
        clock, core = self._clock, self._core
        now = clock.now()
        deadline = math.inf if max_wait is None else now + max_wait
        if max_wait is not None:
            self._check_hopeless(max_wait, now)
        self._bind()
        waiter = Waiter()
        core.enter(waiter, priority)
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
                        f"no place within the limit of {core.limit} requests per {core.period:g} s "
                        f"in {max_wait:g} s ({core.waiting - 1} others wait); nothing was sent"
                    )
                until = deadline
                if self._timekeeper is waiter:
                    self._armed = core.wake_at
                    until = min(until, self._armed)
                await clock.wait(waiter.event, until)
                if waiter.lease is not None:
                    break
                if waiter.evicted:
                    raise ConfigurationError(
                        "the limiter moved to another event loop while this one stood still"
                    )
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
        frozen = self._core.freeze.until - now
        if max_wait <= 0 or frozen > max_wait:
            reason = f"a 429 froze it for another {frozen:.1f} s" if frozen > 0 else "it is used up just now"
            raise RateLimitTimeout(
                f"no place within the limit of {self._core.limit} requests per {self._core.period:g} s "
                f"in {max_wait:g} s: {reason}; nothing was sent"
            )

    def _abandon(self, waiter: Waiter) -> None:
        """Leave the queue, or give back what was granted in the very tick of the cancellation."""
        if waiter.evicted:
            return
        core = self._core
        now = self._clock.now()
        if waiter.lease is not None:
            core.release(waiter.lease, "unsent", None, now)
        else:
            core.leave(waiter)
        if self._timekeeper is waiter:
            self._timekeeper = None
        self._pump(now)

    def _pump(self, now: float) -> None:
        for waiter, lease in self._core.pump(now):
            waiter.lease = lease
            waiter.event.set()
        self._keep_time()

    def _keep_time(self) -> None:
        """See to it that some waiter wakes up when the next grant is due."""
        keeper = self._timekeeper
        if keeper is None or keeper.lease is not None:
            # The youngest will be here longest, so the office changes hands seldom.
            keeper = self._timekeeper = self._core.youngest()
            if keeper is not None:
                keeper.event.set()
        elif self._core.wake_at < self._armed:
            keeper.event.set()

    def _bind(self) -> None:
        """Serve the event loop that runs here; drop what one that ended left behind."""
        clean = self._binding.clean
        moved, forked = self._binding.renew()
        if forked:
            logger.warning(
                "this process was forked after the limiter's first use: parent and child now spend the same "
                "limit without knowing of each other; share it through Redis or give each a part of it"
            )
        if not (moved or forked):
            return
        core = self._core
        left = [*core.bulk, *core.interactive]
        core.evict()
        if forked or not clean:
            core.write_off(self._clock.now())
        self._timekeeper = None
        self._unnamed.clear()
        for waiter in left:
            waiter.evicted = True
            if not forked:
                # If that loop was only stopped, its tasks may run again one day: they must not hang.
                with contextlib.suppress(RuntimeError):
                    waiter.event.set()

    def _report(self, retry_after: float | None, now: float) -> None:
        snapshot = self._core.snapshot(now)
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
