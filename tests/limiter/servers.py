"""The five kinds of server a rate limit may be kept by. Nobody publishes which one is in use."""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Server(Protocol):
    """Counts requests as they arrive, at the client's time."""

    def accepts(self, arrival: float) -> bool: ...


class FixedWindow:
    """Counts from zero in every window; the first one began at `phase`."""

    def __init__(
        self,
        limit: int,
        period: float,
        *,
        phase: float = 0.0,
        drift: float = 0.0,
        counts_refused: bool = True,
    ) -> None:
        self.limit, self.counts_refused = limit, counts_refused
        self.period = period * (1.0 + drift)  # of the client's seconds
        self.phase = phase * self.period
        self.window = -1
        self.count = 0

    def accepts(self, arrival: float) -> bool:
        window = int((arrival + self.phase) / self.period)
        if window != self.window:
            self.window, self.count = window, 0
        accepted = self.count < self.limit
        if accepted or self.counts_refused:
            self.count += 1
        return accepted


class SlidingLog:
    """Remembers every arrival of the last period."""

    def __init__(
        self,
        limit: int,
        period: float,
        *,
        phase: float = 0.0,
        drift: float = 0.0,
        counts_refused: bool = True,
    ) -> None:
        del phase  # has none
        self.limit, self.counts_refused = limit, counts_refused
        self.period = period * (1.0 + drift)
        self.log: deque[float] = deque()

    def accepts(self, arrival: float) -> bool:
        log, since = self.log, arrival - self.period
        while log and log[0] <= since:
            log.popleft()
        accepted = len(log) < self.limit
        if accepted or self.counts_refused:
            log.append(arrival)
        return accepted


class SlidingCounter:
    """Weighs the window before by the share of it within the last period, as a large CDN does."""

    def __init__(
        self,
        limit: int,
        period: float,
        *,
        phase: float = 0.0,
        drift: float = 0.0,
        counts_refused: bool = True,
    ) -> None:
        self.limit, self.counts_refused = limit, counts_refused
        self.period = period * (1.0 + drift)
        self.phase = phase * self.period
        self.window = -1
        self.count = self.before = 0

    def accepts(self, arrival: float) -> bool:
        position = (arrival + self.phase) / self.period
        window = int(position)
        if window != self.window:
            self.before = self.count if window == self.window + 1 else 0
            self.window, self.count = window, 0
        accepted = self.before * (1.0 - (position - window)) + self.count + 1 <= self.limit
        if accepted or self.counts_refused:
            self.count += 1
        return accepted


class Bucket:
    """Holds `capacity` tokens, filled at the limit's rate."""

    def __init__(
        self,
        limit: int,
        period: float,
        *,
        capacity: float,
        phase: float = 0.0,
        drift: float = 0.0,
        counts_refused: bool = True,
    ) -> None:
        del phase  # has none
        self.rate = limit / (period * (1.0 + drift))
        self.capacity, self.counts_refused = capacity, counts_refused
        self.level, self.at = capacity, 0.0

    def accepts(self, arrival: float) -> bool:
        self.level = min(self.capacity, self.level + (arrival - self.at) * self.rate)
        self.at = arrival
        accepted = self.level >= 1.0
        if accepted or self.counts_refused:
            self.level -= 1.0
        return accepted


def bucket_full(limit: int, period: float, **kind: float | bool) -> Bucket:
    return Bucket(limit, period, capacity=float(limit), **kind)  # type: ignore[arg-type]


def bucket_tenth(limit: int, period: float, **kind: float | bool) -> Bucket:
    return Bucket(limit, period, capacity=limit / 10.0, **kind)  # type: ignore[arg-type]


SERVERS: dict[str, Callable[..., Server]] = {
    "fixed windows": FixedWindow,
    "sliding log": SlidingLog,
    "sliding counter": SlidingCounter,
    "bucket N": bucket_full,
    "bucket N/10": bucket_tenth,
}

PHASED = ("fixed windows", "sliding counter")  # the others have no edge that could lie badly


def refused(
    server: str,
    arrivals: Iterable[float],
    limit: int,
    period: float,
    *,
    phases: int = 4,
    seed: int = 0,
    drift: float = 0.0,
    counts_refused: bool = True,
) -> int:
    """How many of the arrivals, in order, a server of that kind refuses at the worst of some phases."""
    place = random.Random(seed)
    worst = 0
    arrivals = list(arrivals)
    for _ in range(phases if server in PHASED else 1):
        judge = SERVERS[server](
            limit, period, phase=place.random(), drift=drift, counts_refused=counts_refused
        )
        accepts = judge.accepts
        worst = max(worst, sum(not accepts(arrival) for arrival in arrivals))
    return worst
