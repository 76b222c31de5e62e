"""What every format needs of an invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import attrs

from ...state.store import part, rows
from .elements import decimal

if TYPE_CHECKING:
    from ...state.store import JsonObject, Record

# The API's units in UN/ECE Recommendation 20 (behaviour 29).
_UNITS = {1: "C62", 2: "HUR", 3: "KGM", 4: "LTR", 5: "DAY", 7: "XBX"}


@attrs.frozen
class Facts:
    """An invoice as every syntax needs it."""

    number: str
    series: str
    date: str
    due: str | None
    currency: str
    credit: bool
    seller: JsonObject
    buyer: JsonObject
    lines: list[JsonObject]
    taxes: list[JsonObject]
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    payable: Decimal

    @classmethod
    def of(cls, invoice: Record, account: JsonObject) -> Facts:
        """Read an invoice; its account is the seller, or the buyer of a received one."""
        body = invoice.body
        contact = part(body, "contact")
        received = body["type"] == "ReceivedInvoice"
        taxes = rows(body, "taxes")
        return cls(
            number=str(body["number"]),
            series=str(body["series_code"] or ""),
            date=str(body["date"]),
            due=body["due_date"],
            currency=str(body["currency"]),
            credit=bool(body["is_credit_note"]),
            seller=contact if received else account,
            buyer=account if received else contact,
            lines=rows(invoice.hidden, "lines"),
            taxes=taxes,
            subtotal=decimal(body["subtotal"]),
            tax=sum((decimal(tax.get("amount")) for tax in taxes), Decimal(0)),
            total=decimal(body["total"]),
            payable=decimal(body["total_amount_due"]),
        )


def unit_code(line: JsonObject) -> str:
    """Return the unit of a line in UN/ECE Recommendation 20: a piece where it has none that is known."""
    return _UNITS.get(line.get("unit") or 1, "C62")
