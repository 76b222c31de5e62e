"""What a process that shares a limit tells the store with each call, and what it keeps for the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from b2brouter_async.limiter.interface import BULK
from b2brouter_async.limiter.shared.worker import Answer, NoAnswer, Release, SlotRequest, Worker
from tests.limiter.test_shared_machine import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

FIXED = len(SETTINGS.arguments())
EPOCH, LATEST, HEAD = FIXED + 1, FIXED + 6, FIXED + 8
"""Where they stand among the arguments, and where leases given back begin."""
MICRO = 1_000_000


class Store:
    """A store that takes down what it is told, or doesn't answer."""

    def __init__(self) -> None:
        self.told: list[list[str | int]] = []
        self.gone = False
        self.attempts = 0
        self.now = 1000.0
        self.worker = Worker(lambda: self, ["key"], SETTINGS, now=lambda: self.now)
        self.heard: list[Answer | NoAnswer] = []

    def __call__(self, keys: Sequence[str], args: Sequence[str | int]) -> list[bytes | str | int]:
        self.attempts += 1
        if self.gone:
            raise ConnectionError
        self.told.append(list(args))
        shown = round(self.now * MICRO) + 5 * MICRO  # its clock is five seconds ahead
        return [b"epoch", 0, 0, 0, 5, 1, 0, 0, 600, shown, 0, "", 0]

    def give_back(self, token: str, age: float) -> None:
        self.worker._exchange([Release(token, "ok", self.now - age - 1.0, self.now - age, None)])

    def ask(self) -> None:
        self.worker._exchange([SlotRequest("me:1", 1, BULK, False, self.heard.append)])

    @property
    def given_back(self) -> list[list[str | int]]:
        """The leases of the last call."""
        leases = self.told[-1][HEAD:]
        return [leases[start : start + 5] for start in range(0, len(leases), 5)]


def test_a_lease_given_back_says_how_long_ago_its_reply_came_and_is_told_once() -> None:
    store = Store()
    store.give_back("a", age=0.25)
    assert store.given_back == [["a", "ok", 250_000, 1_250_000, -1]]
    store.ask()
    assert store.given_back == []


def test_what_could_not_be_delivered_goes_along_with_the_next_call_and_is_older_by_then() -> None:
    store = Store()
    store.give_back("a", age=0.0)
    store.gone = True
    store.worker._down = True
    store.give_back("b", age=0.0)
    assert store.attempts == 2  # a store that is known to be gone is waited for no more
    store.now += 3.0
    store.gone = False
    store.ask()
    assert store.given_back == [["b", "ok", 3_000_000, 4_000_000, -1]]


def test_what_is_older_than_anything_the_store_remembers_is_told_no_more() -> None:
    store = Store()
    store.gone = store.worker._down = True
    store.give_back("a", age=0.0)
    store.now += SETTINGS.cycle + SETTINGS.lease + SETTINGS.grace + 1.0
    store.gone = False
    store.ask()
    assert store.given_back == []


def test_a_process_tells_the_state_that_it_knows_and_how_its_clock_expects_the_store_s_for_as_long_as_both_count() -> (
    None
):
    store = Store()
    store.ask()
    assert (store.told[-1][EPOCH], store.told[-1][LATEST]) == ("", "")
    store.now += 10.0
    store.ask()
    expected = round((store.now + 5.0 + SETTINGS.patience + SETTINGS.horizon) * MICRO)
    assert (store.told[-1][EPOCH], store.told[-1][LATEST]) == ("epoch", expected)
    store.now += SETTINGS.cycle + SETTINGS.lease + SETTINGS.grace + 1.0
    store.ask()  # the store may have forgotten it, which would be no loss
    assert (store.told[-1][EPOCH], store.told[-1][LATEST]) == ("", "")
