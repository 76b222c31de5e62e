"""How tax reports come about and how they get on (behaviours 36 and 49)."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..state.clock import timestamp
from ..state.store import Record, rows
from .tax_settings import FRANCE
from .tax_settings import KIND as SETTING

if TYPE_CHECKING:
    from ..state.store import JsonObject
    from ..state.world import Step, World

# Setting code: type and label of its reports.
SYSTEMS: dict[str, tuple[str | None, str]] = {
    "verifactu": ("Verifactu", "VeriFactu"),
    "tbai": ("TicketBai", "TicketBAI"),
    "ticketbai": ("TicketBai", "TicketBAI"),
    "sdi": ("Sdi", "SDI"),
    "sii": ("SiiDocument", "SII"),
    FRANCE: (None, "Flux 1"),
}
FLUX_10 = "xml.tax_report.dgfip.flux10"
# An image of one dot: what a QR code holds is the authority's business.
_QR = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
# What the simulator's authority says to a report whose taxes don't add up.
REFUSED = "The tax amount is not the sum of the tax breakdowns"
_CENT = Decimal("0.01")
_DAY = 86400.0
_TWO = 2 * 3600.0

_DEFAULTS: JsonObject = {
    "type": None, "invoice_id": None, "label": None, "description": None, "invoice_number": None,
    "invoice_series_code": None, "invoice_date": None, "tax_point_date": None, "invoice_type_code": None,
    "external_reference": None, "currency": None, "tax_inclusive_amount": None, "tax_amount": None,
    "customer_party_name": None, "customer_party_tax_id": None, "customer_party_country": None, "tax_breakdowns": [],
    "qr": None, "identifier": None, "chained_at": None, "sent_at": None, "has_errors": False, "has_warnings": False,
    "errors": [], "warnings": [], "correction": False, "annullation": False, "annulled_by_id": None,
    "corrected_by_id": None, "ledger_id": None,
}  # fmt: skip


def add_report(world: World, owner: str, fields: JsonObject, hidden: JsonObject | None = None) -> Record:
    """Add a report that is being processed, and plan how it gets on."""
    number = world.store.next_id("tax_report")
    stamp = world.stamp()
    body = {"id": number, **_DEFAULTS, "state": "new", **fields, "created_at": stamp, "updated_at": stamp}
    if body["type"] == "Verifactu":
        _identify(body)
    return world.store.add(Record("tax_report", number, owner, body, hidden or {}))


def _identify(body: JsonObject) -> None:
    """Give a report its QR code and identifier: VeriFactu at once, others once they are chained (behaviour 57)."""
    if body["annullation"]:
        return
    body["qr"] = _QR
    if body["type"] == "TicketBai":
        body["identifier"] = f"TBAI-SIMULATED-{body['id']}"
    else:
        body["identifier"] = f"https://simulator.test/tax-reports/{body['id']}"


def start_report(world: World, report: Record) -> None:
    """Start a report: up to five minutes, in France until about two at night (behaviour 36)."""
    french = report.body.get("document_type_code") is not None
    delay = world.settings.delays.tax_report
    if report.body["annullation"]:
        last = "annulled"  # as what it annuls ends (behaviour 60)
    else:
        last = "error" if _contradicts_itself(report) else "registered"
    steps: list[Step]
    if french:
        night = next_night(world.now)
        steps = [(night, "sent", {}), (night + delay, last, {})]
    else:
        steps = [(world.now + delay / 2, "sent", {}), (world.now + delay, last, {})]
    set_report_state(world, report, "processing")
    world.plan(report, steps)


def _contradicts_itself(report: Record) -> bool:
    """Tell whether the taxes of a report don't add up: the simulator's authority refuses it."""
    given: list[Any] = [tax.get("tax_amount") for tax in rows(report.body, "tax_breakdowns")]
    amount = report.body["tax_amount"]
    if amount is None or not given or None in given:
        return False
    return abs(sum((Decimal(tax) for tax in given), Decimal(0)) - Decimal(amount)) > _CENT


def next_night(now: float) -> float:
    """Return the next two o'clock at night (UTC)."""
    night = math.floor(now / _DAY) * _DAY + _TWO
    return night if night > now else night + _DAY


def set_report_state(world: World, report: Record, state: str, changes: JsonObject | None = None) -> None:
    """Move a report to a state now, and tell the web hooks and the journal."""
    body = report.body
    body["state"] = state
    body.update(changes or {})
    if state == "sent":
        body["chained_at"] = body["sent_at"] = world.stamp()
        _identify(body)
    if state == "error":
        body["has_errors"] = True
        body["errors"] = [REFUSED]
    if state == "annulled" and report.hidden.get("annuls"):
        annulled = world.store.get("tax_report", report.hidden["annuls"])
        if annulled is not None:
            set_report_state(world, annulled, "annulled")
    world.touch(report)
    world.event(
        "tax_report.state_change",
        report.owner,
        {"tax_report_id": report.id, "event_id": 0, "state": state, "notes": None, "object": {**body}},
        journal={"tax_report_id": report.id, "state": state},
    )


def report_invoice(world: World, account: Record, invoice: Record) -> bool:
    """Report an invoice that is being sent, if the account's settings say so; tell whether they do."""
    reported = False
    for setting in list(world.store.group((SETTING, str(account.id))).values()):
        rules = setting.body
        if rules["enabled"] is False or not rules["auto_generate"]:
            continue
        if rules["start_date"] and invoice.body["date"] < rules["start_date"]:
            continue
        report = _report_of(world, account, invoice, rules["code"])
        invoice.body["tax_report_ids"] = [*invoice.body["tax_report_ids"], report.id]
        if not rules["locked"]:
            rules["locked"] = True
            world.touch(setting)
        if rules["auto_send"]:
            start_report(world, report)
        reported = True
    return reported


def _report_of(world: World, account: Record, invoice: Record, code: str) -> Record:
    body = invoice.body
    kind, label = SYSTEMS.get(code, (None, code))
    contact: JsonObject = body["contact"] or {}
    taxes: list[JsonObject] = body["taxes"] or []
    fields: JsonObject = {
        "type": kind,
        "label": label,
        "invoice_id": invoice.id,
        "invoice_number": body["number"],
        "invoice_series_code": body["series_code"],
        "invoice_date": body["date"],
        "invoice_type_code": "F2" if body["type"] == "IssuedSimplifiedInvoice" else "F1",
        "description": body.get("extra_info"),
        "currency": body["currency"],
        "tax_inclusive_amount": body["total"],
        "tax_amount": sum(tax["amount"] for tax in taxes if tax["amount"] is not None),
        "customer_party_name": contact.get("name"),
        "customer_party_tax_id": contact.get("tin_value"),
        "customer_party_country": contact.get("country"),
        "tax_breakdowns": [
            {
                "name": tax["name"],
                "category": tax["category"],
                "percent": tax["percent"],
                "taxable_base": tax["base"],
                "tax_amount": tax["amount"],
            }
            for tax in taxes
        ],
    }
    if code == FRANCE:
        fields.update(_french(world, account, contact))
    return add_report(world, str(account.id), fields)


def _french(world: World, account: Record, contact: JsonObject) -> JsonObject:
    """Domestic business invoices go by themselves (flux 1), others in a ledger (flux 10)."""
    domestic = (contact.get("country") or "").lower() == "fr" and bool(contact.get("tin_value"))
    if domestic:
        return {"document_type_code": "xml.tax_report.dgfip.flux1", "transport_type_code": "fr.dgfip"}
    return {
        "label": "Flux 10",
        "document_type_code": FLUX_10,
        "transport_type_code": "fr.dgfip",
        "ledger_id": open_ledger(world, str(account.id)).id,
    }


def open_ledger(world: World, owner: str) -> Record:
    """Return the ledger that collects an account's reports until it is sent."""
    for ledger in world.store.group(("ledger", owner)).values():
        if ledger.body["state"] == "new":
            return ledger
    return add_ledger(world, owner, "F10", next_night(world.now))


def add_ledger(world: World, owner: str, kind: str, due: float, hidden: JsonObject | None = None) -> Record:
    """Add a ledger of reports that is sent at `due`."""
    number = world.store.next_id("ledger")
    stamp = timestamp(world.now)
    body: JsonObject = {
        "id": number,
        "type": kind,
        "state": "new",
        "document_type_code": FLUX_10,
        "created_at": stamp,
        "updated_at": stamp,
    }
    ledger = world.store.add(Record("ledger", number, owner, body, hidden or {}))
    world.plan(ledger, [(due, "sent", {}), (due + world.settings.delays.tax_report, "registered", {})])
    return ledger


def set_ledger_state(world: World, ledger: Record, state: str, changes: JsonObject | None = None) -> None:
    """Move a ledger to a state now, and tell the web hooks."""
    ledger.body["state"] = state
    world.touch(ledger)
    data: JsonObject = {
        "ledger_id": ledger.id,
        "event_id": 0,
        "state": state,
        "notes": None,
        "object": {**ledger.body},
    }
    world.event("ledger.state_change", ledger.owner, data)
