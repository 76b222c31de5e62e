"""The any-phase guard: what makes a larger burst safe on a counter that weighs its last window."""

from __future__ import annotations

from itertools import accumulate
from operator import add, mul, sub
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BINS = 480
_WEIGHTS = [1.0 - max(0, k - 1) / BINS for k in range(BINS + 1)]


class Guard:
    """Keeps the estimate of a two-window sliding counter within the limit for every phase.

    Such a server takes the requests of its current window whole and those of the window before
    by the share of it that still lies within one period. A request's weight only falls with
    time, so counting each at its reply, and those in flight as now, counts too much and never
    too little: what passes here passes there, whatever the latency.

    Replies are counted in bins of a 480th of a period; a bin cut by a window's edge counts whole.
    """

    __slots__ = ("_bin", "_counts", "_late", "_limit", "_older", "_stale", "_width")

    def __init__(self, limit: int, period: float) -> None:
        self._limit = limit
        self._width = period / BINS
        self._bin = 0
        self._counts = [0] * (2 * BINS + 1)  # youngest first
        self._older = 0.0  # no less than the worst estimate over all phases, youngest bin left out
        self._stale = False
        self._late: list[float] = []

    def stamp(self, now: float) -> None:
        """Count a reply."""
        self._roll(now)
        self._counts[0] += 1

    def stamp_late(self, until: float) -> None:
        """Count a request that may reach the server any time before `until`."""
        self._late.append(until)

    def allows(self, now: float, in_flight: int) -> bool:
        """Tell whether one more request stays within the limit, whatever the phase."""
        self._roll(now)
        young = self._counts[0] + len(self._late) + in_flight + 1
        if self._older + young > self._limit and self._stale:
            self._older = self._worst(self._counts)
            self._stale = False
        return self._older + young <= self._limit

    def next_change(self, now: float) -> float:
        """When the estimate next falls by itself."""
        return (int(now / self._width) + 1) * self._width

    def _roll(self, now: float) -> None:
        current = int(now / self._width)
        steps = current - self._bin
        if steps <= 0:
            return
        self._bin = current
        counts = self._counts
        young = counts[0]
        size = len(counts)
        counts[:0] = [0] * min(steps, size)
        del counts[size:]
        if self._late:
            ended = sum(until <= now for until in self._late)
            counts[0] += ended
            self._late = [until for until in self._late if until > now]
        # What was young joins the rest with a weight of at most one, and the rest weighs no more
        # than before: a bound that spares most of the exact computations.
        self._older += young
        self._stale = True

    def _worst(self, counts: list[int]) -> float:
        sums = list(accumulate(counts))
        base = counts[0]
        if sums[-1] - base == 0:
            return 0.0
        # A window that began in the bin k back is at least k - 1 bins old: bins 0..k count whole,
        # those of the window before by the share left of the window before.
        # (Chained maps: up to eight times a second at saturation, so it stays in C.)
        before: Iterator[float] = map(mul, map(sub, sums[BINS:], sums), _WEIGHTS)
        worst: float = max(map(add, sums, before))
        return worst - base
