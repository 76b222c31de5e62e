"""TaxReportStateChangeEvent"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import INTEGER, TEXT, model
from ..._core.model import Field, Model
from .. import models

if TYPE_CHECKING:
    from .tax_report_state_change_event_data import TaxReportStateChangeEventData


@define(kw_only=True, repr=False)
class TaxReportStateChangeEvent(Model):
    """Payload of tax_report.state_change."""

    code: str
    """Event code. Server's default: tax_report.state_change."""
    triggered_at: int
    """Unix time in seconds."""
    data: TaxReportStateChangeEventData
    """What changed."""
    id: int | None = None
    """Event id."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("code", "code", TEXT, required=True),
            Field("triggered_at", "triggered_at", INTEGER, required=True),
            Field("data", "data", model(lambda: models.TaxReportStateChangeEventData), required=True),
            Field("id", "id", INTEGER),
        )
