"""SiiBatchFinishedEventData"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import INTEGER, TEXT, union
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class SiiBatchFinishedEventData(Model):
    """Batch that ended; it also holds counts whose names are not public."""

    batch_id: str | int | None = None
    """Batch; key name assumed."""
    status: str | None = None
    """Final state; key name assumed."""
    status_url: str | None = None
    """Where to read the result."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("batch_id", "batch_id", union(TEXT, INTEGER)),
            Field("status", "status", TEXT),
            Field("status_url", "status_url", TEXT),
        )
