"""The limiter as a pure state machine: every method is told the time, none of them waits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .._core.jitter import JITTER
from ..errors import ConfigurationError
from .checks import check_settings
from .cooldown import Cooldown
from .interface import BULK, INTERACTIVE, Callers, Lease, Outcome
from .ledger import Ledger
from .pacer import Pacer
from .queue import W, WaitQueue
from .window import SlidingWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from .reports import Snapshot

DRIFT = 0.001  # our clock against the server's: NTP slews by up to 0.05 %, the rest is margin
RECHECK = 100  # how many times a period withheld tokens are looked at again


class Machine(WaitQueue[W]):
    """Ledger, pacer, sliding window and cooldown, and the queue in front of them.

    `W` is whatever the shell around it uses for a waiter: anything hashable. A waiter is put in
    with `enter`; `pump` hands out what can be granted by now and `wake_at` says when to pump
    again. Nothing here is asynchronous, so the proofs and the simulation run on it directly.
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
        jitter: Callable[[], float] = JITTER.random,
    ) -> None:
        super().__init__()
        check_settings(
            {},
            counts={"limit": limit, "max_in_flight": max_in_flight},
            seconds={"period": period, "grace": grace, "freeze_cap": freeze_cap},
        )
        check_burst(burst, limit)
        self.limit = limit
        self.period = period
        self.cycle: float = period * (1.0 + DRIFT)
        self.grace = grace
        # More than that in flight would, after an outage, arrive as one pile.
        self.max_in_flight: int = max_in_flight or max(2, min(50, limit // 20))
        paced = max(1.0, limit / 100.0)
        self.burst: float = largest_burst(limit) if burst is None else float(burst)
        self.bulk_burst: float = paced if burst is None else self.burst
        # With a small burst the pace alone nearly keeps counters that weigh their last window
        # content, and the sliding window seldom has a say; with a larger one it has the last word.
        if self.bulk_burst > paced:
            rate = limit / period
        else:
            rate = max(limit - self.bulk_burst, limit / 2.0) / self.cycle
        self.ledger: Ledger = Ledger(limit)
        self.pacer: Pacer = Pacer(self.burst, rate, bulk_burst=self.bulk_burst)
        self.window: SlidingWindow = SlidingWindow(limit, self.cycle)
        self.cooldown: Cooldown = Cooldown(
            limit, period, period if freeze_cap is None else freeze_cap, jitter
        )
        self._now = -math.inf

    @property
    def in_flight(self) -> int:
        """Leases that are out."""
        return self.ledger.in_flight

    @property
    def frozen_until(self) -> float:
        """End of the pause after the last 429."""
        return self.cooldown.until

    def try_grant(self, now: float, priority: int, callers: Callers) -> Lease | None:
        """Grant at once if nobody waits and all layers allow it."""
        if self.bulk or self.interactive:
            return None
        if now < self._now:  # as `_tick`: what an uncontended call runs through has few calls in it
            now = self._now
        else:
            self._now = now
        ledger, pacer = self.ledger, self.pacer
        if ledger.next_due <= now:
            ledger.collect(now)
        # Nearly always all is well, and that is seen without a call.
        if (
            pacer.arrival - pacer.tolerances[priority] > now
            or ledger.free <= 0
            or ledger.in_flight >= self.max_in_flight
            or self.window.bound + ledger.in_flight + 1.0 > self.limit
            or self.cooldown.rejections
        ) and self._ready_at(now, priority) > now:
            return None
        return self._grant(now, priority, callers)

    def pump(self, now: float) -> list[tuple[W, Lease]]:
        """Grant what can be granted, and set `wake_at` for the next time."""
        granted: list[tuple[W, Lease]] = []
        now = self._tick(now)
        self.pacer.resume(now)
        self.wake_at: float = math.inf
        while self.bulk or self.interactive:
            # While an interactive call waits, bulk work shares in its larger burst, or it would
            # never come to its tenth.
            priority = INTERACTIVE if self.interactive else BULK
            ready = self._ready_at(now, priority)
            if ready > now:
                self.wake_at = ready
                # Not where the sliding window refuses: that opens by degrees, so what is earned
                # meanwhile makes no burst, and without it a page's burst would cost bulk work as much.
                if self.pacer.ready_at(priority) < ready and not self.window.refused:
                    self.pacer.stall(now, priority)
                break
            waiter, callers = self.next()
            granted.append((waiter, self._grant(now, priority, callers)))
        return granted

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None, now: float) -> bool:
        """Take a lease back; True if this began a pause. The first release of a lease counts."""
        if lease.settled:
            return False
        lease.settled = True
        if now < self._now:
            now = self._now
        else:
            self._now = now
        began = False
        if outcome == "rejected":
            began = self.cooldown.rejected(lease, retry_after, now, self.ledger.in_use)
        elif self.cooldown.rejections:
            self.cooldown.settled(lease, outcome)
        callers = lease.callers
        if callers.written_off:
            return began
        callers.in_flight -= 1
        if outcome == "unsent":
            self.ledger.refund()
            self.pacer.refund(lease.granted_at, lease.interval)
        elif outcome == "unknown":
            self._lose(now)
        else:
            self.ledger.settle(now + self.cycle)
            self.window.count_reply(now)
        return began

    def write_off(self, callers: Callers, now: float) -> None:
        """Take the leases of callers that are gone for requests of unknown fate."""
        now = self._tick(now)
        callers.written_off = True
        self.cooldown.lose_probe(callers)
        for _ in range(callers.in_flight):
            self._lose(now)

    def start_spent(self, now: float) -> None:
        """Begin with every token out: what was sent before is not known."""
        self._tick(now)
        self.ledger.spend_all(now + self.cycle)

    def snapshot(self, now: float) -> Snapshot:
        """Say how things stand at `now`."""
        now = self._tick(now)
        withheld = self.cooldown.withheld(now)
        ready = self._ready_at(now, INTERACTIVE if self.interactive else BULK)
        from .reports import Snapshot

        return Snapshot(
            limit=self.limit,
            period=self.period,
            believed=self.limit - withheld,
            free=max(0, self.ledger.free - withheld),
            in_flight=self.ledger.in_flight,
            waiting=self.waiting,
            waiting_interactive=self.waiting_interactive,
            next=None if math.isinf(ready) else max(0.0, ready - now),
            frozen_for=max(0.0, self.cooldown.until - now),
            rejections=self.cooldown.rejections,
        )

    def _lose(self, now: float) -> None:
        self.ledger.settle(now + self.cycle + self.grace)
        self.window.count_lost(now + self.grace)

    def _tick(self, now: float) -> float:
        # A clock that stands or goes back would hand out tokens early: time stands still instead.
        if now < self._now:
            return self._now
        self._now = now
        return now

    def _ready_at(self, now: float, priority: int) -> float:
        """When all layers allow a grant, by what is known now; infinite if only a reply can tell."""
        self.window.refused = False
        ready = max(now, self.pacer.ready_at(priority))
        ledger, cooldown, window = self.ledger, self.cooldown, self.window
        if ledger.in_flight >= self.max_in_flight:
            return math.inf
        ledger.collect(now)
        if cooldown.rejections:
            ready = max(ready, cooldown.ready_at(now))
            withheld = cooldown.withheld(now)
            if ledger.free <= withheld:
                # Withheld tokens come back with time as well.
                return max(ready, min(ledger.next_due, now + self.period / RECHECK))
        if ledger.free <= 0:
            return max(ready, ledger.next_due)
        if ready <= now and not window.allows(now, ledger.in_flight):
            return window.next_change(now)
        return ready

    def _grant(self, now: float, priority: int, callers: Callers) -> Lease:
        ledger, pacer, cooldown = self.ledger, self.pacer, self.cooldown
        ledger.in_flight += 1
        ledger.free = free = ledger.free - 1
        out = callers.in_flight
        if not out:
            callers.was_idle = True
        callers.in_flight = out + 1
        interval = pacer.interval
        if priority == BULK and free < self.limit - 1:
            # What is left must last until more comes back, or an urgent call would find nothing.
            if cooldown.rejections:
                free -= cooldown.withheld(now)
            left = ledger.next_due - now
            if left > self.cycle:
                left = self.cycle
            if left > interval * free > 0.0:
                interval = left / free
        pacer.granted_at = now
        arrival = pacer.arrival
        pacer.arrival = (arrival if arrival > now else now) + interval
        lease = Lease()
        lease.callers = callers
        lease.granted_at = now
        lease.interval = interval
        lease.settled = False
        if cooldown.rejections:
            cooldown.granted(lease)
        return lease


def largest_burst(limit: int) -> float:
    """Return how many may go at once so that, with those in flight, a bucket of a tenth of the limit takes them."""
    return max(1.0, limit / 20.0)


def check_burst(burst: float | None, limit: int) -> None:
    """Refuse a burst that servers with a small bucket would not take."""
    if burst is None:
        return
    if isinstance(burst, bool) or not isinstance(burst, (int, float)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(f"{burst!r} is no number of requests", argument="burst")
    if not 1.0 <= burst <= largest_burst(limit):
        raise ConfigurationError(
            f"{burst} doesn't lie between 1 and a twentieth of the limit ({largest_burst(limit):g}); together with "
            "what is in flight, servers with a small bucket would refuse larger ones",
            argument="burst",
        )
