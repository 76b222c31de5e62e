"""LedgerStateChangeEventData"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import INTEGER, TEXT, model, nullable
from ..._core.model import Field, Model
from .. import models

if TYPE_CHECKING:
    from .ledger import Ledger


@define(kw_only=True, repr=False)
class LedgerStateChangeEventData(Model):
    """What changed; only the event code is public, the keys follow the tax report event."""

    ledger_id: int | None = None
    """Ledger."""
    event_id: int | None = None
    """Unique id of the event."""
    state: str | None = None
    """State."""
    notes: str | None = None
    """Text."""
    object_: Ledger | None = None
    """Lot of tax reports sent together; most of its fields are not public."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("ledger_id", "ledger_id", INTEGER),
            Field("event_id", "event_id", nullable(INTEGER)),
            Field("state", "state", TEXT),
            Field("notes", "notes", nullable(TEXT)),
            Field("object_", "object", model(lambda: models.Ledger)),
        )
