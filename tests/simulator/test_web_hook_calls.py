"""The calls themselves: to whom, when, in which order, and what one subscriber's trouble does to the others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from b2brouter_async.simulator import Delays, Delivery, Simulator, frozen

from .conftest import MORNING
from .support import client, create, error, invoice, unchecked, until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

CREATED, CHANGED = "received_invoice.created", "issued_invoice.state_change"


async def subscribe(http: httpx.AsyncClient, url: str, *events: str) -> None:
    reply = await http.post("/web_hooks", json={"web_hook": {"url": url, "events": events or [CREATED]}})
    assert reply.status_code == 201, reply.text


async def arrive(http: httpx.AsyncClient, simulator: Simulator, number: str) -> None:
    await create(http, simulator.account, invoice(number, type="ReceivedInvoice"))


def bodies(deliveries: list[Delivery]) -> list[dict[str, Any]]:
    return [json.loads(delivery.content) for delivery in deliveries]


async def test_only_tax_reports_have_an_id_at_the_root_and_a_new_invoice_names_its_account(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    await subscribe(http, "https://hooks.test", CREATED, CHANGED, "tax_report.state_change")
    path = f"/accounts/{simulator.account}/tax_report_settings"
    await http.post(path, json={"tax_report_setting": {"code": "verifactu"}})
    await arrive(http, simulator, "r")
    await create(http, simulator.account, {**invoice(), "send_after_import": True})
    simulator.advance(3600)
    told = bodies(simulator.take_deliveries())
    assert {body["code"] for body in told if "id" in body} == {"tax_report.state_change"}
    assert {body["code"] for body in told} == {CREATED, CHANGED, "tax_report.state_change"}
    assert all(body["id"] == body["data"]["event_id"] for body in told if "id" in body)
    accounts = [body["data"]["account_id"] for body in told if body["code"] == CREATED]
    assert accounts == [int(simulator.account)]


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x", "https://", "http://", "http://localhost:99999/", "http://[::1", "http://xn--/", "http://\0/",
     "http://x/\ud800", "http://user:pw@/x", "http://x/" + "a" * 70_000],
)  # fmt: skip
async def test_an_address_nobody_can_call_is_refused(http: httpx.AsyncClient, url: str) -> None:
    content = json.dumps({"web_hook": {"url": url, "events": [CREATED]}})
    reply = await http.post("/web_hooks", content=content, headers={"Content-Type": "application/json"})
    assert error(reply)[::2] == (422, "url")


async def test_a_web_hook_in_force_needs_an_event(http: httpx.AsyncClient) -> None:
    bare: list[dict[str, Any]] = [{}, {"events": []}, {"enabled": True}]
    for fields in bare:
        reply = await http.post("/web_hooks", json={"web_hook": {"url": "https://hooks.test", **fields}})
        assert error(reply) == (422, "parameter_blank", "events")
    off = {"web_hook": {"url": "https://hooks.test", "enabled": False}}
    made = (await http.post("/web_hooks", json=off)).json()["web_hook"]
    reply = await http.put(f"/web_hooks/{made['id']}", json={"web_hook": {"enabled": True}})
    assert error(reply) == (422, "parameter_blank", "events")


async def test_a_subscriber_that_hangs_keeps_no_other_waiting() -> None:
    """Both are simulators: the one that hangs has each of its replies stalled for longer than this test may take."""
    simulator = Simulator(delays=Delays(send=0.01))
    hanging, quick = Simulator(faults=["stall seconds=3600"]), Simulator()
    async with hanging.serve() as first, quick.serve() as second, simulator.serve():
        http = client(simulator)
        await subscribe(http, first)
        await subscribe(http, second)
        await arrive(http, simulator, "1")
        await until(lambda: bool(hanging.answered and quick.answered))
        await arrive(http, simulator, "2")
        await until(lambda: quick.answered == 2)
    assert hanging.answered == 1


async def test_calls_that_could_not_be_made_wait_again(simulator: Simulator, http: httpx.AsyncClient) -> None:
    await subscribe(http, "https://hooks.test")
    for number in "abc":
        await arrive(http, simulator, number)
    called = []

    def handler(request: httpx.Request) -> httpx.Response:
        called.append(request)
        if len(called) == 2:
            raise RuntimeError("a mistake in the application under test")
        return httpx.Response(204)

    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as subscriber:
        with pytest.raises(RuntimeError, match="a mistake"):
            await simulator.deliver(subscriber)
        assert len(simulator.outbox) == 2
        assert [call.attempt for call in await simulator.deliver(subscriber)] == [1, 1]
    assert len(simulator.outbox) == 0


async def test_a_deleted_web_hook_is_not_called_any_more(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    await subscribe(http, "https://hooks.test")
    await arrive(http, simulator, "a")
    (hook,) = (await http.get("/web_hooks")).json()["web_hooks"]
    await http.delete(f"/web_hooks/{hook['id']}")
    assert simulator.take_deliveries() == []
    assert len(simulator.outbox) == 0


async def test_disorder_lets_a_state_be_told_before_the_one_it_followed() -> None:
    """Also when calls are taken as soon as they are due, as a served simulator takes them."""
    simulator = Simulator(hook_disorder=True, seed=1, clock=frozen(MORNING))
    http = unchecked(simulator)
    await subscribe(http, "https://hooks.test", CHANGED)
    for number in range(8):
        await create(http, simulator.account, {**invoice(str(number)), "send_after_import": True})
    told: list[dict[str, Any]] = []
    for _ in range(60):
        simulator.advance(0.1)
        told += [body["data"] for body in bodies(simulator.take_deliveries())]
    assert len(told) == 16
    states: dict[int, list[str]] = {}
    for data in told:
        states.setdefault(data["invoice_id"], []).append(data["state"])
    assert ["sent", "sending"] in states.values()
    assert ["sending", "sent"] in states.values()


async def test_a_failed_call_is_made_again_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    simulator = Simulator(data=file, clock=frozen(MORNING))
    http = client(simulator)
    await subscribe(http, "https://hooks.test")
    await arrive(http, simulator, "a")

    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as subscriber:
        assert len(await simulator.deliver(subscriber)) == 1
    simulator.close()
    simulator = Simulator(data=file, clock=frozen(MORNING))
    assert simulator.take_deliveries() == []
    simulator.advance(5)
    assert [call.attempt for call in simulator.take_deliveries()] == [2]
    simulator.close()
