"""InvoiceAttachment"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import TEXT, nullable
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class InvoiceAttachment(Model):
    """Attachment of an invoice in a reply."""

    filename: str | None = None
    """File name."""
    link: str | None = None
    """Download path."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("filename", "filename", nullable(TEXT)),
            Field("link", "link", nullable(TEXT)),
        )
