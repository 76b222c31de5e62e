"""How patiently something is waited for: one way to say it, under four names."""

from __future__ import annotations

import math
from itertools import islice

import pytest

from b2brouter_async import Pace, Reconciliation, RetryPolicy
from b2brouter_async._core.backoff import Backoff
from b2brouter_async._reconcile.states import DELIVERED, FAILED, FINAL, REFUSED, SENT_OR_FINAL
from b2brouter_async.bulk import Patience
from b2brouter_async.cli.upload.record import BAD_STATES


def test_pauses_grow_up_to_the_longest() -> None:
    assert list(islice(Backoff(first=1.0, longest=5.0).pauses(), 5)) == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_the_last_pause_is_cut_to_the_time_there_is() -> None:
    assert list(Backoff(first=1.0).pauses(within=10.0)) == [1.0, 2.0, 4.0, 3.0]
    assert list(Backoff(first=1.0).pauses(within=0.0)) == []
    assert list(Backoff(first=0.1, factor=1.0).pauses(within=0.3))[-1] > 0.01


def test_very_many_tries_wait_the_longest_and_no_longer() -> None:
    assert Backoff(first=1.0, longest=30.0).pause(10**6) == 30.0


def test_a_drawn_wait_lies_between_nothing_and_the_pause() -> None:
    assert Backoff(first=2.0).drawn(3, lambda low, high: (low + high) / 2) == 4.0


@pytest.mark.parametrize(
    "numbers", [{"first": 0.0}, {"first": 1.0, "factor": 0.5}, {"first": 1.0, "longest": 0.0}]
)
def test_pauses_that_shrink_or_are_none_are_refused(numbers: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Backoff(**numbers)


def test_policies_and_patiences_say_the_same_thing() -> None:
    assert RetryPolicy(base=0.5, cap=30.0).backoff == Backoff(first=0.5, factor=2.0, longest=30.0)
    assert Pace().backoff == Backoff(first=1.0, factor=1.6, longest=20.0)
    assert Reconciliation().looks == (0.0, 1.0, 3.0, 6.0)
    assert math.fsum(Patience().looks()) == Patience().visibility


def test_final_means_the_same_for_waiting_uploads_and_the_command_line() -> None:
    assert FINAL == DELIVERED | REFUSED | FAILED
    assert list(SENT_OR_FINAL - FINAL) == ["sent"]
    assert BAD_STATES == FINAL - DELIVERED
    assert not DELIVERED & FAILED


def test_a_state_that_nobody_knows_is_one_under_way() -> None:
    assert not {"new", "sending", "teleporting"} & SENT_OR_FINAL
