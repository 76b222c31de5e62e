"""AllowanceChargeTaxInput"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DECIMAL, TEXT, enumeration, nullable
from ..._core.model import Field, RequestModel

if TYPE_CHECKING:
    from decimal import Decimal

    from .tax_category import TaxCategory


@define(kw_only=True, repr=False)
class AllowanceChargeTaxInput(RequestModel):
    """Tax of a document level allowance or charge."""

    name: str | None = None
    """Tax name."""
    category: TaxCategory | str | None = None
    """Tax category code."""
    percent: Decimal | int | None = None
    """Rate."""
    comment: str | None = None
    """Exemption reason."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .tax_category import TaxCategory

        return (
            Field("name", "name", TEXT),
            Field("category", "category", enumeration(TaxCategory)),
            Field("percent", "percent", DECIMAL),
            Field("comment", "comment", nullable(TEXT)),
        )
