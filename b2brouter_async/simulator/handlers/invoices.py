"""Invoices made from JSON: create, show, change, delete, send, acknowledge, mark, check."""

from __future__ import annotations

import functools
import hashlib
import sys
from typing import TYPE_CHECKING, Any

from ..server import errors
from ..server.call import Reply, account_of, done, owned
from ..server.versions import MARCH
from ..state.clock import day
from ..state.store import Index, Record, part, rows
from .contacts import inline, party, short
from .identifiers import check_party, check_schemes, filled, tidy
from .invoice_lines import ADDED_UP, FRENCH, LINES, compute, drop_unnamed_taxes, read_imported, shown_lines
from .states import OPEN, RECEIVED, acknowledge, mark, send, set_state
from .tax_settings import FRANCE
from .tax_settings import KIND as SETTING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..server.call import Call, Handler
    from ..state.store import JsonObject
    from ..state.world import World

SIMPLIFIED = "IssuedSimplifiedInvoice"
# Where a party's fields hold what replies show of it.
SHOWN = "shown"
CREATE = "POST /accounts/{}/invoices"
UPDATE = "PUT /invoices/{}"
_DEFAULTS: JsonObject = {
    "series_code": None, "project": None, "contact": None, "due_date": None, "order_date": None, "language": None,
    "exchange_rate": None, "exchange_date": None, "payments_on_account": 0, "tax_currency_code": None,
    "tax_amount_in_tax_currency": None, "type_code": None, "document_type_code": None, "transport_type_code": None,
    "is_credit_note": False, "is_amend": False, "invoice_references": [], "allowance_charges": [],
    "buyer_reference": None, "file_reference": None, "extra_info": None, "payment_method": None,
    "payment_method_text": None, "payment_terms": None, "remittance_information": None, "tax_report_ids": [],
    "errors": [], "payable_amount": None, "error_message": None, "error_code": None, "refuse_reason": None, "refuse_reason_code": None,
    "from_net": None, "to_net": None, "ack_at": None, "download_legal_url": None, "attachments": [],
}  # fmt: skip


def invoice_index(record: Record) -> Index:
    """Invoices are listed by account, type and state, and found by number."""
    body, owner = record.body, record.owner
    kind = body["type"]
    contact = body["contact"]
    queued = kind == RECEIVED and body["ack_at"] is None
    number = body["number"]
    return Index(
        unique=(number_key(record.owner, body),) if number else (),
        groups=_groups(owner, kind, body["state"], contact["id"] if contact else None, queued),
        scope=_scope(owner, kind),
        text=number,
    )


@functools.lru_cache(maxsize=4096)
def _groups(owner: str, kind: str, state: str, contact: int | None, queued: bool) -> tuple[Any, ...]:
    """The groups of an invoice; one object for all that are in the same ones."""
    groups: list[tuple[Any, ...]] = [("invoice", owner, kind), ("invoice", owner, kind, state)]
    if contact is not None:
        groups.append(("contact-invoices", contact))
    if queued:
        groups.append(("queue", owner))
    return tuple(groups)


@functools.lru_cache(maxsize=1024)
def _scope(owner: str, kind: str) -> tuple[str, str, str]:
    return ("number", owner, kind)


def number_key(owner: str, body: JsonObject) -> tuple[Any, ...]:
    """Return what must be unique: account, series and year (behaviour 24); for received ones the sender too."""
    year = sys.intern((body["date"] or "")[:4])
    sender = body["contact"]["id"] if body["type"] == RECEIVED and body["contact"] else None
    return ("number", owner, body["series_code"] or "", year, body["number"], sender)


def check_number(world: World, owner: str, body: JsonObject, itself: Record | None = None) -> None:
    """Refuse a number that is taken."""
    holder = world.store.find(number_key(owner, body)) if world.settings.unique_numbers else None
    if holder is not None and holder is not itself:
        raise errors.taken("number")


def new_invoice(world: World, account: Record, fields: JsonObject) -> Record:
    """Return an invoice with defaults, not yet kept."""
    stamp = world.stamp()
    body: JsonObject = {
        "id": 0,
        "type": "IssuedInvoice",
        "number": None,
        "state": "new",
        "state_updated_at": stamp,
        "account": {"id": account.id, "name": account.body["name"]},
        "company": {
            "id": account.id,
            **{name: account.body.get(name) for name in ("name", "tin_value", "country")},
        },
        "currency": account.body["currency"] or "EUR",
        "date": day(world.now),
        **_DEFAULTS,
        **fields,
        "created_at": stamp,
        "updated_at": stamp,
    }
    return Record("invoice", 0, str(account.id), body)


def keep_invoice(world: World, invoice: Record, sha256: str) -> Record:
    """Give a new invoice its number, if it has none, and its id; keep and count it."""
    body = invoice.body
    if not filled(body, "number"):
        body["number"] = _next_number(world, invoice)
    check_number(world, invoice.owner, body)
    invoice.id = body["id"] = world.store.next_id("invoice")
    invoice.hidden["pdf_at"] = world.now + world.settings.delays.pdf
    world.store.add(invoice)
    world.acceptances.add(
        invoice.owner, body["type"], body["series_code"] or "", body["date"][:4], body["number"], sha256
    )
    if body["type"] == RECEIVED:
        data = {
            "invoice_id": invoice.id,
            "event_id": 0,
            "account_id": int(invoice.owner),
            "state": body["state"],
        }
        journal = {"invoice_id": invoice.id, "state": body["state"]}
        world.event("received_invoice.created", invoice.owner, data, journal=journal)
    return invoice


def active_account(world: World, call: Call) -> Record:
    """Return the account of the path; an archived one takes no invoices."""
    account = account_of(world, call)
    if account.body["archived"]:
        raise errors.missing("account")
    return account


def create_invoice(world: World, call: Call) -> Reply:
    """Create an invoice. With errors it is created all the same, and not sent (behaviour 23)."""
    account = active_account(world, call)
    fields = tidy(world.known(CREATE, call.json["invoice"]))
    kind = fields.get("type", "IssuedInvoice")
    echoed = _echoed(world)
    shown = {key: value for key, value in fields.items() if key in echoed}
    invoice = new_invoice(world, account, shown)
    _check_french(world, account, fields, kind)
    _attach(invoice, _party(world, account, fields, kind, call.version), fields)
    compute(world, account, invoice, fields, [])
    keep_invoice(world, invoice, hashlib.sha256(call.content).hexdigest())
    if call.json.get("ack"):
        acknowledge(world, invoice)
    if call.json.get("issue_after_import") and not call.json.get("send_after_import"):
        set_state(world, invoice, "issued")
    if call.json.get("send_after_import") and kind != RECEIVED:
        send(world, invoice)
    return Reply(201, {"invoice": invoice.body})


def show_invoice(world: World, call: Call) -> Reply:
    """Show an invoice; lines and other parts only when asked for with `include`."""
    invoice = owned(world, call, "invoice")
    if call.query.get("ack"):
        acknowledge(world, invoice)
    body = invoice.body
    wanted = {part.strip() for part in call.query.get("include", "").split(",")}
    if wanted & {"lines", "detailed_lines"}:
        read_imported(world, invoice)
        body = {**body, "lines": shown_lines(invoice, detailed="detailed_lines" in wanted)}
    for name in ("apply_to_local_government_unit", "apply_to_vat_group_member"):
        if name in wanted:
            body = {**body, name: body.get(name, False)}
    return Reply(200, {"invoice": body})


def update_invoice(world: World, call: Call) -> Reply:
    """Change an invoice that has not been sent; lines are added, or replaced by `_destroy` (behaviour 27)."""
    invoice = owned(world, call, "invoice")
    account = account_of(world, call, invoice.owner)
    fields = tidy(world.known(UPDATE, call.json["invoice"]))
    if invoice.body["state"] not in OPEN:
        raise errors.cannot_change("state", "The invoice can't be changed any more")
    if "type" in fields and fields["type"] != invoice.body["type"]:
        raise errors.cannot_change("type")
    echoed = _echoed(world)
    if not filled(fields, "number"):
        echoed.discard("number")  # the one it has stays
    shown = {key: value for key, value in fields.items() if key in echoed}
    read_imported(world, invoice)
    changed = Record("invoice", invoice.id, invoice.owner, {**invoice.body, **shown}, {**invoice.hidden})
    if fields.get("contact_id") is not None or fields.get("contact"):
        party_of = _party(world, account, fields, invoice.body["type"], call.version)
        _attach(changed, party_of, fields)
    lines = rows(invoice.hidden, "lines")
    # The totals of a document are its own until somebody changes the lines they are made of.
    if "syntax" not in invoice.hidden or (fields.keys() & ADDED_UP and (lines or fields.get(LINES))):
        compute(world, account, changed, fields, lines)
    check_number(world, invoice.owner, changed.body, invoice)
    invoice.body, invoice.hidden = changed.body, changed.hidden
    if invoice.body["state"] == "error" and not invoice.body["errors"]:
        set_state(world, invoice, "new")
    world.touch(invoice)
    if call.json.get("ack"):
        acknowledge(world, invoice)
    if call.json.get("send_after_import") and invoice.body["type"] != RECEIVED:
        send(world, invoice)
    return Reply(200, {"invoice": invoice.body})


def delete_invoice(world: World, call: Call) -> Reply:
    """Delete an invoice, sent or not; after that it is 404 (behaviour 35). What was reported to an authority stays."""
    invoice = owned(world, call, "invoice")
    if invoice.body["tax_report_ids"]:
        raise errors.conflict("The invoice has tax reports.")
    world.store.remove(invoice)
    world.store.drop_content(f"invoice/{invoice.id}")
    return done(world, {"invoice": {**invoice.body, "deleted": True}})


def send_invoice(world: World, call: Call) -> Reply:
    """Queue an invoice for sending; state `new` in the reply means it is not sent (behaviour 23)."""
    invoice = owned(world, call, "invoice")
    send(world, invoice)
    return done(world, {"invoice": invoice.body, "tax_report_ids": invoice.body["tax_report_ids"]})


def ack_invoice(world: World, call: Call) -> Reply:
    """Acknowledge an invoice."""
    invoice = owned(world, call, "invoice")
    acknowledge(world, invoice)
    return done(world, {"invoice": invoice.body})


def mark_invoice(world: World, call: Call) -> Reply:
    """Set the state of an invoice."""
    invoice = owned(world, call, "invoice")
    mark(world, invoice, call.json["state"], call.json.get("reason"), call.json.get("reason_code"))
    return done(world, {"invoice": invoice.body})


def validate_invoice(world: World, call: Call) -> Reply:
    """Check an invoice as it would be checked on sending."""
    invoice = owned(world, call, "invoice")
    found = invoice.body["errors"]
    return Reply(200, {"valid": not found, "errors": found, "warnings": []})


def add_attachment(world: World, call: Call) -> Reply:
    """Attach a file to an invoice."""
    invoice = owned(world, call, "invoice")
    filename = call.query["filename"].strip()
    if not filename:
        raise errors.blank("filename")
    if not call.content:
        raise errors.blank("file")
    place = len(invoice.body["attachments"]) + 1
    world.store.put_content(f"attachment/{invoice.id}/{place}", call.content)
    link = f"/invoices/{invoice.id}/attachments/{place}"
    invoice.body["attachments"] = [*invoice.body["attachments"], {"filename": filename, "link": link}]
    world.touch(invoice)
    return Reply(204)


def _echoed(world: World) -> set[str]:
    """The fields of a request that a reply shows under the same name."""
    return world.shown(CREATE, "invoice") - {"id", "account", "company", "contact", "state", "errors"}


def _party(world: World, account: Record, fields: JsonObject, kind: str, version: str) -> JsonObject | None:
    """Return the other party of an invoice: a contact, or what a simplified invoice says of its buyer (behaviour 59)."""
    number = fields.get("contact_id")
    given = tidy(part(fields, "contact"))
    simplified = kind == SIMPLIFIED
    if number is not None and not (simplified and version >= MARCH):
        contact = world.store.get("contact", int(number))
        if contact is None or contact.owner != str(account.id):
            raise errors.inclusion("contact_id", "Contact not found")
        return _as_party(contact, given)
    if simplified:
        check_schemes(given)
        return {**given, SHOWN: inline(given)} if given else None
    if not given:
        raise errors.blank("contact")
    if not filled(given, "name"):
        raise errors.blank("name")
    check_party(given, version)
    return _as_party(party(world, str(account.id), world.known("POST /accounts/{}/contacts", given)), given)


def _as_party(contact: Record, given: JsonObject) -> JsonObject:
    held = contact.look()
    return {**held, **given, SHOWN: short(held, given)}


def _attach(invoice: Record, other: JsonObject | None, fields: JsonObject) -> None:
    if other is None:
        return
    invoice.body["contact"] = other[SHOWN]
    invoice.body["transport_type_code"] = other.get("transport_type_code")
    invoice.body["document_type_code"] = fields.get("document_type_code") or other.get("document_type_code")
    invoice.hidden["route"] = {
        "scheme": other.get("pin_scheme"),
        "value": other.get("pin_value"),
        "transport": other.get("transport_type_code"),
    }


def _check_french(world: World, account: Record, fields: JsonObject, kind: str) -> None:
    """Refuse what the French platform needs and doesn't get, where the account reports to it (behaviour 63)."""
    if kind != "IssuedInvoice" or world.store.find((SETTING, str(account.id), FRANCE)) is None:
        return
    absent = [name for name in FRENCH if not filled(fields, name)]
    if absent:
        texts = [f"{name.replace('_', ' ').capitalize()} is required for DGFiP reporting" for name in absent]
        raise errors.Refusal(422, "parameter_blank", "; ".join(texts), param=absent[0])


def _next_number(world: World, invoice: Record) -> str:
    year = invoice.body["date"][:4]
    while True:
        number = f"{year}-{world.store.next_id(f'number/{invoice.owner}'):05d}"
        if world.store.find(number_key(invoice.owner, {**invoice.body, "number": number})) is None:
            return number


# What is done to the body of an operation before it is checked.
PREPARE: dict[str, Callable[[Any], None]] = {CREATE: drop_unnamed_taxes, UPDATE: drop_unnamed_taxes}

HANDLERS: dict[str, Handler] = {
    CREATE: create_invoice,
    "GET /invoices/{}": show_invoice,
    UPDATE: update_invoice,
    "DELETE /invoices/{}": delete_invoice,
    "POST /invoices/send_invoice/{}": send_invoice,
    "POST /invoices/{}/ack": ack_invoice,
    "POST /invoices/{}/mark_as": mark_invoice,
    "GET /invoices/{}/validate": validate_invoice,
    "POST /invoices/{}/add_attachment": add_attachment,
}
