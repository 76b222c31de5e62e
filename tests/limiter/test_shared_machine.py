"""What a process that shares a limit makes of the store's answers, each promise in a few lines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import pytest

from b2brouter_async.limiter.interface import Callers
from b2brouter_async.limiter.shared.machine import SharedMachine
from b2brouter_async.limiter.shared.worker import Answer, NoAnswer, Release, Settings, SlotRequest, Worker

if TYPE_CHECKING:
    from b2brouter_async.limiter.interface import Lease

SETTINGS = Settings(
    limit=600, period=60.0, cycle=60.06, interval=0.1, tolerances=(0.5, 3.0), most_at_once=4, lease=120.0,
    grace=120.0, max_in_flight=30, freeze_cap=60.0, horizon=2.0, patience=2.0,
)  # fmt: skip


class Process:
    """One process in front of a store that answers what the test says."""

    def __init__(self) -> None:
        self.sent: list[Release | SlotRequest] = []
        worker = cast("Worker", self)
        self.machine: SharedMachine[str] = SharedMachine(SETTINGS, worker, self._deliver)
        self.callers = Callers()

    def submit(self, command: Release | SlotRequest) -> None:
        self.sent.append(command)

    def _deliver(self, answer: Answer | NoAnswer) -> None:
        raise AssertionError(answer)

    def wait(self, *names: str, priority: int = 0, now: float = 0.0) -> None:
        for name in names:
            self.machine.enter(name, priority, self.callers)
        self.machine.pump(now)

    @property
    def asked(self) -> list[str]:
        return [one.token for one in self.sent if isinstance(one, SlotRequest)]

    @property
    def given_back(self) -> list[str]:
        return [one.token for one in self.sent if isinstance(one, Release) and one.outcome == "unsent"]

    def answer(
        self, *slots: int, now: float = 0.0, wait: float = 0.0, token: str | None = None,
        for_bulk: int | None = None, place: float = 0.0, release_helps: bool = False,
    ) -> list[tuple[str, Lease]]:  # fmt: skip
        """Answer what was asked for last, and say who goes."""
        token = self.asked[-1] if token is None else token
        self.machine.answered(
            Answer(
                token=token, at=now, tokens=[f"{token}.{slot}" for slot in slots],
                for_bulk=[] if for_bulk is None else [f"{token}.{for_bulk}"], place=place,
                release_helps=release_helps, wait=wait, frozen_for=0.0, free=5, in_flight=1, rejections=0,
                new_pause=0.0, retry_after=None, believed=600,
            ),
            now,
        )  # fmt: skip
        return self.machine.pump(now)


def test_where_only_a_reply_can_help_its_release_asks_again_at_once() -> None:
    process = Process()
    process.wait("a", "b")
    ((_, lease),) = process.answer(0)
    process.answer(wait=5.0, release_helps=True)
    process.machine.pump(0.1)
    assert len(process.asked) == 2
    process.machine.release(lease, "ok", None, 0.2)
    process.machine.pump(0.2)
    assert len(process.asked) == 3


def test_where_a_reply_is_no_help_its_release_asks_for_nothing() -> None:
    process = Process()
    process.wait("a", "b")
    ((_, lease),) = process.answer(0)
    process.answer(wait=5.0)
    process.machine.release(lease, "ok", None, 0.2)
    process.machine.pump(0.2)
    assert len(process.asked) == 2
    assert process.machine.wake_at == 5.0


@pytest.mark.parametrize(("stood_still", "used"), [(2.0, True), (2.1, False)])
def test_a_slot_whose_time_passed_long_ago_is_given_back_as_the_pace_has_gone_on(
    stood_still: float, used: bool
) -> None:
    process = Process()
    process.wait("a")
    assert process.answer(0, wait=1.0) == []
    granted = process.machine.pump(1.0 + stood_still)
    assert [name for name, _ in granted] == (["a"] if used else [])
    assert process.given_back == ([] if used else [f"{process.asked[0]}.0"])


def test_slots_of_an_answer_that_nobody_waits_for_any_more_are_given_back() -> None:
    process = Process()
    process.wait("a")
    before = process.asked[-1]
    process.machine.forked()
    process.machine.pump(0.0)
    assert process.answer(0, 1, token=before) == []
    assert process.given_back == [f"{before}.0", f"{before}.1"]


def test_what_may_have_been_reserved_without_an_answer_is_given_back() -> None:
    process = Process()
    process.wait("a")
    (token,) = process.asked
    process.machine.failed(token, 0.0)
    assert process.given_back == [f"{token}.{number}" for number in range(SETTINGS.most_at_once)]
    process.machine.pump(0.0)
    assert len(process.asked) == 2


def test_bulk_work_asks_for_its_next_slot_when_its_place_in_line_has_come() -> None:
    process = Process()
    process.wait("a", "b")
    process.answer(0, wait=0.5, place=1.5)
    assert len(process.machine.pump(0.5)) == 1
    assert len(process.asked) == 1
    assert process.machine.wake_at == 1.5
    process.machine.pump(1.5)
    assert len(process.asked) == 2


def test_of_the_slots_that_interactive_calls_asked_for_the_store_says_which_is_bulk_work_s() -> None:
    process = Process()
    process.wait("bulk", now=0.0)
    process.wait("page 1", "page 2", "page 3", priority=1)
    process.answer(0)  # was asked for bulk work, and goes to whoever is first
    granted = process.answer(0, 1, for_bulk=0)
    assert [name for name, _ in granted] == ["bulk", "page 2"]
    assert process.machine._for_bulk == set()  # nothing is kept of slots that are gone


@pytest.mark.parametrize(("told", "passed_on"), [(-1.0, 0.0), (7.0, 7.0), (1e300, 60.0), (math.inf, 60.0)])
def test_a_retry_after_is_bounded_before_it_reaches_the_store(told: float, passed_on: float) -> None:
    process = Process()
    process.wait("a")
    ((_, lease),) = process.answer(0)
    process.machine.release(lease, "rejected", told, 0.2)
    release = process.sent[-1]
    assert isinstance(release, Release)
    assert release.retry_after == passed_on
