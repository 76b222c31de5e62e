"""How invoices are listed so that none is left out."""

from __future__ import annotations

from typing import TypedDict

from ..generated.models.invoice_type import InvoiceType

ISSUED = InvoiceType.ISSUED_INVOICE.value
RECEIVED = InvoiceType.RECEIVED_INVOICE.value


class OfType(TypedDict):
    """Arguments of a list of invoices."""

    type: str | None
    ack: bool | None


def all_of(kind: str | None) -> OfType:
    """Return the arguments of a list that leaves no invoice of a type out; None is the server's default, the issued.

    Without `ack` only those received invoices come that nobody has acknowledged (behaviour 11).
    """
    return {"type": kind, "ack": True if kind == RECEIVED else None}
