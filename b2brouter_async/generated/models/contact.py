"""Contact"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import BOOLEAN, DATETIME, INTEGER, TEXT, nullable, union
from ..._core.model import Field, Model

if TYPE_CHECKING:
    import datetime


@define(kw_only=True, repr=False)
class Contact(Model):
    """A customer or supplier of an account."""

    id: int
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
    """Company registration number."""
    cin_scheme: str | int | None = None
    """Scheme of the company registration number. Text of four characters since 2026-03-02; some published
    samples still show a number.
    """
    pin_value: str | None = None
    """Routing identifier (Peppol participant)."""
    pin_scheme: str | int | None = None
    """Scheme of the routing identifier. Text of four characters since 2026-03-02; some published samples still
    show a number.
    """
    party_identification: str | None = None
    """Further party identifier."""
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
    """Country, ISO 3166-1 alpha-2 in lower case."""
    currency: str | None = None
    """Default currency, ISO 4217."""
    email: str | None = None
    """E-mail address."""
    phone: str | None = None
    """Telephone."""
    website: str | None = None
    """Web address."""
    language: str | None = None
    """Language, ISO 639-1."""
    is_client: bool | None = None
    """Customer."""
    is_provider: bool | None = None
    """Supplier."""
    integration_code: str | None = None
    """Code of the contact in the caller's system."""
    payment_method: str | int | None = None
    """Default payment method code."""
    terms: str | None = None
    """Default payment terms code."""
    bank_account_number: str | None = None
    """Bank account of the contact."""
    parent_id: int | None = None
    """Parent contact when this one is an office."""
    public_sector: bool | None = None
    """Public body."""
    recipient_code: str | None = None
    """Recipient code (Italy)."""
    certified_email: str | None = None
    """Certified e-mail address (Italy)."""
    transport_type_code: str | None = None
    """Transport used for this contact."""
    document_type_code: str | None = None
    """Document type used for this contact."""
    in_dgfip_annuaire: bool | None = None
    """Listed in the French directory; null until checked."""
    deleted: bool | None = None
    """Only in the reply to a deletion."""
    created_at: datetime.datetime | None = None
    """Creation time."""
    updated_at: datetime.datetime | None = None
    """Last change."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", INTEGER, required=True),
            Field("name", "name", nullable(TEXT)),
            Field("tin_value", "tin_value", nullable(TEXT)),
            Field("tin_scheme", "tin_scheme", nullable(union(TEXT, INTEGER))),
            Field("cin_value", "cin_value", nullable(TEXT)),
            Field("cin_scheme", "cin_scheme", nullable(union(TEXT, INTEGER))),
            Field("pin_value", "pin_value", nullable(TEXT)),
            Field("pin_scheme", "pin_scheme", nullable(union(TEXT, INTEGER))),
            Field("party_identification", "party_identification", nullable(TEXT)),
            Field("address", "address", nullable(TEXT)),
            Field("address2", "address2", nullable(TEXT)),
            Field("city", "city", nullable(TEXT)),
            Field("postalcode", "postalcode", nullable(TEXT)),
            Field("province", "province", nullable(TEXT)),
            Field("country", "country", nullable(TEXT)),
            Field("currency", "currency", nullable(TEXT)),
            Field("email", "email", nullable(TEXT)),
            Field("phone", "phone", nullable(TEXT)),
            Field("website", "website", nullable(TEXT)),
            Field("language", "language", nullable(TEXT)),
            Field("is_client", "is_client", nullable(BOOLEAN)),
            Field("is_provider", "is_provider", nullable(BOOLEAN)),
            Field("integration_code", "integration_code", nullable(TEXT)),
            Field("payment_method", "payment_method", nullable(union(TEXT, INTEGER))),
            Field("terms", "terms", nullable(TEXT)),
            Field("bank_account_number", "bank_account_number", nullable(TEXT)),
            Field("parent_id", "parent_id", nullable(INTEGER)),
            Field("public_sector", "public_sector", nullable(BOOLEAN)),
            Field("recipient_code", "recipient_code", nullable(TEXT)),
            Field("certified_email", "certified_email", nullable(TEXT)),
            Field("transport_type_code", "transport_type_code", nullable(TEXT)),
            Field("document_type_code", "document_type_code", nullable(TEXT)),
            Field("in_dgfip_annuaire", "in_dgfip_annuaire", nullable(BOOLEAN)),
            Field("deleted", "deleted", nullable(BOOLEAN)),
            Field("created_at", "created_at", nullable(DATETIME)),
            Field("updated_at", "updated_at", nullable(DATETIME)),
        )
