"""A shop that bills through B2Brouter: B2BROUTER_API_KEY=… uvicorn examples.fastapi_shop.app:app

An order is answered when it is stored, and its invoice goes out exactly once, whenever the process is killed. Web hooks
tell what becomes of it.

Environment variables: B2BROUTER_API_KEY and its kin as for `B2Brouter.from_env` (B2BROUTER_BASE_URL for the simulator);
B2BROUTER_WEBHOOK_SECRET; SHOP_DATA, the folder of its files.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import anyio
import anyio.to_thread
from attrs import asdict
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel, Field

from b2brouter_async import B2Brouter, NotFoundError
from b2brouter_async.webhooks import IssuedInvoiceStateChange, WebHooks

from .files import PDF
from .orders import Orders
from .sending import Sender

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

DATA = Path(os.environ.get("SHOP_DATA", "."))

hooks = WebHooks(secrets=os.environ["B2BROUTER_WEBHOOK_SECRET"], inbox=DATA / "webhooks.sqlite")


class Shop:
    """What lives as long as the process serves."""

    def __init__(self, client: B2Brouter) -> None:
        self.client = client
        self.orders = Orders(DATA / "orders.sqlite")
        self.sender = Sender(client, self.orders, DATA / "journal.sqlite")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with B2Brouter.from_env() as client, anyio.create_task_group() as tasks:
        shop = app.state.shop = Shop(client)
        tasks.start_soon(shop.sender.run)
        async with hooks.running():
            yield
        tasks.cancel_scope.cancel()


app = FastAPI(lifespan=lifespan)
app.add_route("/hooks/b2brouter", hooks)  # type: ignore[arg-type]  # an ASGI application is a route, too


@hooks.on(IssuedInvoiceStateChange)
async def changed(event: IssuedInvoiceStateChange) -> None:
    """An event says: look. What is read is stored, unless something later is known."""
    shop: Shop = app.state.shop
    if event.data.invoice_id is None:
        return
    try:
        invoice = await shop.client.invoices.get(event.data.invoice_id)
    except NotFoundError:
        return  # deleted meanwhile
    if invoice.number and invoice.number.startswith("S-") and invoice.state_updated_at:
        await anyio.to_thread.run_sync(
            shop.orders.news, invoice.number, invoice.id, str(invoice.state), invoice.state_updated_at
        )


def shop_of(request: Request) -> Shop:
    shop: Shop = request.app.state.shop
    return shop


TheShop = Annotated[Shop, Depends(shop_of)]


class Buyer(BaseModel):
    name: str
    tin_value: str
    country: str
    address: str | None = None
    city: str | None = None
    postalcode: str | None = None
    email: str | None = None


class Line(BaseModel):
    description: str
    quantity: int = Field(gt=0)
    price: str = Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$")


class NewOrder(BaseModel):
    id: str = Field(min_length=1, max_length=100)
    """Made by the client: who got no answer sends the same again."""
    date: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    buyer: Buyer
    lines: list[Line] = Field(min_length=1)


@app.post("/orders", status_code=202)
async def accept(order: NewOrder, shop: TheShop) -> dict[str, str]:
    """Answer when the order is on the disk. Its invoice is sent afterwards, in the background."""
    body = order.model_dump_json(exclude_none=True)
    stored = await anyio.to_thread.run_sync(shop.orders.accept, order.id, body)
    shop.sender.wake()
    return {"id": stored.id, "number": stored.number}


@app.get("/orders/{id}")
async def show(id: str, shop: TheShop) -> dict[str, object]:
    order = await anyio.to_thread.run_sync(shop.orders.find, id)
    if order is None:
        raise HTTPException(404)
    return {"number": order.number, "outcome": order.outcome, "state": order.state, "problem": order.problem}


@app.get("/orders/{id}/invoice.pdf", response_class=PDF)
async def pdf(id: str, shop: TheShop) -> PDF:
    """Hand on the invoice's PDF while it comes. The key stays here."""
    order = await anyio.to_thread.run_sync(shop.orders.find, id)
    if order is None:
        raise HTTPException(404)
    if order.invoice_id is None:
        raise HTTPException(503, "the invoice is not sent yet", {"Retry-After": "2"})
    return PDF(shop.client, order.invoice_id, order.number)


@app.get("/health")
async def health(shop: TheShop) -> dict[str, object]:
    """Say how the limiter stands, and what waits."""
    return {
        "limiter": asdict(shop.client.limiter.snapshot()),
        "orders": await anyio.to_thread.run_sync(shop.orders.counts),
        "events_waiting": await hooks.waiting(),
        "events_set_aside": len(await hooks.dead()),
        "calls": dict(hooks.counts),
    }
