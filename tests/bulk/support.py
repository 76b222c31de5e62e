"""A simulator, a clock that a test's own waiting turns, and clients on them."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import anyio.lowlevel
import httpx
import simplejson
from attrs import define, field

from b2brouter_async import B2Brouter
from b2brouter_async.bulk import Document, Outcome, Patience, Summary, Upload
from b2brouter_async.limiter import TokenBucket
from b2brouter_async.simulator import Simulator
from b2brouter_async.simulator.state.store import Record
from examples.sample_invoices import Company, samples, ubl_invoice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

IMPORT = "POST /accounts/{}/invoices/import"
CREATE = "POST /accounts/{}/invoices"
LIST = "GET /accounts/{}/invoices"
SEND = "POST /invoices/send_invoice/{}"
ORIGINAL = "GET /invoices/{}/as/{}"


@define
class Time:
    """Time that passes only by being waited for."""

    now: float = field(factory=time.time)
    slept: list[float] = field(factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await anyio.lowlevel.checkpoint()


class Lagging(httpx.AsyncBaseTransport):
    """Lists show what was created only `lag` seconds later."""

    def __init__(self, inner: httpx.AsyncBaseTransport, time: Time, lag: float) -> None:
        self.inner, self.time, self.lag = inner, time, lag

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        if (
            not request.url.path.endswith("/invoices")
            or request.method != "GET"
            or response.status_code != 200
        ):
            return response
        content = await response.aread()
        try:
            body = simplejson.loads(content, use_decimal=True)
        except ValueError:  # a fault has cut it off
            return response
        if not isinstance(body, dict) or "invoices" not in body:
            return response
        shown = [row for row in body["invoices"] if self.time.now >= _born(row) + self.lag]
        body["meta"]["total_count"] -= len(body["invoices"]) - len(shown)
        body["invoices"] = shown
        return httpx.Response(200, content=simplejson.dumps(body, use_decimal=True))


def _born(row: dict[str, Any]) -> float:
    return datetime.datetime.fromisoformat(row["created_at"]).timestamp()


@define
class Bench:
    """Everything an upload needs, in one process."""

    simulator: Simulator
    time: Time
    client: B2Brouter
    folder: Any
    requests: list[httpx.Request]
    wire: Any
    """The transport, with what a test has put around it."""

    def upload(self, journal: str = "run.db", **options: Any) -> Upload:
        options.setdefault("patience", Patience(sleep=self.time.sleep, clock=self.time))
        account = options.pop("account", self.simulator.account)
        return self.client.account(account).upload(journal=self.folder / journal, **options)

    async def run(self, documents: Any, **options: Any) -> tuple[list[Outcome], Summary]:
        async with self.upload(**options) as run:
            outcomes = [outcome async for outcome in run(documents)]
        return outcomes, run.summary

    async def kinds(self, documents: Any, **options: Any) -> list[str]:
        outcomes, _ = await self.run(documents, **options)
        return [outcome.kind for outcome in outcomes]

    async def fill(self, first: dict[str, object], numbers: list[str]) -> None:
        """Have many invoices on the server: one is sent, and the others are copies of it with other numbers."""
        await self.run([first], journal="others.db")
        store = self.simulator.world.store
        (made,) = store.all("invoice").values()
        for number in numbers:
            copy = store.next_id("invoice")
            store.add(
                Record("invoice", copy, made.owner, {**made.body, "id": copy, "number": number}, made.hidden)
            )

    def sent(self, ending: str) -> int:
        return sum(one.method == "POST" and one.url.path.endswith(ending) for one in self.requests)

    @property
    def accepted(self) -> dict[str, int]:
        """How often each number was accepted."""
        counts: dict[str, int] = {}
        for entry in self.simulator.ledger():
            counts[entry.number] = counts.get(entry.number, 0) + entry.times
        return counts


@contextlib.asynccontextmanager
async def bench(
    folder: Any,
    *,
    wrap: Callable[[httpx.AsyncBaseTransport, Time], httpx.AsyncBaseTransport] | None = None,
    **settings: Any,
) -> AsyncIterator[Bench]:
    """Make a simulator and a client on it; `wrap` puts something of a test's own in between."""
    clock = Time()
    simulator = settings.pop("simulator", None) or Simulator(**{"limit": None, "clock": clock, **settings})
    requests: list[httpx.Request] = []

    async def noted(request: httpx.Request) -> None:
        requests.append(request)

    transport: httpx.AsyncBaseTransport = simulator.transport(sleep=clock.sleep)
    if wrap is not None:
        transport = wrap(transport, clock)
    http = httpx.AsyncClient(transport=transport, event_hooks={"request": [noted]})
    client = B2Brouter(
        simulator.api_key,
        base_url=simulator.base_url,
        limiter=TokenBucket(10**6, 0.01, max_in_flight=64),
        http_client=http,
    )
    quicken(client, clock.sleep)
    async with http, client:
        yield Bench(simulator, clock, client, folder, requests, transport)


def quicken(client: B2Brouter, sleep: Callable[[float], Awaitable[object]]) -> None:
    """Have a client wait between attempts on another clock."""
    client.caller.pipeline.sleep = sleep


US = Company(
    name="Talleres Ficticios del Norte S.L.", country="ES", tax_id="ESB01234566", company_id="01234566",
    gln="9520000000004", street="Calle Inventada 12", city="Bilbao", postalcode="48001",
    email="facturas@example.com",
)  # fmt: skip
"""The simulator's first account."""


def document(number: str = "F1-1", **fields: Any) -> bytes:
    """One document of ours."""
    return ubl_invoice(**{"seller": US, "number": number, **fields})


@cache
def _documents(seed: int) -> tuple[Iterator[tuple[str, bytes]], list[bytes]]:
    return samples(10**6, seed=seed, seller=US), []


def documents(count: int, seed: int = 1) -> list[bytes]:
    """Documents of ours, all different; written once in a process, since that takes longer than sending them."""
    coming, written = _documents(seed)
    written += [content for _, content in itertools.islice(coming, max(0, count - len(written)))]
    return written[:count]


def invoice(number: str = "J-1", **fields: Any) -> dict[str, object]:
    """An invoice as JSON."""
    return {
        "number": number,
        "date": "2026-03-02",
        "contact": {"name": "Compras de Muestra, S.A.", "tin_value": "ESB12345674", "country": "es"},
        "invoice_lines_attributes": [
            {"description": "Desk lamp", "quantity": 2, "price": 50, "taxes_attributes": [
                {"name": "IVA", "category": "S", "percent": 21}]},
        ],
        **fields,
    }  # fmt: skip


def named_documents(count: int, seed: int = 1) -> list[Document]:
    """Documents of ours, all different, each with the name of a file."""
    return [Document(content, name=f"{n}.xml") for n, content in enumerate(documents(count, seed))]
