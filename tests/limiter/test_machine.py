"""Single promises of the state machine, each in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from b2brouter_async.limiter.interface import Callers
from b2brouter_async.limiter.machine import Machine
from b2brouter_async.limiter.queue import WaitQueue
from b2brouter_async.limiter.window import SlidingWindow
from tests.limiter.servers import SlidingCounter

if TYPE_CHECKING:
    from b2brouter_async.limiter import Lease

PERIOD = 60.0


@pytest.mark.parametrize("limit", [2, 10, 600, 1000])
def test_a_burst_of_bulk_work_and_a_period_at_the_rate_stay_within_the_limit(limit: int) -> None:
    machine = Machine[int](limit, PERIOD)
    # At the server a period may last 500 ppm longer than here.
    assert machine.bulk_burst + PERIOD * 1.0005 / machine.pacer.interval <= limit


def test_a_token_stays_out_longer_than_a_period_of_a_slow_server_clock() -> None:
    assert Machine[int](100, PERIOD).cycle > PERIOD * 1.0005


def test_no_credit_is_earned_while_only_replies_are_missing() -> None:
    machine = Machine[int](1000, PERIOD, max_in_flight=5)
    callers = Callers()
    for name in range(30):
        machine.enter(name, 0, callers)
    leases = [lease for _, lease in machine.pump(0.0)]
    assert len(leases) == 5  # of the burst of ten
    for lease in leases:
        machine.release(lease, "ok", None, 30.0)
    at_once = len(machine.pump(30.0))
    machine.max_in_flight = 50
    at_once += len(machine.pump(30.0))
    assert at_once == 5  # what was left of the burst, not a new one


def test_the_guard_never_admits_what_a_sliding_counter_refuses() -> None:
    limit = 40
    window = SlidingWindow(limit, PERIOD)
    judges = [SlidingCounter(limit, PERIOD, phase=phase / 16) for phase in range(16)]
    now, admitted = 0.0, 0
    for step in range(6000):
        now += 0.05 if step % 700 < 350 else 1.3
        if window.allows(now, 0):
            window.count_reply(now)
            admitted += 1
            assert all([judge.accepts(now) for judge in judges])  # noqa: C419 - all of them must count it
    assert admitted > 0.7 * limit * now / PERIOD


def test_what_is_in_flight_counts_for_the_guard_as_if_it_were_now() -> None:
    window = SlidingWindow(10, PERIOD)
    assert window.allows(1000.0, 9)
    assert not window.allows(1000.0, 10)


def test_a_call_that_nobody_is_before_asks_the_sliding_window_too() -> None:
    machine, callers = Machine[int](100, PERIOD), Callers()
    for _ in range(100):
        machine.window.count_lost(1030.0)  # each may be counted any time before
    assert machine.try_grant(1000.0, 1, callers) is None
    machine.enter(1, 1, callers)
    assert machine.pump(1000.0) == []


def test_a_request_of_unknown_fate_counts_in_the_sliding_window_as_long_as_it_may_arrive() -> None:
    machine, callers = Machine[int](2, PERIOD, grace=30.0), Callers()
    lease = machine.try_grant(1000.0, 1, callers)
    assert lease is not None
    machine.release(lease, "unknown", None, 1001.0)
    assert not machine.window.allows(1030.0, 1)


def test_tokens_withheld_after_a_429_are_looked_at_again_also_where_no_other_is_due() -> None:
    machine, callers = Machine[int](20, PERIOD, max_in_flight=20, jitter=lambda: 0.5), Callers()
    now = 1000.0
    leases: list[Lease] = []
    while len(leases) < 11:
        machine.enter(len(leases), 1, callers)
        while not (granted := machine.pump(now)):
            now = machine.wake_at
        leases.append(granted[0][1])
    machine.release(leases.pop(), "rejected", 0.0, now)
    machine.enter(99, 1, callers)
    now += 4.0
    assert machine.pump(now) == []  # as many as are believed to be ours are in flight
    assert machine.wake_at <= now + PERIOD / 50


def test_after_a_429_bulk_work_spreads_what_is_believed_to_be_left_until_more_comes_back() -> None:
    machine, callers = Machine[int](100, PERIOD), Callers()
    now, sent = 1000.0, 0

    def send(priority: int, refused: bool = False) -> None:
        nonlocal now, sent
        machine.enter(sent, priority, callers)
        while not (granted := machine.pump(now)):
            now = machine.wake_at
        machine.release(granted[0][1], "rejected" if refused else "ok", 0.0 if refused else None, now)
        sent += 1

    for number in range(42):
        send(1, refused=number == 40)  # the last is let go first, to see whether it works again
    left = machine.snapshot(now).free
    assert left == 8
    before, began = sent, now
    while now < began + 20.0:
        send(0)
    # As much again comes back meanwhile, since less and less is disbelieved.
    assert left <= sent - before <= 2 * left
    assert machine.snapshot(now).free >= left


def test_interactive_calls_that_nobody_was_behind_are_no_turns_that_bulk_work_has_missed() -> None:
    queue, callers = WaitQueue[str](), Callers()
    for _ in range(20):
        queue.enter("alone", 1, callers)
        queue.next()
    queue.enter("bulk", 0, callers)
    for number in range(10):
        queue.enter(f"page {number}", 1, callers)
    assert [queue.next()[0] for _ in range(11)] == [
        *(f"page {number}" for number in range(9)),
        "bulk",
        "page 9",
    ]


def test_a_request_of_unknown_fate_counts_from_the_end_of_its_grace_as_one_that_was_answered_then() -> None:
    window = SlidingWindow(2, PERIOD)
    window.count_lost(1030.0)
    assert not window.allows(1031.0, 1)
    assert not window.allows(1031.0 + 0.9 * PERIOD, 1)
    assert window.allows(1031.0 + 2.1 * PERIOD, 1)


@pytest.mark.parametrize("now", [0.25025, 0.5005, 1.001])
def test_the_sliding_window_changes_after_now_also_where_a_bin_s_edge_is_rounded_to_now(now: float) -> None:
    window = SlidingWindow(1, 60.06)
    assert not window.allows(now, 1)
    assert window.next_change(now) > now


def test_a_window_that_began_late_in_its_bin_is_taken_for_no_older_than_it_may_be() -> None:
    width = PERIOD / 720
    window = SlidingWindow(2000, PERIOD)
    for reply in (12_000.5, 12_719.99):  # in bins: a window may begin with the second thousand
        for _ in range(1000):
            window.count_reply(reply * width)
    for bins in range(12_725, 13_400, 20):
        now = (bins + 0.01) * width
        window.allows(now, 2000)  # so many that it looks anew
        assert window.bound >= 1000 + 1000 * (1 - (bins + 0.01 - 12_719.99) / 720)


def test_a_probe_whose_event_loop_has_ended_is_followed_by_another() -> None:
    machine, ended, other = Machine[int](100, PERIOD), Callers(), Callers()
    refused = machine.try_grant(1000.0, 1, ended)
    assert refused is not None
    machine.release(refused, "rejected", 0.0, 1000.0)
    assert machine.try_grant(1001.0, 1, ended) is not None  # goes first, to see whether it works again
    assert machine.try_grant(1001.0, 1, other) is None
    machine.write_off(ended, 1001.0)
    assert machine.try_grant(1001.0, 1, other) is not None
