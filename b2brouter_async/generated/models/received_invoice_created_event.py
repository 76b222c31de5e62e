"""ReceivedInvoiceCreatedEvent"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import INTEGER, TEXT, model
from ..._core.model import Field, Model
from .. import models

if TYPE_CHECKING:
    from .received_invoice_created_event_data import ReceivedInvoiceCreatedEventData


@define(kw_only=True, repr=False)
class ReceivedInvoiceCreatedEvent(Model):
    """Payload of received_invoice.created."""

    code: str
    """Event code. Server's default: received_invoice.created."""
    triggered_at: int
    """Unix time in seconds."""
    data: ReceivedInvoiceCreatedEventData
    """What arrived."""
    id: int | None = None
    """Event id; listed for tax report events only."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("code", "code", TEXT, required=True),
            Field("triggered_at", "triggered_at", INTEGER, required=True),
            Field("data", "data", model(lambda: models.ReceivedInvoiceCreatedEventData), required=True),
            Field("id", "id", INTEGER),
        )
