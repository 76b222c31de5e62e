"""Payment"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DATE, DATETIME, DECIMAL, INTEGER, TEXT, nullable
from ..._core.model import Field, Model

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal


@define(kw_only=True, repr=False)
class Payment(Model):
    """Payment of an invoice."""

    id: int
    """Payment id."""
    invoice_id: int | None = None
    """Invoice paid."""
    amount: Decimal | None = None
    """Amount."""
    currency: str | None = None
    """Currency, ISO 4217."""
    date: datetime.date | None = None
    """Day of the payment."""
    payment_method: int | None = None
    """Payment method code."""
    payment_method_text: str | None = None
    """Payment method in words."""
    reference: str | None = None
    """Caller's reference."""
    created_at: datetime.datetime | None = None
    """Creation time."""
    updated_at: datetime.datetime | None = None
    """Last change."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", INTEGER, required=True),
            Field("invoice_id", "invoice_id", nullable(INTEGER)),
            Field("amount", "amount", nullable(DECIMAL)),
            Field("currency", "currency", nullable(TEXT)),
            Field("date", "date", nullable(DATE)),
            Field("payment_method", "payment_method", nullable(INTEGER)),
            Field("payment_method_text", "payment_method_text", nullable(TEXT)),
            Field("reference", "reference", nullable(TEXT)),
            Field("created_at", "created_at", nullable(DATETIME)),
            Field("updated_at", "updated_at", nullable(DATETIME)),
        )
