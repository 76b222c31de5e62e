from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from b2brouter_async.simulator import Delays, Simulator
from b2brouter_async.simulator.serving import serve

from .support import create, invoice, unchecked, until

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

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


class Deliberate:
    """An application that takes a request and answers when it may."""

    def __init__(self) -> None:
        self.asked, self.may_answer = threading.Event(), threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        self.asked.set()
        await until(self.may_answer.is_set)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"42"})


async def listens(url: str) -> bool:
    try:
        stream = await anyio.connect_tcp("127.0.0.1", int(url.rpartition(":")[2]))
    except OSError:
        return False
    await stream.aclose()
    return True


async def test_a_reply_under_way_when_the_server_is_stopped_is_given_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serve, "_PATIENCE", 300)
    app = Deliberate()
    answers: list[str] = []

    async def ask(url: str) -> None:
        async with httpx.AsyncClient(verify=False, timeout=300) as http:
            answers.append((await http.get(url)).text)

    async def answer_when_it_is_stopping(url: str) -> None:
        while await listens(url):
            pass
        app.may_answer.set()

    async with anyio.create_task_group() as tasks, serve.serving(app) as url:
        tasks.start_soon(ask, url)
        await until(app.asked.is_set)
        tasks.start_soon(answer_when_it_is_stopping, url)
    assert answers == ["42"]


async def test_a_reply_that_never_comes_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_PATIENCE", 0.01)
    app = Deliberate()
    statuses: list[int] = []

    async def ask(url: str) -> None:
        async with httpx.AsyncClient(verify=False, timeout=300) as http:
            statuses.append((await http.get(url)).status_code)

    async with anyio.create_task_group() as tasks, serve.serving(app) as url:
        tasks.start_soon(ask, url)
        await until(app.asked.is_set)
    assert statuses == [500]
