"""The sliding window: what makes a larger burst safe on a counter that weighs its last window."""

from __future__ import annotations

import math

BINS = 720
_WEIGHTS = [1.0 - max(0, age - 1) / BINS for age in range(BINS, -1, -1)]  # oldest first


class SlidingWindow:
    """Keeps the estimate of a two-window sliding counter within the limit for every phase.

    Such a server takes the requests of its current window whole and those of the window before
    by the share of it that still lies within one period. A request's weight only falls with
    time, so counting each at its reply, and those in flight as now, counts too much and never
    too little: what passes here passes there, whatever the latency.

    Replies are counted in bins of a 720th of a period; a bin cut by a window's edge counts whole.
    """

    __slots__ = ("_bin", "_edge", "_late", "_limit", "_stale", "_totals", "_width", "bound", "refused")

    def __init__(self, limit: int, period: float) -> None:
        self._limit = limit
        self._width = period / BINS
        self._bin = 0
        self._edge = -math.inf  # end of the youngest bin
        self._totals = [0.0] * (2 * BINS + 2)  # replies up to the end of each bin, oldest first
        self._stale = False
        self._late: list[float] = []
        self.refused: bool = False
        """It was the last that held a grant back."""
        self.bound: float = 0.0
        """No less than the worst estimate over all phases, without what is in flight.

        Weights only fall, so it stays true while nothing is looked at: a bound that spares most
        of the exact computations.
        """

    def count_reply(self, now: float) -> None:
        """Count a reply."""
        if now >= self._edge:
            self._roll(now)
        self._totals[-1] += 1
        self.bound += 1.0

    def count_lost(self, until: float) -> None:
        """Count a request that may reach the server any time before `until`."""
        self._late.append(until)
        self.bound += 1.0

    def allows(self, now: float, in_flight: int) -> bool:
        """Tell whether one more request stays within the limit, whatever the phase."""
        if now >= self._edge:
            self._roll(now)
        if self.bound + in_flight + 1 > self._limit and self._stale:
            self.bound = self._worst() + len(self._late)
            self._stale = False
        self.refused = self.bound + in_flight + 1 > self._limit
        return not self.refused

    def next_change(self, now: float) -> float:
        """When the estimate next falls by itself; right after `allows` has said no."""
        return self._edge if self._edge > now else self._edge + self._width

    def _roll(self, now: float) -> None:
        current = int(now / self._width)
        self._edge = (current + 1) * self._width
        steps = current - self._bin
        if steps <= 0:
            return
        self._bin = current
        self._stale = True
        totals = self._totals
        size = len(totals)
        totals += totals[-1:] * min(steps, size)
        del totals[:-size]
        if self._late:
            ended = sum(until <= now for until in self._late)
            totals[-1] += ended
            self._late = [until for until in self._late if until > now]

    def _worst(self) -> float:
        totals = self._totals
        # A window that began in the bin k back is at least k - 1 bins old: bins 0..k count whole,
        # those of the window before by the share left of the window before.
        return totals[-1] + max(
            [
                weight * (before - long_before) - before
                for before, long_before, weight in zip(totals[BINS:-1], totals, _WEIGHTS, strict=False)
            ]
        )
