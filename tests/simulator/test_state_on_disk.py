from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from b2brouter_async.simulator import Key, Simulator, frozen
from b2brouter_async.simulator.server.limits import POLICIES

from . import documents
from .conftest import MORNING
from .support import ROOT, client, create, error, invoice, unchecked

if TYPE_CHECKING:
    from pathlib import Path

    from b2brouter_async.simulator.server.limits import PolicyName

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


def test_what_was_confirmed_survives_a_kill_and_so_does_what_the_limit_has_counted(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    # A day long, so that no time this test may take lets a request out of the window.
    limit = ["--limit-policy", "sliding-log", "--period", "86400", "--limit", "46"]
    for attempt in range(2):
        command = [
            sys.executable,
            "-m",
            "b2brouter_async.simulator",
            "--port",
            "0",
            "--data",
            str(file),
            *limit,
        ]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                url = server.stdout.readline().split()[3]
                headers = {"X-B2B-API-Key": "test_simulator"}
                with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
                    path = f"/accounts/{http.get('/accounts').json()['accounts'][0]['id']}/invoices"
                    assert http.get(path).json()["meta"]["total_count"] == 20 * attempt
                    for number in range(20):
                        assert http.post(path, json=invoice(f"{attempt}-{number}")).status_code == 201
                    assert http.post(path, json=invoice("0-7")).status_code == 422
                    # Twice 23 requests by now.
                    assert attempt == 0 or http.get(path).status_code == 429
            finally:
                server.kill()


@pytest.mark.parametrize("name", POLICIES)
async def test_a_limit_goes_on_after_a_restart_as_if_there_had_been_none(
    tmp_path: Path, name: PolicyName
) -> None:
    answers: dict[bool, list[int]] = {}
    for restarts in (False, True):
        file, now = tmp_path / f"{restarts}.db", MORNING

        def open_it(start: float, file: Path = file) -> Simulator:
            keys = [Key("test_other")]
            return Simulator(data=file, clock=frozen(start), limit=6, limit_policy=name, burst=1, keys=keys)

        simulator = open_it(now)
        statuses = answers[restarts] = []
        for step in range(40):
            if restarts and step % 5 == 4:
                simulator.close()
                simulator = open_it(now)
            http = unchecked(simulator, key=None if step % 4 else "test_other")
            statuses.append((await http.get("/web_hooks")).status_code)
            now += (0.0, 3.0, 11.0)[step % 3]
            simulator.advance((0.0, 3.0, 11.0)[step % 3])
        assert simulator.worst_window() > 6
        simulator.close()
    assert answers[True] == answers[False]
    assert set(answers[True]) == {200, 429}


async def test_arrivals_nobody_counts_any_more_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("b2brouter_async.simulator.state.sqlite_store.FORGET_AFTER", 10)
    file = tmp_path / "state.db"
    simulator = Simulator(data=file, clock=frozen(MORNING), limit=None, period=1.0)
    http = unchecked(simulator)
    for _ in range(100):
        await http.get("/web_hooks")
        simulator.advance(0.5)
    simulator.close()
    with contextlib.closing(sqlite3.connect(file)) as other:
        (count,) = other.execute("SELECT COUNT(*) FROM arrivals").fetchone()
        text = str(other.execute("SELECT * FROM arrivals").fetchall())
    assert 0 < count < 20
    assert simulator.api_key not in text


async def test_the_file_of_a_deleted_invoice_goes_with_it(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    simulator = Simulator(data=file, clock=frozen(MORNING))
    http = client(simulator)
    reply = await http.post(
        f"/accounts/{simulator.account}/invoices/import",
        content=documents.ubl("1"),
        headers={"Content-Type": "application/octet-stream"},
    )
    await http.delete(f"/invoices/{reply.json()['invoice']['id']}")
    simulator.close()
    with contextlib.closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT COUNT(*) FROM contents").fetchone() == (0,)


async def test_a_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """What is in a file is JSON, whatever is done to it in memory; amounts keep their digits."""
    file = tmp_path / "state.db"
    simulator = Simulator(data=file, clock=frozen(MORNING))
    made = await create(client(simulator), simulator.account, invoice("F-1"))
    simulator.close()
    with contextlib.closing(sqlite3.connect(file)) as other:
        query = "SELECT body, hidden FROM records WHERE kind = 'invoice'"
        ((body, hidden),) = other.execute(query).fetchall()
        assert json.loads(body) == made
        assert '"total":121.00' in body
        changed = json.dumps({**json.loads(body), "number": "F-2", "extra_info": "ñ"})
        other.execute("UPDATE records SET body = ? WHERE kind = 'invoice'", (changed,))
        other.commit()
        assert json.loads(hidden)["lines"]
    simulator = Simulator(data=file, clock=frozen(MORNING))
    http = client(simulator)
    listed = (await http.get(f"/accounts/{simulator.account}/invoices", params={"number": "F-2"})).json()
    assert [row["id"] for row in listed["invoices"]] == [made["id"]]
    shown = (await http.get(f"/invoices/{made['id']}?include=lines")).json()["invoice"]
    assert (shown["extra_info"], shown["total"], len(shown["lines"])) == ("ñ", 121, 1)
    simulator.close()
