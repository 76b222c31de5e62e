"""A cancellation at any step leaves nothing behind: no connection, token, task or half-written row; nothing sent twice."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from b2brouter_async import B2Brouter, NotFoundError, ReceivedDocument
from b2brouter_async.bulk import open_journal
from b2brouter_async.limiter import TokenBucket
from b2brouter_async.simulator import Simulator
from b2brouter_async.webhooks import Event, MemoryInbox, SQLiteInbox, WebHooks
from tests.bulk.support import US, Bench, Time, bench, document, invoice, named_documents, quicken
from tests.einvoice.samples import ubl_invoice
from tests.inbox.conftest import Clock
from tests.tax_reports.conftest import a_report
from tests.webhooks.support import NOW, SECRET, body_of, signed

from .cancelling import cancelled_at, tasks_alive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from b2brouter_async.resources.saving import SavedFiles

pytestmark = pytest.mark.anyio


class Replies(httpx.AsyncBaseTransport):
    """Counts the replies that were opened and not closed."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.open = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # As on a network: the request goes out piece by piece, and its reply comes back so.
        await anyio.lowlevel.checkpoint()
        response = await self.inner.handle_async_request(request)
        self.open += 1
        # A step more, so that a cancellation can come between the reply and whoever asked for it.
        try:
            await anyio.lowlevel.checkpoint()
        except BaseException:
            await self.close(response)
            raise
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Stream(response, self),
            extensions=response.extensions,
        )

    async def close(self, response: httpx.Response) -> None:
        with anyio.CancelScope(shield=True):
            await response.aclose()
        self.open -= 1


class _Stream(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response, replies: Replies) -> None:
        self._response, self._replies, self._closed = response, replies, False
        self._chunks: AsyncGenerator[bytes] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        assert isinstance(self._response.stream, httpx.AsyncByteStream)
        chunks = self._response.stream.__aiter__()
        assert isinstance(chunks, AsyncGenerator)
        self._chunks = chunks
        return self

    async def __anext__(self) -> bytes:
        await anyio.lowlevel.checkpoint()
        assert self._chunks is not None
        return await anext(self._chunks)

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            with anyio.CancelScope(shield=True):
                if self._chunks is not None:
                    await self._chunks.aclose()
            await self._replies.close(self._response)


def an_invoice(number: str) -> Any:
    return invoice(number)


class Place:
    """A client on a simulator, and what may leak."""

    def __init__(self, simulator: Simulator, client: B2Brouter, replies: Replies, clock: Time) -> None:
        self.simulator, self.client, self.replies, self.clock = simulator, client, replies, clock
        self.ids: list[int] = []

    def check(self) -> None:
        snapshot = self.client.limiter.snapshot()
        assert (snapshot.in_flight, snapshot.waiting) == (0, 0)
        assert self.replies.open == 0


@asynccontextmanager
async def place(**settings: object) -> AsyncIterator[Place]:
    clock = Time()
    simulator = Simulator(limit=None, clock=clock, **settings)  # type: ignore[arg-type]
    replies = Replies(simulator.transport(sleep=clock.sleep))
    async with (
        httpx.AsyncClient(transport=replies) as http,
        B2Brouter(
            simulator.api_key,
            base_url=simulator.base_url,
            account=simulator.account,
            limiter=TokenBucket(10**6, 0.01, max_in_flight=64),
            http_client=http,
        ) as client,
    ):
        quicken(client, clock.sleep)
        yield Place(simulator, client, replies, clock)
    simulator.close()


async def at_every_step(
    function: Callable[[], Coroutine[Any, Any, object]], check: Callable[[], object], *, stride: int = 1
) -> None:
    """Cancel a function at its first, second, … step until it ends before; look each time at what is left."""
    alive = tasks_alive()
    step = 1
    while await cancelled_at(step, function):
        # asyncio closes an abandoned generator in a task of its own, which ends within a few steps.
        for _ in range(10):
            await anyio.lowlevel.checkpoint()
        assert tasks_alive() == alive, f"a task is left after a cancellation at step {step}"
        check()
        step += stride
    assert step > 2, "it ended before anything could be cancelled"
    check()


async def one_page(here: Place) -> None:
    await here.client.invoices.list()


async def many_pages(here: Place) -> None:
    async for _ in here.client.invoices.list(limit=3):
        await anyio.lowlevel.checkpoint()


async def pages_ahead(here: Place) -> None:
    async with here.client.invoices.list(limit=3).prefetch(3) as rows:
        async for _ in rows:
            await anyio.lowlevel.checkpoint()


async def a_detail(here: Place) -> None:
    await here.client.accounts.get(here.simulator.account)


async def a_refused_call(here: Place) -> None:
    with pytest.raises(Exception, match="404"):
        await here.client.invoices.get(1)


READS = [one_page, many_pages, pages_ahead, a_detail, a_refused_call]


@pytest.mark.parametrize("read", READS, ids=lambda read: read.__name__)
async def test_a_read_cancelled_at_any_step_leaves_nothing_behind(
    read: Callable[[Place], Coroutine[Any, Any, None]],
) -> None:
    async with place() as here:
        for number in range(8):
            await here.client.invoices.create(invoice=an_invoice(f"J-{number}"))
        await at_every_step(lambda: read(here), here.check)


@pytest.mark.parametrize("fault", ["503 times=1", "429 times=1", "stall times=1", "truncate times=1"])
async def test_a_call_that_tries_again_can_be_cancelled_at_any_step(fault: str) -> None:
    async with place() as here:

        async def call() -> None:
            here.simulator.faults.clear()
            here.simulator.faults.add(fault)
            await here.client.accounts.list(timeout=5)

        await at_every_step(call, here.check)


async def test_a_download_cancelled_at_any_step_is_saved_whole_or_not_at_all(tmp_path: Path) -> None:
    async with place() as here:
        made = await here.client.invoices.import_document(content=document("D-1"))
        whole = (await here.client.invoices.download(made.id, "original")).content
        path = tmp_path / "invoice.xml"

        async def download() -> None:
            path.unlink(missing_ok=True)
            await (await here.client.invoices.download(made.id, "original")).save(path)

        def check() -> None:
            here.check()
            assert [one.name for one in tmp_path.iterdir()] in ([], ["invoice.xml"])
            if path.exists():
                assert path.read_bytes() == whole

        await at_every_step(download, check)


async def test_a_creation_cancelled_at_any_step_is_there_once_or_not_at_all() -> None:
    async with place() as here:
        number = 0

        async def create() -> None:
            nonlocal number
            number += 1
            await here.client.invoices.create(invoice=an_invoice(f"C-{number}"), on_unknown="reconcile")

        def check() -> None:
            here.check()
            assert not here.simulator.ledger().more_than_once()

        await at_every_step(create, check)


LOST_REPLIES = ["reset_after operation='POST /accounts/{}/invoices/import' times=2"]


@pytest.mark.parametrize("faults", [[], LOST_REPLIES], ids=["quiet", "lost replies"])
@pytest.mark.parametrize("stride", [17, pytest.param(1, marks=pytest.mark.nightly)])
async def test_an_upload_cancelled_at_any_step_is_finished_by_the_next_run_and_nothing_is_sent_twice(
    tmp_path: Path, faults: list[str], stride: int
) -> None:
    step = 1
    alive = tasks_alive()
    while True:
        async with bench(tmp_path, faults=faults) as one:
            journal = f"run-{step}.db"

            async def run(one: Bench = one, journal: str = journal) -> None:
                await one.run(named_documents(4), journal=journal, concurrency=2)

            cut = await cancelled_at(step, run)
            snapshot = one.client.limiter.snapshot()
            assert (snapshot.in_flight, snapshot.waiting) == (0, 0)
            outcomes, summary = await one.run(named_documents(4), journal=journal, concurrency=2)
            assert summary.finished
            assert len(outcomes) == 4
            assert set(one.accepted.values()) == {1}
            assert len(one.accepted) == 4
            with open_journal(tmp_path / journal) as written:
                assert set(written.counts()) <= {"created", "adopted"}
        assert tasks_alive() == alive
        if not cut:
            break
        step += stride
    assert step > 10


async def upserted(here: Place) -> None:
    await here.client.contacts.upsert(contact={"name": "Ana", "tin_value": "ESB00000018", "country": "es"})


async def found_by_number(here: Place) -> None:
    await here.client.invoices.find_by_number("J-3")


async def page_by_page(here: Place) -> None:
    async for _ in here.client.invoices.list(limit=3).pages():
        await anyio.lowlevel.checkpoint()


async def each_account(here: Place) -> None:
    async def count(account: B2Brouter) -> int:
        return len([row async for row in account.invoices.list(limit=3)])

    await here.client.for_each_account(count)


async def a_raw_call(here: Place) -> None:
    await here.client.request("GET", f"/accounts/{here.simulator.account}")


ENTRIES = [upserted, found_by_number, page_by_page, each_account, a_raw_call]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__name__)
async def test_what_asks_several_times_leaves_nothing_behind_wherever_it_is_cancelled(
    entry: Callable[[Place], Coroutine[Any, Any, None]],
) -> None:
    async with place() as here:
        for number in range(8):
            await here.client.invoices.create(invoice=an_invoice(f"J-{number}"))
        await at_every_step(lambda: entry(here), here.check)


async def waited_for(here: Place) -> None:
    await here.client.invoices.wait_for(here.ids[0], until="sent")


async def many_waited_for(here: Place) -> None:
    async with anyio.create_task_group() as tasks:
        for invoice_id in here.ids:
            tasks.start_soon(partial(here.client.invoices.wait_for, invoice_id, until="sent"))


async def a_document_waited_for(here: Place) -> None:
    await here.client.invoices.wait_for_document(here.ids[0], "pdf.invoice")


async def followed(here: Place) -> None:
    told = 0
    async for _ in here.client.invoices.changes():
        told += 1
        if told == len(here.ids):
            return


async def a_party_waited_for(here: Place) -> None:
    with pytest.raises(NotFoundError):
        await here.client.directory.wait_for("es", "ESB99999997")


async def reported(here: Place) -> None:
    here.ids.append(len(here.ids))
    number = f"F-2026-{here.ids[-1]}"
    report = await here.client.tax_reports.create(tax_report=a_report(invoice_number=number))
    await here.client.tax_reports.wait_for(report.id)
    await here.client.tax_reports.wait_for_file(report.id)
    await here.client.tax_reports.chain(report.id)


WAITS = [waited_for, many_waited_for, a_document_waited_for, followed, a_party_waited_for, reported]


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__)
@pytest.mark.parametrize("stride", [7, pytest.param(1, marks=pytest.mark.nightly)])
async def test_a_wait_cancelled_at_any_step_leaves_nothing_behind_and_harms_no_later_one(
    wait: Callable[[Place], Coroutine[Any, Any, None]], stride: int
) -> None:
    alive = tasks_alive()
    cut, at = True, 1
    while cut:
        async with place() as here:
            here.client.caller.pipeline.clock = here.clock
            for number in range(7):
                made = await here.client.invoices.create(
                    invoice=an_invoice(f"J-{number}"), send_after_import=True
                )
                here.ids.append(made.id)
            cut = await cancelled_at(at, lambda: wait(here))
            for _ in range(10):
                await anyio.lowlevel.checkpoint()
            assert tasks_alive() == alive, f"a task is left after a cancellation at step {at}"
            here.check()
            await wait(here)
            here.check()
        at += stride
    assert at > 2


@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.nightly)])
async def test_of_many_that_wait_together_one_is_cancelled_at_any_step_and_the_others_come_to_their_end(
    stride: int,
) -> None:
    cut, at = True, 1
    while cut:
        async with place() as here:
            here.client.caller.pipeline.clock = here.clock
            for number in range(8):
                made = await here.client.invoices.create(
                    invoice=an_invoice(f"J-{number}"), send_after_import=True
                )
                here.ids.append(made.id)
            ended: list[int] = []

            async def wait(invoice_id: int, here: Place = here, ended: list[int] = ended) -> None:
                await here.client.invoices.wait_for(invoice_id, until="sent", timeout=None)
                ended.append(invoice_id)

            with anyio.move_on_after(60) as endless:
                async with anyio.create_task_group() as tasks:
                    for invoice_id in here.ids[1:]:
                        tasks.start_soon(wait, invoice_id)
                    cut = await cancelled_at(at, partial(wait, here.ids[0]))
            assert not endless.cancelled_caught, f"others wait for ever after a cancellation at step {at}"
            assert set(here.ids[1:]) <= set(ended)
            here.check()
        at += stride
    assert at > 5


@pytest.mark.parametrize("stride", [11, pytest.param(1, marks=pytest.mark.nightly)])
async def test_saving_files_that_is_cancelled_at_any_step_leaves_whole_files_and_the_next_run_has_them_all(
    tmp_path: Path, stride: int
) -> None:
    alive = tasks_alive()
    cut, at = True, 1
    while cut:
        async with place() as here:
            for number in range(3):
                await here.client.invoices.create(invoice=an_invoice(f"J-{number}"), send_after_import=True)
            here.simulator.advance(600)
            folder = tmp_path / str(at)

            async def save(here: Place = here, folder: Path = folder) -> SavedFiles:
                return await here.client.invoices.save_all(folder, month="2026-03", concurrency=2)

            cut = await cancelled_at(at, save)
            assert tasks_alive() == alive
            here.check()
            whole = {len(file.read_bytes()) for file in folder.rglob("*.pdf")}
            saved = await save()
            assert (saved.fetched + saved.there, saved.missing) == (3, [])
            files = [file.read_bytes() for file in folder.rglob("*.pdf")]
            assert len(files) == 3
            assert whole <= {len(content) for content in files}
        at += stride
    assert at > 20


@pytest.mark.parametrize("kind", ["memory", pytest.param("sqlite", marks=pytest.mark.nightly)])
async def test_received_invoices_whose_handling_is_cancelled_are_all_handled_later_and_none_is_acknowledged_before(
    tmp_path: Path, kind: str
) -> None:
    clock = Clock()
    step = 0

    def store() -> Any:
        nonlocal step
        step += 1
        if kind == "memory":
            return MemoryInbox(clock=clock)
        return SQLiteInbox(tmp_path / f"inbox-{step}.sqlite", clock=clock)

    alive = tasks_alive()
    at = 1
    cut = True
    while cut:
        async with place() as here:
            for number in range(2):
                content = ubl_invoice(number=f"R-{number}", buyer=US)
                await here.client.invoices.import_document(content=content, issued=False)
            handled: list[int] = []

            async def handler(received: ReceivedDocument, handled: list[int] = handled) -> None:
                await anyio.lowlevel.checkpoint()
                handled.append(received.id)

            kept = store()

            async def process(here: Place = here, kept: Any = kept, handler: Any = handler) -> None:
                await here.client.received.process(handler, store=kept)

            cut = await cancelled_at(at, process)
            here.check()
            assert tasks_alive() == alive
            left = {row.id async for row in here.client.received.pending()}
            everything = left | set(handled)
            assert len(everything) == 2, "one was acknowledged and not handled"
            clock.now += 100_000
            await process()
            assert set(handled) == everything
            assert [row async for row in here.client.received.pending()] == []
            assert await here.client.received.dead(store=kept) == []
            kept.close()
        at += 1
    assert at > 20


async def test_a_web_hook_call_that_is_cancelled_is_stored_whole_or_not_and_worked_off_once_it_is() -> None:
    clock = Clock()
    alive = tasks_alive()
    cut, at = True, 1
    while cut:
        inbox = MemoryInbox(clock=clock)
        hooks = WebHooks(SECRET, clock=lambda: NOW, inbox=inbox)
        seen: list[str] = []

        @hooks.unhandled
        async def handler(event: Event, seen: list[str] = seen) -> None:
            await anyio.lowlevel.checkpoint()
            seen.append(event.code)

        async def called(hooks: WebHooks = hooks) -> None:
            body = body_of(1)
            answer = await hooks.receive(body, signed(body))
            assert answer.status in (200, 202, 204)
            await hooks.resume()

        cut = await cancelled_at(at, called)
        assert tasks_alive() == alive
        clock.now += 100_000
        # Who isn't answered calls again (behaviour 46).
        await called()
        assert set(seen) == {"issued_invoice.state_change"}
        assert await hooks.waiting() == 0
        at += 1
    assert at > 5
