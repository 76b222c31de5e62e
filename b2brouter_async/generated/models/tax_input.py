"""TaxInput"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DECIMAL, TEXT, enumeration, nullable
from ..._core.model import Field
from ...invoicing.inputs import TaxMethods

if TYPE_CHECKING:
    from decimal import Decimal

    from .tax_category import TaxCategory


@define(kw_only=True, repr=False)
class TaxInput(TaxMethods):
    """Tax of a line. Only these four keys are allowed."""

    name: str
    """Default tax name of the country, for example IVA, IGIC, IRPF, TVA. A tax without a name is dropped in
    silence.
    """
    percent: Decimal | int
    """Rate. Negative for withholdings such as IRPF."""
    category: TaxCategory | str | None = None
    """Tax category code."""
    comment: str | None = None
    """Exemption reason, for example E2 or VATEX-FR-FRANCHISE."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .tax_category import TaxCategory

        return (
            Field("name", "name", TEXT, required=True),
            Field("percent", "percent", DECIMAL, required=True),
            Field("category", "category", enumeration(TaxCategory)),
            Field("comment", "comment", nullable(TEXT)),
        )
