from __future__ import annotations

import httpx
import pytest

from b2brouter_async.simulator import Delays, Simulator

from .support import create, invoice, unchecked, until

pytestmark = pytest.mark.anyio


async def test_served_on_a_socket_it_answers_as_in_the_process() -> None:
    simulator = Simulator()
    async with (
        simulator.serve() as url,
        httpx.AsyncClient(base_url=url, headers={"X-B2B-API-Key": simulator.api_key}) as http,
    ):
        assert url.startswith("http://127.0.0.1:")
        made = await create(http, simulator.account, invoice())
        over_socket = (await http.get(f"/invoices/{made['id']}")).json()
    assert (await unchecked(simulator).get(f"/invoices/{made['id']}")).json() == over_socket


async def test_two_simulators_can_be_served_at_once_and_a_port_that_is_taken_is_an_error() -> None:
    one, two = Simulator(), Simulator()
    async with one.serve() as first, two.serve() as second:
        assert first != second
        with pytest.raises(OSError, match="in use"):
            async with Simulator().serve(port=int(first.rpartition(":")[2])):
                pass


async def test_a_served_simulator_calls_its_web_hooks_by_itself() -> None:
    """The subscriber is a simulator too: what it cannot answer 2xx counts as a call all the same."""
    simulator, subscriber = Simulator(delays=Delays(send=0.01)), Simulator()
    async with subscriber.serve() as hooks, simulator.serve() as url:
        async with httpx.AsyncClient(base_url=url, headers={"X-B2B-API-Key": simulator.api_key}) as http:
            events = ["issued_invoice.state_change"]
            await http.post("/web_hooks", json={"web_hook": {"url": f"{hooks}/hook", "events": events}})
            await create(http, simulator.account, {**invoice(), "send_after_import": True})
        await until(lambda: subscriber.answered == 2)
    assert len(simulator.outbox) == 2


@pytest.mark.parametrize(
    "path", ["/invoices/a%0Ab", "/%00", "/a%2Fb", "/x//", "/%FF%FE", "/invoices/%C3%28/as/original"]
)
async def test_no_path_escapes_the_simulators_own_404(path: str) -> None:
    simulator = Simulator()
    transport = httpx.ASGITransport(simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://any.test") as http:
        reply = await http.get(path, headers={"X-B2B-API-Key": simulator.api_key})
    assert reply.status_code == 404
    assert reply.json()["error"]["code"] == "resource_missing"
