"""The keys of what an invoice's amounts stand in, so that a dictionary with a misspelt one is not added up without it.

The models lie above this package, so they are named here once more; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from .._core.dictionaries import EXTRA, check_keys
from .._core.model import Model
from ..errors import ArgumentError

MARCH, APRIL = "2026-03-02", "2026-04-20"
"""Versions of the API that changed what an invoice is."""
BESIDE: Final = ("send_after_import", "ack", "issue_after_import")
"""What stands beside the invoice in a request, and not in it (behaviour 20)."""
GONE: Final = {
    "amended_number": (APRIL, 'invoice_references=[{"number": …}]'),
    "amended_date": (APRIL, 'invoice_references=[{"number": …, "date": …}]'),
    "amended_reason": (APRIL, 'invoice_references=[{"number": …, "reason": …}]'),
    "type_document": (MARCH, "type_code"),
}
"""Fields of older versions: since when they are gone, and what took their place (behaviour 65)."""
INVOICE: Final = "InvoiceInput"
KEYS: Final[Mapping[str, frozenset[str]]] = {
    INVOICE: frozenset(
        [
            "type",
            "number",
            "series_code",
            "contact_id",
            "contact",
            "date",
            "due_date",
            "tax_point_date",
            "invoicing_period_start",
            "invoicing_period_end",
            "currency",
            "language",
            "exchange_rate",
            "exchange_date",
            "type_code",
            "document_type_code",
            "is_credit_note",
            "is_amend",
            "amend_of_id",
            "invoice_references",
            "amend_reason",
            "correction_method",
            "amend_code_tax",
            "buyer_reference",
            "file_reference",
            "ponumber",
            "sales_order_reference",
            "receiving_advice_reference",
            "delivery_note_number",
            "delivery_note_date",
            "lot_reference",
            "contract_number",
            "receiver_contract_reference",
            "party_identification",
            "buyer_accounting_reference",
            "customer_contact_person",
            "terms",
            "extra_info",
            "legal_literals",
            "contact_email_override",
            "company_email_override",
            "tax_report_description",
            "type_operation",
            "invoice_lines_attributes",
            "allowance_charges_attributes",
            "adjustment_in_cents",
            "amounts_withheld_reason",
            "withheld_percent",
            "amounts_withheld",
            "payments_on_account",
            "total_amount_due",
            "payment_method",
            "payment_method_text",
            "payment_terms",
            "remittance_information",
            "bank_assigned_creditor_reference",
            "mandate_reference_identifier",
            "bank_account_id",
            "bank_account",
            "contact_iban",
            "contact_bic",
            "card_account_attributes",
            "payment_dues_attributes",
            "reminder_for_payment",
            "payment_reminder_days",
            "delivery_party_name",
            "delivery_location_id",
            "delivery_location_type",
            "delivery_date",
            "delivery_address",
            "delivery_address2",
            "delivery_postalcode",
            "delivery_city",
            "delivery_province",
            "delivery_country",
            "accounting_unit",
            "managing_unit",
            "processing_unit",
            "proponent_unit",
            "contract_unit",
            "dire",
            "special_regime_key",
            "special_regime_key_additional",
            "third_party",
            "fa_name",
            "fa_taxcode",
            "fa_person_type",
            "fa_residence_type",
            "fa_address",
            "fa_postcode",
            "fa_town",
            "fa_province",
            "fa_country",
            "fa_info",
            "fa_duedate",
            "fa_import",
            "fa_payment_method",
            "fa_iban",
            "fa_bic",
            "fa_bank_code",
            "fa_clauses",
        ]
    ),
    "InvoiceLineInput": frozenset(
        [
            "id",
            "_destroy",
            "position",
            "quantity",
            "price",
            "base_quantity",
            "description",
            "extension_amount",
            "unit",
            "allowance_charges_attributes",
            "taxes_attributes",
            "article_code",
            "article_code2",
            "article_code2_scheme",
            "article_code_buyer",
            "classification_code",
            "classification_code_scheme",
            "item_origin_country",
            "buyer_accounting_reference",
            "delivery_note_number",
            "delivery_note_date",
            "file_reference",
            "file_date",
            "invoicing_period_start",
            "invoicing_period_end",
            "issuer_transaction_reference",
            "issuer_transaction_date",
            "receiver_transaction_date",
            "receiver_contract_reference",
            "receiver_contract_date",
            "notes",
            "notes2",
            "ponumber",
            "sequence_number",
            "contact_reference",
            "receipt_reference",
            "additional_item_properties_attributes",
        ]
    ),
    "AllowanceChargeInput": frozenset(
        [
            "allowance_charge_indicator",
            "amount",
            "percentage",
            "description",
            "apply_taxes",
            "is_reimbursable_expense",
            "tax_attributes",
        ]
    ),
    "TaxInput": frozenset({"name", "percent", "category", "comment"}),
    "AllowanceChargeTaxInput": frozenset({"name", "category", "percent", "comment"}),
}
"""Each model's keys on the wire."""
_LISTS: Final[Mapping[str, Mapping[str, str]]] = {
    INVOICE: {
        "invoice_lines_attributes": "InvoiceLineInput",
        "allowance_charges_attributes": "AllowanceChargeInput",
    },
    "InvoiceLineInput": {
        "allowance_charges_attributes": "AllowanceChargeInput",
        "taxes_attributes": "TaxInput",
    },
}
"""What hangs below an object, in lists."""
_OBJECTS: Final[Mapping[str, Mapping[str, str]]] = {
    "AllowanceChargeInput": {"tax_attributes": "AllowanceChargeTaxInput"}
}
"""What hangs below an object, by itself."""


def held_to_keys(value: object) -> dict[str, Any]:
    """Return an invoice as it is sent, once all of its keys are known; models count as what they are sent as.

    Args:
        value: the invoice, or a dictionary in its place.

    Raises:
        ArgumentError: it is something else, or a key is none of an invoice's, at the invoice itself or wherever amounts
            stand; with its place and the key that was probably meant.
    """
    if isinstance(value, Mapping) or (isinstance(value, Model) and _is(INVOICE, value)):
        return _held(INVOICE, cast("Model | Mapping[str, object]", value))
    raise _not_held(INVOICE, value).below("invoice")


def _held(kind: str, value: object) -> dict[str, Any]:
    if isinstance(value, Model) and _is(kind, value):
        return value.to_dict()
    if not isinstance(value, Mapping):
        raise _not_held(kind, value)
    given = cast("Mapping[str, object]", value)
    check_keys(kind, KEYS[kind], given, about_key if kind == INVOICE else lambda key: None)
    extra = given.get(EXTRA)
    further = cast("Mapping[str, object]", extra if isinstance(extra, Mapping) else {})
    made = {key: one for key, one in given.items() if key != EXTRA and one is not None}
    for key, below in _LISTS.get(kind, {}).items():
        if key in made:
            made[key] = _list(key, below, made[key])
    for key, below in _OBJECTS.get(kind, {}).items():
        if key in made:
            made[key] = _below(key, below, made[key])
    return {**made, **further}


def _is(kind: str, value: Model) -> bool:
    return kind in (one.__name__ for one in type(value).__mro__)


def _not_held(kind: str, value: object) -> ArgumentError:
    return ArgumentError(f"expected {kind} or a dictionary, got {type(value).__name__}")


def _list(key: str, kind: str, value: object) -> list[object]:
    if not isinstance(value, (list, tuple)):
        raise ArgumentError(f"expected a list, got {type(value).__name__}", argument=key)
    entries = cast("list[object]", value)
    return [_below(f"{key}[{index}]", kind, one) for index, one in enumerate(entries)]


def _below(place: str, kind: str, value: object) -> dict[str, Any]:
    try:
        return _held(kind, value)
    except ArgumentError as error:
        raise error.below(place) from None


def beside_text(name: str) -> str:
    """Tell that an argument of the call stands in the invoice, where the server ignores it (behaviour 20)."""
    return f"it stands beside the invoice, and the server ignores it here; pass create(invoice=…, {name}=…)"


def gone_text(since: str, successor: str) -> str:
    """Tell that a field is one of older versions, and what took its place (behaviour 65)."""
    return f"the API has no such field since {since}; use {successor}"


def about_key(key: str) -> str | None:
    """Tell what is known of a key that stands in an invoice and is none of its own."""
    if key in BESIDE:
        return beside_text(key)
    return gone_text(*GONE[key]) if key in GONE else None
