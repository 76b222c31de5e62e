"""InvoiceContact"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import INTEGER, TEXT, nullable, union
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class InvoiceContact(Model):
    """Other party of an invoice in a reply."""

    id: int | None = None
    """Contact id."""
    name: str | None = None
    """Name."""
    tin_value: str | None = None
    """Tax identification number."""
    tin_scheme: str | int | None = None
    """Scheme of the tax identification number. Text of four characters since 2026-03-02; some published
    samples still show a number.
    """
    cin_value: str | None = None
    """Company registration number; since 2026-04-20."""
    cin_scheme: str | int | None = None
    """Scheme of the company registration number. Text of four characters since 2026-03-02; some published
    samples still show a number.
    """
    address: str | None = None
    """Street and number."""
    address2: str | None = None
    """Second address line."""
    city: str | None = None
    """City."""
    postalcode: str | None = None
    """Postal code."""
    province: str | None = None
    """Province or region."""
    country: str | None = None
    """Country, ISO 3166-1 alpha-2."""
    email: str | None = None
    """E-mail address."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", nullable(INTEGER)),
            Field("name", "name", nullable(TEXT)),
            Field("tin_value", "tin_value", nullable(TEXT)),
            Field("tin_scheme", "tin_scheme", nullable(union(TEXT, INTEGER))),
            Field("cin_value", "cin_value", nullable(TEXT)),
            Field("cin_scheme", "cin_scheme", nullable(union(TEXT, INTEGER))),
            Field("address", "address", nullable(TEXT)),
            Field("address2", "address2", nullable(TEXT)),
            Field("city", "city", nullable(TEXT)),
            Field("postalcode", "postalcode", nullable(TEXT)),
            Field("province", "province", nullable(TEXT)),
            Field("country", "country", nullable(TEXT)),
            Field("email", "email", nullable(TEXT)),
        )
