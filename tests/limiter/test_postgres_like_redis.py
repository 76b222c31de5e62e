"""The function in PostgreSQL answers what the script in Redis answers, whatever is asked of them and whenever."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, evolve, field
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from tests.limiter.shared_simulation import START, PostgresStore, RedisStore, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from b2brouter_async.limiter.shared.worker import Settings
    from tests.limiter.conftest import RedisServer

LIMIT, PERIOD, LEASE = 20, 6.0, 5.0
PACES = (1.0, 0.25)
"""Of a limiter as users have it, and one so fast that the ledger and the sliding window have the last word."""
MICRO = 1_000_000
NAMES = (
    "epoch", "verdict", "wait", "paused for", "free", "in flight", "rejections", "new pause", "believed", "shown",
    "reserved", "turns", "place",
)  # fmt: skip
WITHIN = {"wait", "paused for", "new pause", "place"}
"""Microseconds, which the two round in ways of their own."""

_budgets = itertools.count()


@define
class Step:
    """One call: how much later, what is given back, and what is asked for."""

    later: float
    process: int
    count: int
    interactive: bool
    beside_bulk: bool
    releases: list[tuple[int, str, float, float]]
    """Which of the slots that are out, the outcome, for how long it was out, and the server's Retry-After, below 0 if none."""
    forgets: bool
    """Whether the process knows nothing of earlier calls."""
    lost: bool = False
    """Whether the stores know nothing of them."""


outcomes = st.sampled_from(["ok", "ok", "ok", "unsent", "unknown", "rejected"])
steps = st.builds(
    Step,
    later=st.sampled_from([0.0] * 6 + [0.01, 0.1, 0.1, 0.3, 0.3, 1.0, 2.5, 5.5, 6.5, 13.0, -3600.0, 3600.0]),
    process=st.integers(0, 4),
    count=st.integers(0, 4),
    interactive=st.sampled_from([False, False, True]),
    beside_bulk=st.booleans(),
    releases=st.lists(
        st.tuples(st.integers(0, 30), outcomes, st.floats(0.0, 2.0), st.sampled_from([-1.0, 0.0, 1.5])),
        max_size=4,
    ),
    forgets=st.sampled_from([False] * 9 + [True]),
    lost=st.sampled_from([False] * 19 + [True]),
)


def asked(count: int, *, later: float = 0.0, process: int = 0, interactive: bool = True) -> Step:
    """A call that gives back all that can be out of the one before."""
    return Step(
        later=later, process=process, count=count, interactive=interactive, beside_bulk=False,
        releases=[(0, "ok", 0.0, -1.0)] * 4, forgets=False,
    )  # fmt: skip


SPENT = [asked(4, later=0.3) for _ in range(10)]
TWICE_IN_TWO_WINDOWS = [*SPENT, asked(0, later=6.5), *SPENT]
"""All is spent, and all again as soon as it is back: a sliding window has something to say."""
MANY_IN_LINE = [
    Step(0.0, number, 1, interactive=False, beside_bulk=False, releases=[], forgets=False)
    for number in (*range(10), *range(10))
]
"""Bulk work of ten processes at one moment: no more than four places may be taken ahead."""
NEVER_GIVEN_BACK = [
    Step(0.3, 0, 4, interactive=True, beside_bulk=False, releases=[], forgets=False) for _ in range(8)
]
"""More than may be in flight."""


@define
class Pair:
    """Both stores, and what processes have got of them."""

    stores: tuple[Store, Store]
    settings: Settings
    now: float = START
    epochs: dict[int, str] = field(factory=dict[int, str])
    seen: dict[int, float] = field(factory=dict[int, float])
    out: list[str] = field(factory=list[str])
    tokens: Iterator[int] = field(factory=itertools.count)

    def take(self, step: Step) -> None:
        """Make one call of both; they must agree."""
        self.now += step.later
        if step.lost:
            for store in self.stores:
                store.forget()
        known = "" if step.forgets else self.epochs.get(step.process, "")
        token = f"{step.process}:{next(self.tokens)}" if step.count else ""
        # How the process would expect the clock to stand at most, had nobody set it.
        latest = ""
        if known:
            passed = step.later if abs(step.later) < 100 else 0.0
            latest = str(round((self.seen[step.process] + max(0.0, passed) + 60.0) * MICRO))
        arguments: list[Any] = [
            *self.settings.arguments(), "0.5", known, "", token, step.count, int(step.interactive), latest,
            "1" if step.beside_bulk else "",
        ]  # fmt: skip
        for which, outcome, age, retry_after in step.releases:
            if self.out:
                given_back = self.out.pop(which % len(self.out))
                micros = round(age * MICRO)
                wait = -1 if retry_after < 0 else round(retry_after * MICRO)
                arguments += [given_back, outcome, micros // 2, micros, wait]
        first, second = (
            dict(zip(NAMES, map(_plain, store.call(arguments, round(self.now * MICRO))), strict=True))
            for store in self.stores
        )
        differ = {
            name: (first[name], second[name])
            for name in NAMES
            if (
                abs(int(first[name]) - int(second[name])) > 2
                if name in WITHIN
                else first[name] != second[name]
            )
        }
        assert not differ, (step, first)
        self.out += [f"{token}.{number}" for number in range(int(first["reserved"]))]
        self.epochs[step.process] = first["epoch"]
        self.seen[step.process] = self.now


def _plain(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@pytest.mark.nightly
def test_the_function_and_the_script_give_the_same_answers(redis_server: RedisServer, database: str) -> None:
    @settings(
        settings.default,
        max_examples=max(60, (settings.default or settings()).max_examples * 3 // 5),
        phases=[
            Phase.explicit,
            Phase.generate,
        ],  # what differs is told as it was found: the stories are short
    )
    @example(0.25, TWICE_IN_TWO_WINDOWS)
    @example(1.0, TWICE_IN_TWO_WINDOWS)
    @example(1.0, MANY_IN_LINE)
    @example(0.25, NEVER_GIVEN_BACK)
    @given(st.sampled_from(PACES), st.lists(steps, min_size=20, max_size=60))
    def agree(pace: float, story: list[Step]) -> None:
        key = f"key-{next(_budgets)}"
        stores = tuple(
            kind(url, key, LIMIT, PERIOD, LEASE, LEASE)
            for kind, url in ((RedisStore, redis_server.url), (PostgresStore, database))
        )
        try:
            usual = stores[0].settings
            pair = Pair(
                (stores[0], stores[1]),
                evolve(usual, max_in_flight=12, interval=pace * usual.interval, tolerances=(0.5, 1.0)),
            )
            for step in story:
                pair.take(step)
        finally:
            for store in stores:
                store.close()

    agree()
