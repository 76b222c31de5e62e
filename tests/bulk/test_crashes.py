"""Any interleaving of faults and crashes: each document at most once, and once if the run ends."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from b2brouter_async.bulk import Document, Outcome, Patience, SQLiteJournal
from b2brouter_async.simulator import Fault, Simulator

from . import torture
from .support import Lagging, Time, bench, document, invoice

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITES = (
    None, "reset_before", "reset_after", "truncate", "wrong_type", "stall seconds=600", "429", "408", "408 done",
    "500", "500 done", "503", "503 done", "redirect done", "401", "422",
)  # fmt: skip
READS = (None, "reset_before", "500", "429", "truncate", "404", "wrong_type")


class Crash(BaseException):
    """The process is gone: nothing it would have done happens any more."""


class Doom:
    """Counts what a process does that others can see, and ends it at one of these steps."""

    def __init__(self, steps: int | None) -> None:
        self.left = steps

    @property
    def dead(self) -> bool:
        return self.left is not None and self.left <= 0

    def step(self) -> None:
        if self.dead:
            raise Crash
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                raise Crash


class Doomed(httpx.AsyncBaseTransport):
    """The wire of a process that may die before or after the server has done its work."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.doom = Doom(None)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.doom.step()
        response = await self.inner.handle_async_request(request)
        self.doom.step()
        return response


@contextlib.contextmanager
def commits_end_with(doom: Doom) -> Iterator[None]:
    """Have the process die before a commit, which then never was, or right after it."""
    commit = SQLiteJournal._commit

    def doomed(self: SQLiteJournal, batch: Any) -> None:
        doom.step()
        commit(self, batch)
        doom.step()

    SQLiteJournal._commit = doomed  # type: ignore[method-assign]
    try:
        yield
    finally:
        SQLiteJournal._commit = commit  # type: ignore[method-assign]


NUMBERS = ("N-1", "N-10", "N-100", "N-2")
"""Of files. Some begin with others, which is all that the server's filter looks at."""
SLOTS_OF_J: tuple[dict[str, object], ...] = (
    {},
    {"series_code": "B"},
    {"date": "2025-03-02"},
    {"number": "J-10"},
)
"""Invoices of one number in different series and years, and one whose number begins alike."""


class Uploads(RuleBasedStateMachine):
    """Runs on one journal, that break in all ways and end at any point, and a server without a guard on numbers.

    Each run brings all of the documents or some, some of them twice, with settings of its own.
    """

    backend = "asyncio"

    @initialize(lag=st.sampled_from([0.0, 5.0, 14.0]), files=st.integers(1, 4), jsons=st.integers(0, 4))
    def begin(self, lag: float, files: int, jsons: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.time = Time()
        self.simulator = Simulator(limit=None, unique_numbers=False, clock=self.time)
        self.lag = lag
        self.items = [Document(document(number), name=f"{number}.xml") for number in NUMBERS[:files]]
        for n, fields in enumerate(SLOTS_OF_J[:jsons]):
            content = invoice(**{"number": "J-1", **fields})  # type: ignore[arg-type]
            self.items.append(Document(content, name=f"{n}.json", total=torture.TOTAL))

    @rule(
        writes=st.lists(st.sampled_from(WRITES), max_size=6),
        sends=st.lists(st.sampled_from(WRITES), max_size=4),
        reads=st.lists(st.sampled_from(READS), max_size=6),
        steps=st.none() | st.integers(1, 60),
        concurrency=st.integers(1, 4),
        order=st.lists(st.integers(0, 7), min_size=0, max_size=12),
        options=st.fixed_dictionaries(
            {"verify_totals": st.booleans(), "wait": st.booleans(), "retry_refused": st.booleans()}
        ),
    )
    def run(
        self,
        writes: list[str | None],
        sends: list[str | None],
        reads: list[str | None],
        steps: int | None,
        concurrency: int,
        order: list[int],
        options: dict[str, Any],
    ) -> None:
        self.simulator.faults.clear()
        # A draft that the server won't send, for certain, is an outcome like any other: no 422 there.
        scripts = {
            "POST /accounts*": writes,
            "POST /invoices*": [None if kind == "422" else kind for kind in sends],
            "GET*": reads,
        }
        for operation, kinds in scripts.items():
            steps_of = [None if kind is None else Fault.parse(kind) for kind in kinds]
            self.simulator.faults.script(operation, steps_of)
        items = [self.items[n % len(self.items)] for n in order] or self.items
        with contextlib.suppress(Crash, BaseExceptionGroup):
            self.upload(items, Doom(steps), concurrency, options)

    @rule(seconds=st.floats(0, 100))
    def wait(self, seconds: float) -> None:
        self.time.now += seconds

    @invariant()
    def no_document_is_there_twice(self) -> None:
        if hasattr(self, "simulator"):
            there = self.there()
            assert len(there) == len(set(there))

    def teardown(self) -> None:
        if not hasattr(self, "simulator"):
            return
        try:
            self.simulator.faults.clear()
            self.time.now += 60
            outcomes = self.upload(self.items, Doom(None), 4, {"retry_refused": True})
            assert {outcome.source for outcome in outcomes} >= {item.name for item in self.items}
            assert {outcome.kind for outcome in outcomes} <= {"created", "adopted"}
            assert {entry.times for entry in self.simulator.ledger()} == {1}
            assert len(self.there()) == len(self.items)
            for account in self.simulator.world.store.all("account").values():
                if str(account.id) == self.simulator.account:
                    # Every one was sent, and none of them twice.
                    assert account.body["transactions_count"] == len(self.items)
        finally:
            shutil.rmtree(self.folder)

    def there(self) -> list[tuple[str, str | None, str]]:
        """Return number, series and year of every invoice on the server."""
        bodies = [invoice.body for invoice in self.simulator.world.store.all("invoice").values()]
        return [(body["number"], body["series_code"], body["date"][:4]) for body in bodies]

    def upload(
        self, items: list[Document], doom: Doom, concurrency: int, options: dict[str, Any]
    ) -> list[Outcome]:
        return anyio.run(self._upload, items, doom, concurrency, options, backend=self.backend)

    async def _upload(
        self, items: list[Document], doom: Doom, concurrency: int, options: dict[str, Any]
    ) -> list[Outcome]:
        def wrap(inner: httpx.AsyncBaseTransport, time: Time) -> httpx.AsyncBaseTransport:
            doomed = Doomed(Lagging(inner, self.time, self.lag))
            doomed.doom = doom
            return doomed

        patience = Patience(sleep=self.time.sleep, clock=self.time, deadline=3600)
        outcomes: list[Outcome] = []
        async with bench(self.folder, simulator=self.simulator, wrap=wrap) as one:
            one.client.caller.pipeline.sleep = self.time.sleep
            with commits_end_with(doom):
                try:
                    upload = one.upload(concurrency=concurrency, patience=patience, **options)
                    async with upload as run:
                        async for outcome in run(items):
                            outcomes.append(outcome)
                except Exception:
                    # 401 ends a run by design, and so does an account that can't be read at the start.
                    if doom.left is None and not self.simulator.faults.struck:
                        raise
        return outcomes


class UploadsOnTrio(Uploads):
    """The same on the other event loop."""

    backend = "trio"


_HOW = settings(
    max_examples=40, stateful_step_count=8, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestUploads = Uploads.TestCase
TestUploads.settings = _HOW
TestUploadsOnTrio = UploadsOnTrio.TestCase
TestUploadsOnTrio.settings = settings(_HOW, max_examples=15)


@pytest.mark.nightly
@pytest.mark.parametrize("kills", [0, 4])
def test_a_process_killed_at_any_moment_loses_and_doubles_nothing(tmp_path: Path, kills: int) -> None:
    result = torture.run(tmp_path, documents=200, kills=kills, faults=0.05, seed=kills)
    assert result.kills == kills
    assert result.outcomes == 200
    assert (result.lost, result.doubled) == (0, 0)
