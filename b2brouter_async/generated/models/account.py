"""Account"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import ANYTHING, BOOLEAN, DATETIME, INTEGER, TEXT, nullable, union
from ..._core.model import Field, Model

if TYPE_CHECKING:
    import datetime


@define(kw_only=True, repr=False)
class Account(Model):
    """A company account of the key's group."""

    id: int
    """Account id."""
    identifier: str | None = None
    """Identifier usable in filters; absent from captured replies."""
    name: str | None = None
    """Company name."""
    tin_value: str | None = None
    """Tax identification number with country prefix."""
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
    contact_person: str | None = None
    """Person to contact."""
    phone: str | None = None
    """Telephone."""
    email: str | None = None
    """E-mail address."""
    rounding_method: str | None = None
    """Rounding rule of invoice totals; only half_up seen."""
    round_before_sum: bool | None = None
    """Round each line before adding up."""
    apply_taxes_per_line: bool | None = None
    """Compute taxes line by line."""
    skip_line_taxable_base_rounding: bool | None = None
    """Leave line bases unrounded; since 2026-04-20."""
    registered_for_empl_tax: bool | None = None
    """Registered for employee tax."""
    transport_type_code: str | None = None
    """Default transport for sending."""
    document_type_code: str | None = None
    """Default document type for sending."""
    has_logo: bool | None = None
    """A logo is stored."""
    archived: bool | None = None
    """The account is archived."""
    deleted: bool | None = None
    """Only in the reply to a deletion."""
    parent_id: int | None = None
    """Parent account when this one is an organisational unit."""
    routing_codes: object = None
    """Added in 2026-04-20; type not public."""
    auto_remittance: object = None
    """Added in 2026-04-20; type not public."""
    transactions_count: int | None = None
    """Transactions used in the current period; seen in list rows."""
    transactions_count_previous_period: int | None = None
    """Transactions used in the previous period."""
    transactions_limit: int | None = None
    """Transactions included in the plan."""
    created_at: datetime.datetime | None = None
    """Creation time."""
    updated_at: datetime.datetime | None = None
    """Last change."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", INTEGER, required=True),
            Field("identifier", "identifier", nullable(TEXT)),
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
            Field("currency", "currency", nullable(TEXT)),
            Field("contact_person", "contact_person", nullable(TEXT)),
            Field("phone", "phone", nullable(TEXT)),
            Field("email", "email", nullable(TEXT)),
            Field("rounding_method", "rounding_method", nullable(TEXT)),
            Field("round_before_sum", "round_before_sum", nullable(BOOLEAN)),
            Field("apply_taxes_per_line", "apply_taxes_per_line", nullable(BOOLEAN)),
            Field("skip_line_taxable_base_rounding", "skip_line_taxable_base_rounding", nullable(BOOLEAN)),
            Field("registered_for_empl_tax", "registered_for_empl_tax", nullable(BOOLEAN)),
            Field("transport_type_code", "transport_type_code", nullable(TEXT)),
            Field("document_type_code", "document_type_code", nullable(TEXT)),
            Field("has_logo", "has_logo", nullable(BOOLEAN)),
            Field("archived", "archived", nullable(BOOLEAN)),
            Field("deleted", "deleted", nullable(BOOLEAN)),
            Field("parent_id", "parent_id", nullable(INTEGER)),
            Field("routing_codes", "routing_codes", ANYTHING),
            Field("auto_remittance", "auto_remittance", ANYTHING),
            Field("transactions_count", "transactions_count", nullable(INTEGER)),
            Field(
                "transactions_count_previous_period", "transactions_count_previous_period", nullable(INTEGER)
            ),
            Field("transactions_limit", "transactions_limit", nullable(INTEGER)),
            Field("created_at", "created_at", nullable(DATETIME)),
            Field("updated_at", "updated_at", nullable(DATETIME)),
        )
