"""TaxReportBatchAccepted"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import INTEGER, TEXT, union
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class TaxReportBatchAccepted(Model):
    """Batch taken in."""

    batch_id: str | int | None = None
    """Id of the batch; type not public."""
    status_url: str | None = None
    """Where to read the result."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("batch_id", "batch_id", union(TEXT, INTEGER)),
            Field("status_url", "status_url", TEXT),
        )
