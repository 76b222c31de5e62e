"""InvoiceReference"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DATE, TEXT, nullable
from ..._core.model import Field, RequestModel

if TYPE_CHECKING:
    import datetime


@define(kw_only=True, repr=False)
class InvoiceReference(RequestModel):
    """Invoice a credit note or correction refers to, or a prepayment; since 2026-04-20."""

    reference_type: str | None = None
    """What the reference is, amend or prepayment; assumed to be amend where it is left out."""
    number: str | None = None
    """Number of the invoice referred to."""
    date: datetime.date | None = None
    """Date of the invoice referred to."""
    invoicing_period_start: datetime.date | None = None
    """First day of the corrected period; sent only, not returned."""
    invoicing_period_end: datetime.date | None = None
    """Last day of the corrected period; sent only, not returned."""
    reason: str | None = None
    """Why the invoice is corrected."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("reference_type", "reference_type", nullable(TEXT)),
            Field("number", "number", nullable(TEXT)),
            Field("date", "date", nullable(DATE)),
            Field("invoicing_period_start", "invoicing_period_start", nullable(DATE)),
            Field("invoicing_period_end", "invoicing_period_end", nullable(DATE)),
            Field("reason", "reason", nullable(TEXT)),
        )
