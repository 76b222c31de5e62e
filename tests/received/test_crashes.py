"""Two workers on one queue, one of them killed: nothing is skipped, nothing handled by two at once, the bad ones listed."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from b2brouter_async import B2Brouter
from b2brouter_async.simulator import Simulator
from examples.sample_invoices import ubl_invoice

from .crashing import POINTS, open_database, start

if TYPE_CHECKING:
    from pathlib import Path


async def run(folder: Path, point: str, nth: int, count: int) -> None:
    simulator = Simulator(api_key="test_received", limit=None)
    database = open_database(folder)
    async with (
        httpx.AsyncClient(transport=simulator.transport()) as http,
        B2Brouter(
            simulator.api_key, account=simulator.account, base_url=simulator.base_url, http_client=http,
            requests_per_minute=1_000_000,
        ) as client,
        simulator.serve() as address,
    ):  # fmt: skip
        for number in range(count):
            await client.invoices.import_document(content=ubl_invoice(number=f"R-{number}"), issued=False)
        dies = start(address, folder, simulator.account, "dies", point, nth)
        # It leases four, so its point is reached whatever the other one takes.
        while dies.poll() is None and not database.execute("SELECT 1 FROM calls").fetchone():  # noqa: ASYNC110
            await anyio.sleep(0.01)
        lives = start(address, folder, simulator.account, "lives")
        assert dies.wait() == -signal.SIGKILL
        database.execute("INSERT INTO dead_workers VALUES ('dies')")
        assert lives.wait() == 0
        effects = [number for (number,) in database.execute("SELECT number FROM effects")]
        good = [f"R-{number}" for number in range(count) if number % 10]
        assert sorted(effects) == sorted(good), "handled each, and with one effect"
        assert database.execute("SELECT * FROM two_at_once").fetchall() == []
        dead = await client.received.dead(store=folder / "store.sqlite")
        rows = {row.id: row.number async for row in client.received.pending()}
        assert sorted(one.id for one in dead) == sorted(rows), "the bad ones are listed, and not acknowledged"
        assert sorted(map(str, rows.values())) == sorted(f"R-{number}" for number in range(0, count, 10))
        assert all("nonsense" in (one.problem or "") for one in dead)
        (calls,) = database.execute("SELECT count(*) FROM calls").fetchone()
        assert calls <= len(good) + 3 * len(dead) + 12
    database.close()


@pytest.mark.nightly
@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("point", POINTS)
async def test_killed_in_this_gap_no_invoice_is_lost(point: str, tmp_path: Path) -> None:
    await run(tmp_path, point, 2, count=12)


@pytest.mark.nightly
@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_queue_of_three_hundred_with_one_of_two_workers_killed(tmp_path: Path) -> None:
    await run(tmp_path, "between work and note", 3, count=300)
