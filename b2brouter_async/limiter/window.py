"""The sliding window: what makes a larger burst safe on a counter that weighs its last window."""

from __future__ import annotations

import math
from itertools import accumulate
from operator import add, mul, sub
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BINS = 480
_WEIGHTS = [1.0 - max(0, k - 1) / BINS for k in range(BINS + 1)]


class SlidingWindow:
    """Keeps the estimate of a two-window sliding counter within the limit for every phase.

    Such a server takes the requests of its current window whole and those of the window before
    by the share of it that still lies within one period. A request's weight only falls with
    time, so counting each at its reply, and those in flight as now, counts too much and never
    too little: what passes here passes there, whatever the latency.

    Replies are counted in bins of a 480th of a period; a bin cut by a window's edge counts whole.
    """

    __slots__ = ("_bin", "_counts", "_edge", "_late", "_limit", "_stale", "_width", "bound")

    def __init__(self, limit: int, period: float) -> None:
        self._limit = limit
        self._width = period / BINS
        self._bin = 0
        self._edge = -math.inf  # end of the youngest bin
        self._counts = [0] * (2 * BINS + 1)  # youngest first
        self._stale = False
        self._late: list[float] = []
        self.bound = 0.0
        """No less than the worst estimate over all phases, without what is in flight.

        Weights only fall, so it stays true while nothing is looked at: a bound that spares most
        of the exact computations.
        """

    def count_reply(self, now: float) -> None:
        """Count a reply."""
        if now >= self._edge:
            self._roll(now)
        self._counts[0] += 1
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
            self.bound = self._worst(self._counts) + len(self._late)
            self._stale = False
        return self.bound + in_flight + 1 <= self._limit

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
        counts = self._counts
        size = len(counts)
        counts[:0] = [0] * min(steps, size)
        del counts[size:]
        if self._late:
            ended = sum(until <= now for until in self._late)
            counts[0] += ended
            self._late = [until for until in self._late if until > now]

    def _worst(self, counts: list[int]) -> float:
        sums = list(accumulate(counts))
        # A window that began in the bin k back is at least k - 1 bins old: bins 0..k count whole,
        # those of the window before by the share left of the window before.
        # (Chained maps: up to eight times a second at saturation, so it stays in C.)
        before: Iterator[float] = map(mul, map(sub, sums[BINS:], sums), _WEIGHTS)
        worst: float = max(map(add, sums, before))
        return worst
