"""An adversary chooses demand, network and clocks, and tries to get a single refusal.

He may delay any request and any reply by as much as he likes, make requests fail before they
leave, and make callers give up on requests that arrive later all the same.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from b2brouter_async.limiter.interface import Callers
from b2brouter_async.limiter.machine import Machine
from tests.limiter.servers import SERVERS, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from b2brouter_async.limiter import Lease, Outcome

PERIOD, SECONDS, GRACE = 60.0, 240.0, 60.0
DRIFTS = (-0.0005, 0.0005)


@dataclass(frozen=True)
class Network:
    """How long requests and replies take; all of it may come back again and again."""

    there: float
    back: float
    jitter: float
    cycle: float
    outage: float
    """Seconds of every `cycle` in which nothing arrives; then all of it does, at once."""
    slow_replies: bool
    unsent: float
    given_up: float
    timeout: float

    def delay(self, now: float, base: float, chance: random.Random) -> float:
        at = now + base * (1.0 + self.jitter * chance.random())
        into = at % self.cycle
        return at + self.outage - into if into < self.outage else at


networks = st.builds(
    Network,
    there=st.sampled_from([0.0005, 0.08, 1.0, 8.0]),
    back=st.sampled_from([0.0005, 0.08, 1.0, 30.0]),
    jitter=st.sampled_from([0.0, 1.0, 5.0]),
    cycle=st.sampled_from([15.0, 30.0, 59.0, 60.0, 60.06, 61.0]) | st.floats(10.0, 130.0),
    outage=st.sampled_from([0.0, 0.5]) | st.floats(0.0, 9.0),
    slow_replies=st.booleans(),
    unsent=st.sampled_from([0.0, 0.0, 0.1, 0.5]),
    given_up=st.sampled_from([0.0, 0.05, 0.4]),
    timeout=st.sampled_from([0.5, 5.0, 20.0]),
)

crowds = st.lists(
    st.tuples(st.floats(0.0, SECONDS), st.integers(1, 250), st.integers(0, 1)), min_size=1, max_size=12
)


class World:
    """One limiter, its callers, and the time at which each request is counted."""

    def __init__(
        self, machine: Machine[int], network: Network, *, gives_up: bool, endless: bool, seed: int
    ) -> None:
        self.machine, self.network = machine, network
        self.gives_up, self.endless = gives_up, endless
        self.chance = random.Random(seed)
        self.callers = Callers()
        self.arrivals: list[float] = []
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._order, self._names = itertools.count(), itertools.count()
        self._woken = math.inf

    def at(self, when: float, happen: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), happen))

    def run(self) -> list[float]:
        while self._events and self._events[0][0] <= SECONDS:
            now, _, happen = heapq.heappop(self._events)
            happen(now)
        return sorted(self.arrivals)

    def come(self, now: float, crowd: int, priority: int) -> None:
        for _ in range(crowd):
            self.machine.enter(next(self._names), priority, self.callers)
        self._pump(now)

    def _pump(self, now: float) -> None:
        for _, lease in self.machine.pump(now):
            self._send(now, lease)
        if self.machine.wake_at < self._woken:
            self._woken = self.machine.wake_at
            self.at(self._woken, self._wake)

    def _wake(self, now: float) -> None:
        if now >= self._woken:
            self._woken = math.inf
        self._pump(now)

    def _send(self, now: float, lease: Lease) -> None:
        network, chance = self.network, self.chance
        if chance.random() < network.unsent:
            self.at(
                now + network.timeout * chance.random(), partial(self._end, lease=lease, outcome="unsent")
            )
        elif self.gives_up and chance.random() < network.given_up:
            end = now + network.timeout
            self.at(end, partial(self._end, lease=lease, outcome="unknown"))
            self.at(now + (network.timeout + GRACE) * chance.random(), self.arrivals.append)
        else:
            there = network.delay(now, network.there, chance)
            self.at(there, self.arrivals.append)
            slow = network.slow_replies and chance.random() < 0.5
            back = network.delay(there, 30.0 if slow else network.back, chance)
            self.at(back, partial(self._end, lease=lease, outcome="ok"))

    def _end(self, now: float, lease: Lease, outcome: Outcome) -> None:
        self.machine.release(lease, outcome, None, now)
        if self.endless:
            self.machine.enter(next(self._names), 0, self.callers)
        self._pump(now)


def judge(world: World, limit: int, demand: list[tuple[float, int, int]]) -> dict[str, int]:
    for when, crowd, priority in demand:
        world.at(when, partial(world.come, crowd=crowd, priority=priority))
    arrivals = world.run()
    return {
        server: max(refused(server, arrivals, limit, PERIOD, phases=6, drift=drift) for drift in DRIFTS)
        for server in SERVERS
    }


cases = st.fixed_dictionaries(
    {
        "network": networks,
        "demand": crowds,
        "endless": st.booleans(),
        "larger_burst": st.booleans(),
        "seed": st.integers(0, 2**32),
    }
)


def verdicts(
    limit: int,
    *,
    gives_up: bool,
    network: Network,
    demand: list[tuple[float, int, int]],
    endless: bool,
    larger_burst: bool,
    seed: int,
) -> dict[str, int]:
    """Return how many requests each server refuses."""
    machine = Machine[int](limit, PERIOD, limit / 20.0 if larger_burst else None, grace=GRACE)
    return judge(World(machine, network, gives_up=gives_up, endless=endless, seed=seed), limit, demand)


@settings(max_examples=60)
@given(case=cases, limit=st.sampled_from([60, 100, 200]))
def test_no_network_gets_a_refusal_out_of_any_server(case: dict[str, Any], limit: int) -> None:
    assert verdicts(limit, gives_up=False, **case) == dict.fromkeys(SERVERS, 0)


@settings(max_examples=60)
@given(case=cases, limit=st.sampled_from([20, 100, 200]))
def test_requests_that_arrive_after_we_gave_up_on_them_fill_no_window(
    case: dict[str, Any], limit: int
) -> None:
    refusals = verdicts(limit, gives_up=True, **case)
    # A small bucket alone may be too small for a heap of them that arrives at once.
    del refusals["bucket N/10"]
    assert refusals == dict.fromkeys(refusals, 0)
