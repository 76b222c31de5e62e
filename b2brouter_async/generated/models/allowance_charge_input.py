"""AllowanceChargeInput"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import BOOLEAN, DECIMAL, TEXT, enumeration, model
from ..._core.model import Field, RequestModel
from .. import models

if TYPE_CHECKING:
    from decimal import Decimal

    from .allowance_charge_indicator import AllowanceChargeIndicator
    from .allowance_charge_tax_input import AllowanceChargeTaxInput
    from .dictionaries import AllowanceChargeTaxInputDict


@define(kw_only=True, repr=False)
class AllowanceChargeInput(RequestModel):
    """Allowance or charge of the whole document or of one line."""

    allowance_charge_indicator: AllowanceChargeIndicator | str | None = None
    """Whether the entry lowers (allowance) or raises (charge) the amount; kept open like the others."""
    amount: Decimal | int | None = None
    """Amount; positive except in Spanish rectificative invoices."""
    percentage: Decimal | int | None = None
    """Percentage instead of an amount; key name not proven."""
    description: str | None = None
    """Text shown on the invoice."""
    apply_taxes: bool | None = None
    """Taxes apply to it, so that it changes the taxable base."""
    is_reimbursable_expense: bool | None = None
    """Reimbursable expense."""
    tax_attributes: AllowanceChargeTaxInput | AllowanceChargeTaxInputDict | None = None
    """Tax of a document level allowance or charge."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .allowance_charge_indicator import AllowanceChargeIndicator

        return (
            Field(
                "allowance_charge_indicator",
                "allowance_charge_indicator",
                enumeration(AllowanceChargeIndicator),
            ),
            Field("amount", "amount", DECIMAL),
            Field("percentage", "percentage", DECIMAL),
            Field("description", "description", TEXT),
            Field("apply_taxes", "apply_taxes", BOOLEAN),
            Field("is_reimbursable_expense", "is_reimbursable_expense", BOOLEAN),
            Field("tax_attributes", "tax_attributes", model(lambda: models.AllowanceChargeTaxInput)),
        )
