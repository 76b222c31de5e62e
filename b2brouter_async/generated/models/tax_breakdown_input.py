"""TaxBreakdownInput"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import BOOLEAN, DECIMAL, TEXT, enumeration
from ..._core.model import Field, RequestModel

if TYPE_CHECKING:
    from decimal import Decimal

    from .tax_category import TaxCategory


@define(kw_only=True, repr=False)
class TaxBreakdownInput(RequestModel):
    """Total of one tax in a request."""

    name: str | None = None
    """Tax name, for example IVA."""
    category: TaxCategory | str | None = None
    """Tax category code."""
    non_exempt: bool | None = None
    """Subject and not exempt (TicketBAI)."""
    non_exemption_code: str | None = None
    """Kind of non exempt operation, for example S1."""
    percent: Decimal | int | None = None
    """Rate."""
    taxable_base: Decimal | int | None = None
    """Taxable base."""
    tax_amount: Decimal | int | None = None
    """Tax amount."""
    special_regime_key: str | None = None
    """Special regime key, for example 01."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .tax_category import TaxCategory

        return (
            Field("name", "name", TEXT),
            Field("category", "category", enumeration(TaxCategory)),
            Field("non_exempt", "non_exempt", BOOLEAN),
            Field("non_exemption_code", "non_exemption_code", TEXT),
            Field("percent", "percent", DECIMAL),
            Field("taxable_base", "taxable_base", DECIMAL),
            Field("tax_amount", "tax_amount", DECIMAL),
            Field("special_regime_key", "special_regime_key", TEXT),
        )
