"""The lines of an invoice: what comes in, what they add up to, what is wrong with them, what replies show.

The lines of an imported invoice are read from its file when somebody first asks for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..server import errors
from ..server.checks import to_list
from ..state.store import rows
from .amounts import Rounding, line_total, payable, totals
from .identifiers import filled

if TYPE_CHECKING:
    from ...einvoice.lines import Line
    from ..state.store import JsonObject, Record
    from ..state.world import World

_LINE_FIELDS = ("position", "description", "unit", "article_code", "classification_code",
                "classification_code_scheme", "notes")  # fmt: skip
LINES = "invoice_lines_attributes"
# No reply shows these, and what is left to pay depends on them.
KEPT = ("adjustment_in_cents", "amounts_withheld")
# What totals are made of.
ADDED_UP = frozenset((LINES, "allowance_charges_attributes", "payments_on_account", *KEPT))
# Needed for French business invoices, says the spec; the texts are those of a published reply.
FRENCH = {
    "remittance_information": "Remittance information is missing",
    "payment_terms": "Payment terms are missing",
    "payment_method_text": "Payment method text is missing",
}
# UN/ECE Recommendation 20 to the API's own codes (behaviour 29); any other unit is 6.
_UNITS = {"C62": 1, "H87": 1, "EA": 1, "NAR": 1, "HUR": 2, "KGM": 3, "LTR": 4, "DAY": 5, "XBX": 7}
_OTHER_UNIT = 6


def drop_unnamed_taxes(value: Any) -> None:
    """Drop taxes without a name from the lines of a body, before it is checked (behaviour 21)."""
    for line in _objects(_objects([value], "invoice"), LINES):
        taxes: Any = to_list(line.get("taxes_attributes"))
        if _is(list, taxes):
            line["taxes_attributes"] = [tax for tax in taxes if not _is(dict, tax) or filled(tax, "name")]


def _objects(values: list[Any], name: str) -> list[JsonObject]:
    """Return the objects under a name in each of `values`, alone or in a list, whatever else may be there."""
    found: list[Any] = []
    for value in values:
        held: Any = to_list(value.get(name)) if _is(dict, value) else None
        many: list[Any] = held if _is(list, held) else [held]
        found.extend(many)
    return [one for one in found if _is(dict, one)]


def _is(kind: type, value: Any) -> bool:
    return isinstance(value, kind)


def compute(
    world: World, account: Record, invoice: Record, fields: JsonObject, lines: list[JsonObject]
) -> None:
    """Merge the lines of a request into those there are, and work out totals and errors."""
    body = invoice.body
    merged = _merge(world, lines, rows(fields, LINES))
    for line in merged:
        taxes = rows(line, "taxes_attributes")
        added = account.hidden.get("adds_tax")
        if added and not any(tax.get("percent") for tax in taxes):
            taxes = [{"name": added[0], "category": "S", "percent": added[1]}]
        line["taxes_attributes"] = taxes
    invoice.hidden["lines"] = merged
    if "allowance_charges_attributes" in fields:
        extras = rows(fields, "allowance_charges_attributes")
        invoice.hidden["extras"] = extras
        body["allowance_charges"] = [shown_extra(extra) for extra in extras]
    sums = totals(merged, rows(invoice.hidden, "extras"), Rounding.of(account, body.get("currency")))
    body["subtotal"], body["taxes"], body["total"] = sums.subtotal, sums.taxes, sums.total
    invoice.hidden.update((name, fields[name]) for name in KEPT if name in fields)
    left = payable({**invoice.hidden, "payments_on_account": body.get("payments_on_account")}, sums.total)
    body["total_amount_due"] = body["payable_amount"] = left
    body["errors"] = _problems(account, body, merged)


def _merge(world: World, lines: list[JsonObject], given: list[JsonObject]) -> list[JsonObject]:
    kept = {line["id"]: line for line in lines}
    for entry in given:
        fields = {name: value for name, value in entry.items() if name not in ("id", "_destroy")}
        number = int(entry["id"]) if entry.get("id") is not None else None
        if number is None:
            number = world.store.next_id("line")
        elif number not in kept:
            raise errors.inclusion("id", "Line not found")
        if entry.get("_destroy") in (1, True):
            kept.pop(number, None)
            continue
        kept[number] = {"id": number, **kept.get(number, {}), **fields}
    return list(kept.values())


def _problems(account: Record, body: JsonObject, lines: list[JsonObject]) -> list[str]:
    found: list[str] = []
    if not lines:
        found.append("Invoice lines are missing")
    for line in lines:
        for tax in line["taxes_attributes"]:
            if tax.get("category") == "E" and not tax.get("comment"):
                found.append("Tax category E needs an exemption reason in comment")
    if account.body["country"] == "fr" and body["type"] == "IssuedInvoice":
        found.extend(text for name, text in FRENCH.items() if not body.get(name))
    return list(dict.fromkeys(found))


def shown_lines(invoice: Record, *, detailed: bool) -> list[JsonObject]:
    """Return the lines as replies show them; ids only in detail."""
    shown: list[JsonObject] = []
    for line in rows(invoice.hidden, "lines"):
        net = line_total(line)
        extras = rows(line, "allowance_charges_attributes")
        row: JsonObject = {
            "id": line["id"],
            "quantity": line.get("quantity", 1),
            "price": line.get("price", 0),
            "base_quantity": line.get("base_quantity", 1),
            "total_cost": net,
            "extension_amount": net,
            **{name: line.get(name) for name in _LINE_FIELDS},
            "taxes": [
                {key: tax.get(key) for key in ("name", "category", "percent", "comment")}
                for tax in rows(line, "taxes_attributes")
            ],
            "allowance_charges": [shown_extra(extra) for extra in extras],
        }
        if not detailed:
            del row["id"]
        shown.append(row)
    return shown


def shown_extra(extra: JsonObject) -> JsonObject:
    """Return an allowance or charge as replies show it."""
    names = ("allowance_charge_indicator", "amount", "percentage", "description", "apply_taxes",
             "is_reimbursable_expense")  # fmt: skip
    return {name: extra.get(name) for name in names}


def read_imported(world: World, invoice: Record) -> None:
    """Have the lines of an imported invoice, with ids of their own; nothing happens where they are known already."""
    if "syntax" not in invoice.hidden or "lines" in invoice.hidden:
        return
    from ...einvoice import UnreadableDocument
    from ...einvoice.lines import read_lines

    try:
        found = read_lines(world.store.content(f"invoice/{invoice.id}") or b"")
    except UnreadableDocument:
        # The head could be read, and was; a document with lines that can't be is an invoice without them.
        found = []
    invoice.hidden["lines"] = [
        {"id": world.store.next_id("line"), "position": place, **_imported(line)}
        for place, line in enumerate(found, 1)
    ]
    world.store.changed(invoice)


def _imported(line: Line) -> JsonObject:
    tax: JsonObject = {"name": "VAT", "category": line.tax_category, "percent": line.tax_percent}
    fields: JsonObject = {
        "description": line.name or line.description,
        "notes": line.description if line.name else None,
        "article_code": line.article,
        "quantity": line.quantity,
        "unit": _UNITS.get(line.unit, _OTHER_UNIT) if line.unit else None,
        "price": line.price,
        "base_quantity": line.base_quantity,
        "extension_amount": line.net,
    }
    shown = {name: value for name, value in fields.items() if value is not None}
    return {**shown, "taxes_attributes": [tax] if line.tax_category or line.tax_percent is not None else []}
