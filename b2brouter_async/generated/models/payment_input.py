"""PaymentInput"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DATE, DECIMAL, INTEGER, TEXT
from ..._core.model import Field, RequestModel

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal


@define(kw_only=True, repr=False)
class PaymentInput(RequestModel):
    """Payment to record."""

    invoice_id: int | None = None
    """Invoice paid."""
    amount: Decimal | int | None = None
    """Amount received."""
    date: datetime.date | None = None
    """Day of the payment."""
    payment_method: int | None = None
    """Payment method code."""
    payment_method_text: str | None = None
    """Payment method in words."""
    reference: str | None = None
    """Caller's reference. There is no idempotency key, so use it to find doubles."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("invoice_id", "invoice_id", INTEGER),
            Field("amount", "amount", DECIMAL),
            Field("date", "date", DATE),
            Field("payment_method", "payment_method", INTEGER),
            Field("payment_method_text", "payment_method_text", TEXT),
            Field("reference", "reference", TEXT),
        )
