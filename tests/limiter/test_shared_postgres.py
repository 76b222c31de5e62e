"""The limit shared through PostgreSQL keeps the promises of the one in Redis, judged by the same tests in virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.limiter.servers import SERVERS
from tests.limiter.shared_simulation import SharedSimulation
from tests.limiter.simulation import wan
from tests.limiter.test_shared import (
    PERIOD,
    simulate,
    test_a_page_s_calls_leave_together_after_idling,
    test_one_stray_429_takes_half_of_the_limit_for_a_period_at_most,
    verdicts,
)
from tests.limiter.test_shared import (
    the_clock_is_set_back_an_hour as set_back,
)
from tests.limiter.test_shared import (
    the_clock_is_set_forward_an_hour as set_forward,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.postgres import PostgresServer

__all__ = [
    "simulate",
    "test_a_page_s_calls_leave_together_after_idling",
    "test_one_stray_429_takes_half_of_the_limit_for_a_period_at_most",
]


@pytest.fixture
def store_url(database: str) -> str:
    return database


def run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_four_processes_are_refused_nothing_use_the_limit_and_share_it_fairly(
    simulate: Callable[..., SharedSimulation],
) -> None:
    limit = 300
    world = simulate(limit=limit, workers=15)
    world.run(2 * PERIOD)
    arrivals = world.arrivals()
    assert verdicts(world, limit) == dict.fromkeys(SERVERS, 0)
    assert sum(arrival >= PERIOD for arrival in arrivals) >= 0.984 * limit
    shares = [len(process.arrivals) for process in world.processes]
    assert min(shares) >= 0.96 * max(shares)
    assert sum(process.messenger.script_calls for process in world.processes) <= 2.2 * len(arrivals)


def test_where_replies_are_slow_the_database_is_asked_no_more_often(
    simulate: Callable[..., SharedSimulation],
) -> None:
    world = simulate(lambda chance: 6 * wan(chance), limit=300, workers=15)
    world.run(100.0)
    calls = sum(process.messenger.script_calls for process in world.processes)
    assert calls <= 2.2 * len(world.arrivals())


def a_crash_empties_the_tables(world: SharedSimulation, url: str) -> None:
    run(url, "TRUNCATE b2brouter.limits, b2brouter.limit_slots")


def a_copy_of_half_a_minute_ago_is_brought_back_on_another_server(world: SharedSimulation, url: str) -> None:
    run(
        url,
        "CREATE TABLE old AS SELECT * FROM b2brouter.limits; CREATE TABLE old_slots AS SELECT * FROM b2brouter.limit_slots",
    )

    def bring_back() -> None:
        run(url, "TRUNCATE b2brouter.limits, b2brouter.limit_slots")
        run(url, "INSERT INTO b2brouter.limits SELECT * FROM old")
        run(url, "INSERT INTO b2brouter.limit_slots SELECT * FROM old_slots")
        run(url, "UPDATE b2brouter.limits SET server = '12345'")

    world.at(world.now + 30.0, bring_back)
    world.run(30.0)


def the_clock_is_set_back_an_hour(world: SharedSimulation, url: str) -> None:
    set_back(world, None)  # type: ignore[arg-type]


def the_clock_is_set_forward_an_hour(world: SharedSimulation, url: str) -> None:
    set_forward(world, None)  # type: ignore[arg-type]


LOSSES = [
    a_crash_empties_the_tables,
    a_copy_of_half_a_minute_ago_is_brought_back_on_another_server,
    the_clock_is_set_back_an_hour,
    the_clock_is_set_forward_an_hour,
]


@pytest.mark.parametrize("loss", LOSSES, ids=[loss.__name__ for loss in LOSSES])
def test_lost_memory_gives_nobody_a_second_window(
    simulate: Callable[..., SharedSimulation], database: str, loss: Callable[[SharedSimulation, str], None]
) -> None:
    limit = 120
    world = simulate(limit=limit, workers=8)
    world.run(85.0)
    loss(world, database)
    lost = world.now
    world.run(0.9 * PERIOD)
    assert not any(lost + 2.0 < arrival for arrival in world.arrivals())
    world.run(1.1 * PERIOD)
    if loss is a_copy_of_half_a_minute_ago_is_brought_back_on_another_server:
        # What it had in flight, and never heard of again, is out for its lease and a period.
        world.run(PERIOD)
    before = len(world.arrivals())
    world.run(PERIOD)
    assert len(world.arrivals()) - before >= 0.98 * limit  # and all is as it was
    assert verdicts(world, limit) == dict.fromkeys(SERVERS, 0)


def test_budgets_that_nobody_used_for_a_day_are_swept_up_when_a_new_one_begins(
    simulate: Callable[..., SharedSimulation], database: str
) -> None:
    simulate(workers=2).run(5.0)
    later = simulate(workers=2)
    later.server_clock += 2 * 86400.0
    later.run(5.0)
    with psycopg.connect(database) as connection:
        (names,) = connection.execute("SELECT array_agg(name) FROM b2brouter.limits").fetchone() or ((),)
        (slots,) = connection.execute(
            "SELECT array_agg(DISTINCT name) FROM b2brouter.limit_slots"
        ).fetchone() or ((),)
    assert names == slots == later.keys


def test_after_a_real_crash_of_the_server_the_budget_begins_empty_and_a_clean_restart_forgets_nothing(
    mortal_postgres: PostgresServer,
) -> None:
    from b2brouter_async._postgres.schema import migrate

    url = mortal_postgres.url(mortal_postgres.create())
    migrate(url)
    world = SharedSimulation(url, "key", 300, PERIOD, lambda _: 0.01, workers=5)
    world.run(3.0)
    world.close()
    mortal_postgres.restart()
    with psycopg.connect(url) as connection:
        ((kept,),) = connection.execute("SELECT count(*) FROM b2brouter.limits").fetchall()
    mortal_postgres.restart(crash=True)
    with psycopg.connect(url) as connection:
        ((left,),) = connection.execute("SELECT count(*) FROM b2brouter.limits").fetchall()
    assert (kept, left) == (1, 0)
