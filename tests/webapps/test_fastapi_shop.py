"""The shop over real HTTP, with the simulator behind it: killed in the middle, twice, nothing is lost or doubled."""

from __future__ import annotations

import collections
import contextlib
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from b2brouter_async import APIConnectionError, B2Brouter, RetryPolicy
from b2brouter_async.simulator import Delays, Simulator
from examples.fastapi_shop.files import PDF
from tests.runtime.test_streaming import head, served

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]
EVENTS = ["issued_invoice.state_change"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Shop:
    """The shop's process, started and killed."""

    def __init__(self, port: int, variables: dict[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command = [
            sys.executable, "-m", "uvicorn", "examples.fastapi_shop.app:app", "--port", str(port), "--log-level", "error",
        ]  # fmt: skip
        self._variables = {**os.environ, **variables}

    async def start(self, http: httpx.AsyncClient) -> None:
        self._process = subprocess.Popen(self._command, env=self._variables)  # noqa: ASYNC220 - it is killed as one
        with anyio.fail_after(60):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await http.get(f"{self.url}/health")).is_success:
                        return
                assert self._process.poll() is None, "the shop does not start"
                await anyio.sleep(0.05)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        self._process.terminate()
        return self._process.wait()


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncGenerator[tuple[Shop, Simulator, B2Brouter, httpx.AsyncClient]]:
    simulator = Simulator(
        api_key="test_shop", limit=None, delays=Delays(send=0.2, register=0.2, refuse=0.2), hook_repeats=0.3
    )
    port = free_port()
    async with (
        simulator.serve() as address,
        B2Brouter(simulator.api_key, base_url=address, account=simulator.account) as client,
        httpx.AsyncClient(timeout=20, trust_env=False) as http,
    ):
        hook = await client.web_hooks.ensure(f"http://127.0.0.1:{port}/hooks/b2brouter", EVENTS)
        shop = Shop(
            port,
            {
                "B2BROUTER_API_KEY": simulator.api_key,
                "B2BROUTER_ACCOUNT": simulator.account,
                "B2BROUTER_BASE_URL": address,
                "B2BROUTER_WEBHOOK_SECRET": hook.signing_secret or "",
                "SHOP_DATA": str(folder),
            },
        )
        await shop.start(http)
        try:
            yield shop, simulator, client, http
        finally:
            shop.kill()


def order(number: int) -> dict[str, Any]:
    return {
        "id": f"order-{number}",
        "date": "2026-11-26",
        "buyer": {"name": f"Buyer {number}", "tin_value": "ESB98765431", "country": "es"},
        "lines": [{"description": "Gasket", "quantity": 1 + number, "price": "49.90"}],
    }


async def place(shop: Shop, http: httpx.AsyncClient, number: int) -> str:
    """Place an order as a client does: again, until it is answered."""
    while True:
        with contextlib.suppress(httpx.TransportError):
            answer = await http.post(f"{shop.url}/orders", json=order(number))
            assert answer.status_code == 202, answer.text
            return str(answer.json()["number"])
        await shop.start(http)


async def settled(shop: Shop, simulator: Simulator, http: httpx.AsyncClient, count: int, state: str) -> None:
    """Wait until every order is in a state. Calls of web hooks that found nobody come again when the clock is turned."""
    turned = 0
    with anyio.fail_after(120):
        for number in range(count):
            while (await http.get(f"{shop.url}/orders/order-{number}")).json()["state"] != state:
                await anyio.sleep(0.2)
                turned += 1
                # Not by more than the five minutes that a signature may be off.
                if turned % 10 == 0 and turned < 400:
                    simulator.advance(6)


@pytest.mark.nightly
async def test_killed_twice_in_the_middle_each_order_has_one_invoice_and_its_last_state(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as (shop, simulator, client, http):
        numbers: list[str] = []
        for number in range(24):
            numbers.append(await place(shop, http, number))
            if number in (7, 15):
                shop.kill()
        # A client that got its answer and forgot it: the same order again is no second one.
        assert await place(shop, http, 3) == numbers[3]
        await settled(shop, simulator, http, 24, "sent")

        rows = [row async for row in client.invoices.list(type="IssuedInvoice")]
        assert collections.Counter(row.number for row in rows) == dict.fromkeys(numbers, 1)
        assert len(set(numbers)) == 24
        assert {str(row.state) for row in rows} == {"sent"}
        for number in range(24):
            shown = (await http.get(f"{shop.url}/orders/order-{number}")).json()
            assert shown["outcome"] in ("created", "adopted"), shown

        health = (await http.get(f"{shop.url}/health")).json()
        assert health["orders"] == {"sent": 24}
        assert health["limiter"]["limit"] == 600
        assert health["events_set_aside"] == 0


async def test_the_pdf_is_handed_on_and_what_is_not_there_is_told(tmp_path: Path) -> None:
    async with running(tmp_path) as (shop, simulator, client, http):
        await place(shop, http, 0)
        await settled(shop, simulator, http, 1, "sent")
        async with http.stream("GET", f"{shop.url}/orders/order-0/invoice.pdf") as reply:
            assert reply.status_code == 200
            assert reply.headers["content-type"] == "application/pdf"
            assert reply.headers["content-disposition"] == 'inline; filename="S-000001.pdf"'
            content = b"".join([part async for part in reply.aiter_bytes()])
        (row,) = [row async for row in client.invoices.list(type="IssuedInvoice")]
        assert content == (await client.invoices.download(row.id, "pdf.invoice")).content
        assert (await http.get(f"{shop.url}/orders/nonsense/invoice.pdf")).status_code == 404
        assert (await http.get(f"{shop.url}/orders/nonsense")).status_code == 404
        assert (await http.post(f"{shop.url}/orders", json={"id": "x"})).status_code == 422
        assert (await http.post(f"{shop.url}/hooks/b2brouter", content=b"{}")).status_code == 400
        assert (await http.get(f"{shop.url}/hooks/b2brouter")).status_code == 405
        assert shop.stop() in (0, -15), "it ends by itself when it is asked to"


class Browser:
    """An ASGI connection whose messages are seen as they come."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.came = anyio.Event()

    async def receive(self) -> dict[str, Any]:
        await anyio.sleep_forever()
        raise AssertionError

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        self.body += message.get("body", b"")
        if self.body:
            self.came.set()


async def hand_on(url: str, browser: Browser) -> None:
    async with B2Brouter("test_shop", base_url=url, retry=RetryPolicy(max_attempts=1)) as client:
        scope: dict[str, Any] = {"type": "http", "method": "GET", "asgi": {"spec_version": "2.4"}}
        await PDF(client, 5, "S-000001")(scope, browser.receive, browser.send)


async def test_the_browser_has_the_beginning_before_b2brouter_has_sent_the_end() -> None:
    more, browser = anyio.Event(), Browser()
    with anyio.fail_after(30):
        async with served([head(6), b"one", more, b"two"]) as server, anyio.create_task_group() as tasks:
            tasks.start_soon(hand_on, server.url, browser)
            await browser.came.wait()
            assert (browser.status, browser.body) == (200, b"one")
            assert browser.headers[b"content-length"] == b"6"
            more.set()
    assert browser.body == b"onetwo"


async def test_a_pdf_that_breaks_off_is_no_whole_answer_and_one_that_never_began_is_told() -> None:
    browser = Browser()
    async with served([head(6), b"one"]) as server:
        with pytest.raises(APIConnectionError):
            await hand_on(server.url, browser)
    assert (browser.status, browser.body) == (200, b"one")
    for answer, status in ((b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", 502), (b"", 504)):
        browser = Browser()
        async with served([answer]) as server:
            await hand_on(server.url, browser)
        assert browser.status == status
