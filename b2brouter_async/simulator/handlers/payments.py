"""Payments of invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..server import errors
from ..server.call import Reply, account_of, page_of
from ..state.clock import day
from ..state.store import Record

if TYPE_CHECKING:
    from ..server.call import Call, Handler
    from ..state.store import JsonObject
    from ..state.world import World


def payment_facts(record: Record) -> int:
    """Return what payments are filtered by: the invoice's id."""
    return int(record.body["invoice_id"])


def list_payments(world: World, call: Call) -> Reply:
    """List an account's payments."""
    account = account_of(world, call)
    records = list(world.store.group(("payment", str(account.id))).values())
    if "invoice_id" in call.query:
        records = [record for record in records if record.facts == call.query["invoice_id"]]
    return page_of("payments", records, call.query)


def create_payment(world: World, call: Call) -> Reply:
    """Record a payment of one of the account's invoices."""
    account = account_of(world, call)
    fields = world.known("POST /accounts/{}/payments", call.json["payment"])
    for name in ("invoice_id", "amount"):
        if fields.get(name) is None:
            raise errors.blank(name)
    invoice = world.store.get("invoice", int(fields["invoice_id"]))
    if invoice is None or invoice.owner != str(account.id):
        raise errors.inclusion("invoice_id", "Invoice not found")
    number = world.store.next_id("payment")
    stamp = world.stamp()
    body: JsonObject = {
        "id": number,
        "currency": invoice.body["currency"],
        "date": day(world.now),
        "payment_method": None,
        "payment_method_text": None,
        "reference": None,
        **fields,
        "created_at": stamp,
        "updated_at": stamp,
    }
    world.store.add(Record("payment", number, str(account.id), body))
    return Reply(201, {"payment": body})


HANDLERS: dict[str, Handler] = {
    "GET /accounts/{}/payments": list_payments,
    "POST /accounts/{}/payments": create_payment,
}
