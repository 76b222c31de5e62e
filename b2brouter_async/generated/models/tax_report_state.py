"""TaxReportState"""

from __future__ import annotations

from ..._core.enums import OpenStrEnum


class TaxReportState(OpenStrEnum):
    """State of a tax report. Readers must accept other values."""

    NEW = "new"
    PROCESSING = "processing"
    SIGNED = "signed"
    SENDING = "sending"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    DEPOSITED = "deposited"
    CLEARING = "clearing"
    REGISTERED = "registered"
    REGISTERED_WITH_ERRORS = "registered_with_errors"
    ERROR = "error"
    REFUSED = "refused"
    INVALID = "invalid"
    ANNULLATING = "annullating"
    ANNULLED = "annulled"
