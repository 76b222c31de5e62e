"""The limit shared through Redis, in virtual time: the figures, and what happens to lost memory."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING

import pytest
import redis

from tests.limiter.servers import SERVERS, refused
from tests.limiter.shared_simulation import SharedSimulation
from tests.limiter.simulation import heavy_tail, lan, wan

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from b2brouter_async.limiter import Outcome
    from tests.limiter.conftest import RedisServer
    from tests.limiter.simulation import Latency

pytestmark = pytest.mark.nightly

LIMIT, PERIOD = 1000, 60.0
DRIFTS = (-0.0005, 0.0005)
LATENCIES: dict[str, Latency] = {"lan": lan, "wan": wan, "heavy tail": heavy_tail}


@pytest.fixture
def store_url(redis_server: RedisServer) -> str:
    return redis_server.url


@pytest.fixture
def simulate(store_url: str) -> Iterator[Callable[..., SharedSimulation]]:
    worlds: list[SharedSimulation] = []

    def make(latency: Latency = wan, limit: int = LIMIT, **settings: object) -> SharedSimulation:
        key = secrets.token_hex(8)  # names the keys and decides nothing
        world = SharedSimulation(store_url, key, limit, PERIOD, latency, **settings)  # type: ignore[arg-type]
        worlds.append(world)
        return world

    yield make
    for world in worlds:
        world.close()


@pytest.fixture
def look(redis_server: RedisServer) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(redis_server.url)
    yield client
    client.close()


def verdicts(world: SharedSimulation, limit: int = LIMIT) -> dict[str, int]:
    return {
        server: max(
            refused(server, world.arrivals(), limit, PERIOD, phases=5, drift=drift) for drift in DRIFTS
        )
        for server in SERVERS
    }


@pytest.mark.nightly
@pytest.mark.parametrize("latency", LATENCIES.values(), ids=LATENCIES)
def test_four_processes_keep_every_promise_of_one(
    simulate: Callable[..., SharedSimulation], latency: Latency
) -> None:
    world = simulate(latency)
    for number in range(80):
        process = world.processes[number % 4]
        world.at(5.0 + 2.0 * number, partial(world.ask_urgently, process))
    world.run(180.0)
    arrivals = world.arrivals()
    assert verdicts(world) == dict.fromkeys(SERVERS, 0)
    assert sum(arrival >= PERIOD for arrival in arrivals) >= 0.984 * 2 * LIMIT
    shares = [len(process.arrivals) for process in world.processes]
    assert min(shares) >= 0.98 * max(shares)
    assert sum(process.messenger.script_calls for process in world.processes) <= 2.0 * len(arrivals)
    assert max(wait for process in world.processes for wait in process.interactive_waits) <= 0.5


@pytest.mark.parametrize(("limit", "calls"), [(600, 30), (1000, 50)])
@pytest.mark.parametrize("asked_by", [1, 4])
def test_a_page_s_calls_leave_together_after_idling(
    simulate: Callable[..., SharedSimulation], limit: int, calls: int, asked_by: int
) -> None:
    world = simulate(limit=limit, workers=0)
    for number in range(calls):
        world.at(1.0, partial(world.ask_urgently, world.processes[number % asked_by]))
    world.run(10.0)
    waits = [wait for process in world.processes for wait in process.interactive_waits]
    assert len(waits) == calls
    assert max(waits) <= 0.3
    assert sum(process.messenger.script_calls for process in world.processes) <= 4 * asked_by + 20


@pytest.mark.parametrize("processes", [4, 12])
@pytest.mark.parametrize("moment", [5.0, 58.5, 61.0, 90.0])
def test_a_page_s_calls_pass_the_bulk_work_of_every_process_however_many_there_are(
    simulate: Callable[..., SharedSimulation], moment: float, processes: int
) -> None:
    limit, calls = 600, 30
    world = simulate(limit=limit, processes=processes, workers=2000 // processes)
    for _ in range(calls):
        world.at(moment, partial(world.ask_urgently, world.processes[0]))
    world.run(moment + 20.0)
    waits = world.processes[0].interactive_waits
    assert len(waits) == calls
    assert max(waits) <= 3.5
    world.run(PERIOD)
    assert verdicts(world, limit) == dict.fromkeys(SERVERS, 0)


def test_pages_that_fan_out_beside_bulk_work_get_nothing_refused_and_cost_it_nothing(
    simulate: Callable[..., SharedSimulation],
) -> None:
    world = simulate(workers=30)
    for page in range(20):
        process = world.processes[page % 4]
        for _ in range(50):
            world.at(3.0 + 8.5 * page, partial(world.ask_urgently, process))
    world.run(180.0)
    assert verdicts(world) == dict.fromkeys(SERVERS, 0)
    assert sum(arrival >= PERIOD for arrival in world.arrivals()) >= 0.98 * 2 * LIMIT
    waits = [wait for process in world.processes for wait in process.interactive_waits]
    assert len(waits) == 1000
    bulk = [len(process.arrivals) - len(process.interactive_waits) for process in world.processes]
    assert min(bulk) >= 0.8 * max(bulk)  # and none was left out


@pytest.mark.parametrize("asked_by", [1, 4])
def test_bulk_work_of_all_processes_keeps_a_tenth_in_turns_while_interactive_calls_would_take_all(
    simulate: Callable[..., SharedSimulation], asked_by: int
) -> None:
    world = simulate(limit=600)
    for number in range(2000):
        world.at(1.0, partial(world.ask_urgently, world.processes[number % asked_by]))
    world.run(100.0)
    urgent = sum(len(process.interactive_waits) for process in world.processes)
    bulk = [len(process.arrivals) - len(process.interactive_waits) for process in world.processes]
    assert 0.09 <= sum(bulk) / (sum(bulk) + urgent) <= 0.12
    assert max(bulk) - min(bulk) <= 4


def test_more_processes_than_may_reserve_ahead_take_turns(
    simulate: Callable[..., SharedSimulation],
) -> None:
    world = simulate(processes=12, workers=20)
    world.run(120.0)
    arrivals = world.arrivals()
    assert sum(arrival >= PERIOD for arrival in arrivals) >= 0.984 * LIMIT
    shares = [len(process.arrivals) for process in world.processes]
    assert min(shares) >= 0.94 * max(shares)
    assert sum(process.messenger.script_calls for process in world.processes) <= 2.2 * len(arrivals)
    assert verdicts(world) == dict.fromkeys(SERVERS, 0)


def test_no_more_than_four_slots_lie_ahead_also_where_tokens_are_what_is_missing(
    simulate: Callable[..., SharedSimulation],
) -> None:
    world = simulate(processes=12, workers=20)
    some_ok: list[Outcome] = ["ok"] * 40
    world.processes[0].outcomes += [*some_ok, "rejected"]  # half of the limit is withheld for a while
    most = 0

    def count() -> None:
        nonlocal most
        most = max(most, world.ahead())
        world.at(world.now + 0.1, count)

    count()
    world.run(100.0)
    assert 1 <= most <= 4


@pytest.mark.parametrize("times_slower", [6, 12])
def test_where_replies_are_slow_the_store_is_asked_no_more_often(
    simulate: Callable[..., SharedSimulation], times_slower: int
) -> None:
    limit = 600
    world = simulate(lambda chance: times_slower * wan(chance), limit=limit)
    world.run(180.0)
    arrivals = world.arrivals()
    assert sum(process.messenger.script_calls for process in world.processes) <= 2.0 * len(arrivals)
    # A token is out for a period and the way there and back.
    way = 2 * times_slower * 0.09
    assert sum(arrival >= PERIOD for arrival in arrivals) >= 0.985 * 2 * limit * PERIOD / (PERIOD + way)
    shares = [len(process.arrivals) for process in world.processes]
    assert min(shares) >= 0.97 * max(shares)
    assert verdicts(world, limit) == dict.fromkeys(SERVERS, 0)


def test_bulk_work_that_gave_up_its_place_in_line_leaves_it_to_the_others(
    simulate: Callable[..., SharedSimulation],
) -> None:
    world = simulate(processes=12, workers=20)
    world.run(70.0)
    for process in world.processes[:10]:  # they die where they stand: with slots, or in line
        process.alive = False
    world.run(10.0)
    before = len(world.arrivals())
    world.run(20.0)
    assert len(world.arrivals()) - before >= 0.97 * LIMIT * 20.0 / PERIOD


def test_an_outage_in_step_with_the_server_s_windows_gets_nothing_refused(
    simulate: Callable[..., SharedSimulation],
) -> None:
    def late(chance: random.Random) -> float:
        at = world.now + wan(chance)
        into = at % PERIOD
        return at - world.now + (6.0 - into + chance.uniform(0.0, 0.02) if into < 6.0 < at else 0.0)

    world = simulate(late, limit=100, workers=10)
    world.run(600.0)
    counts = {
        server: refused(server, world.arrivals(), 100, PERIOD, phases=20, counts_refused=True)
        for server in SERVERS
    }
    assert counts == dict.fromkeys(SERVERS, 0)


@pytest.mark.parametrize("before", [0, 100])
def test_one_stray_429_takes_half_of_the_limit_for_a_period_at_most(
    simulate: Callable[..., SharedSimulation], before: int
) -> None:
    world = simulate(lan, limit=600, workers=0)
    process = world.processes[0]
    process.outcomes += ["ok"] * before
    process.outcomes.append("rejected")
    for number in range(before + 1):
        world.at(1.0 + 0.2 * number, partial(world.ask_urgently, process))
    refused_at = 1.0 + 0.2 * before
    world.run(refused_at + 4.0)
    world.ask_urgently(process)
    world.run(2.0)
    believed = process.machine.snapshot(world.now).believed
    assert 300 <= believed < 600
    later = process.interactive_waits[:]
    for _ in range(25):
        world.ask_urgently(process)
    world.run(PERIOD)
    assert max(process.interactive_waits[len(later) :]) <= 0.5
    world.ask_urgently(process)
    world.run(3.0)
    assert process.machine.snapshot(world.now).believed == 600


def test_what_a_killed_process_held_comes_back_after_its_lease(
    simulate: Callable[..., SharedSimulation],
) -> None:
    world = simulate(workers=12, lease=20.0)
    world.run(90.0)
    world.processes[0].alive = False
    world.run(20.0 + PERIOD)
    before = len(world.arrivals())
    world.run(PERIOD)
    assert len(world.arrivals()) - before >= 0.984 * LIMIT
    assert verdicts(world) == dict.fromkeys(SERVERS, 0)


def some_time_out_and_some_never_leave(chance: random.Random) -> Outcome:
    fates: tuple[Outcome, ...] = ("ok", "unknown", "unsent")
    return chance.choices(fates, (0.8, 0.1, 0.1))[0]


@pytest.mark.nightly
def test_requests_that_arrive_after_we_gave_up_on_them_are_still_within_the_limit(
    simulate: Callable[..., SharedSimulation],
) -> None:
    world = simulate(limit=200, fate=some_time_out_and_some_never_leave)
    world.run(600.0)
    counts = verdicts(world, 200)
    assert counts["fixed windows"] == counts["sliding log"] == 0
    assert len(world.arrivals()) >= 0.7 * 200 * 10


def everything_is_flushed(world: SharedSimulation, look: redis.Redis) -> None:
    look.delete(*world.keys)


def the_ledger_is_evicted(world: SharedSimulation, look: redis.Redis) -> None:
    look.delete(world.keys[0])


def another_server_takes_over_with_what_it_knew_half_a_minute_ago(
    world: SharedSimulation, look: redis.Redis
) -> None:
    old = [(key, look.dump(key)) for key in world.keys]

    def take_over() -> None:
        for key, value in old:
            assert value is not None
            look.restore(key, 600_000, value, replace=True)
        look.hset(world.keys[2], "server", "0123456789abcdef")

    world.at(world.now + 30.0, take_over)
    world.run(30.0)


def the_clock_is_set_back_an_hour(world: SharedSimulation, look: redis.Redis) -> None:
    world.server_clock -= 3600.0


def the_clock_is_set_forward_an_hour(world: SharedSimulation, look: redis.Redis) -> None:
    world.server_clock += 3600.0


LOSSES = [
    everything_is_flushed,
    the_ledger_is_evicted,
    another_server_takes_over_with_what_it_knew_half_a_minute_ago,
    the_clock_is_set_back_an_hour,
    the_clock_is_set_forward_an_hour,
]


@pytest.mark.parametrize("loss", LOSSES, ids=[loss.__name__ for loss in LOSSES])
def test_lost_memory_gives_nobody_a_second_window(
    simulate: Callable[..., SharedSimulation],
    look: redis.Redis,
    loss: Callable[[SharedSimulation, redis.Redis], None],
) -> None:
    limit = 300
    world = simulate(limit=limit, workers=15)
    world.run(85.0)
    loss(world, look)
    lost = world.now
    world.run(0.9 * PERIOD)
    assert not any(lost + 2.0 < arrival for arrival in world.arrivals())
    world.run(1.1 * PERIOD)
    before = len(world.arrivals())
    world.run(PERIOD)
    assert len(world.arrivals()) - before >= 0.98 * limit  # and all is as it was
    assert verdicts(world, limit) == dict.fromkeys(SERVERS, 0)


def test_a_redis_that_was_gone_and_remembers_lets_everybody_go_on(
    simulate: Callable[..., SharedSimulation],
) -> None:
    world = simulate(limit=300, workers=15)
    world.run(65.0)
    world.redis_gone = True
    world.run(20.0)
    world.redis_gone = False
    before = len(world.arrivals())
    world.run(20.0)
    assert len(world.arrivals()) - before >= 0.95 * 300 * 20.0 / PERIOD
    world.run(2 * PERIOD)
    assert verdicts(world, 300) == dict.fromkeys(SERVERS, 0)
