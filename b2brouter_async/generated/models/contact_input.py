"""ContactInput"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import BOOLEAN, INTEGER, TEXT
from ..._core.model import Field, RequestModel


@define(kw_only=True, repr=False)
class ContactInput(RequestModel):
    """Contact to create."""

    name: str
    """Name."""
    email: str | None = None
    """E-mail address. One source calls it required, an official example leaves it out."""
    tin_value: str | None = None
    """Tax identification number."""
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
    currency: str | None = None
    """Default currency, ISO 4217."""
    phone: str | None = None
    """Telephone."""
    website: str | None = None
    """Web address."""
    language: str | None = None
    """Language, ISO 639-1. Server's default: en."""
    is_client: bool | None = None
    """Customer. Server's default: true."""
    is_provider: bool | None = None
    """Supplier. Server's default: true."""
    integration_code: str | None = None
    """Code of the contact in the caller's system."""
    payment_method: int | None = None
    """Default payment method code."""
    terms: str | None = None
    """Default payment terms code, for example '60' or 'custom'."""
    bank_account_number: str | None = None
    """Bank account of the contact."""
    parent_id: int | None = None
    """Makes this contact an office of another one; tax number and scheme must then equal the parent's."""
    public_sector: bool | None = None
    """Public body."""
    recipient_code: str | None = None
    """Recipient code (Italy)."""
    certified_email: str | None = None
    """Certified e-mail address (Italy)."""
    transport_type_code: str | None = None
    """Transport to use, for example peppol."""
    document_type_code: str | None = None
    """Document type to use, for example xml.ubl.invoice.bis3."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("name", "name", TEXT, required=True),
            Field("email", "email", TEXT),
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
            Field("currency", "currency", TEXT),
            Field("phone", "phone", TEXT),
            Field("website", "website", TEXT),
            Field("language", "language", TEXT),
            Field("is_client", "is_client", BOOLEAN),
            Field("is_provider", "is_provider", BOOLEAN),
            Field("integration_code", "integration_code", TEXT),
            Field("payment_method", "payment_method", INTEGER),
            Field("terms", "terms", TEXT),
            Field("bank_account_number", "bank_account_number", TEXT),
            Field("parent_id", "parent_id", INTEGER),
            Field("public_sector", "public_sector", BOOLEAN),
            Field("recipient_code", "recipient_code", TEXT),
            Field("certified_email", "certified_email", TEXT),
            Field("transport_type_code", "transport_type_code", TEXT),
            Field("document_type_code", "document_type_code", TEXT),
        )
