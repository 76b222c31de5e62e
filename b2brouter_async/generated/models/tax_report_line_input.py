"""TaxReportLineInput"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DECIMAL, TEXT
from ..._core.model import Field, RequestModel

if TYPE_CHECKING:
    from decimal import Decimal


@define(kw_only=True, repr=False)
class TaxReportLineInput(RequestModel):
    """Line of a tax report in a request."""

    quantity: Decimal | int | None = None
    """Quantity."""
    description: str | None = None
    """Text of the line."""
    price: Decimal | int | None = None
    """Price of one unit."""
    tax_inclusive_amount: Decimal | int | None = None
    """Amount with taxes."""
    tax_exclusive_amount: Decimal | int | None = None
    """Amount without taxes."""
    tax_amount: Decimal | int | None = None
    """Tax amount."""
    item_seller_identifier: str | None = None
    """Seller's article code; since 2026-03-02."""
    item_standard_identifier: str | None = None
    """Standard article code; since 2026-03-02."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("quantity", "quantity", DECIMAL),
            Field("description", "description", TEXT),
            Field("price", "price", DECIMAL),
            Field("tax_inclusive_amount", "tax_inclusive_amount", DECIMAL),
            Field("tax_exclusive_amount", "tax_exclusive_amount", DECIMAL),
            Field("tax_amount", "tax_amount", DECIMAL),
            Field("item_seller_identifier", "item_seller_identifier", TEXT),
            Field("item_standard_identifier", "item_standard_identifier", TEXT),
        )
