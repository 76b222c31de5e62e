"""PaymentDueInput"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DATE, DECIMAL
from ..._core.model import Field, RequestModel

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal


@define(kw_only=True, repr=False)
class PaymentDueInput(RequestModel):
    """One part of a split payment."""

    due_date: datetime.date | None = None
    """Day of this part."""
    amount: Decimal | int | None = None
    """Amount of this part."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("due_date", "due_date", DATE),
            Field("amount", "amount", DECIMAL),
        )
