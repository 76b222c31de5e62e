"""The any-phase guard: what makes a larger burst safe on a counter that weighs its last window."""

from __future__ import annotations

from itertools import accumulate

BINS = 240
_WEIGHTS = [1.0 - max(0, k - 1) / BINS for k in range(BINS + 1)]


class Guard:
    """Keeps the estimate of a two-window sliding counter within the limit for every phase.

    Such a server takes the requests of its current window whole and those of the window before
    by the share of it that still lies within one period. A request's weight only falls with
    time, so counting each at its reply, and those in flight as now, counts too much and never
    too little: what passes here passes there, whatever the latency.

    Replies are counted in bins of a 240th of a period; a bin cut by a window's edge counts whole.
    """

    __slots__ = ("_bin", "_counts", "_late", "_limit", "_older", "_width")

    def __init__(self, limit: int, period: float) -> None:
        self._limit = limit
        self._width = period / BINS
        self._bin = 0
        self._counts = [0] * (2 * BINS + 1)  # youngest first
        self._older = 0.0  # the worst estimate over all phases, the youngest bin left out
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
        return self._older + self._counts[0] + len(self._late) + in_flight + 1 <= self._limit

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
        size = len(counts)
        counts[:0] = [0] * min(steps, size)
        del counts[size:]
        if self._late:
            ended = sum(until <= now for until in self._late)
            counts[0] += ended
            self._late = [until for until in self._late if until > now]
        self._older = self._worst(counts)

    def _worst(self, counts: list[int]) -> float:
        sums = list(accumulate(counts))
        base = counts[0]
        if sums[-1] - base == 0:
            return 0.0
        # A window that began in the bin k back is at least k - 1 bins old: bins 0..k count whole,
        # the 240 before them by the share left of the window before.
        worst = max(
            younger + (older - younger) * weight
            for younger, older, weight in zip(sums, sums[BINS:], _WEIGHTS, strict=False)
        )
        return worst - base
