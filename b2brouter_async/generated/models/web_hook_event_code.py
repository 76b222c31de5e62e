"""WebHookEventCode"""

from __future__ import annotations

from ..._core.enums import OpenStrEnum


class WebHookEventCode(OpenStrEnum):
    """Code of an event a web hook can subscribe to."""

    ISSUED_INVOICE_STATE_CHANGE = "issued_invoice.state_change"
    RECEIVED_INVOICE_CREATED = "received_invoice.created"
    RECEIVED_INVOICE_STATE_CHANGE = "received_invoice.state_change"
    TAX_REPORT_STATE_CHANGE = "tax_report.state_change"
    LEDGER_STATE_CHANGE = "ledger.state_change"
    TIN_VERIFICATION_FINISHED = "tin_verification.finished"
    SII_BATCH_FINISHED = "sii_batch.finished"
