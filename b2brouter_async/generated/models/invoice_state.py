"""InvoiceState"""

from __future__ import annotations

from ..._core.enums import OpenStrEnum


class InvoiceState(OpenStrEnum):
    """State of an invoice. Readers must accept other values and treat them as still under way."""

    NEW = "new"
    ISSUED = "issued"
    SENDING = "sending"
    SENT = "sent"
    REGISTERED = "registered"
    RECEIVED = "received"
    DOWNLOADED = "downloaded"
    READ = "read"
    ANNOTATED = "annotated"
    ACCEPTED = "accepted"
    ALLEGEDLY_PAID = "allegedly_paid"
    PAID = "paid"
    CLOSED = "closed"
    REFUSED = "refused"
    ERROR = "error"
    INVALID = "invalid"
    DISCARDED = "discarded"
    ANNULLED = "annulled"
    BILLED = "billed"
    EXPIRED = "expired"
    PERFORMING_OCR = "performing_ocr"
    OCR_FAILED = "ocr_failed"
    CANCELLED = "cancelled"
