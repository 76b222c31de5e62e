"""The Python of docs/fleet.md runs: an application adds, a worker delivers, and the application hears of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from b2brouter_async.fleet import Outbox, Worker, install_engine, migrate
from b2brouter_async.models import InvoiceInput
from b2brouter_async.simulator import Simulator

from ..bulk.support import invoice
from ..shown import run
from ..test_docs import examples
from .test_worker import PATIENCE, QUICK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"]), pytest.mark.nightly]
PAGE = Path(__file__).parents[2] / "docs" / "fleet.md"


class Shown:
    """Everything that the page's examples define, on a database and a simulator."""

    def __init__(self, database: str, simulator: Simulator, url: str) -> None:
        self.database, self.simulator, self.url = database, simulator, url
        self.names: dict[str, Any] = {}

    async def run(self) -> None:
        theirs = {
            '"postgresql://…"': repr(self.database),
            'environment="production"': f'environment="sandbox", base_url="{self.url}"',
            "account=1234": f"account={self.simulator.account}",
            "from_env()": f'from_env(base_url="{self.url}")',
        }
        for example in examples(PAGE):
            for said, meant in theirs.items():
                example = example.replace(said, meant)
            await run(example, PAGE.name, self.names)


@pytest.fixture
async def shown(
    anyio_backend: str, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shown]:
    await anyio.to_thread.run_sync(migrate, empty_database)
    await anyio.to_thread.run_sync(install_engine, empty_database)
    async with await psycopg.AsyncConnection.connect(empty_database, autocommit=True) as connection:
        await connection.execute("CREATE TABLE orders (id text PRIMARY KEY, document bigint)")
    simulator = Simulator(api_key="test_fleet", limit=None)
    monkeypatch.setenv("B2BROUTER_API_KEY", simulator.api_key)
    async with simulator.serve() as url:
        one = Shown(empty_database, simulator, url)
        await one.run()
        yield one


async def test_an_order_of_the_fastapi_application_is_delivered(shown: Shown) -> None:
    app = shown.names["app"]
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://shop.example") as shop,
    ):
        placed = await shop.post("/orders/A-1", json=invoice("A-1"))
        assert placed.status_code == 202, placed.text
        document = placed.json()["document"]
        # An order that is there is an error of the application's, and its second invoice is not added.
        with pytest.raises(psycopg.errors.UniqueViolation):
            await shop.post("/orders/A-1", json=invoice("A-2"))
        assert (await shop.get(f"/documents/{document}")).json() == {"outcome": "unknown", "invoice": None}

        outcome = await shown.names["deliver"](document)
        assert outcome.kind == "created"
        found = (await shop.get(f"/documents/{document}")).json()
        assert found == {"outcome": "created", "invoice": outcome.invoice_id}
        assert (await shop.get("/documents/99")).json() is None
    assert [entry.number for entry in shown.simulator.ledger()] == ["A-1"]


async def test_an_order_of_the_plain_lines_is_waited_for_and_told(shown: Shown) -> None:
    names = shown.names
    async with (
        AsyncConnectionPool(shown.database, open=False) as pool,
        Outbox(
            shown.database, environment="sandbox", base_url=shown.url, account=shown.simulator.account
        ) as outbox,
    ):
        names["outbox"] = outbox  # the functions of the page use the one of its beginning
        await names["order"](pool, "A-1", InvoiceInput.from_dict(invoice("A-1")))
        async with pool.connection() as connection:
            ((document,),) = await (await connection.execute("SELECT document FROM orders")).fetchall()
        async with names["B2Brouter"].from_env(base_url=shown.url, requests_per_minute=100_000) as client:
            worker = Worker(shown.database, client, settings=QUICK, patience=PATIENCE)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(worker.run)
                with anyio.fail_after(60):
                    kind, number, _ = await names["wait"](outbox, document)
                worker.stop()
        assert kind == "created"
        assert number
        assert [entry.number for entry in shown.simulator.ledger()] == ["A-1"]
        await names["serve"](outbox)  # as long as its block lasts, which is nothing here
