"""TaxReportBatchStatus"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import ANYTHING, INTEGER, TEXT, list_of, map_of, nullable, union
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class TaxReportBatchStatus(Model):
    """State of a batch; the shape is not public."""

    batch_id: str | int | None = None
    """Id of the batch."""
    status: str | None = None
    """State of the batch."""
    status_url: str | None = None
    """Address of this page."""
    results: list[dict[str, object]] | None = None
    """Result of each report."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("batch_id", "batch_id", nullable(union(TEXT, INTEGER))),
            Field("status", "status", nullable(TEXT)),
            Field("status_url", "status_url", nullable(TEXT)),
            Field("results", "results", nullable(list_of(map_of(ANYTHING)))),
        )
