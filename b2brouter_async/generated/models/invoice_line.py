"""InvoiceLine"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DECIMAL, INTEGER, TEXT, list_of, model, nullable
from ..._core.model import Field, Model
from .. import models

if TYPE_CHECKING:
    from decimal import Decimal

    from .allowance_charge import AllowanceCharge
    from .invoice_tax import InvoiceTax


@define(kw_only=True, repr=False)
class InvoiceLine(Model):
    """Line of an invoice in a reply."""

    id: int | None = None
    """Line id; given with detailed_lines."""
    position: int | None = None
    """Place in the list."""
    quantity: Decimal | None = None
    """Quantity."""
    price: Decimal | None = None
    """Price as it was sent."""
    base_quantity: Decimal | None = None
    """Number of units the price is for."""
    description: str | None = None
    """Text of the line."""
    total_cost: Decimal | None = None
    """Net amount of the line."""
    extension_amount: Decimal | None = None
    """Net amount of the line."""
    unit: int | None = None
    """Unit code."""
    article_code: str | None = None
    """Seller's article code."""
    classification_code: str | None = None
    """Classification code."""
    classification_code_scheme: str | None = None
    """Scheme of the classification code; correct spelling since 2026-04-20."""
    notes: str | None = None
    """Note."""
    taxes: list[InvoiceTax] | None = None
    """Taxes of the line."""
    allowance_charges: list[AllowanceCharge] | None = None
    """Allowances and charges of the line."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", nullable(INTEGER)),
            Field("position", "position", nullable(INTEGER)),
            Field("quantity", "quantity", nullable(DECIMAL)),
            Field("price", "price", nullable(DECIMAL)),
            Field("base_quantity", "base_quantity", nullable(DECIMAL)),
            Field("description", "description", nullable(TEXT)),
            Field("total_cost", "total_cost", nullable(DECIMAL)),
            Field("extension_amount", "extension_amount", nullable(DECIMAL)),
            Field("unit", "unit", nullable(INTEGER)),
            Field("article_code", "article_code", nullable(TEXT)),
            Field("classification_code", "classification_code", nullable(TEXT)),
            Field("classification_code_scheme", "classification_code_scheme", nullable(TEXT)),
            Field("notes", "notes", nullable(TEXT)),
            Field("taxes", "taxes", nullable(list_of(model(lambda: models.InvoiceTax)))),
            Field(
                "allowance_charges",
                "allowance_charges",
                nullable(list_of(model(lambda: models.AllowanceCharge))),
            ),
        )
