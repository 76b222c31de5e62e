"""TaxReportError"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import TEXT, nullable
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class TaxReportError(Model):
    """Error or warning of a tax report; item shape taken from one client."""

    code: str | None = None
    """Code given by the authority."""
    description: str | None = None
    """Text given by the authority."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("code", "code", nullable(TEXT)),
            Field("description", "description", nullable(TEXT)),
        )
