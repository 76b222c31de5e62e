"""The lines of an imported invoice: read from its file when somebody first asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from b2brouter_async.einvoice.lines import Line

    from ..state.store import JsonObject, Record
    from ..state.world import World

# UN/ECE Recommendation 20 to the API's own codes (behaviour 29); any other unit is 6.
_UNITS = {"C62": 1, "H87": 1, "EA": 1, "NAR": 1, "HUR": 2, "KGM": 3, "LTR": 4, "DAY": 5, "XBX": 7}
_OTHER_UNIT = 6


def read_imported(world: World, invoice: Record) -> None:
    """Have the lines of an imported invoice, with ids of their own; nothing happens where they are known already."""
    if "syntax" not in invoice.hidden or "lines" in invoice.hidden:
        return
    from b2brouter_async.einvoice import UnreadableDocument
    from b2brouter_async.einvoice.lines import read_lines

    try:
        found = read_lines(world.store.content(f"invoice/{invoice.id}") or b"")
    except UnreadableDocument:
        # The head could be read, and was; a document with lines that can't be is an invoice without them.
        found = []
    invoice.hidden["lines"] = [
        {"id": world.store.next_id("line"), "position": place, **_fields(line)}
        for place, line in enumerate(found, 1)
    ]
    world.store.changed(invoice)


def _fields(line: Line) -> JsonObject:
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
