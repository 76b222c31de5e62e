"""InvoiceCompany"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import INTEGER, TEXT, nullable
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class InvoiceCompany(Model):
    """The company that an invoice belongs to."""

    id: int | None = None
    """Id of the company."""
    name: str | None = None
    """Name."""
    tin_value: str | None = None
    """Tax identifier."""
    country: str | None = None
    """Country, ISO 3166-1 alpha-2 in lower case."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", nullable(INTEGER)),
            Field("name", "name", nullable(TEXT)),
            Field("tin_value", "tin_value", nullable(TEXT)),
            Field("country", "country", nullable(TEXT)),
        )
