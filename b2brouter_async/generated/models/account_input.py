"""AccountInput"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import ANYTHING, BOOLEAN, TEXT
from ..._core.model import Field, RequestModel


@define(kw_only=True, repr=False)
class AccountInput(RequestModel):
    """Account to create. Phone, province and tin_value are called required by one source and left out by
    others.
    """

    name: str
    """Company name."""
    address: str
    """Street and number."""
    city: str
    """City."""
    postalcode: str
    """Postal code."""
    email: str
    """E-mail address."""
    tin_value: str | None = None
    """Tax identification number with country prefix; cannot be changed later."""
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
    address2: str | None = None
    """Second address line."""
    province: str | None = None
    """Province or region."""
    country: str | None = None
    """Country, ISO 3166-1 alpha-2 in lower case. Server's default: es."""
    currency: str | None = None
    """Currency, ISO 4217. Server's default: EUR."""
    contact_person: str | None = None
    """Person to contact."""
    phone: str | None = None
    """Telephone."""
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
            Field("name", "name", TEXT, required=True),
            Field("address", "address", TEXT, required=True),
            Field("city", "city", TEXT, required=True),
            Field("postalcode", "postalcode", TEXT, required=True),
            Field("email", "email", TEXT, required=True),
            Field("tin_value", "tin_value", TEXT),
            Field("tin_scheme", "tin_scheme", TEXT),
            Field("cin_value", "cin_value", TEXT),
            Field("cin_scheme", "cin_scheme", TEXT),
            Field("address2", "address2", TEXT),
            Field("province", "province", TEXT),
            Field("country", "country", TEXT),
            Field("currency", "currency", TEXT),
            Field("contact_person", "contact_person", TEXT),
            Field("phone", "phone", TEXT),
            Field("rounding_method", "rounding_method", TEXT),
            Field("round_before_sum", "round_before_sum", BOOLEAN),
            Field("apply_taxes_per_line", "apply_taxes_per_line", BOOLEAN),
            Field("registered_for_empl_tax", "registered_for_empl_tax", BOOLEAN),
            Field("transport_type_code", "transport_type_code", TEXT),
            Field("document_type_code", "document_type_code", TEXT),
            Field("routing_codes", "routing_codes", ANYTHING),
            Field("auto_remittance", "auto_remittance", ANYTHING),
        )
