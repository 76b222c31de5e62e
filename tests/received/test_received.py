"""Received invoices: nothing is acknowledged unhandled, nothing is skipped in silence, nothing is handled by two at once."""

from __future__ import annotations

import datetime
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from b2brouter_async import ArgumentError, B2Brouter, ReceivedDocument, ServerError
from b2brouter_async.resources.marking import SETTABLE
from b2brouter_async.simulator import Fault, Simulator
from b2brouter_async.webhooks import MemoryInbox, SQLiteInbox, Work
from examples.sample_invoices import ubl_invoice
from tests.inbox.conftest import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

pytestmark = pytest.mark.anyio
BEGIN = 1_795_600_000.0


class Shop:
    """A simulator with received invoices, a client, and a store on the same clock."""

    def __init__(self, simulator: Simulator, client: B2Brouter, clock: Clock) -> None:
        self.simulator, self.client, self.clock = simulator, client, clock
        self.store = MemoryInbox(clock=clock)
        self.handled: list[int] = []

    async def receive(self, count: int, *, first: int = 1, **fields: Any) -> list[int]:
        """Have invoices arrive and return their ids."""
        ids: list[int] = []
        for number in range(first, first + count):
            content = ubl_invoice(**{"number": f"R-{number}", **fields})
            ids.append((await self.client.invoices.import_document(content=content, issued=False)).id)
        return ids

    async def process(self, handler: Any = None, **options: Any) -> Any:
        options.setdefault("store", self.store)
        options.setdefault("work", Work(attempts=3, first=10, longest=1000))
        return await self.client.received.process(handler or self.note, **options)

    async def note(self, document: ReceivedDocument) -> None:
        self.handled.append(document.id)

    async def queue(self) -> list[int]:
        return [row.id async for row in self.client.received.pending()]


@asynccontextmanager
async def shop_of(**options: Any) -> AsyncGenerator[Shop]:
    clock = Clock()
    simulator = Simulator(api_key="test_received", limit=None, clock=clock, **options)
    async with (
        httpx.AsyncClient(transport=simulator.transport()) as http,
        B2Brouter(
            simulator.api_key,
            account=simulator.account,
            base_url=simulator.base_url,
            http_client=http,
            requests_per_minute=1_000_000,
            max_attempts=1,
        ) as client,
    ):
        yield Shop(simulator, client, clock)


@pytest.fixture
async def shop(anyio_backend: str) -> AsyncGenerator[Shop]:
    async with shop_of() as shop:
        yield shop


class TestProcessing:
    async def test_each_invoice_is_handed_over_with_its_original_and_then_acknowledged(
        self, shop: Shop
    ) -> None:
        ids = await shop.receive(3)
        seen: list[ReceivedDocument] = []

        async def handler(document: ReceivedDocument) -> None:
            assert document.id in await shop.queue(), "it is acknowledged after it was handled"
            seen.append(document)

        processed = await shop.process(handler)
        assert (processed.handled, processed.failed, processed.dead, processed.waiting) == (3, 0, 0, 0)
        assert sorted(document.id for document in seen) == sorted(ids)
        by_number = {document.invoice.number: document for document in seen}
        document = by_number["R-2"]
        assert document.original is not None
        assert document.original.content == ubl_invoice(number="R-2")
        assert (document.kind, document.problem, document.tries) == ("original", None, 1)
        assert await shop.queue() == []
        assert (await shop.process(handler)).handled == 0

    async def test_the_whole_queue_is_worked_off_however_many_pages_it_has(self, shop: Shop) -> None:
        ids = await shop.receive(60)
        rows = [row.id async for row in shop.client.received.pending(limit=7)]
        assert sorted(rows) == sorted(ids)
        assert (await shop.process()).handled == 60
        assert sorted(shop.handled) == sorted(ids)

    async def test_what_arrives_while_the_queue_is_worked_off_is_handled_too(self, shop: Shop) -> None:
        await shop.receive(1)
        more: list[int] = []

        async def handler(document: ReceivedDocument) -> None:
            if not more:
                more.extend(await shop.receive(2, first=100))
            shop.handled.append(document.id)

        assert (await shop.process(handler)).handled == 3

    async def test_a_plain_function_is_a_handler(self, shop: Shop) -> None:
        await shop.receive(2)
        assert (await shop.process(lambda document: shop.handled.append(document.id))).handled == 2

    async def test_an_account_of_its_own_has_its_own_queue(self, shop: Shop) -> None:
        await shop.receive(1)
        other = shop.client.account(shop.simulator.accounts[1])
        assert (await other.received.process(shop.note, store=shop.store)).handled == 0
        assert (
            await shop.client.account(shop.simulator.account).received.process(shop.note, store=shop.store)
        ).handled == 1

    async def test_two_workers_never_have_the_same_invoice(self, shop: Shop) -> None:
        await shop.receive(30)
        working: set[int] = set()

        async def handler(document: ReceivedDocument) -> None:
            assert document.id not in working
            working.add(document.id)
            await anyio.lowlevel.checkpoint()
            shop.handled.append(document.id)
            working.remove(document.id)

        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(shop.process, handler)
        assert len(shop.handled) == len(set(shop.handled)) == 30

    async def test_it_goes_on_looking_until_it_is_cancelled(self, shop: Shop) -> None:
        first = anyio.Event()
        second = anyio.Event()

        async def handler(document: ReceivedDocument) -> None:
            (second if first.is_set() else first).set()

        await shop.receive(1)
        with anyio.fail_after(30):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lambda: shop.process(handler, every=0.01))
                await first.wait()
                await shop.receive(1, first=50)
                await second.wait()
                tasks.cancel_scope.cancel()

    async def test_a_pause_that_is_none_is_refused(self, shop: Shop) -> None:
        with pytest.raises(ArgumentError, match="every"):
            await shop.process(every=0)

    async def test_left_out_the_store_is_a_file_in_this_folder(
        self, shop: Shop, tmp_path: Any, monkeypatch: Any
    ) -> None:
        monkeypatch.chdir(tmp_path)
        await shop.receive(1)
        assert (await shop.client.received.process(shop.note)).handled == 1
        assert (tmp_path / "b2brouter-received.sqlite").exists()


class TestFailing:
    async def test_a_failing_handler_leaves_the_invoice_in_the_queue_and_stops_no_other(
        self, shop: Shop
    ) -> None:
        ids = await shop.receive(10)
        bad = ids[:3]
        told: list[tuple[int, bool]] = []

        async def handler(document: ReceivedDocument) -> None:
            if document.id in bad:
                raise ValueError("nonsense")
            shop.handled.append(document.id)

        async def look() -> tuple[int, int, int, int]:
            found = await shop.process(
                handler, failed=lambda about, error, dead: told.append((about.id, dead))
            )
            return found.handled, found.failed, found.dead, found.waiting

        assert await look() == (7, 3, 0, 3)
        assert sorted(await shop.queue()) == sorted(bad)
        assert await look() == (0, 0, 0, 3), "the pause is not over"
        shop.clock.now += 10
        assert await look() == (0, 3, 0, 3)
        shop.clock.now += 20
        assert await look() == (0, 0, 3, 0)
        shop.clock.now += 10_000
        assert await look() == (0, 0, 0, 0)
        assert sorted(await shop.queue()) == sorted(bad), "what is set aside is not acknowledged"
        dead = await shop.client.received.dead(store=shop.store)
        assert sorted(one.id for one in dead) == sorted(bad)
        assert {(one.tries, one.problem) for one in dead} == {(3, "ValueError: nonsense")}
        assert sorted(told) == sorted([(one, False) for one in bad * 2] + [(one, True) for one in bad])

        assert await shop.client.received.retry(bad[0], store=shop.store)
        assert not await shop.client.received.retry(bad[0], store=shop.store)
        assert not await shop.client.received.retry(ids[9], store=shop.store)
        bad.clear()
        assert await look() == (1, 0, 0, 0)

    async def test_an_outage_of_the_server_sets_nothing_aside(self, shop: Shop) -> None:
        await shop.receive(2)
        shop.simulator.faults.add(Fault("503", operation="GET /invoices/{}/as/{}"))
        for _ in range(20):
            processed = await shop.process()
            assert (processed.dead, processed.waiting) == (0, 2)
            shop.clock.now += 10_000
        shop.simulator.faults.clear()
        assert (await shop.process()).handled == 2

    async def test_a_queue_that_can_not_be_read_is_told_and_nothing_is_handled(self, shop: Shop) -> None:
        await shop.receive(1)
        shop.simulator.faults.add(Fault("503", operation="GET /accounts/{}/invoices"))
        with pytest.raises(ServerError):
            await shop.process()
        assert shop.handled == []

    @pytest.mark.parametrize("status", ["503", "reset_before", "reset_after", "503 done"])
    async def test_an_acknowledgement_that_fails_is_made_again_without_the_handler(
        self, shop: Shop, status: str
    ) -> None:
        (number,) = await shop.receive(1)
        shop.simulator.faults.add(Fault.parse(f"{status} operation='POST /invoices/{{}}/ack' times=1"))
        assert (await shop.process()).handled == 0
        assert shop.handled == [number]
        shop.clock.now += 10_000
        assert (await shop.process()).handled == 1
        assert shop.handled == [number]
        assert await shop.queue() == []

    async def test_an_invoice_that_was_deleted_meanwhile_needs_no_acknowledgement(self, shop: Shop) -> None:
        (number,) = await shop.receive(1)

        async def handler(document: ReceivedDocument) -> None:
            await shop.client.invoices.delete(document.id)
            shop.handled.append(document.id)

        assert (await shop.process(handler)).handled == 1
        assert shop.handled == [number]

    async def test_an_invoice_that_is_gone_before_its_turn_is_set_aside_and_not_forgotten(
        self, shop: Shop
    ) -> None:
        (number,) = await shop.receive(1)
        shop.simulator.faults.add(Fault("404", operation="GET /invoices/{}"))
        for _ in range(3):
            await shop.process()
            shop.clock.now += 10_000
        (dead,) = await shop.client.received.dead(store=shop.store)
        assert (dead.id, "404" in (dead.problem or "")) == (number, True)

    async def test_handled_and_in_the_queue_again_it_is_only_acknowledged_again(self, shop: Shop) -> None:
        (number,) = await shop.receive(1)
        await shop.process()
        record = shop.simulator.world.store.get("invoice", number)
        assert record is not None
        record.body["ack_at"] = None
        shop.simulator.world.touch(record)
        assert await shop.queue() == [number]
        assert (await shop.process()).handled == 0
        assert (await shop.queue(), shop.handled) == ([], [number])

    @pytest.mark.parametrize("status", ["503", "422"])
    async def test_an_acknowledgement_that_fails_again_stops_no_other_invoice(
        self, shop: Shop, status: str
    ) -> None:
        (number,) = await shop.receive(1)
        await shop.process()
        record = shop.simulator.world.store.get("invoice", number)
        assert record is not None
        record.body["ack_at"] = None
        shop.simulator.world.touch(record)
        (other,) = await shop.receive(1, first=2)
        shop.simulator.faults.add(Fault(status, operation="POST /invoices/{}/ack", times=1))
        assert (await shop.process()).handled == 1
        assert shop.handled == [number, other]
        assert (await shop.process()).handled == 0
        assert await shop.queue() == []

    async def test_work_that_is_stopped_is_done_by_the_next_worker_at_once(self, shop: Shop) -> None:
        (number,) = await shop.receive(1)
        begun = anyio.Event()

        async def hangs(document: ReceivedDocument) -> None:
            begun.set()
            await anyio.sleep_forever()

        with anyio.fail_after(30):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(shop.process, hangs)
                await begun.wait()
                tasks.cancel_scope.cancel()
        assert await shop.queue() == [number]
        assert (await shop.process()).handled == 1


class TestDocuments:
    @pytest.mark.parametrize("status", ["404", "422"])
    async def test_without_an_original_the_legal_document_is_handed_over(
        self, shop: Shop, status: str
    ) -> None:
        await shop.receive(1)
        shop.simulator.faults.add(Fault(status, operation="GET /invoices/{}/as/{}", times=1))
        seen: list[ReceivedDocument] = []
        await shop.process(lambda document: seen.append(document))
        (document,) = seen
        assert document.kind in ("legal", None)
        assert document.problem is None or status in document.problem

    async def test_without_any_document_the_handler_is_told_why(self, shop: Shop) -> None:
        await shop.receive(1)
        shop.simulator.faults.add(Fault("404", operation="GET /invoices/{}/as/{}"))
        seen: list[ReceivedDocument] = []
        assert (await shop.process(lambda document: seen.append(document))).handled == 1
        (document,) = seen
        assert (document.original, document.kind) == (None, None)
        assert "original: 404" in (document.problem or "")
        assert "legal: 404" in (document.problem or "")

    async def test_the_same_number_of_the_same_supplier_is_marked_and_handed_over(self) -> None:
        async with shop_of(unique_numbers=False) as shop:
            ids = await shop.receive(1) + await shop.receive(1)
            other = await shop.receive(1, first=7)
            seen: dict[int, tuple[int, ...]] = {}
            await shop.process(lambda document: seen.__setitem__(document.id, document.same_number))
            assert seen == {ids[0]: (ids[1],), ids[1]: (ids[0],), other[0]: ()}


class TestOthers:
    async def test_what_another_program_acknowledged_is_missed_and_nothing_else(self, shop: Shop) -> None:
        ids = await shop.receive(4)
        await shop.process(lambda document: None if document.id == ids[0] else _fail())
        await shop.client.received.ack(ids[1])
        await shop.client.received.ack(ids[1])
        today = datetime.datetime.fromtimestamp(shop.clock.now, datetime.UTC).date()
        missed = await shop.client.received.missed(today, store=shop.store)
        assert [row.id for row in missed] == [ids[1]]
        assert await shop.client.received.missed(today + datetime.timedelta(days=2), store=shop.store) == []

    async def test_all_lists_acknowledged_ones_too(self, shop: Shop) -> None:
        ids = await shop.receive(3)
        await shop.client.received.ack(ids[0])
        assert sorted([row.id async for row in shop.client.received.all()]) == sorted(ids)
        assert sorted(await shop.queue()) == sorted(ids[1:])


def _fail() -> None:
    raise ValueError


class TestMarking:
    async def test_refused_with_a_reason_and_paid(self, shop: Shop) -> None:
        first, second = await shop.receive(2)
        await shop.client.received.refuse(first, "Not ours", "DOUBLON")
        refused = await shop.client.invoices.get(first)
        assert (refused.state, refused.refuse_reason) == ("refused", "Not ours")
        await shop.client.received.mark_paid(second)
        assert (await shop.client.invoices.get(second)).state == "paid"
        with pytest.raises(ArgumentError, match="reason"):
            await shop.client.received.refuse(first, "")

    async def test_a_state_that_this_kind_can_not_take_is_refused_before_anything_is_sent(
        self, shop: Shop
    ) -> None:
        (number,) = await shop.receive(1)
        before = (await shop.client.invoices.get(number)).state
        for state in ("sent", "registered", "closed", "downloaded"):
            with pytest.raises(ArgumentError, match=r"state: .* of type ReceivedInvoice, .* force=True"):
                await shop.client.invoices.mark_as(number, state=state)
        with pytest.raises(ArgumentError, match="on any invoice"):
            await shop.client.invoices.mark_as(number, state="nonsense")
        requests = shop.simulator.answered
        with pytest.raises(ArgumentError):
            await shop.client.invoices.mark_as(number, state="sent", type="ReceivedInvoice")
        assert shop.simulator.answered == requests
        assert (await shop.client.invoices.get(number)).state == before

    async def test_a_state_that_every_kind_takes_needs_no_look(self, shop: Shop) -> None:
        (number,) = await shop.receive(1)
        requests = shop.simulator.answered
        await shop.client.invoices.mark_as(number, state="accepted")
        assert shop.simulator.answered == requests + 1
        await shop.client.invoices.mark_as(number, state="annotated")
        assert shop.simulator.answered == requests + 3

    async def test_the_door_sends_it_all_the_same(self, shop: Shop) -> None:
        (number,) = await shop.receive(1)
        from b2brouter_async import UnprocessableError

        with pytest.raises(UnprocessableError):
            await shop.client.invoices.mark_as(number, state="sent", force=True)

    async def test_a_type_that_nobody_knows_passes(self, shop: Shop) -> None:
        from b2brouter_async import UnprocessableError

        (number,) = await shop.receive(1)
        with pytest.raises(UnprocessableError):
            await shop.client.invoices.mark_as(number, state="sent", type="SelfBilledInvoice")

    def test_the_table_says_what_the_spec_says(self) -> None:
        from b2brouter_async.models import InvoiceSettableState

        text = " ".join((InvoiceSettableState.__doc__ or "").split())
        said = {part.split(":")[0].strip(): part.split(":")[1] for part in text.split(". ") if ": " in part}
        for name, kind in (
            ("Received", "ReceivedInvoice"),
            ("Issued simplified", "IssuedSimplifiedInvoice"),
        ):
            assert {state.strip(" .") for state in said[name].split(",")} == set(map(str, SETTABLE[kind]))
        issued = text.split("Issued: ")[1].split(".")[0]
        assert {state.strip() for state in issued.split(",")} == set(map(str, SETTABLE["IssuedInvoice"]))


async def test_a_store_is_shared_by_environments_without_mixing_them_up(shop: Shop, tmp_path: Any) -> None:
    store = SQLiteInbox(tmp_path / "store.sqlite")
    (number,) = await shop.receive(1)
    keys: list[str] = []
    await shop.process(lambda document: keys.append(document.key), store=store)
    assert keys == [f"received:sandbox:{shop.simulator.account}:{number}"]
