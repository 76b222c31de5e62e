"""Sends the invoices of orders, each exactly once, whenever the process was killed."""

from __future__ import annotations

import datetime
import json
import logging
from decimal import Decimal
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from b2brouter_async import B2BrouterError
from b2brouter_async.bulk import Document
from b2brouter_async.models import InvoiceContactInput, InvoiceInput, InvoiceLineInput, TaxInput

if TYPE_CHECKING:
    from pathlib import Path

    from b2brouter_async import B2Brouter

    from .orders import Order, Orders

# What a next try may settle. The others are decided: a person reads `problem`.
OPEN = ("unknown",)
log = logging.getLogger("shop")


def invoice_of(order: Order) -> InvoiceInput:
    """Return the invoice of an order: always the same, so that it can be recognised on the server."""
    body = json.loads(order.body, parse_float=Decimal)
    tax = TaxInput(name="IVA", category="S", percent=21)
    return InvoiceInput(
        type="IssuedInvoice",
        number=order.number,
        date=datetime.date.fromisoformat(body["date"]),
        currency="EUR",
        contact=InvoiceContactInput(**body["buyer"]),
        invoice_lines_attributes=[
            InvoiceLineInput(
                quantity=line["quantity"],
                price=Decimal(line["price"]),
                description=line["description"],
                taxes_attributes=[tax],
            )
            for line in body["lines"]
        ],
    )


class Sender:
    """Works off the orders that wait."""

    def __init__(self, client: B2Brouter, orders: Orders, journal: Path) -> None:
        self._client = client
        self._orders = orders
        self._journal = journal
        self._news = anyio.Event()

    def wake(self) -> None:
        """There is a new order."""
        self._news.set()

    async def run(self) -> None:
        """Send what waits, until cancelled. What a killed process left is settled first, by the journal."""
        while True:
            self._news = anyio.Event()
            waiting = await anyio.to_thread.run_sync(self._orders.to_send)
            pause = 5.0
            if waiting:
                try:
                    pause = 1.0 if await self._send(waiting) else 0.0
                except (B2BrouterError, OSError) as error:
                    log.warning("orders wait to be sent: %s", error)
            with anyio.move_on_after(pause):
                await self._news.wait()

    async def _send(self, orders: list[Order]) -> int:
        """Send some, and return how many are still open."""
        still_open = 0
        documents = [Document(invoice_of(order), name=order.id) for order in orders]
        async with self._client.upload(journal=self._journal, concurrency=8) as run:
            async for outcome in run(documents):
                if outcome.kind in OPEN:
                    still_open += 1
                    continue
                await anyio.to_thread.run_sync(
                    self._orders.settle, outcome.source, outcome.kind, outcome.invoice_id, outcome.message
                )
        return still_open
