"""InvoiceType"""

from __future__ import annotations

from ..._core.enums import OpenStrEnum


class InvoiceType(OpenStrEnum):
    """Kind of invoice. A further value for self-billed invoices exists; its spelling is not public."""

    ISSUED_INVOICE = "IssuedInvoice"
    ISSUED_SIMPLIFIED_INVOICE = "IssuedSimplifiedInvoice"
    RECEIVED_INVOICE = "ReceivedInvoice"
