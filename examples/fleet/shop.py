"""A shop on any number of machines: an order and its invoice are one transaction. uvicorn examples.fleet.shop:app

Workers (`b2brouter worker`) deliver what it adds. Environment variables: B2BROUTER_DATABASE, what `B2Brouter.from_env`
reads, B2BROUTER_WEBHOOK_SECRET, and SHOP_DATA, the folder of its inbox of web hooks.
"""

from __future__ import annotations

import datetime
import os
from contextlib import asynccontextmanager
from decimal import Decimal  # noqa: TC003 - pydantic resolves the annotations
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, HTTPException, Request
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel, Field

from b2brouter_async import B2Brouter, NotFoundError
from b2brouter_async.fleet import Outbox
from b2brouter_async.models import InvoiceContactInput, InvoiceInput, InvoiceLineInput, TaxInput
from b2brouter_async.webhooks import IssuedInvoiceStateChange, WebHooks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from b2brouter_async.bulk import Outcome

DATABASE = os.environ["B2BROUTER_DATABASE"]
TABLE = """
CREATE TABLE IF NOT EXISTS orders (
    id text PRIMARY KEY,
    serial bigint GENERATED ALWAYS AS IDENTITY,
    buyer text NOT NULL,
    price numeric NOT NULL,
    day date NOT NULL,
    document bigint,           -- in the outbox
    outcome text,              -- what became of sending it
    invoice bigint,
    state text,                -- of the invoice, as it was read last
    state_at timestamptz       -- and when it came into it
)
"""
hooks = WebHooks(
    secrets=os.environ["B2BROUTER_WEBHOOK_SECRET"],
    inbox=Path(os.environ.get("SHOP_DATA", ".")) / "webhooks.sqlite",
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with B2Brouter.from_env() as client, AsyncConnectionPool(DATABASE, open=False) as pool:
        async with pool.connection() as connection:
            await connection.execute(TABLE)
        outbox = Outbox(
            DATABASE,
            environment=client.environment.name,
            base_url=client.base_url,
            account=client.default_account,
        )
        app.state.pool, app.state.outbox, app.state.client = pool, outbox, client
        async with outbox, outbox.telling(settled), hooks.running():
            yield


app = FastAPI(lifespan=lifespan)
app.add_route("/hooks/b2brouter", hooks)  # type: ignore[arg-type]  # an ASGI application is a route, too


class Order(BaseModel):
    id: str = Field(min_length=1, max_length=100)
    """Made by the client: who got no answer sends the same again."""
    buyer: str = Field(min_length=1)
    price: Decimal = Field(gt=0, decimal_places=2)


@app.post("/orders", status_code=202)
async def accept(order: Order, request: Request) -> dict[str, object]:
    """Store an order and add its invoice: both are there when this has answered, or neither."""
    state = request.app.state
    async with state.pool.connection() as connection:  # a transaction
        found = await connection.execute(
            "INSERT INTO orders (id, buyer, price, day) VALUES (%s, %s, %s, %s) ON CONFLICT (id) DO NOTHING"
            " RETURNING serial, day",
            (order.id, order.buyer, order.price, datetime.datetime.now(datetime.UTC).date()),
        )
        if (row := await found.fetchone()) is not None:
            invoice = invoice_of(row[0], row[1], order)
            document = await state.outbox.add(invoice, connection=connection, name=order.id, tell=True)
            await connection.execute("UPDATE orders SET document = %s WHERE id = %s", (document, order.id))
    return {"id": order.id}


SHOWN = ("id", "serial", "document", "outcome", "invoice", "state")


@app.get("/orders")
async def all_orders(request: Request) -> list[dict[str, object]]:
    async with request.app.state.pool.connection() as connection:
        found = await connection.execute(
            f"SELECT {', '.join(SHOWN)} FROM orders ORDER BY serial DESC LIMIT 500"
        )
        return [dict(zip(SHOWN, row, strict=True)) for row in await found.fetchall()]


@app.get("/orders/{id}")
async def show(id: str, request: Request) -> dict[str, object]:
    async with request.app.state.pool.connection() as connection:
        found = await connection.execute(f"SELECT {', '.join(SHOWN)} FROM orders WHERE id = %s", (id,))
        row = await found.fetchone()
    if row is None:
        raise HTTPException(404)
    return dict(zip(SHOWN, row, strict=True))


def invoice_of(serial: int, day: datetime.date, order: Order) -> InvoiceInput:
    """Return the invoice of an order: always the same, so that it is recognised on the server."""
    return InvoiceInput(
        type="IssuedInvoice",
        number=f"S-{serial:06}",
        date=day,
        currency="EUR",
        contact=InvoiceContactInput(name=order.buyer, tin_value="ESB98765431", country="es"),
        invoice_lines_attributes=[
            InvoiceLineInput(
                quantity=1,
                price=order.price,
                description="Gasket",
                taxes_attributes=[TaxInput(name="IVA", category="S", percent=21)],
            )
        ],
    )


async def settled(document: int, outcome: Outcome) -> None:
    """Note what became of sending an invoice. At least once: written twice it is the same."""
    async with app.state.pool.connection() as connection:
        await connection.execute(
            "UPDATE orders SET outcome = %s, invoice = coalesce(%s, invoice) WHERE document = %s",
            (outcome.kind, outcome.invoice_id, document),
        )


@hooks.on(IssuedInvoiceStateChange)
async def changed(event: IssuedInvoiceStateChange) -> None:
    """An event says: look. What is read is stored, unless something later is known."""
    if event.data.invoice_id is None:
        return
    try:
        invoice = await app.state.client.invoices.get(event.data.invoice_id)
    except NotFoundError:
        return  # deleted meanwhile
    if not (invoice.number or "").startswith("S-") or invoice.state_updated_at is None:
        return
    async with app.state.pool.connection() as connection:
        await connection.execute(
            "UPDATE orders SET invoice = %s, state = %s, state_at = %s"
            " WHERE serial = %s AND (state_at IS NULL OR state_at < %s)",
            (
                invoice.id,
                str(invoice.state),
                invoice.state_updated_at,
                int(str(invoice.number)[2:]),
                invoice.state_updated_at,
            ),
        )
