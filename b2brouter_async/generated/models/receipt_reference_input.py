"""ReceiptReferenceInput"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DATE, TEXT
from ..._core.model import Field, RequestModel

if TYPE_CHECKING:
    import datetime


@define(kw_only=True, repr=False)
class ReceiptReferenceInput(RequestModel):
    """Receipt a line belongs to."""

    identifier: str | None = None
    """Identifier of the receipt."""
    number: str | None = None
    """Number of the receipt."""
    date: datetime.date | None = None
    """Date of the receipt."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("identifier", "identifier", TEXT),
            Field("number", "number", TEXT),
            Field("date", "date", DATE),
        )
