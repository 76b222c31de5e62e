"""InvoiceContactInput"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import TEXT
from ..._core.model import Field, RequestModel


@define(kw_only=True, repr=False)
class InvoiceContactInput(RequestModel):
    """Other party given inside the invoice."""

    name: str | None = None
    """Name."""
    tin_value: str | None = None
    """Tax identification number; this or cin_value is needed since 2026-04-20."""
    tin_scheme: str | None = None
    """Scheme of the tax identification number: EAS or ICD code of four characters, for example '9920' or
    '0002'.
    """
    cin_value: str | None = None
    """Company registration number."""
    cin_scheme: str | None = None
    """Scheme of the company registration number: EAS or ICD code of four characters, for example '9920' or
    '0002'.
    """
    pin_value: str | None = None
    """Routing identifier (Peppol participant)."""
    pin_scheme: str | None = None
    """Scheme of the routing identifier: EAS or ICD code of four characters, for example '9920' or '0002'."""
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
    """Country, ISO 3166-1 alpha-2."""
    email: str | None = None
    """E-mail address."""
    currency: str | None = None
    """Accounting currency of the buyer, ISO 4217."""
    transport_type_code: str | None = None
    """Transport to use."""
    document_type_code: str | None = None
    """Document type to use."""
    recipient_code: str | None = None
    """Recipient code (Italy)."""
    certified_email: str | None = None
    """Certified e-mail address (Italy)."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("name", "name", TEXT),
            Field("tin_value", "tin_value", TEXT),
            Field("tin_scheme", "tin_scheme", TEXT),
            Field("cin_value", "cin_value", TEXT),
            Field("cin_scheme", "cin_scheme", TEXT),
            Field("pin_value", "pin_value", TEXT),
            Field("pin_scheme", "pin_scheme", TEXT),
            Field("party_identification", "party_identification", TEXT),
            Field("address", "address", TEXT),
            Field("address2", "address2", TEXT),
            Field("city", "city", TEXT),
            Field("postalcode", "postalcode", TEXT),
            Field("province", "province", TEXT),
            Field("country", "country", TEXT),
            Field("email", "email", TEXT),
            Field("currency", "currency", TEXT),
            Field("transport_type_code", "transport_type_code", TEXT),
            Field("document_type_code", "document_type_code", TEXT),
            Field("recipient_code", "recipient_code", TEXT),
            Field("certified_email", "certified_email", TEXT),
        )
