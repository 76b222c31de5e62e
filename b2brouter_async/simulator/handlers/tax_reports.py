"""Tax reports: made, corrected and annulled, each time with an id of their own (behaviour 36)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..server import errors
from ..server.call import Reply, account_of, file_reply, owned, page_of
from .identifiers import filled, tidy
from .markup import to_xml
from .reporting import FLUX_10, REFUSED, add_report, open_ledger, set_report_state, start_report

if TYPE_CHECKING:
    from ..server.call import Call, Handler
    from ..state.store import JsonObject, Record
    from ..state.world import World

XML = "application/xml"
# What the vendor's SDK calls required for these two.
_REQUIRED = ("invoice_date", "invoice_number", "invoice_type_code", "description", "currency",
             "tax_inclusive_amount", "tax_amount")  # fmt: skip
_STRICT = ("Verifactu", "TicketBai")
_LABELS = {"Verifactu": "VeriFactu", "TicketBai": "TicketBAI", "Sdi": "SDI", "SiiDocument": "SII"}
_SIMPLIFIED = "F2"


def report_facts(record: Record) -> JsonObject:
    """Return what lists of tax reports are filtered by; times are their days, as the filters have them."""
    body = record.body
    days = {name: sys.intern(body[name][:10]) if body[name] else None for name in ("sent_at", "updated_at")}
    return {"invoice_id": body["invoice_id"], **days}


def list_reports(world: World, call: Call) -> Reply:
    """List an account's tax reports."""
    account = account_of(world, call)
    query = call.query
    records = list(world.store.group(("tax_report", str(account.id))).values())
    if "invoice_id" in query:
        records = [record for record in records if record.facts["invoice_id"] == query["invoice_id"]]
    for name, field, lower in (
        ("sent_at_from", "sent_at", True),
        ("sent_at_to", "sent_at", False),
        ("updated_at_from", "updated_at", True),
        ("updated_at_to", "updated_at", False),
    ):
        if name in query:
            records = [record for record in records if _within(record.facts[field], query[name], lower)]
    return page_of("tax_reports", records, query)


def create_report(world: World, call: Call) -> Reply:
    """Create a report and start it."""
    account = account_of(world, call)
    fields = tidy(world.known("POST /accounts/{}/tax_reports", call.json["tax_report"]))
    report = make_report(world, str(account.id), fields)
    account.body["transactions_count"] += 1
    world.store.changed(account)
    return Reply(201, {"tax_report": report.body})


def make_report(world: World, owner: str, fields: JsonObject) -> Record:
    """Check the fields of a report, add it and start it."""
    kind = str(fields["type"])
    if kind in _STRICT:
        for name in _REQUIRED:
            if not filled(fields, name) and fields.get(name) != 0:
                raise errors.blank(name)
        if fields["invoice_type_code"] != _SIMPLIFIED and not filled(fields, "customer_party_name"):
            raise errors.blank("customer_party_name")
        if not fields.get("tax_breakdowns"):
            raise errors.blank("tax_breakdowns")
    report = add_report(world, owner, {"label": _LABELS.get(kind), **fields})
    start_report(world, report)
    return report


def get_report(world: World, call: Call) -> Reply:
    """Show a report."""
    return Reply(200, {"tax_report": _report(world, call).body})


def correct_report(world: World, call: Call) -> Reply:
    """Correct a report: the reply is a new one, with an id of its own."""
    old = _report(world, call)
    if old.body["annullation"] or old.body["state"] in ("annullating", "annulled"):
        raise errors.cannot_change("state", "The tax report is annulled")
    if old.body["type"] == "TicketBai":
        raise errors.cannot_change("type", "A TicketBAI report can't be corrected")
    fields = tidy(world.known("PATCH /tax_reports/{}", call.json["tax_report"]))
    if "type" in fields and fields["type"] != old.body["type"]:
        raise errors.cannot_change("type")
    report = _successor(world, old, {**fields, "correction": True})
    old.body["corrected_by_id"] = report.id
    world.touch(old)
    return Reply(200, {"tax_report": report.body})


def annul_report(world: World, call: Call) -> Reply:
    """Annul a report: the reply is a new one, with an id of its own; the old one is annulled once that is registered."""
    old = _report(world, call)
    if old.body["annullation"] or old.body["state"] in ("annullating", "annulled"):
        raise errors.cannot_change("state", "The tax report is annulled")
    report = _successor(world, old, {"annullation": True}, {"annuls": old.id})
    old.body["annulled_by_id"] = report.id
    old.hidden["plan"] = []
    set_report_state(world, old, "annullating")
    return Reply(200, {"tax_report": report.body})


def download_report(world: World, call: Call) -> Reply:
    """Give a report's file once it is chained; a flux 10 report is 422 with the id of its ledger."""
    report = _report(world, call)
    if report.body.get("document_type_code") == FLUX_10:
        ledger = report.body["ledger_id"]
        message = f"Flux 10 reports are downloaded as ledger {ledger}"
        raise errors.Refusal(422, None, message, param="id", details={"ledger_id": ledger})
    if report.body["chained_at"] is None:
        raise errors.missing("file yet")
    return file_reply(call, _file(report, "TaxReport"), XML, f"tax-report-{report.id}.xml")


def download_response(world: World, call: Call) -> Reply:
    """Give the authority's receipt, or why it refused (behaviour 53); nothing until there is an answer."""
    report = _report(world, call)
    if report.body["state"] == "error":
        return Reply(200, {"code": "4102", "message": REFUSED})
    if report.body["state"] not in ("registered", "annulled"):
        return Reply(204)
    return file_reply(call, _file(report, "TaxReportResponse"), XML, f"tax-report-{report.id}-response.xml")


def _report(world: World, call: Call) -> Record:
    return owned(world, call, "tax_report")


def _successor(world: World, old: Record, changes: JsonObject, hidden: JsonObject | None = None) -> Record:
    own = ("id", "state", "qr", "identifier", "chained_at", "sent_at", "ledger_id", "correction", "annulled_by_id",
           "corrected_by_id", "created_at", "updated_at")  # fmt: skip
    fields = {name: value for name, value in old.body.items() if name not in own}
    if fields.get("document_type_code") == FLUX_10:
        fields["ledger_id"] = open_ledger(world, old.owner).id
    report = add_report(world, old.owner, {**fields, **changes}, hidden)
    start_report(world, report)
    return report


def _within(held: str | None, day: str, lower: bool) -> bool:
    if held is None:
        return False
    return held >= day if lower else held <= day


def _file(report: Record, root: str) -> bytes:
    names = ("id", "type", "state", "invoice_number", "invoice_date", "tax_inclusive_amount", "tax_amount")
    return to_xml(root, {name: report.body[name] for name in names})


HANDLERS: dict[str, Handler] = {
    "GET /accounts/{}/tax_reports": list_reports,
    "POST /accounts/{}/tax_reports": create_report,
    "GET /tax_reports/{}": get_report,
    "PATCH /tax_reports/{}": correct_report,
    "DELETE /tax_reports/{}": annul_report,
    "GET /tax_reports/{}/download": download_report,
    "GET /tax_reports/{}/download_response": download_response,
}
