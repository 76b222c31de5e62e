"""InvoiceListItem"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import (
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    TEXT,
    enumeration,
    list_of,
    model,
    nullable,
    union,
)
from ..._core.model import Field, Model
from .. import models

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal

    from .invoice_contact import InvoiceContact
    from .invoice_state import InvoiceState
    from .validation_error_entry import ValidationErrorEntry


@define(kw_only=True, repr=False)
class InvoiceListItem(Model):
    """Invoice in a list reply: no account, no lines, ack_at always null."""

    id: int
    """Invoice id."""
    type: str | None = None
    """Kind of invoice, see InvoiceType."""
    number: str | None = None
    """Invoice number."""
    series_code: str | None = None
    """Series."""
    state: InvoiceState | None = None
    """State of an invoice. Readers must accept other values and treat them as still under way."""
    state_updated_at: datetime.datetime | None = None
    """Last change of state."""
    contact: InvoiceContact | None = None
    """Other party."""
    date: datetime.date | None = None
    """Issue date."""
    due_date: datetime.date | None = None
    """Due date."""
    currency: str | None = None
    """Currency, ISO 4217."""
    subtotal: Decimal | None = None
    """Total without taxes."""
    total: Decimal | None = None
    """Total with taxes."""
    document_type_code: str | None = None
    """Document type used."""
    transport_type_code: str | None = None
    """Transport used."""
    is_credit_note: bool | None = None
    """Credit note."""
    file_reference: str | None = None
    """Own file or project reference."""
    tax_report_ids: list[int] | None = None
    """Tax reports made from this invoice."""
    errors: list[str | ValidationErrorEntry] | None = None
    """Reasons why the invoice was not sent; may be filled on a successful reply. Texts in most sources,
    objects with `error` in one.
    """
    refuse_reason: str | None = None
    """Why the other party refused."""
    from_net: str | None = None
    """Network a received invoice came from; null in list rows."""
    ack_at: datetime.datetime | None = None
    """When it was acknowledged; null in list rows whatever the truth."""
    created_at: datetime.datetime | None = None
    """Creation time."""
    updated_at: datetime.datetime | None = None
    """Last change."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .invoice_state import InvoiceState

        return (
            Field("id", "id", INTEGER, required=True),
            Field("type", "type", nullable(TEXT)),
            Field("number", "number", nullable(TEXT)),
            Field("series_code", "series_code", nullable(TEXT)),
            Field("state", "state", enumeration(InvoiceState)),
            Field("state_updated_at", "state_updated_at", nullable(DATETIME)),
            Field("contact", "contact", nullable(model(lambda: models.InvoiceContact))),
            Field("date", "date", nullable(DATE)),
            Field("due_date", "due_date", nullable(DATE)),
            Field("currency", "currency", nullable(TEXT)),
            Field("subtotal", "subtotal", nullable(DECIMAL)),
            Field("total", "total", nullable(DECIMAL)),
            Field("document_type_code", "document_type_code", nullable(TEXT)),
            Field("transport_type_code", "transport_type_code", nullable(TEXT)),
            Field("is_credit_note", "is_credit_note", nullable(BOOLEAN)),
            Field("file_reference", "file_reference", nullable(TEXT)),
            Field("tax_report_ids", "tax_report_ids", nullable(list_of(INTEGER))),
            Field(
                "errors", "errors", nullable(list_of(union(TEXT, model(lambda: models.ValidationErrorEntry))))
            ),
            Field("refuse_reason", "refuse_reason", nullable(TEXT)),
            Field("from_net", "from_net", nullable(TEXT)),
            Field("ack_at", "ack_at", nullable(DATETIME)),
            Field("created_at", "created_at", nullable(DATETIME)),
            Field("updated_at", "updated_at", nullable(DATETIME)),
        )
