"""No refusal on any kind of server, and nearly all of the limit used: in virtual time.

A sequence of arrivals that a server refuses nothing of doesn't depend on the server, so one run
is judged by all of them: at several phases, with a clock 500 ppm fast or slow, and counting
refused requests too.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from b2brouter_async.limiter.machine import Machine
from tests.limiter.servers import SERVERS, FixedWindow, refused
from tests.limiter.simulation import (
    BURSTY,
    IDLE_THEN_BURST,
    STEADY,
    Demand,
    Latency,
    Simulation,
    heavy_tail,
    lan,
    wan,
)

if TYPE_CHECKING:
    from b2brouter_async.limiter.interface import Lease, Outcome

pytestmark = pytest.mark.nightly

LIMIT, PERIOD = 1000, 60.0
REQUESTS = 30_000
DRIFTS = (-0.0005, 0.0005)

DEMANDS = {"steady": STEADY, "bursty": BURSTY, "idle then burst": IDLE_THEN_BURST}
LATENCIES: dict[str, Latency] = {"lan": lan, "wan": wan, "heavy tail": heavy_tail}
BURSTS = {"default": None, "larger burst": 50.0}
EACH_BURST = [
    pytest.param(None, id="default"),
    pytest.param(50.0, id="larger burst", marks=pytest.mark.nightly),
]


@pytest.mark.nightly
@pytest.mark.parametrize("burst", EACH_BURST)
@pytest.mark.parametrize("latency", LATENCIES.values(), ids=LATENCIES)
@pytest.mark.parametrize("demand", DEMANDS.values(), ids=DEMANDS)
def test_no_server_refuses_one_of_30_000_requests(
    demand: Demand, latency: Latency, burst: float | None
) -> None:
    run = Simulation(Machine[int](LIMIT, PERIOD, burst), demand, latency, seed=1).run(requests=REQUESTS)
    verdicts = {
        (server, drift): refused(server, run.arrivals, LIMIT, PERIOD, phases=3, drift=drift)
        for server in SERVERS
        for drift in DRIFTS
    }
    assert verdicts == dict.fromkeys(verdicts, 0)
    if demand is STEADY:
        assert min(run.used(LIMIT, PERIOD, drift=drift) for drift in DRIFTS) >= 0.984


@pytest.mark.nightly
@pytest.mark.parametrize("burst", BURSTS.values(), ids=BURSTS)
@pytest.mark.parametrize("latency", LATENCIES.values(), ids=LATENCIES)
@pytest.mark.parametrize("demand", [STEADY, BURSTY], ids=["steady", "bursty"])
def test_no_server_refuses_anything_after_blackouts(
    demand: Demand, latency: Latency, burst: float | None
) -> None:
    run = Simulation(Machine[int](LIMIT, PERIOD, burst), demand, latency, seed=2, blackout_every=47.0).run(
        requests=12_000
    )
    verdicts = {server: refused(server, run.arrivals, LIMIT, PERIOD, phases=3) for server in SERVERS}
    assert verdicts == dict.fromkeys(SERVERS, 0)


@pytest.mark.parametrize("burst", [None, 5.0], ids=BURSTS)
def test_an_outage_in_step_with_the_server_s_windows_gets_nothing_refused(burst: float | None) -> None:
    # Pace alone isn't enough: a counter that weighs its last window sees pile after pile at its edge.
    run = Simulation(Machine[int](100, PERIOD, burst), STEADY, wan, seed=1, blackout_every=PERIOD).run(
        seconds=600.0
    )
    verdicts = {server: refused(server, run.arrivals, 100, PERIOD, phases=20) for server in SERVERS}
    assert verdicts == dict.fromkeys(SERVERS, 0)


def one_in_three_takes_twenty_seconds(chance: random.Random) -> float:
    return 20.0 if chance.random() < 1 / 3 else 0.0


def test_no_window_overflows_however_late_requests_are_counted_and_answered() -> None:
    machine = Machine[int](200, PERIOD, max_in_flight=200)
    run = Simulation(machine, STEADY, one_in_three_takes_twenty_seconds, seed=7).run(requests=3_000)
    for drift in DRIFTS:
        assert refused("fixed windows", run.arrivals, 200, PERIOD, phases=20, drift=drift) == 0
        assert refused("sliding log", run.arrivals, 200, PERIOD, drift=drift) == 0


def test_the_sandbox_s_limit_is_kept_as_well() -> None:
    run = Simulation(Machine[int](600, PERIOD), STEADY, wan, seed=3).run(requests=10_000)
    assert {server: refused(server, run.arrivals, 600, PERIOD) for server in SERVERS} == dict.fromkeys(
        SERVERS, 0
    )
    assert run.used(600, PERIOD) >= 0.984


@pytest.mark.parametrize(("burst", "seconds"), [(None, 5.6), (50.0, 3.3)], ids=["default", "larger burst"])
@pytest.mark.parametrize("latency", LATENCIES.values(), ids=LATENCIES)
def test_the_first_hundred_calls_after_idling_go_quickly(
    latency: Latency, burst: float | None, seconds: float
) -> None:
    run = Simulation(Machine[int](LIMIT, PERIOD, burst), STEADY, latency).run(requests=100)
    assert run.grants[99] <= seconds


@pytest.mark.parametrize("burst", BURSTS.values(), ids=BURSTS)
@pytest.mark.parametrize("latency", LATENCIES.values(), ids=LATENCIES)
def test_an_interactive_call_behind_2_000_bulk_calls_waits_half_a_second_at_most(
    latency: Latency, burst: float | None
) -> None:
    demand = Demand(workers=2_050, interactive_every=1.5)
    run = Simulation(Machine[int](LIMIT, PERIOD, burst), demand, latency, seed=4).run(requests=4_000)
    assert len(run.interactive_waits) > 120
    assert max(run.interactive_waits) <= 0.5


class Watched(Machine[int]):
    """Writes down the pauses."""

    def __init__(self, limit: int, period: float) -> None:
        super().__init__(limit, period, jitter=random.Random(5).random)
        self.pauses: list[tuple[float, int]] = []

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None, now: float) -> bool:
        began = super().release(lease, outcome, retry_after, now)
        if began:
            self.pauses.append((now, self.ledger.in_flight))
        return began


def left_of_window(now: float) -> float:
    return PERIOD - now % PERIOD


@pytest.mark.parametrize("retry_after", [None, left_of_window], ids=["backoff", "Retry-After"])
@pytest.mark.parametrize("share", [0.2, 0.6])
@pytest.mark.parametrize("server", SERVERS)
def test_a_stranger_on_the_key_makes_no_storm_and_is_forgotten_in_two_periods(
    server: str, share: float, retry_after: None
) -> None:
    gone = 420.0
    machine = Watched(LIMIT, PERIOD)
    run = Simulation(
        machine,
        STEADY,
        wan,
        seed=6,
        server=SERVERS[server](LIMIT, PERIOD),
        retry_after=retry_after,
        stranger=lambda now: share * LIMIT / PERIOD if now < gone else 0.0,
    ).run(seconds=gone + 240.0)
    assert machine.pauses
    # A refusal stops everybody: besides it only those already in flight can be refused.
    assert len(run.refusals) <= sum(1 + in_flight for _, in_flight in machine.pauses)
    assert len(run.refusals) <= (0.006 if share == 0.2 else 0.03) * len(run.arrivals)
    if retry_after is None:
        last_pause = max(machine.cooldown.until, gone)
        recovered = last_pause + 2 * PERIOD
        rate = sum(recovered <= arrival < recovered + PERIOD for arrival in run.arrivals)
        assert rate >= 0.97 * LIMIT


def test_a_server_that_always_refuses_gets_one_request_per_pause() -> None:
    machine = Watched(LIMIT, PERIOD)
    run = Simulation(machine, STEADY, lan, server=FixedWindow(1, 1e9), retry_after=None).run(seconds=3600.0)
    first = machine.max_in_flight
    assert len(run.arrivals) <= 1 + first + len(machine.pauses)
    assert len(machine.pauses) < 150  # backing off, up to half a period on average
