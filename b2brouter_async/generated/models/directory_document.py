"""DirectoryDocument"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import TEXT, list_of, nullable
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class DirectoryDocument(Model):
    """How a party takes one kind of document."""

    transport_type_code: str | None = None
    """Transport to use."""
    document_type_code: str | None = None
    """Document type to use."""
    other_document_type_codes: list[str] | None = None
    """Other types the party takes; some cannot be made by the platform."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("transport_type_code", "transport_type_code", nullable(TEXT)),
            Field("document_type_code", "document_type_code", nullable(TEXT)),
            Field("other_document_type_codes", "other_document_type_codes", nullable(list_of(TEXT))),
        )
