"""TinVerificationFinishedEvent"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import INTEGER, TEXT, model
from ..._core.model import Field, Model
from .. import models

if TYPE_CHECKING:
    from .tin_verification_finished_event_data import TinVerificationFinishedEventData


@define(kw_only=True, repr=False)
class TinVerificationFinishedEvent(Model):
    """Payload of tin_verification.finished."""

    code: str
    """Event code. Server's default: tin_verification.finished."""
    triggered_at: int
    """Unix time in seconds."""
    data: TinVerificationFinishedEventData
    """Request that ended."""
    id: int | None = None
    """Event id; listed for tax report events only."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("code", "code", TEXT, required=True),
            Field("triggered_at", "triggered_at", INTEGER, required=True),
            Field("data", "data", model(lambda: models.TinVerificationFinishedEventData), required=True),
            Field("id", "id", INTEGER),
        )
