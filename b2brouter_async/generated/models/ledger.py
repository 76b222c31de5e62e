"""Ledger"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DATETIME, INTEGER, TEXT, nullable
from ..._core.model import Field, Model

if TYPE_CHECKING:
    import datetime


@define(kw_only=True, repr=False)
class Ledger(Model):
    """Lot of tax reports sent together; most of its fields are not public."""

    id: int
    """Ledger id."""
    type: str | None = None
    """Kind of ledger, for example F10."""
    state: str | None = None
    """State; the values look like those of tax reports."""
    document_type_code: str | None = None
    """Document type of the ledger."""
    created_at: datetime.datetime | None = None
    """Creation time."""
    updated_at: datetime.datetime | None = None
    """Last change."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", INTEGER, required=True),
            Field("type", "type", nullable(TEXT)),
            Field("state", "state", nullable(TEXT)),
            Field("document_type_code", "document_type_code", nullable(TEXT)),
            Field("created_at", "created_at", nullable(DATETIME)),
            Field("updated_at", "updated_at", nullable(DATETIME)),
        )
