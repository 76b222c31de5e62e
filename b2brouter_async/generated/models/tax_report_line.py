"""TaxReportLine"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DECIMAL, TEXT, nullable
from ..._core.model import Field, Model

if TYPE_CHECKING:
    from decimal import Decimal


@define(kw_only=True, repr=False)
class TaxReportLine(Model):
    """Line of a tax report (TicketBAI, KSeF)."""

    quantity: Decimal | None = None
    """Quantity."""
    description: str | None = None
    """Text of the line."""
    price: Decimal | None = None
    """Price of one unit."""
    tax_inclusive_amount: Decimal | None = None
    """Amount with taxes."""
    tax_exclusive_amount: Decimal | None = None
    """Amount without taxes."""
    tax_amount: Decimal | None = None
    """Tax amount."""
    item_seller_identifier: str | None = None
    """Seller's article code; since 2026-03-02."""
    item_standard_identifier: str | None = None
    """Standard article code; since 2026-03-02."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("quantity", "quantity", nullable(DECIMAL)),
            Field("description", "description", nullable(TEXT)),
            Field("price", "price", nullable(DECIMAL)),
            Field("tax_inclusive_amount", "tax_inclusive_amount", nullable(DECIMAL)),
            Field("tax_exclusive_amount", "tax_exclusive_amount", nullable(DECIMAL)),
            Field("tax_amount", "tax_amount", nullable(DECIMAL)),
            Field("item_seller_identifier", "item_seller_identifier", nullable(TEXT)),
            Field("item_standard_identifier", "item_standard_identifier", nullable(TEXT)),
        )
