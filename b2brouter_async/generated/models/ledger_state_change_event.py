"""LedgerStateChangeEvent"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import INTEGER, TEXT, model
from ..._core.model import Field, Model
from .. import models

if TYPE_CHECKING:
    from .ledger_state_change_event_data import LedgerStateChangeEventData


@define(kw_only=True, repr=False)
class LedgerStateChangeEvent(Model):
    """Payload of ledger.state_change."""

    code: str
    """Event code. Server's default: ledger.state_change."""
    triggered_at: int
    """Unix time in seconds."""
    data: LedgerStateChangeEventData
    """What changed; only the event code is public, the keys follow the tax report event."""
    id: int | None = None
    """Event id; listed for tax report events only."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("code", "code", TEXT, required=True),
            Field("triggered_at", "triggered_at", INTEGER, required=True),
            Field("data", "data", model(lambda: models.LedgerStateChangeEventData), required=True),
            Field("id", "id", INTEGER),
        )
