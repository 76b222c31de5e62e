"""InvoiceStateInfo"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import TEXT, nullable
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class InvoiceStateInfo(Model):
    """Entry of the list of invoice states; the shape is not public."""

    code: str | None = None
    """Code of the invoice state."""
    name: str | None = None
    """Name."""
    description: str | None = None
    """Text."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("code", "code", nullable(TEXT)),
            Field("name", "name", nullable(TEXT)),
            Field("description", "description", nullable(TEXT)),
        )
