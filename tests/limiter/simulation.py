"""Client, network and server as a heap of events in virtual time.

The limiter's state machine is driven directly: no event loop, no sleeping, the same every time.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from b2brouter_async.limiter.interface import Callers

if TYPE_CHECKING:
    from b2brouter_async.limiter.interface import Lease, Outcome
    from tests.limiter.servers import Server

Latency = Callable[[random.Random], float]
BLACKOUT = 6.0


class StateMachine(Protocol):
    """What the simulation needs of a limiter."""

    wake_at: float

    def enter(self, waiter: int, priority: int, callers: Callers) -> None: ...

    def pump(self, now: float) -> list[tuple[int, Lease]]: ...

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None, now: float) -> bool: ...


def lan(chance: random.Random) -> float:
    return chance.uniform(0.0002, 0.001)


def wan(chance: random.Random) -> float:
    """One way, 20 to 400 ms, half of them below 80."""
    return min(0.4, max(0.02, chance.lognormvariate(math.log(0.08), 0.6)))


def heavy_tail(chance: random.Random) -> float:
    """One way, from 50 ms up to 10 s, one in ninety above a second."""
    return min(10.0, 0.05 * chance.paretovariate(1.5))


@dataclass
class Demand:
    """Who wants to send, and when."""

    workers: int = 0
    """Callers that come back as soon as they have their reply."""
    crowds: Callable[[random.Random], Iterator[tuple[float, int]]] | None = None
    """Times and sizes of crowds that want to send at once."""
    interactive_crowds: Callable[[random.Random], Iterator[tuple[float, int]]] | None = None
    """The same of interactive calls."""
    interactive_every: float | None = None
    """Mean time between interactive calls."""


def bursts(chance: random.Random) -> Iterator[tuple[float, int]]:
    """A few hundred at a time, in all as much as the limit allows."""
    at = 0.0
    while True:
        yield at, chance.randrange(50, 650)
        at += chance.expovariate(1 / 20.0)


def idle_then_burst(chance: random.Random) -> Iterator[tuple[float, int]]:
    """Silence long enough to forget, then two and a half limits at once."""
    at = 0.0
    while True:
        yield at, 2500
        at += 150.0 + chance.uniform(100.0, 220.0)


STEADY = Demand(workers=200)
BURSTY = Demand(crowds=bursts)
IDLE_THEN_BURST = Demand(crowds=idle_then_burst)


@dataclass
class Run:
    """What happened."""

    arrivals: list[float] = field(default_factory=list)
    grants: list[float] = field(default_factory=list)
    interactive_waits: list[float] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)
    stranger_refusals: int = 0

    def used(self, limit: int, period: float, *, drift: float = 0.0, warm_up: int = 2) -> float:
        """Share of the limit used after the first periods, by the server's clock."""
        start = warm_up * period
        counted = sum(arrival >= start for arrival in self.arrivals)
        return counted * period * (1.0 + drift) / (limit * (max(self.arrivals) - start))


class Simulation:
    """One client with one limiter. With a `server` it hears 429s, else all is judged afterwards."""

    def __init__(
        self,
        limiter: StateMachine,
        demand: Demand,
        latency: Latency,
        *,
        seed: int = 0,
        blackout_every: float | None = None,
        server: Server | None = None,
        retry_after: Callable[[float], float] | None = None,
        stranger: Callable[[float], float] | None = None,
    ) -> None:
        self.limiter, self.demand, self.latency = limiter, demand, latency
        self.server, self.retry_after, self.stranger = server, retry_after, stranger
        self.chance = random.Random(seed)
        self.blackout_every = blackout_every
        self.run_ = Run()
        self.callers = Callers()
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = itertools.count()
        self._names = itertools.count()
        self._woken = math.inf
        self._since: dict[int, float] = {}
        self._priority: dict[int, int] = {}

    def run(self, *, requests: int | None = None, seconds: float = math.inf) -> Run:
        """Until so many were granted, or so much time has passed."""
        for _ in range(self.demand.workers):
            self._want(0)
        if self.demand.crowds is not None:
            self._next_crowd(self.demand.crowds(self.chance), 0)
        if self.demand.interactive_crowds is not None:
            self._next_crowd(self.demand.interactive_crowds(self.chance), 1)
        if self.demand.interactive_every is not None:
            self._at(self.demand.interactive_every, self._interactive)
        if self.stranger is not None:
            self._at(0.0, self._strange)
        self._pump(0.0)
        grants = self.run_.grants
        while self._events and (requests is None or len(grants) < requests):
            now, _, happen = heapq.heappop(self._events)
            if now > seconds:
                break
            happen(now)
        self.run_.arrivals.sort()
        return self.run_

    def _at(self, when: float, happen: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), happen))

    def _want(self, priority: int, now: float = 0.0) -> None:
        name = next(self._names)
        if priority:
            self._since[name] = now
        if priority:
            self._priority[name] = priority
        self.limiter.enter(name, priority, self.callers)

    def _pump(self, now: float) -> None:
        for name, lease in self.limiter.pump(now):
            self.run_.grants.append(now)
            urgent = self._priority.pop(name, 0)
            if urgent:
                self.run_.interactive_waits.append(now - self._since.pop(name))
            arrival = self._deliver(now)
            self._at(arrival, partial(self._arrive, lease=lease, again=not urgent))
        if self.limiter.wake_at < self._woken:
            self._woken = self.limiter.wake_at
            self._at(self._woken, self._wake)

    def _wake(self, now: float) -> None:
        if now >= self._woken:
            self._woken = math.inf
        self._pump(now)

    def _deliver(self, now: float) -> float:
        at = now + self.latency(self.chance)
        if self.blackout_every is not None:
            into = at % self.blackout_every
            if into < BLACKOUT and at > BLACKOUT:
                at += BLACKOUT - into + self.chance.uniform(0.0, 0.02)
        return at

    def _arrive(self, now: float, lease: Lease, again: bool) -> None:
        self.run_.arrivals.append(now)
        accepted = self.server is None or self.server.accepts(now)
        if not accepted:
            self.run_.refusals.append(now)
        self._at(self._deliver(now), lambda at: self._reply(at, lease, accepted, again))

    def _reply(self, now: float, lease: Lease, accepted: bool, again: bool) -> None:
        pause = None if accepted or self.retry_after is None else self.retry_after(now)
        self.limiter.release(lease, "ok" if accepted else "rejected", pause, now)
        if (self.demand.workers and again) or not accepted:
            self._want(0)
        self._pump(now)

    def _next_crowd(self, crowds: Iterator[tuple[float, int]], priority: int) -> None:
        at, size = next(crowds)

        def come(now: float) -> None:
            for _ in range(size):
                self._want(priority, now)
            self._pump(now)
            self._next_crowd(crowds, priority)

        self._at(at, come)

    def _interactive(self, now: float) -> None:
        self._want(1, now)
        self._pump(now)
        every = self.demand.interactive_every
        assert every is not None
        self._at(now + self.chance.expovariate(1 / every), self._interactive)

    def _strange(self, now: float) -> None:
        """Another program on the same key, asking at a rate that may change."""
        assert self.stranger is not None
        assert self.server is not None
        rate = self.stranger(now)
        if rate > 0.0 and not self.server.accepts(now):
            self.run_.stranger_refusals += 1
        self._at(now + (self.chance.expovariate(rate) if rate > 0.0 else 1.0), self._strange)
