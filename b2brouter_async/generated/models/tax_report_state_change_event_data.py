"""TaxReportStateChangeEventData"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import INTEGER, TEXT, enumeration, model, nullable
from ..._core.model import Field, Model
from .. import models

if TYPE_CHECKING:
    from .tax_report import TaxReport
    from .tax_report_state import TaxReportState


@define(kw_only=True, repr=False)
class TaxReportStateChangeEventData(Model):
    """What changed."""

    tax_report_id: int | None = None
    """Tax report."""
    event_id: int | None = None
    """Unique id of the event."""
    state: TaxReportState | None = None
    """State of a tax report. Readers must accept other values."""
    notes: str | None = None
    """Text."""
    object_: TaxReport | None = None
    """Report of one invoice to a tax authority."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .tax_report_state import TaxReportState

        return (
            Field("tax_report_id", "tax_report_id", INTEGER),
            Field("event_id", "event_id", INTEGER),
            Field("state", "state", enumeration(TaxReportState)),
            Field("notes", "notes", nullable(TEXT)),
            Field("object_", "object", model(lambda: models.TaxReport)),
        )
