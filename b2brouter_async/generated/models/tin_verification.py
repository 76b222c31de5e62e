"""TinVerification"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DATETIME, INTEGER, TEXT, list_of, model, nullable, union
from ..._core.model import Field, Model
from .. import models

if TYPE_CHECKING:
    import datetime

    from .tin_verification_result import TinVerificationResult


@define(kw_only=True, repr=False)
class TinVerification(Model):
    """Request to check tax numbers; only id and status are documented."""

    id: str | int | None = None
    """Request id."""
    status: str | None = None
    """State of the request; pending at first."""
    country: str | None = None
    """Country checked."""
    results: list[TinVerificationResult] | None = None
    """Outcomes."""
    created_at: datetime.datetime | None = None
    """Creation time."""
    updated_at: datetime.datetime | None = None
    """Last change."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", union(TEXT, INTEGER)),
            Field("status", "status", TEXT),
            Field("country", "country", nullable(TEXT)),
            Field("results", "results", nullable(list_of(model(lambda: models.TinVerificationResult)))),
            Field("created_at", "created_at", nullable(DATETIME)),
            Field("updated_at", "updated_at", nullable(DATETIME)),
        )
