"""InvoiceTax"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DECIMAL, TEXT, nullable
from ..._core.model import Field, Model

if TYPE_CHECKING:
    from decimal import Decimal


@define(kw_only=True, repr=False)
class InvoiceTax(Model):
    """Total of one tax in a reply."""

    name: str | None = None
    """Label, may contain the rate."""
    category: str | None = None
    """Tax category code."""
    percent: Decimal | None = None
    """Rate."""
    base: Decimal | None = None
    """Taxable base."""
    amount: Decimal | None = None
    """Tax amount."""
    comment: str | None = None
    """Exemption reason."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("name", "name", nullable(TEXT)),
            Field("category", "category", nullable(TEXT)),
            Field("percent", "percent", nullable(DECIMAL)),
            Field("base", "base", nullable(DECIMAL)),
            Field("amount", "amount", nullable(DECIMAL)),
            Field("comment", "comment", nullable(TEXT)),
        )
