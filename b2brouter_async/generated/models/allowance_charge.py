"""AllowanceCharge"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import BOOLEAN, DECIMAL, INTEGER, TEXT, nullable
from ..._core.model import Field, Model

if TYPE_CHECKING:
    from decimal import Decimal


@define(kw_only=True, repr=False)
class AllowanceCharge(Model):
    """Allowance or charge in a reply; the whole shape is assumed from the request."""

    id: int | None = None
    """Id."""
    allowance_charge_indicator: str | None = None
    """allowance or charge."""
    amount: Decimal | None = None
    """Amount."""
    percentage: Decimal | None = None
    """Percentage."""
    description: str | None = None
    """Text."""
    apply_taxes: bool | None = None
    """Taxes apply to it."""
    is_reimbursable_expense: bool | None = None
    """Reimbursable expense."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", nullable(INTEGER)),
            Field("allowance_charge_indicator", "allowance_charge_indicator", nullable(TEXT)),
            Field("amount", "amount", nullable(DECIMAL)),
            Field("percentage", "percentage", nullable(DECIMAL)),
            Field("description", "description", nullable(TEXT)),
            Field("apply_taxes", "apply_taxes", nullable(BOOLEAN)),
            Field("is_reimbursable_expense", "is_reimbursable_expense", nullable(BOOLEAN)),
        )
