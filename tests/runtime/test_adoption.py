"""Whose invoice it is that carries the number: ours is what we sent, whoever asks and however."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from b2brouter_async import B2Brouter, DuplicateNumberError, Reconciliation
from b2brouter_async.bulk import Patience
from b2brouter_async.simulator import Simulator

from .conftest import RecordingLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from b2brouter_async.bulk import Outcome

pytestmark = pytest.mark.anyio


def invoice(**changes: Any) -> dict[str, Any]:
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


async def created(client: B2Brouter, body: dict[str, Any]) -> int:
    found = await client.invoices.create(
        invoice=body, on_unknown="reconcile", reconciliation=Reconciliation(sleep=at_once)
    )
    return found.id


async def uploaded(client: B2Brouter, body: dict[str, Any], folder: Path, **settings: Any) -> Outcome:
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
        with pytest.raises(DuplicateNumberError, match="A-1, and is another"):
            await created(client, ours)
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
