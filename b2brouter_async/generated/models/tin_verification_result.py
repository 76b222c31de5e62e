"""TinVerificationResult"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import TEXT, nullable
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class TinVerificationResult(Model):
    """Outcome for one entity; the shape is not public."""

    tin_value: str | None = None
    """Number checked."""
    name: str | None = None
    """Name checked."""
    status: str | None = None
    """Outcome."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("tin_value", "tin_value", nullable(TEXT)),
            Field("name", "name", nullable(TEXT)),
            Field("status", "status", nullable(TEXT)),
        )
