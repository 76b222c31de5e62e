"""How an invoice goes from state to state after it is sent (behaviours 23, 31, 32, 49)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..server import errors
from ..state.clock import timestamp
from ..state.store import part
from .reporting import report_invoice

if TYPE_CHECKING:
    from ..state.store import JsonObject, Record
    from ..state.world import Step, World

RECEIVED = "ReceivedInvoice"

# The recipients under scheme 0088 whose outcome the sandbox fixes: the states after `sent`, and what comes with them.
SANDBOX_RECIPIENTS: dict[str, tuple[str, ...]] = {
    "9508397101047": ("registered",),
    "9506215594996": ("registered", "refused"),
    "9500047420799": ("error",),
}
NO_RECEIVER: JsonObject = {
    "error_code": "PEPPOL_NO_RECEIVER",
    "error_message": "Receiver is not registered in the network",
    "errors": [{"error": "Receiver is not registered in the network"}],
}
REFUSED: JsonObject = {"refuse_reason": "Refused by the receiver", "refuse_reason_code": None}

# What a caller may set, by type; from the description of the states in the spec.
SETTABLE: dict[str, frozenset[str]] = {
    "IssuedInvoice": frozenset(("new", "sent", "accepted", "registered", "refused", "paid", "closed")),
    RECEIVED: frozenset(("new", "paid", "accepted", "refused", "annotated")),
    "IssuedSimplifiedInvoice": frozenset(
        ("new", "sent", "paid", "downloaded", "accepted", "refused", "registered", "closed")
    ),
}
# Nothing has been sent in these states: the invoice can be changed and deleted.
OPEN = frozenset(("new", "issued", "error", "invalid", "discarded", "refused", "ocr_failed"))


def set_state(world: World, invoice: Record, state: str, changes: JsonObject | None = None) -> None:
    """Move an invoice to a state now, and tell the web hooks and the journal."""
    body = invoice.body
    body["state"] = state
    body["state_updated_at"] = world.stamp()
    if state == "sent":
        body["download_legal_url"] = f"/invoices/{invoice.id}/as/legal"
    body.update(changes or {})
    data: JsonObject = {"invoice_id": invoice.id, "event_id": 0, "state": state, "notes": None}
    received = body["type"] == RECEIVED
    world.event(
        "received_invoice.state_change" if received else "issued_invoice.state_change",
        invoice.owner,
        data,
        journal={"invoice_id": invoice.id, "state": state},
    )
    world.touch(invoice)


def send(world: World, invoice: Record) -> None:
    """Send an invoice.

    One with errors stays as it is (behaviour 23); one that is being sent, or was, is not sent again.
    """
    body = invoice.body
    if body["type"] == RECEIVED:
        raise errors.cannot_change("state", "A received invoice can't be sent")
    if body["errors"] and body["state"] == "new":
        return
    if body["state"] not in OPEN:
        return
    body.update(errors=[], error_code=None, error_message=None, refuse_reason=None, refuse_reason_code=None)
    account = world.store.get("account", int(invoice.owner))
    if account is not None:
        reported = report_invoice(world, account, invoice)
        account.body["transactions_count"] += 2 if reported else 1
        world.store.changed(account)
    if part(invoice.hidden, "route").get("transport") == "download":
        # Fetched and never sent (behaviour 66).
        set_state(world, invoice, "issued")
        return
    set_state(world, invoice, "sending")
    world.plan(invoice, _steps(world, invoice))


def _steps(world: World, invoice: Record) -> list[Step]:
    delays = world.settings.delays
    at = world.now + delays.send
    steps: list[Step] = [(at, "sent", {})]
    route = part(invoice.hidden, "route")
    peppol = route.get("transport") in (None, "peppol")
    sandbox = world.realm_of(invoice.owner).startswith("sandbox/")
    if not (sandbox and peppol and route.get("scheme") == "0088"):
        return steps
    for state in SANDBOX_RECIPIENTS.get(str(route.get("value")), ()):
        at += delays.refuse if state == "refused" else delays.register
        steps.append((at, state, {"refused": REFUSED, "error": NO_RECEIVER}.get(state, {})))
    return steps


def mark(world: World, invoice: Record, state: str, reason: str | None, reason_code: str | None) -> None:
    """Set the state a caller asks for, if the type of the invoice allows it."""
    if state not in SETTABLE.get(str(invoice.body["type"]), frozenset()):
        raise errors.inclusion("state")
    changes: JsonObject = {}
    if state == "refused":
        changes = {"refuse_reason": reason, "refuse_reason_code": reason_code}
    invoice.hidden["plan"] = []
    set_state(world, invoice, state, changes)


def acknowledge(world: World, invoice: Record) -> None:
    """Take an invoice off the queue of those received; doing it twice changes nothing."""
    if invoice.body.get("ack_at") is None:
        invoice.body["ack_at"] = timestamp(world.now)
        world.touch(invoice)
