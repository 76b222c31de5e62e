"""ReceivedInvoiceStateChangeEventData"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import INTEGER, TEXT, enumeration, nullable
from ..._core.model import Field, Model

if TYPE_CHECKING:
    from .invoice_state import InvoiceState


@define(kw_only=True, repr=False)
class ReceivedInvoiceStateChangeEventData(Model):
    """What changed; only the event code is public, the keys follow the issued invoice event."""

    invoice_id: int | None = None
    """Invoice."""
    event_id: int | None = None
    """Unique id of the event."""
    account_id: int | None = None
    """Account."""
    state: InvoiceState | None = None
    """State of an invoice. Readers must accept other values and treat them as still under way."""
    notes: str | None = None
    """Text."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .invoice_state import InvoiceState

        return (
            Field("invoice_id", "invoice_id", INTEGER),
            Field("event_id", "event_id", nullable(INTEGER)),
            Field("account_id", "account_id", nullable(INTEGER)),
            Field("state", "state", enumeration(InvoiceState)),
            Field("notes", "notes", nullable(TEXT)),
        )
