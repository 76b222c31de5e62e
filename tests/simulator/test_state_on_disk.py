from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from b2brouter_async.simulator import Simulator, frozen

from . import documents
from .conftest import MORNING
from .support import ROOT, client, create, error, invoice

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_everything_is_there_again_and_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    simulator = Simulator(data=file, clock=frozen(MORNING))
    http = client(simulator)
    hook = {"web_hook": {"url": "https://hooks.test", "events": ["issued_invoice.state_change"]}}
    await http.post("/web_hooks", json=hook)
    sent = await create(http, simulator.account, {**invoice("1"), "send_after_import": True})
    content = documents.ubl("2")
    imported = await http.post(
        f"/accounts/{simulator.account}/invoices/import",
        content=content,
        headers={"Content-Type": "application/octet-stream"},
    )
    gone = await create(http, simulator.account, invoice("3"))
    await http.delete(f"/invoices/{gone['id']}")
    before = (await http.get(f"/accounts/{simulator.account}/invoices")).json()
    simulator.close()

    simulator = Simulator(data=file, clock=frozen(MORNING))
    http = client(simulator)
    assert (await http.get(f"/accounts/{simulator.account}/invoices")).json() == before
    assert (await http.get("/accounts")).json()["total_count"] == 2
    assert error(await http.get(f"/invoices/{gone['id']}")) == (404, "resource_missing", None)
    path = f"/invoices/{imported.json()['invoice']['id']}/as/original"
    assert (await http.get(path)).content == content
    reply = await http.post(f"/accounts/{simulator.account}/invoices", json=invoice("1"))
    assert error(reply) == (422, "parameter_taken", "number")
    assert len(simulator.take_deliveries()) == 1
    simulator.advance(1)
    assert (await http.get(f"/invoices/{sent['id']}")).json()["invoice"]["state"] == "sent"
    assert (await create(http, simulator.account, invoice("4")))["id"] > gone["id"]
    assert len(simulator.ledger()) == 4
    simulator.close()


def test_what_was_confirmed_survives_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    for attempt in range(2):
        command = [sys.executable, "-m", "b2brouter_async.simulator", "--port", "0", "--data", str(file)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            url = server.stdout.readline().split()[3]
            with httpx.Client(base_url=url, headers={"X-B2B-API-Key": "test_simulator"}) as http:
                path = f"/accounts/{http.get('/accounts').json()['accounts'][0]['id']}/invoices"
                assert http.get(path).json()["meta"]["total_count"] == 20 * attempt
                for number in range(20):
                    assert http.post(path, json=invoice(f"{attempt}-{number}")).status_code == 201
                assert http.post(path, json=invoice("0-7")).status_code == 422
            server.send_signal(signal.SIGKILL)
