"""What becomes of documents when something breaks: once on the server, whatever it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import httpx
import pytest

from b2brouter_async.bulk import Document, Patience
from b2brouter_async.simulator import Fault
from examples.sample_invoices import BUYERS

from .support import CREATE, IMPORT, LIST, ORIGINAL, SEND, Lagging, Time, bench, document, documents, invoice

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

NOT_DONE = ("reset_before", "429", "500", "502", "503", "504", "408", "redirect")
DONE = ("reset_after", "truncate", "duplicate", "wrong_type", "stall seconds=600", "slow seconds=700", "500 done",
        "502 done", "503 done", "504 done", "408 done", "redirect done")  # fmt: skip


@pytest.mark.parametrize("fault", [*NOT_DONE, *DONE])
@pytest.mark.parametrize("item", [document(), invoice()], ids=["file", "json"])
async def test_a_fault_neither_loses_nor_doubles_a_document(tmp_path: Path, fault: str, item: bytes) -> None:
    async with bench(tmp_path) as one:
        for operation in (IMPORT, CREATE):
            one.simulator.faults.add(f"{fault} operation='{operation}' times=2")
        (outcome,), summary = await one.run([item])
        assert outcome.kind in ("created", "adopted")
        assert list(one.accepted.values()) == [1]
        assert not summary.in_flight
        assert one.simulator.faults.struck


@pytest.mark.parametrize("fault", ["reset_after", "stall seconds=600", "500 done", "truncate"])
async def test_without_a_guard_on_numbers_the_looks_alone_keep_it_to_one(tmp_path: Path, fault: str) -> None:
    async with bench(tmp_path, unique_numbers=False) as one:
        one.simulator.faults.add(f"{fault} operation='{IMPORT}' probability=0.5")
        outcomes, _ = await one.run(documents(24))
        assert {outcome.kind for outcome in outcomes} == {"created", "adopted"}
        assert set(one.accepted.values()) == {1}
        assert len(one.accepted) == 24


async def test_what_was_sent_once_more_says_so(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"503 operation='{IMPORT}' times=1")
        (outcome,), summary = await one.run(document())
        assert (outcome.kind, outcome.attempts) == ("created", 2)
        assert summary.requests == 2
        assert summary.looks >= 3


async def test_a_second_try_comes_only_after_the_lists_had_time_to_show_the_first(tmp_path: Path) -> None:
    async with bench(
        tmp_path, unique_numbers=False, wrap=lambda inner, time: Lagging(inner, time, lag=14.0)
    ) as one:
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        (outcome,), _ = await one.run(document())
        assert outcome.kind == "adopted"
        assert one.accepted == {"F1-1": 1}


async def test_lists_that_lag_longer_are_caught_by_the_guard_on_numbers(tmp_path: Path) -> None:
    async with bench(tmp_path, wrap=lambda inner, time: Lagging(inner, time, lag=25.0)) as one:
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        (outcome,), _ = await one.run(document())
        assert outcome.kind == "adopted"
        assert one.accepted == {"F1-1": 1}


async def test_a_number_taken_by_nothing_to_be_seen_is_unknown_after_a_doubt(tmp_path: Path) -> None:
    async with bench(tmp_path, wrap=lambda inner, time: Lagging(inner, time, lag=10_000.0)) as one:
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        (outcome,), _ = await one.run(document())
        assert outcome.kind == "unknown"
        one.time.now += 10_000.0
        (outcome,), _ = await one.run(document())
        assert outcome.kind == "adopted"
        assert not outcome.repeated


async def test_a_number_taken_by_nothing_to_be_seen_is_a_duplicate_without_one(tmp_path: Path) -> None:
    async with bench(tmp_path, wrap=lambda inner, time: Lagging(inner, time, lag=10_000.0)) as one:
        await one.run(document())
        (outcome,), _ = await one.run(document(buyer=BUYERS[3]), journal="other.db")
        assert (outcome.kind, outcome.invoice_id) == ("duplicate", None)
        assert "no list shows" in (outcome.message or "")


async def test_a_look_that_fails_proves_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path, unique_numbers=False) as one:
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        one.simulator.faults.add(f"500 operation='{LIST}' times=40")
        (outcome,), _ = await one.run(document())
        assert outcome.kind == "adopted"
        assert one.accepted == {"F1-1": 1}


async def test_what_cant_be_looked_up_in_time_is_unknown_and_settled_by_the_next_run(tmp_path: Path) -> None:
    async with bench(tmp_path, unique_numbers=False) as one:
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        one.simulator.faults.add(f"503 operation='{LIST}'")
        (outcome,), summary = await one.run(document())
        assert outcome.kind == "unknown"
        assert "looking for it failed" in (outcome.message or "")
        assert summary.finished
        one.simulator.faults.clear()
        (outcome,), _ = await one.run(document())
        assert outcome.kind == "adopted"
        assert one.accepted == {"F1-1": 1}


async def test_a_server_that_cant_be_reached_leaves_nothing_in_doubt(tmp_path: Path) -> None:
    class Down(httpx.AsyncBaseTransport):
        def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
            self.inner, self.down = inner, True

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if self.down and request.method == "POST":
                raise httpx.ConnectError("refused", request=request)
            return await self.inner.handle_async_request(request)

    down: list[Down] = []

    def wrap(inner: httpx.AsyncBaseTransport, time: Time) -> httpx.AsyncBaseTransport:
        down.append(Down(inner))
        return down[0]

    async with bench(tmp_path, wrap=wrap) as one:
        (outcome,), _ = await one.run(document())
        assert outcome.kind == "unknown"
        down[0].down = False
        (outcome,), _summary = await one.run(document())
        assert outcome.kind == "created"
        assert one.accepted == {"F1-1": 1}


async def test_an_accepted_document_that_no_list_shows_is_not_sent_again(tmp_path: Path) -> None:
    class Garbled(httpx.AsyncBaseTransport):
        def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
            self.inner = inner

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await self.inner.handle_async_request(request)
            if request.method == "POST":
                return httpx.Response(201, json={"invoice": {"id": "not a number"}})
            return response

    def wrap(inner: httpx.AsyncBaseTransport, time: Time) -> httpx.AsyncBaseTransport:
        return Garbled(Lagging(inner, time, lag=10_000.0))

    async with bench(tmp_path, unique_numbers=False, wrap=wrap) as one:
        (outcome,), summary = await one.run(document())
        assert outcome.kind == "unknown"
        assert summary.requests == 1
        assert one.accepted == {"F1-1": 1}


async def test_the_content_decides_once_the_number_was_found(tmp_path: Path) -> None:
    """Somebody else takes the number while our own sending is in doubt."""
    async with bench(tmp_path) as one:
        one.simulator.faults.script(IMPORT, [None, Fault("reset_before")])
        await one.run(document("N-1", buyer=BUYERS[3]), journal="other.db")
        (outcome,), summary = await one.run(document("N-1"))
        assert outcome.kind == "duplicate"
        assert summary.requests == 1


async def test_a_number_that_only_begins_alike_proves_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.run(invoice("N-10"))
        one.simulator.faults.add(f"reset_before operation='{IMPORT}' times=1")
        (outcome,), _ = await one.run(document("N-1"))
        assert (outcome.kind, outcome.attempts) == ("created", 2)


async def test_a_file_that_the_server_doesnt_give_proves_nothing_but_what_differs(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.run(document("N-1"))
        one.simulator.faults.add(f"404 operation='{ORIGINAL}'")
        (same,), _ = await one.run(document("N-1"), journal="same.db")
        (other,), _ = await one.run(document("N-1", lines=()), journal="different.db")
        assert (same.kind, other.kind) == ("unknown", "duplicate")
        assert "doesn't show the document itself" in (same.message or "")
        assert "total is" in (other.message or "")
        one.simulator.faults.clear()
        (same,), _ = await one.run(document("N-1"), journal="same.db")
        assert same.kind == "adopted"


async def test_a_file_that_the_server_doesnt_give_is_ours_where_our_request_made_it(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"404 operation='{ORIGINAL}'")
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        (outcome,), _ = await one.run(document("N-1"))
        assert (outcome.kind, outcome.attempts) == ("adopted", 1)


async def test_numbers_that_begin_alike_are_told_apart_over_many_pages(tmp_path: Path) -> None:
    async with bench(tmp_path, unique_numbers=False, newest_first=True) as one:
        await one.fill(invoice("10000"), [f"1{n:04d}" for n in range(1, 510)])
        one.simulator.faults.add(f"reset_after operation='{IMPORT}' times=1")
        (outcome,), _ = await one.run(document("1"))
        assert outcome.kind == "adopted"
        assert one.accepted["1"] == 1


@pytest.mark.parametrize(
    "fault", ["reset_before", "reset_after", "503", "503 done", "429", "truncate", "stall seconds=600"]
)
async def test_a_draft_is_sent_once_whatever_breaks(tmp_path: Path, fault: str) -> None:
    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"{fault} operation='{SEND}' times=2")
        outcomes, _ = await one.run([Document(document(), total=None)], verify_totals=True)
        (outcome,) = outcomes
        assert outcome.kind == "created"
        assert outcome.state in ("sending", "sent")
        account = next(iter(one.simulator.world.store.all("account").values()))
        assert account.body["transactions_count"] == 1


async def test_a_draft_that_the_server_doesnt_find_is_not_made_once_more(tmp_path: Path) -> None:
    async with bench(tmp_path, unique_numbers=False) as one:
        one.simulator.faults.add("404 operation='GET /invoices/{}' times=1")
        options = {"verify_totals": True, "retry_refused": True}
        (outcome,), _ = await one.run(document(), **options)
        assert outcome.kind == "unknown"
        assert outcome.invoice_id
        assert "deleted?" in (outcome.message or "")
        (outcome,), _ = await one.run(document(), **options)
        assert outcome.kind == "created"
        assert one.accepted == {"F1-1": 1}


async def test_a_draft_that_the_server_wont_send_is_there_with_errors(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"422 operation='{SEND}'")
        (outcome,), _ = await one.run(document(), verify_totals=True)
        assert outcome.kind == "created_with_errors"
        assert outcome.invoice_id
        assert (outcome.message or "").startswith("Not sent")


async def test_documents_in_doubt_dont_hold_up_the_others(tmp_path: Path) -> None:
    others_done = anyio.Event()

    async def sleep(seconds: float) -> None:
        await others_done.wait()  # nothing in doubt moves before all others are through
        one.time.now += seconds

    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"500 operation='{IMPORT}' times=4")
        patience = Patience(sleep=sleep, clock=one.time)
        outcomes = []
        with anyio.fail_after(60):  # with their places kept it would hang
            async with one.upload(concurrency=4, patience=patience) as run:
                async for outcome in run(documents(40)):
                    outcomes.append(outcome)
                    if len(outcomes) == 36:
                        others_done.set()
        assert [outcome.attempts for outcome in outcomes] == [1] * 36 + [2] * 4


async def test_only_so_many_documents_wait_aside(tmp_path: Path) -> None:
    most = 0
    sleeping = 0
    all_room_taken = anyio.Event()

    async def sleep(seconds: float) -> None:
        nonlocal most, sleeping
        sleeping += 1
        most = max(most, run._slots.waiting)
        if sleeping == 6:  # three that have given their places to three others
            all_room_taken.set()
        await all_room_taken.wait()
        one.time.now += seconds

    async with bench(tmp_path) as one:
        one.simulator.faults.add(f"500 operation='{IMPORT}' times=20")
        patience = Patience(sleep=sleep, clock=one.time, deadline=1e9)
        with anyio.fail_after(60):  # with fewer than six at once it would hang
            async with one.upload(concurrency=3, patience=patience) as run:
                kinds = [outcome.kind async for outcome in run(documents(60))]
        assert kinds == ["created"] * 60
        assert most == 6


@pytest.mark.nightly
async def test_faults_of_all_kinds_lose_and_double_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path, unique_numbers=False, seed=7) as one:
        for fault in (*NOT_DONE, *DONE):
            one.simulator.faults.add(f"{fault} probability=0.01")
        outcomes, summary = await one.run(
            documents(400), patience=Patience(sleep=one.time.sleep, clock=one.time, deadline=1e6)
        )
        assert len(outcomes) == 400
        assert {outcome.kind for outcome in outcomes} <= {"created", "adopted"}
        assert len(one.accepted) == 400
        # Delivered twice by the network itself: no client can prevent it, and a real server's guard does.
        doubled = sum(kind == "duplicate" for kind, _ in one.simulator.faults.struck)
        assert sum(one.accepted.values()) - 400 <= doubled
        assert summary.finished
