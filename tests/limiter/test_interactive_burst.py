"""A page that fans out into many calls at once: they leave together, and no server refuses one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from b2brouter_async.limiter import TokenBucket
from b2brouter_async.limiter.machine import Machine
from tests.limiter.servers import SERVERS, refused
from tests.limiter.simulation import Demand, Latency, Simulation, heavy_tail, lan, wan
from tests.limiter.virtual import VirtualClock

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

PERIOD = 60.0
DRIFTS = (-0.0005, 0.0005)
SANDBOX, PRODUCTION = (600, 30), (1000, 50)  # the limit, and a twentieth of it
LATENCIES: dict[str, Latency] = {"lan": lan, "wan": wan, "heavy tail": heavy_tail}


def pages(calls: int) -> Demand:
    """Bulk work without end, and pages that fan out into so many calls."""

    def come(chance: random.Random) -> Iterator[tuple[float, int]]:
        at = 0.0
        while True:
            yield at, calls
            at += chance.expovariate(1 / 12.0)

    return Demand(workers=200, interactive_crowds=come)


@pytest.mark.parametrize("latency", LATENCIES.values(), ids=LATENCIES)
@pytest.mark.parametrize(("limit", "calls"), [SANDBOX, PRODUCTION])
def test_no_server_refuses_anything_while_pages_fan_out_beside_bulk_work(
    limit: int, calls: int, latency: Latency
) -> None:
    run = Simulation(Machine[int](limit, PERIOD), pages(calls), latency, seed=8).run(requests=10 * limit)
    verdicts = {
        (server, drift): refused(server, run.arrivals, limit, PERIOD, phases=6, drift=drift)
        for server in SERVERS
        for drift in DRIFTS
    }
    assert verdicts == dict.fromkeys(verdicts, 0)
    assert min(run.used(limit, PERIOD, drift=drift) for drift in DRIFTS) >= 0.984


@pytest.mark.anyio
@pytest.mark.parametrize(("limit", "calls"), [SANDBOX, PRODUCTION])
async def test_a_page_s_calls_leave_together_after_idling(limit: int, calls: int) -> None:
    clock = VirtualClock()
    bucket = TokenBucket(limit, clock=clock)
    left: list[float] = []

    async def call() -> None:
        lease = await bucket.acquire(priority=1)
        left.append(clock.now())
        await clock.sleep(0.2)
        bucket.release(lease, "ok")

    for _ in range(3):  # and again when all is earned back
        left.clear()
        start = clock.now()
        async with anyio.create_task_group() as tasks:
            for _ in range(calls):
                tasks.start_soon(call)
            await clock.run(1.0)
        assert max(left) - start <= 0.3
        clock.leap(calls * PERIOD / limit)


@pytest.mark.parametrize("moment", [1.0, 57.5, 58.5, 59.5, 100.0, 171.3])
@pytest.mark.parametrize(("limit", "calls"), [SANDBOX, PRODUCTION])
def test_a_page_s_calls_pass_2_000_waiting_bulk_calls(limit: int, calls: int, moment: float) -> None:
    demand = Demand(workers=2_000, interactive_crowds=lambda _: iter([(moment, calls), (1e9, 0)]))
    run = Simulation(Machine[int](limit, PERIOD), demand, wan, seed=9).run(seconds=moment + 10.0)
    assert len(run.interactive_waits) == calls
    assert max(run.interactive_waits) <= 3.5


def test_bulk_work_keeps_its_tenth_while_interactive_calls_would_take_all() -> None:
    demand = Demand(workers=50, interactive_crowds=lambda _: iter([(0.0, 2_000), (1e9, 0)]))
    run = Simulation(Machine[int](600, PERIOD), demand, wan, seed=10).run(seconds=90.0)
    urgent = len(run.interactive_waits)
    assert 0.09 <= 1.0 - urgent / len(run.grants) <= 0.11


@pytest.mark.anyio
async def test_bulk_work_by_itself_keeps_its_smaller_burst() -> None:
    clock = VirtualClock()
    bucket = TokenBucket(600, clock=clock)
    leases = [await bucket.acquire(max_wait=0) for _ in range(6)]
    assert bucket.snapshot().next != 0.0
    leases += [await bucket.acquire(priority=1, max_wait=0) for _ in range(24)]  # a call that is urgent may
    assert bucket.snapshot().in_flight == 30
    for lease in leases:
        bucket.release(lease, "ok")


@pytest.mark.anyio
async def test_a_burst_that_was_asked_for_is_for_both() -> None:
    bucket = TokenBucket(600, burst=12, clock=VirtualClock())
    for priority in (*(0, 1) * 5, 1):
        bucket.release(await bucket.acquire(priority, max_wait=0), "ok")
    assert bucket.snapshot().next != 0.0
