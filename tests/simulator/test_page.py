"""What the simulator has beside the API: the page at `/`, the spec, and leave for pages of the same machine to call it."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from b2brouter_async.simulator import Simulator
from b2brouter_async.simulator.spec import packaged

from .support import create, invoice, unchecked

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--window-size=1280,1400",
)  # fmt: skip


def served(simulator: Simulator) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(simulator.app), base_url="http://127.0.0.1:8000")


async def lived() -> Simulator:
    """A simulator with a sent invoice, one in error, a 429, a broken connection and a web hook call."""
    simulator = Simulator(limit=6, faults=["reset_after operation='GET /schemes' times=1"])
    http = unchecked(simulator)
    hook = {"url": "https://shop.example.com/hooks?a=1&b=<2>", "events": ["issued_invoice.state_change"]}
    await http.post("/web_hooks", json={"web_hook": hook})
    nasty = {"name": "<script>alert('x')</script>", "tin_value": "ESB98765431"}
    await create(http, simulator.account, {**invoice("F-1", contact=nasty), "send_after_import": True})
    lost = {"name": "Nobody", "tin_value": "ESB98765431", "pin_scheme": "0088", "pin_value": "9500047420799"}
    await create(http, simulator.account, {**invoice("F-2", contact=lost), "send_after_import": True})
    await create(http, simulator.account, invoice("F-3", invoice_lines_attributes=[]))
    with pytest.raises(httpx.ReadError):
        await http.get("/schemes")
    await http.get("/accounts")
    assert (await http.get("/accounts?query=name~x")).status_code == 429
    simulator.advance(30)
    simulator.take_deliveries()
    return simulator


async def test_the_page_shows_accounts_invoices_states_requests_and_calls() -> None:
    simulator = await lived()
    reply = await served(simulator).get("/")
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    page = reply.text
    assert "Talleres Ficticios del Norte S.L." in page
    for state in ("new 1", "sent 1", "error 1"):
        assert state in page
    assert "Invoice lines are missing" in page
    assert "Receiver is not registered in the network" in page
    assert "7 requests, 1 answered 429" in page
    assert '<tr class="limited">' in page
    assert "/accounts?query=name~x" in page
    assert "reset_after" in page
    assert "no reply" in page
    assert "issued_invoice.state_change" in page
    assert "taken by the test" in page


async def test_the_page_escapes_what_clients_wrote_and_keeps_the_key_to_itself() -> None:
    simulator = await lived()
    page = simulator.page()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "a=1&amp;b=&lt;2&gt;" in page
    assert simulator.api_key not in page


async def test_the_page_loads_nothing_from_anywhere() -> None:
    simulator = await lived()
    reply = await served(simulator).get("/")
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for words in ("src=", "@import", "url("):
        assert words not in reply.text


async def test_an_empty_simulator_has_a_page_and_it_renews_itself_on_request() -> None:
    http = served(Simulator())
    assert (await http.get("/")).text.count("None yet.") == 3
    assert 'content="5"' in (await http.get("/?every=5")).text
    assert "refresh" not in (await http.get("/?every=x")).text
    assert (await http.head("/")).status_code == 200
    assert (await http.post("/")).status_code == 401


async def test_the_spec_is_served() -> None:
    assert (await served(Simulator()).get("/openapi.json")).json() == packaged().source


@pytest.mark.parametrize(
    "origin", ["http://localhost:5173", "http://127.0.0.1:8000", "https://[::1]:3000", "http://localhost"]
)
async def test_a_page_of_this_machine_may_call_the_api(origin: str) -> None:
    simulator = Simulator()
    http = served(simulator)
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "X-B2B-API-Key",
    }
    allowed = await http.options("/accounts/483921", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == origin
    assert "PUT" in allowed.headers["Access-Control-Allow-Methods"]
    assert allowed.headers["Access-Control-Allow-Headers"].lower() == "x-b2b-api-key"
    reply = await http.get("/accounts", headers={"Origin": origin, "X-B2B-API-Key": simulator.api_key})
    assert reply.headers["Access-Control-Allow-Origin"] == origin
    assert "X-B2B-API-Request-Id" in reply.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "null"],
)
async def test_a_page_from_elsewhere_may_not(origin: str) -> None:
    simulator = Simulator()
    reply = await served(simulator).get(
        "/accounts", headers={"Origin": origin, "X-B2B-API-Key": simulator.api_key}
    )
    assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.nightly
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")
async def test_a_browser_shows_the_page(tmp_path: Path) -> None:
    simulator = await lived()
    with tempfile.TemporaryDirectory() as profile:
        async with simulator.serve() as url:
            command = [
                str(CHROMIUM),
                *FLAGS,
                f"--user-data-dir={profile}",
                f"--screenshot={tmp_path / 'page.png'}",
                url,
            ]
            await anyio.run_process(command, check=True)
            command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", "--dump-dom", url]
            seen = (await anyio.run_process(command, check=True)).stdout.decode()
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    assert "F-1" in seen
    assert "<td>&lt;script&gt;alert('x')&lt;/script&gt;</td>" in seen
