"""TinVerificationFinishedEventData"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import INTEGER, TEXT, union
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class TinVerificationFinishedEventData(Model):
    """Request that ended."""

    id: str | int | None = None
    """Request id; key name assumed."""
    status: str | None = None
    """Final state; key name assumed."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", union(TEXT, INTEGER)),
            Field("status", "status", TEXT),
        )
