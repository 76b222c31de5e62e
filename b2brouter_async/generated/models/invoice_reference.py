"""InvoiceReference"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DATE, TEXT, nullable
from ..._core.model import Field, Model

if TYPE_CHECKING:
    import datetime


@define(kw_only=True)
class InvoiceReference(Model):
    """Invoice a credit note or correction refers to; since 2026-04-20. More keys exist, their names are not
    public.
    """

    number: str | None = None
    """Number of the invoice referred to."""
    date: datetime.date | None = None
    """Date of the invoice referred to."""
    invoicing_period_start: datetime.date | None = None
    """First day of the corrected period; sent only, not returned."""
    invoicing_period_end: datetime.date | None = None
    """Last day of the corrected period; sent only, not returned."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("number", "number", nullable(TEXT)),
            Field("date", "date", nullable(DATE)),
            Field("invoicing_period_start", "invoicing_period_start", nullable(DATE)),
            Field("invoicing_period_end", "invoicing_period_end", nullable(DATE)),
        )
