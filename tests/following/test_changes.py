"""The stream of changes: each is told once, in order, whatever comes in between."""

from __future__ import annotations

import datetime
import random
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from attrs import frozen

from b2brouter_async import AuthenticationError, Change, MemoryCursor
from b2brouter_async.webhooks import IssuedInvoiceStateChange, parse

from .conftest import ACCOUNT, BEGIN

if TYPE_CHECKING:
    from b2brouter_async import B2Brouter, Changes

    from .conftest import Server

pytestmark = pytest.mark.anyio


async def collect(changes: Changes, until: float, into: list[Change]) -> None:
    """Take what is told until a moment of the virtual clock."""
    with (
        anyio.move_on_at(until)
        if hasattr(anyio, "move_on_at")
        else anyio.move_on_after(until - anyio.current_time())
    ):
        async for change in changes:
            into.append(change)


def event(number: int, state: str, at: float, *, account: int | None = None) -> IssuedInvoiceStateChange:
    body = (
        f'{{"code":"issued_invoice.state_change","triggered_at":{int((BEGIN + datetime.timedelta(seconds=at)).timestamp())},'
        f'"data":{{"invoice_id":{number},"state":"{state}","account_id":{account or "null"}}}}}'
    )
    found = parse(body.encode())
    assert isinstance(found, IssuedInvoiceStateChange)
    return found


def told(changes: list[Change]) -> list[tuple[int, str | None, str]]:
    return [(change.id, change.previous, change.state) for change in changes]


async def test_what_differs_is_told_once_with_what_was_told_before(client: B2Brouter, server: Server) -> None:
    server.put(1, "sending")
    server.put(2, "sent")
    seen: list[Change] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(collect, client.invoices.changes(), 1000, seen)
        await anyio.sleep(100)
        server.put(1, "registered")
        await anyio.sleep(100)
        server.put(2, "refused")
    assert told(seen) == [
        (1, None, "sending"),
        (2, None, "sent"),
        (1, "sending", "registered"),
        (2, "sent", "refused"),
    ]
    assert len({change.key for change in seen}) == 4
    assert {change.source for change in seen} == {"sweep"}
    assert seen[2].invoice.number == "F-1"


async def test_refused_and_sent_and_refused_again_is_three_changes(client: B2Brouter, server: Server) -> None:
    seen: list[Change] = []
    server.put(1, "refused")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(collect, client.invoices.changes(), 1000, seen)
        for state in ("sent", "refused"):
            await anyio.sleep(100)
            server.put(1, state)
    assert told(seen) == [(1, None, "refused"), (1, "refused", "sent"), (1, "sent", "refused")]
    assert len({change.key for change in seen}) == 3


async def test_the_same_state_reached_again_between_two_looks_is_told(
    client: B2Brouter, server: Server
) -> None:
    seen: list[Change] = []
    server.put(1, "refused")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(collect, client.invoices.changes(), 1000, seen)
        await anyio.sleep(100)
        server.put(1, "sent")
        server.put(1, "refused")
    assert told(seen) == [(1, None, "refused"), (1, "refused", "refused")]


async def test_a_server_that_is_away_is_no_end_and_the_mark_stays(client: B2Brouter, server: Server) -> None:
    cursor = MemoryCursor()
    server.put(1, "sent")
    server.fails = 3
    seen: list[Change] = []
    await collect(client.invoices.changes(cursor=cursor), 20, seen)
    assert cursor.mark(f"sandbox@server.test:{ACCOUNT}:IssuedInvoice") is None
    await collect(client.invoices.changes(cursor=cursor), 1000, seen)
    assert [change.id for change in seen] == [1]
    assert cursor.mark(f"sandbox@server.test:{ACCOUNT}:IssuedInvoice") == BEGIN.date() - datetime.timedelta(
        days=1
    )


async def test_a_refusal_is_an_end(client: B2Brouter, server: Server, monkeypatch: Any) -> None:
    import httpx

    monkeypatch.setattr(type(server), "_answer", lambda self, request: httpx.Response(401))
    with pytest.raises(AuthenticationError):
        await anext(client.invoices.changes())


async def test_the_pause_grows_with_the_pages(client: B2Brouter, server: Server) -> None:
    for number in range(1200):
        server.put(number, "sent")
    seen: list[Change] = []
    await collect(client.invoices.changes(), 3600, seen)
    assert len(seen) == 1200
    assert len(server.lists) == pytest.approx(2 * 60, abs=6), "three pages every ninety seconds"


class TestHooks:
    async def test_a_web_hook_is_faster_and_the_list_tells_nothing_twice(
        self, client: B2Brouter, server: Server
    ) -> None:
        changes = client.invoices.changes()
        seen: list[Change] = []
        server.put(1, "sending")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect, changes, 5000, seen)
            await anyio.sleep(40)
            server.put(1, "sent")
            changes.heard(event(1, "sent", 40))
            await anyio.sleep(0.1)
            assert told(seen) == [(1, None, "sending"), (1, "sending", "sent")]
            for _ in range(3):
                changes.heard(event(1, "sent", 40))
            await anyio.sleep(0.1)
        assert len(seen) == 2
        assert seen[1].source == "hook"
        assert server.reads == [1], "repeats cost nothing"
        assert changes.silent == 0

    async def test_heard_hooks_slow_the_list_and_a_silent_one_brings_it_back(
        self, client: B2Brouter, server: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        changes = client.invoices.changes()
        seen: list[Change] = []
        server.put(1, "sending")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect, changes, 10_000, seen)
            await anyio.sleep(10)
            changes.heard(event(1, "sending", 0))
            await anyio.sleep(3090)
            assert len(server.lists) <= 8
            server.put(1, "registered")  # and no hook tells
            await anyio.sleep(700)
            assert told(seen)[-1] == (1, "sending", "registered"), "minutes late, and not lost"
            assert changes.silent == 1
            before = len(server.lists)
            await anyio.sleep(600)
            assert len(server.lists) - before >= 19
        assert "a web hook is silent" in caplog.text

    async def test_an_event_that_comes_late_takes_nothing_back(
        self, client: B2Brouter, server: Server
    ) -> None:
        changes = client.invoices.changes()
        seen: list[Change] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect, changes, 500, seen)
            await anyio.sleep(5)
            server.put(1, "registered")
            changes.heard(event(1, "registered", 5))
            await anyio.sleep(1)
            changes.heard(event(1, "sent", 4))
            changes.heard(event(1, "sending", 3))
            await anyio.sleep(1)
        assert told(seen) == [(1, None, "registered")]

    async def test_a_list_that_lags_behind_takes_nothing_back(
        self, client: B2Brouter, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        changes = client.invoices.changes()
        seen: list[Change] = []
        server.put(1, "sending")
        answer = type(server)._answer

        def lagging(self: Server, request: Any) -> Any:
            present = self.invoices
            if "/accounts/" in request.url.path:
                self.invoices = old
            try:
                return answer(self, request)
            finally:
                self.invoices = present

        old = dict(server.invoices)
        monkeypatch.setattr(type(server), "_answer", lagging)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect, changes, 2000, seen)
            await anyio.sleep(40)
            server.put(1, "sent")
            changes.heard(event(1, "sent", 40))
        assert told(seen) == [(1, None, "sending"), (1, "sending", "sent")]
        assert changes.sweeps > 2

    async def test_events_of_others_and_of_nothing_are_passed_over(
        self, client: B2Brouter, server: Server
    ) -> None:
        server.put(7, "new", type="ReceivedInvoice")
        changes = client.invoices.changes()
        seen: list[Change] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect, changes, 100, seen)
            await anyio.sleep(5)
            changes.heard(event(1, "sent", 4, account=1))
            changes.heard(event(404, "sent", 4))
            changes.heard(event(7, "new", 4))
        assert seen == []
        assert sorted(server.reads) == [7, 404]

    @pytest.mark.nightly
    async def test_six_hundred_invoices_with_hooks_in_disorder_and_looks_at_the_same_time(
        self, client: B2Brouter, server: Server
    ) -> None:
        """Every state that is stored at the end is the last one."""
        random_ = random.Random(7)
        changes = client.invoices.changes()
        stored: dict[int, str] = {}
        keys: list[str] = []

        async def store() -> None:
            with anyio.move_on_after(6000):
                async for change in changes:
                    keys.append(change.key)
                    assert stored.get(change.id) == change.previous
                    stored[change.id] = change.state

        async def live(number: int) -> None:
            await anyio.sleep(random_.uniform(0, 2000))
            for state in (
                "sending",
                "sent",
                "registered",
                *random_.sample(["accepted", "refused", "paid"], 2),
            ):
                server.put(number, state)
                for _ in range(random_.choice((0, 1, 1, 2))):
                    tasks.start_soon(
                        later,
                        random_.uniform(0, 90),
                        partial(changes.heard, event(number, state, anyio.current_time())),
                    )
                await anyio.sleep(random_.choice((0.001, 0.3, 1, 20, 200)))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(store)
            for number in range(1, 601):
                tasks.start_soon(live, number)
        assert stored == {number: row["state"] for number, row in server.invoices.items()}
        assert len(keys) == len(set(keys)), "each change once"


async def later(seconds: float, act: Any) -> None:
    await anyio.sleep(seconds)
    act()


@frozen
class Watched:
    changes: int
    told: int
    twice: int
    missed: int
    requests_a_minute: float


async def watch(client: B2Brouter, server: Server, *, invoices: int, hours: float, changing: int) -> Watched:
    """Follow open invoices for some time; each change is spread over it.

    Args:
        client: the client.
        server: where they are.
        invoices: how many are open.
        hours: how long they are followed.
        changing: how many changes there are.
    """
    random_ = random.Random(11)
    for number in range(invoices):
        server.put(number, "sent", at=BEGIN - datetime.timedelta(days=5))
    wanted: set[tuple[int, str]] = set()
    moments = sorted(random_.uniform(0, hours * 3600 - 1300) for _ in range(changing))
    seen: list[Change] = []

    async def live() -> None:
        for place, moment in enumerate(moments):
            await anyio.sleep(moment - anyio.current_time())
            number = place % invoices
            server.put(number, random_.choice(("registered", "refused", "paid", "accepted")))
            wanted.add((number, server.invoices[number]["state_updated_at"]))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(collect, client.invoices.changes(), hours * 3600, seen)
        tasks.start_soon(live)
    found = [
        (change.id, change.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
        for change in seen
        if change.at is not None
    ]
    return Watched(
        changes=changing,
        told=len(found),
        twice=len(found) - len(set(found)),
        missed=len(wanted - set(found)),
        requests_a_minute=(len(server.lists) + len(server.reads)) / (hours * 60),
    )


@pytest.mark.nightly
async def test_ten_thousand_open_invoices_cost_two_requests_a_minute_and_each_change_is_told_once(
    client: B2Brouter, server: Server
) -> None:
    watched = await watch(client, server, invoices=10_000, hours=3, changing=600)
    assert (watched.told, watched.twice, watched.missed) == (600, 0, 0)
    assert watched.requests_a_minute <= 2.1


async def test_two_states_at_one_moment_while_the_server_is_away_end_no_stream(
    client: B2Brouter, server: Server
) -> None:
    moment = server.now()
    server.put(1, "sent", at=moment)
    changes = client.invoices.changes()
    assert (await anext(changes)).state == "sent"
    server.put(1, "refused", at=moment)
    server.put(2, "sent")
    server.answer_reads = 503
    assert (await anext(changes)).id == 2
    server.answer_reads = None
    change = await anext(changes)
    assert (change.id, change.previous, change.state) == (1, "sent", "refused")
