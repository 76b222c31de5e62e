"""How long a list of 10,000 rows takes, in sequence and with pages under way at once, at several latencies.

    python -m benchmarks lists

On trio's own clock, which jumps to the next thing that happens: what is counted is waiting alone, the same on every
machine. And for how long no other task runs while such a list is read.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import httpx
import trio
from anyio.lowlevel import checkpoint
from trio.testing import MockClock

from b2brouter_async import B2Brouter
from b2brouter_async._core.operation import Operation, Repeat
from b2brouter_async._core.pagination import Page, Pager, PageReader
from b2brouter_async._core.replies import Reply
from b2brouter_async._core.requests import Request
from b2brouter_async.limiter import TokenBucket
from b2brouter_async.models import Contact, InvoiceListItem

from .reading import ROWS as ROWS_OF_A_PAGE
from .reading import page
from .table import Line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from b2brouter_async._core.operation import CallOptions

ROWS = 10_000
AHEAD = 8
LATENCIES = (0.0, 0.005, 0.05, 0.5, 2.0)
LIST: Operation[Page[Contact]] = Operation(
    "rows.list", "GET", "/rows", Repeat.SAFE, PageReader(Contact, "rows")
)


class Server:
    """Answers each page after a while."""

    def __init__(self, latency: float) -> None:
        self.latency = latency

    def account_or_default(self, account: Any) -> Any:
        return account

    async def call(self, operation: Operation[Any], request: Request, options: CallOptions) -> Any:
        query = dict(request.query)
        limit, offset = int(query["limit"]), int(query["offset"])
        await trio.sleep(self.latency)
        rows = ",".join(f'{{"id":{row}}}' for row in range(offset, min(offset + limit, ROWS)))
        counters = f'"meta":{{"total_count":{ROWS},"offset":{offset},"limit":{limit}}}'
        return operation.parse(Reply(200, {}, f'{{"rows":[{rows}],{counters}}}'.encode()))


async def seconds(latency: float, ahead: int) -> float:
    """Time on the clock for the whole list."""
    pager = Pager(Server(latency), LIST, Request("/rows"), {})
    began = trio.current_time()
    if ahead:
        async with pager.prefetch(ahead) as rows:
            count = len([row async for row in rows])
    else:
        count = len([row async for row in pager])
    assert count == ROWS
    return trio.current_time() - began


Reader = Callable[[Reply], Awaitable[Page[InvoiceListItem]]]
INVOICES = PageReader(InvoiceListItem, "invoices")


async def at_once(reply: Reply) -> Page[InvoiceListItem]:
    return INVOICES(reply)


async def in_a_thread(reply: Reply) -> Page[InvoiceListItem]:
    return await anyio.to_thread.run_sync(INVOICES, reply)


async def in_slices(reply: Reply) -> Page[InvoiceListItem]:
    return await INVOICES.in_slices(reply)


async def longest_gap(work: Callable[[], Awaitable[object]]) -> float:
    """The most milliseconds of this process's work between two steps of another task, while some work is done.

    What the program held before is left to no garbage collector here: how long one takes for it says how large the
    program is, and it would come while anything at all is done.
    """
    over, worst = False, 0.0

    async def tick() -> None:
        nonlocal worst
        last = time.process_time()
        while not over:
            await checkpoint()
            now = time.process_time()
            worst, last = max(worst, now - last), now

    await work()  # what is loaded and compiled once
    gc.collect()
    gc.freeze()
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tick)
            for _ in range(ROWS // ROWS_OF_A_PAGE):
                await work()
                await checkpoint()
            over = True
    finally:
        gc.unfreeze()
    return worst * 1000


async def gap_of_calls() -> float:
    """The longest gap while 10,000 invoices are read by a client."""
    body = page()

    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=body)

    transport = httpx.MockTransport(answer)
    async with (
        httpx.AsyncClient(transport=transport) as http,
        B2Brouter("test_0123456789abcdef", http_client=http, limiter=TokenBucket(10_000_000, 60.0)) as client,
    ):
        return await longest_gap(lambda: client.invoices.list(1, limit=ROWS_OF_A_PAGE)._one())


async def gap_of_parsing(read: Reader) -> float:
    """The longest gap while the replies for 10,000 invoices are parsed, and nothing else is done."""
    reply = Reply(200, {}, page())
    return await longest_gap(lambda: read(reply))


def least(measure: Callable[..., Awaitable[float]], *arguments: object, backend: str) -> float:
    """What else runs on the machine only ever adds."""
    return min(anyio.run(measure, *arguments, backend=backend) for _ in range(5))


def lines() -> Iterable[Line]:
    for latency in LATENCIES:
        alone, ahead = (
            trio.run(seconds, latency, pages, clock=MockClock(autojump_threshold=0)) for pages in (0, AHEAD)
        )
        yield Line(
            f"10,000 rows, prefetch({AHEAD}), {latency * 1000:.0f} ms a page",
            alone / ahead if ahead else 1.0,
            goal=5.0 if latency == 0.5 else 1.0,
            unit="times as fast as in turn",
            at_least=True,
            note="waiting alone, on a virtual clock",
        )
    for backend in ("asyncio", "trio"):
        yield Line(
            f"longest gap of another task, 10,000 invoices read, {backend}",
            least(gap_of_calls, backend=backend),
            goal=5.0,
            unit="ms",
            note="processor time of the process; the least of 5 runs",
        )
        yield Line(
            f"the same, parsing alone, {backend}",
            least(gap_of_parsing, in_slices, backend=backend),
            goal=5.0,
            unit="ms",
            peers={
                "at once": least(gap_of_parsing, at_once, backend=backend),
                "in a thread": least(gap_of_parsing, in_a_thread, backend=backend),
            },
        )
