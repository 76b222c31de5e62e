from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from attrs import define, field

from b2brouter_async import ArgumentError, B2Brouter, NotFoundError, UnprocessableError
from b2brouter_async.generated.models.invoice_state import InvoiceState
from b2brouter_async.resources.waiting import (
    NeverSentError,
    Pace,
    WaitTimeout,
    wait_for_directory,
    wait_for_document,
    wait_for_tin_verification,
    wait_until,
)

from .conftest import KEY, RecordingLimiter, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Wire

pytestmark = pytest.mark.anyio

ENTRY = {"name": "N", "Invoice": None}


@define
class Time:
    now: float = 0.0
    naps: list[float] = field(factory=list)

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds

    @property
    def pace(self) -> Pace:
        return Pace(sleep=self.sleep, clock=lambda: self.now)


def invoice(state: str, **more: Any) -> httpx.Response:
    return reply(200, {"invoice": {"id": 5, "state": state, **more}})


async def test_an_invoice_is_waited_for_through_states_nobody_knows(wire: Callable[..., Wire]) -> None:
    time = Time()
    api = wire(invoice("new"), invoice("sending"), invoice("teleporting"), invoice("sent"))
    found = await wait_until(api.client, 5, pace=time.pace)
    assert found.state == "sent"
    assert time.naps == pytest.approx([1.0, 1.6, 2.56])


async def test_an_invoice_with_errors_is_not_waited_for(wire: Callable[..., Wire]) -> None:
    api = wire(invoice("new", errors=["no tax id", {"message": "no address"}]))
    with pytest.raises(NeverSentError) as caught:
        await wait_until(api.client, 5)
    assert caught.value.errors == ("no tax id", "no address")
    assert pickle.loads(pickle.dumps(caught.value)).errors == caught.value.errors


async def test_waiting_ends(wire: Callable[..., Wire]) -> None:
    time = Time()
    api = wire(invoice("sending"))
    with pytest.raises(WaitTimeout, match="sending") as caught:
        await wait_until(api.client, 5, {"paid"}, timeout=100.0, pace=time.pace)
    assert sum(time.naps) == pytest.approx(100.0)
    assert max(time.naps) <= 20.0
    assert isinstance(caught.value, TimeoutError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    with pytest.raises(ArgumentError):
        await wait_until(api.client, 5, timeout=0)
    with pytest.raises(ArgumentError, match="states"):
        await wait_until(api.client, 5, [])


@pytest.mark.parametrize("states", ["sent", InvoiceState.SENT, ["paid", InvoiceState.SENT]])
async def test_one_state_is_named_as_it_is(wire: Callable[..., Wire], states: Any) -> None:
    api = wire(invoice("sending"), invoice("sent"))
    assert (await wait_until(api.client, 5, states, pace=Time().pace)).state == "sent"


async def test_a_limiter_without_a_place_ends_the_waiting_too(wire: Callable[..., Wire]) -> None:
    api = wire(invoice("sending"))
    api.limiter.full = True
    with pytest.raises(WaitTimeout, match="nothing"):
        await wait_until(api.client, 5, timeout=100.0, pace=Time().pace)


async def test_the_directory_is_asked_until_it_answers(wire: Callable[..., Wire]) -> None:
    time = Time()
    api = wire(reply(202, {"polling_url": "https://x/y"}), reply(424), reply(200, ENTRY))
    entry = await wait_for_directory(api.client, "be", "0214596464", pace=time.pace)
    assert entry.name == "N"
    assert set(api.lines) == {"GET /directory/be/0214596464"}
    api = wire(reply(200, ENTRY))
    await wait_for_directory(api.client, None, "1", scheme="0208")
    await wait_for_directory(api.client, "be", "1", scheme="0208")
    assert api.lines == ["GET /directory/0208/1", "GET /directory/be/0208/1"]


@pytest.mark.parametrize(("status", "error"), [(404, NotFoundError), (422, UnprocessableError)])
async def test_a_party_that_is_not_registered_is_not_waited_for(
    wire: Callable[..., Wire], status: int, error: type[Exception]
) -> None:
    api = wire(reply(status))
    with pytest.raises(error):
        await wait_for_directory(api.client, "be", "1")
    with pytest.raises(ArgumentError):
        await wait_for_directory(api.client, None, "1")
    assert len(api.requests) == 1


async def test_a_check_of_tax_numbers_is_waited_for(wire: Callable[..., Wire]) -> None:
    time = Time()
    pending, done = {"id": "7", "status": "pending"}, {"id": "7", "status": "finished", "results": []}
    for wrap in (lambda value: {"tin_verification": value}, lambda value: value):
        api = wire(reply(200, wrap(pending)), reply(200, wrap(done)))
        assert (await wait_for_tin_verification(api.client, 7, pace=time.pace)).status == "finished"


def documents(pdf_after: int, exists: bool = True) -> tuple[B2Brouter, list[str]]:
    paths: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        if "/as/" in request.url.path:
            ready = sum("/as/" in path for path in paths) > pdf_after
            return httpx.Response(200, content=b"%PDF") if ready else httpx.Response(404)
        return invoice("new") if exists else httpx.Response(404)

    http_client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return B2Brouter(KEY, http_client=http_client, limiter=RecordingLimiter()), paths


async def test_a_pdf_that_is_not_ready_is_waited_for() -> None:
    time = Time()
    client, paths = documents(pdf_after=2)
    assert (await wait_for_document(client, 5, pace=time.pace)).content == b"%PDF"
    assert len(paths) == 4


async def test_a_pdf_that_never_comes_is_not_found() -> None:
    time = Time()
    client, _ = documents(pdf_after=999)
    with pytest.raises(NotFoundError):
        await wait_for_document(client, 5, timeout=10.0, pace=time.pace)
    client, paths = documents(pdf_after=999, exists=False)
    with pytest.raises(NotFoundError):
        await wait_for_document(client, 5, pace=time.pace)
    assert len(paths) == 2


async def test_each_resource_waits_for_its_own(wire: Callable[..., Wire]) -> None:
    time = Time()
    client = wire(
        reply(202, {"status": "pending"}), reply(200, ENTRY),
        reply(200, {"tin_verification": {"id": 7, "status": "pending"}}),
        reply(200, {"tin_verification": {"id": 7, "status": "finished"}}),
        reply(200, {"batch_id": 9, "status": "processing"}), reply(200, {"batch_id": 9, "status": "finished"}),
        reply(404, {}), invoice("sent"), httpx.Response(200, content=b"%PDF"),
    ).client  # fmt: skip
    assert (await client.directory.wait_for("be", "0214596464", pace=time.pace)).name == "N"
    assert (await client.tin_verifications.wait_for(7, pace=time.pace)).status == "finished"
    assert (await client.tax_report_batches.wait_for(9, account=1, pace=time.pace)).status == "finished"
    assert (await client.invoices.wait_for_document(5, pace=time.pace)).content == b"%PDF"


async def test_a_server_that_is_away_for_a_while_is_no_end(wire: Callable[..., Wire]) -> None:
    time = Time()
    client = wire(*[reply(503)] * 9, invoice("sent")).client.with_options(max_attempts=1)
    assert (await wait_until(client, 5, pace=time.pace)).state == "sent"


async def test_a_batch_that_does_not_end_is_a_timeout_with_its_state(wire: Callable[..., Wire]) -> None:
    time = Time()
    client = wire(*[reply(200, {"batch_id": 9, "status": "processing"})] * 40).client
    with pytest.raises(WaitTimeout, match="batch 9") as late:
        await client.tax_report_batches.wait_for(9, account=1, timeout=100, pace=time.pace)
    assert late.value.last == "processing"
