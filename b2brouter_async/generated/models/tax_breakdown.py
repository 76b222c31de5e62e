"""TaxBreakdown"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import BOOLEAN, DECIMAL, TEXT, nullable
from ..._core.model import Field, Model

if TYPE_CHECKING:
    from decimal import Decimal


@define(kw_only=True, repr=False)
class TaxBreakdown(Model):
    """Total of one tax in a tax report. Keys for exemption reasons and surcharges exist, their names are not
    public.
    """

    name: str | None = None
    """Tax name, for example IVA."""
    category: str | None = None
    """Tax category code."""
    non_exempt: bool | None = None
    """Subject and not exempt (TicketBAI)."""
    non_exemption_code: str | None = None
    """Kind of non exempt operation, for example S1."""
    percent: Decimal | None = None
    """Rate."""
    taxable_base: Decimal | None = None
    """Taxable base."""
    tax_amount: Decimal | None = None
    """Tax amount."""
    special_regime_key: str | None = None
    """Special regime key, for example 01."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("name", "name", nullable(TEXT)),
            Field("category", "category", nullable(TEXT)),
            Field("non_exempt", "non_exempt", nullable(BOOLEAN)),
            Field("non_exemption_code", "non_exemption_code", nullable(TEXT)),
            Field("percent", "percent", nullable(DECIMAL)),
            Field("taxable_base", "taxable_base", nullable(DECIMAL)),
            Field("tax_amount", "tax_amount", nullable(DECIMAL)),
            Field("special_regime_key", "special_regime_key", nullable(TEXT)),
        )
