"""Whose invoice it is that carries the number: ours is what we sent, whoever asks and however."""

from __future__ import annotations

import contextlib
import time
from decimal import Decimal
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from b2brouter_async import B2Brouter, DuplicateNumberError, Reconciliation
from b2brouter_async.bulk import Document, Patience
from b2brouter_async.simulator import ACCOUNTS, Simulator
from examples.sample_invoices import BUYERS, ubl_invoice
from tests.bulk.support import US

from .conftest import RecordingLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from b2brouter_async.bulk import Outcome

pytestmark = pytest.mark.anyio


def invoice(**changes: Any) -> Any:
    return {
        "number": "A-1",
        "date": "2026-03-02",
        "currency": "EUR",
        "contact": {"name": "Compras de Muestra, S.A.", "tin_value": "ESB12345674", "country": "es"},
        "invoice_lines_attributes": [line()],
        **changes,
    }


def line(**changes: Any) -> dict[str, Any]:
    taxes = [{"name": "IVA", "category": "S", "percent": 21}]
    return {"description": "Desk lamp", "quantity": 2, "price": 50, "taxes_attributes": taxes, **changes}


class Losing(httpx.AsyncBaseTransport):
    """Loses the first invoice that is created, before or after the server has it; somebody else may take its number."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, done: bool) -> None:
        self.inner, self.done = inner, done
        self.meanwhile: list[dict[str, Any]] = []
        self.lost = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST" or self.lost or not request.url.path.endswith("/invoices"):
            return await self.inner.handle_async_request(request)
        self.lost = True
        if self.done:
            await self.inner.handle_async_request(request)
        async with httpx.AsyncClient(transport=self.inner, headers=request.headers) as stranger:
            stranger.headers.pop("content-length")
            for body in self.meanwhile:
                (await stranger.post(request.url, json={"invoice": body})).raise_for_status()
        raise httpx.ReadTimeout("lost", request=request)


@contextlib.asynccontextmanager
async def server(*, done: bool, **settings: Any) -> AsyncIterator[tuple[B2Brouter, Losing, Simulator]]:
    simulator = Simulator(limit=None, **settings)
    losing = Losing(simulator.transport(), done=done)
    async with httpx.AsyncClient(transport=losing) as http:
        client = B2Brouter(
            simulator.api_key, base_url=simulator.base_url, limiter=RecordingLimiter(), http_client=http
        )
        yield client.account(simulator.account), losing, simulator


async def at_once(seconds: float) -> None:
    """Wait for nothing."""


async def created(client: B2Brouter, body: Any) -> int:
    found = await client.invoices.create(
        invoice=body, on_unknown="reconcile", reconciliation=Reconciliation(sleep=at_once)
    )
    return found.id


async def uploaded(client: B2Brouter, body: Any, folder: Path, **settings: Any) -> Outcome:
    patience = Patience(visibility=1.0, sleep=at_once)
    async with client.upload(journal=folder / "run.db", patience=patience, **settings) as run:
        (outcome,) = [outcome async for outcome in run([body])]
    return outcome


STRANGERS = [
    invoice(invoice_lines_attributes=[line(price=51)]),
    invoice(due_date="2026-04-01"),
    invoice(contact={"name": "Somebody Else", "tin_value": "ESB99999999"}),
]


@pytest.mark.parametrize("stranger", STRANGERS, ids=["price", "due date", "party"])
async def test_a_strangers_invoice_that_took_the_number_of_a_lost_request_is_not_ours(
    tmp_path: Path, stranger: dict[str, Any]
) -> None:
    ours = invoice() if "due_date" not in stranger else invoice(due_date="2026-04-02")
    async with server(done=False) as (client, losing, simulator):
        losing.meanwhile = [stranger]
        with pytest.raises(DuplicateNumberError, match=r"taken by another invoice: .* here and ") as caught:
            await created(client, ours)
        assert (caught.value.number, caught.value.retry) == ("A-1", "never")
        assert caught.value.invoice_id is not None
        assert [entry.times for entry in simulator.ledger()] == [1]
    async with server(done=False) as (client, losing, _):
        losing.meanwhile = [stranger]
        outcome = await uploaded(client, ours, tmp_path)
        assert outcome.kind == "duplicate"
        assert " here and " in (outcome.message or "")


async def test_what_a_lost_request_has_made_is_ours(tmp_path: Path) -> None:
    async with server(done=True) as (client, _, simulator):
        assert await created(client, invoice())
        assert [entry.times for entry in simulator.ledger()] == [1]
    async with server(done=True) as (client, _, simulator):
        assert (await uploaded(client, invoice(), tmp_path)).kind == "adopted"
        assert [entry.times for entry in simulator.ledger()] == [1]


async def test_a_view_finds_a_number_in_its_own_account() -> None:
    async with server(done=False) as (client, losing, _):
        losing.lost = True
        made = await client.invoices.create(invoice=invoice())
        found = await client.invoices.find_by_number("A-1")
        assert found is not None
        assert found.id == made.id
        assert [row.id for row in await client.invoices.find_all_by_number("A-1", year=2026)] == [made.id]


ADDS_TAX = [{**ACCOUNTS[0], "adds_tax": ("IVA", 20)}]
EXEMPT = {"description": "Advice", "quantity": 1, "price": 810}


async def test_what_the_account_adds_to_an_invoice_of_ours_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours = invoice(invoice_lines_attributes=[EXEMPT])
    async with server(done=True, accounts=ADDS_TAX) as (client, _, simulator):
        assert await created(client, ours)
        assert "IVA" in caplog.text
        assert [entry.times for entry in simulator.ledger()] == [1]
    async with server(done=True, accounts=ADDS_TAX) as (client, _, _):
        outcome = await uploaded(client, ours, tmp_path, send=False)
        assert outcome.kind == "adopted"
        assert "IVA" in (outcome.message or "")


async def test_what_an_account_has_added_to_an_invoice_of_unknown_origin_is_for_a_person_to_decide(
    tmp_path: Path,
) -> None:
    ours = invoice(invoice_lines_attributes=[EXEMPT])
    async with server(done=True, accounts=ADDS_TAX) as (client, losing, _):
        losing.lost = True
        made = await client.invoices.create(invoice=ours)
        outcome = await uploaded(client, ours, tmp_path)
        assert outcome.kind == "unknown"
        assert f"Invoice {made.id} has its number" in (outcome.message or "")
        assert "IVA" in (outcome.message or "")
        assert (await client.invoices.get(made.id)).state == "new"


async def test_a_draft_whose_tax_was_corrected_is_neither_adopted_nor_sent(tmp_path: Path) -> None:
    """Uploaded without sending with 21 %, corrected to 4 %, and uploaded again."""
    corrected = line(taxes_attributes=[{"name": "IVA", "category": "S", "percent": 4}])
    async with server(done=True) as (client, losing, _):
        losing.lost = True
        (tmp_path / "drafts").mkdir()
        draft = await uploaded(client, invoice(), tmp_path / "drafts", send=False)
        outcome = await uploaded(client, invoice(invoice_lines_attributes=[corrected]), tmp_path)
        assert (outcome.kind, outcome.invoice_id) == ("duplicate", draft.invoice_id)
        assert "taxes_attributes[0].percent is 4 here and 21 there" in (outcome.message or "")
        assert draft.invoice_id is not None
        assert (await client.invoices.get(draft.invoice_id)).state == "new"


async def test_a_draft_that_can_be_compared_whole_is_adopted_and_sent(tmp_path: Path) -> None:
    async with server(done=True) as (client, losing, _):
        losing.lost = True
        (tmp_path / "drafts").mkdir()
        await uploaded(client, invoice(), tmp_path / "drafts", send=False)
        outcome = await uploaded(client, invoice(), tmp_path)
        assert (outcome.kind, outcome.state) == ("adopted", "sending")


async def test_a_draft_of_ours_that_shows_less_than_was_sent_is_adopted_and_not_sent(tmp_path: Path) -> None:
    ours = invoice(delivery_city="Bilbao")
    async with server(done=True) as (client, _, _):
        outcome = await uploaded(client, ours, tmp_path, send=False)
        assert outcome.kind == "adopted"
    async with server(done=True) as (client, _, _):
        # With totals to compare it is made as a draft, to be sent only then.
        (tmp_path / "sent").mkdir()
        document = Document(ours, total=Decimal(121))
        outcome = await uploaded(client, document, tmp_path / "sent", verify_totals=True)
        assert outcome.kind == "unknown"
        assert "not sent, since not everything could be compared" in (outcome.message or "")
        assert "delivery_city" in (outcome.message or "")
        rows = await client.invoices.find_all_by_number("A-1")
        assert [row.state for row in rows] == ["new"]
        # Somebody compares and sends it: the next run sees that.
        await client.invoices.send(rows[0].id)
        outcome = await uploaded(client, document, tmp_path / "sent", verify_totals=True)
        assert (outcome.kind, outcome.invoice_id) == ("adopted", rows[0].id)


async def test_an_older_invoice_that_is_the_same_was_not_made_by_this_call(tmp_path: Path) -> None:
    past = time.time() - 7 * 86_400
    async with server(done=False, clock=lambda: past) as (client, losing, _):
        losing.meanwhile = [invoice()]
        with pytest.raises(DuplicateNumberError, match="before this call"):
            await created(client, invoice())
    async with server(done=False, clock=lambda: past) as (client, losing, _):
        losing.meanwhile = [invoice()]
        outcome = await uploaded(client, invoice(), tmp_path, send=False)
        assert outcome.kind == "adopted"  # for an upload it is enough that it is there


async def test_an_import_whose_bytes_are_not_kept_is_told_from_another_by_what_it_says() -> None:
    ours, theirs = (ubl_invoice(seller=US, number="A-1", buyer=buyer) for buyer in BUYERS[1:3])
    async with server(done=False) as (client, losing, simulator):
        losing.lost = True
        simulator.faults.add("404 operation='GET /invoices/{}/as/{}'")
        simulator.faults.add("reset_before operation='POST /accounts/{}/invoices/import' times=1 skip=1")
        await client.invoices.import_document(content=theirs, issued=True)
        how = Reconciliation(sleep=at_once)
        with pytest.raises(DuplicateNumberError, match="contact is"):
            await client.invoices.import_document(
                content=ours, issued=True, on_unknown="reconcile", reconciliation=how
            )


class Dated(httpx.AsyncBaseTransport):
    """Says in each reply what time it is on the server."""

    def __init__(self, inner: httpx.AsyncBaseTransport, clock: Callable[[], float]) -> None:
        self.inner, self.clock = inner, clock

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        response.headers["Date"] = formatdate(self.clock(), usegmt=True)
        return response


@pytest.mark.parametrize("days", [-2, 2])
async def test_a_clock_that_is_days_off_makes_nobodys_invoice_ours_and_ours_nobodys(
    tmp_path: Path, days: int
) -> None:
    def clock() -> float:
        return time.time() + days * 86_400

    # With something that no reply shows the time alone tells ours from another's.
    ours = invoice(delivery_city="Bilbao")
    async with server(done=True, clock=clock) as (client, losing, simulator):
        losing.inner = Dated(losing.inner, clock)
        assert await created(client, ours)
        assert [entry.times for entry in simulator.ledger()] == [1]
    past = [days * 86_400 + time.time() - 3_600]
    async with server(done=False, clock=lambda: past[0]) as (client, losing, _):
        losing.inner = Dated(losing.inner, lambda: past[0])
        losing.lost = True
        await client.invoices.create(invoice=ours)
        past[0] += 3_600
        losing.lost = False
        with pytest.raises(DuplicateNumberError, match="before this call"):
            await created(client, ours)


async def test_what_was_left_to_a_person_is_not_taken_for_ours_by_the_next_run(tmp_path: Path) -> None:
    """A draft of a minute ago, corrected in something that no reply shows: our own request was refused, not lost."""
    async with server(done=True) as (client, losing, simulator):
        losing.lost = True
        (tmp_path / "drafts").mkdir()
        draft = await uploaded(client, invoice(delivery_city="Bilbao"), tmp_path / "drafts", send=False)
        for _ in range(3):
            outcome = await uploaded(client, invoice(delivery_city="Burgos"), tmp_path, send=False)
            assert outcome.kind == "unknown"
            assert "delivery_city" in (outcome.message or "")
        assert draft.invoice_id is not None
        assert (await client.invoices.get(draft.invoice_id)).state == "new"
        assert [entry.times for entry in simulator.ledger()] == [1]
        await client.invoices.delete(draft.invoice_id)
        outcome = await uploaded(client, invoice(delivery_city="Burgos"), tmp_path, send=False)
        assert outcome.kind == "created"
