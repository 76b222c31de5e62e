"""InvoiceSettableState"""

from __future__ import annotations

from ..._core.enums import OpenStrEnum


class InvoiceSettableState(OpenStrEnum):
    """States a caller may set. Issued: new, sent, accepted, registered, refused, paid, closed. Received: new,
    paid, accepted, refused, annotated. Issued simplified: new, sent, paid, downloaded, accepted, refused,
    registered, closed.
    """

    NEW = "new"
    SENT = "sent"
    DOWNLOADED = "downloaded"
    REGISTERED = "registered"
    ACCEPTED = "accepted"
    ANNOTATED = "annotated"
    REFUSED = "refused"
    PAID = "paid"
    CLOSED = "closed"
