"""AccountUpdateInput"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import ANYTHING, BOOLEAN, TEXT
from ..._core.model import Field, RequestModel


@define(kw_only=True, repr=False)
class AccountUpdateInput(RequestModel):
    """Fields of an account to change. The tax identification number is fixed."""

    name: str | None = None
    """Company name."""
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
    """Currency, ISO 4217."""
    contact_person: str | None = None
    """Person to contact."""
    phone: str | None = None
    """Telephone."""
    email: str | None = None
    """E-mail address."""
    rounding_method: str | None = None
    """Rounding rule, for example half_up."""
    round_before_sum: bool | None = None
    """Round each line before adding up."""
    apply_taxes_per_line: bool | None = None
    """Compute taxes line by line."""
    registered_for_empl_tax: bool | None = None
    """Registered for employee tax."""
    transport_type_code: str | None = None
    """Default transport for sending."""
    document_type_code: str | None = None
    """Default document type for sending."""
    routing_codes: object = None
    """Added in 2026-04-20; type not public."""
    auto_remittance: object = None
    """Added in 2026-04-20; type not public."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("name", "name", TEXT),
            Field("tin_scheme", "tin_scheme", TEXT),
            Field("cin_value", "cin_value", TEXT),
            Field("cin_scheme", "cin_scheme", TEXT),
            Field("address", "address", TEXT),
            Field("address2", "address2", TEXT),
            Field("city", "city", TEXT),
            Field("postalcode", "postalcode", TEXT),
            Field("province", "province", TEXT),
            Field("country", "country", TEXT),
            Field("currency", "currency", TEXT),
            Field("contact_person", "contact_person", TEXT),
            Field("phone", "phone", TEXT),
            Field("email", "email", TEXT),
            Field("rounding_method", "rounding_method", TEXT),
            Field("round_before_sum", "round_before_sum", BOOLEAN),
            Field("apply_taxes_per_line", "apply_taxes_per_line", BOOLEAN),
            Field("registered_for_empl_tax", "registered_for_empl_tax", BOOLEAN),
            Field("transport_type_code", "transport_type_code", TEXT),
            Field("document_type_code", "document_type_code", TEXT),
            Field("routing_codes", "routing_codes", ANYTHING),
            Field("auto_remittance", "auto_remittance", ANYTHING),
        )
