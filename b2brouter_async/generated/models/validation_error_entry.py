"""ValidationErrorEntry"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import TEXT, nullable
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class ValidationErrorEntry(Model):
    """Object form of one validation error."""

    error: str | None = None
    """Text of the error."""
    code: str | None = None
    """Code of the error."""
    message: str | None = None
    """Text of the error."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("error", "error", nullable(TEXT)),
            Field("code", "code", nullable(TEXT)),
            Field("message", "message", nullable(TEXT)),
        )
