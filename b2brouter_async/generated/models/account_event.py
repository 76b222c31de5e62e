"""AccountEvent"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DATETIME, INTEGER, TEXT, nullable
from ..._core.model import Field, Model

if TYPE_CHECKING:
    import datetime


@define(kw_only=True, repr=False)
class AccountEvent(Model):
    """Entry of the account's journal; the shape is not public."""

    id: int | None = None
    """Event id."""
    name: str | None = None
    """Kind of event."""
    description: str | None = None
    """Text."""
    notes: str | None = None
    """Further text."""
    state: str | None = None
    """State reached."""
    invoice_id: int | None = None
    """Invoice concerned."""
    tax_report_id: int | None = None
    """Tax report concerned."""
    created_at: datetime.datetime | None = None
    """Time of the event."""
    updated_at: datetime.datetime | None = None
    """Last change."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", nullable(INTEGER)),
            Field("name", "name", nullable(TEXT)),
            Field("description", "description", nullable(TEXT)),
            Field("notes", "notes", nullable(TEXT)),
            Field("state", "state", nullable(TEXT)),
            Field("invoice_id", "invoice_id", nullable(INTEGER)),
            Field("tax_report_id", "tax_report_id", nullable(INTEGER)),
            Field("created_at", "created_at", nullable(DATETIME)),
            Field("updated_at", "updated_at", nullable(DATETIME)),
        )
