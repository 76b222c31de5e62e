"""Dictionaries in the place of models that a caller fills in: their keys, for type checkers and editors.

Each is what the model of the same name is, keyed by the names of the wire. None is "not there", and what the spec doesn't
have stands under `additional_properties`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Required, TypedDict

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from . import (
        AllowanceChargeIndicator,
        AllowanceChargeInput,
        AllowanceChargeTaxInput,
        BankAccountInput,
        CardAccountInput,
        EnterpriseSize,
        InvoiceContactInput,
        InvoiceLineInput,
        InvoiceReference,
        InvoiceType,
        ItemPropertyInput,
        PaymentDueInput,
        ReceiptReferenceInput,
        TaxBreakdownInput,
        TaxCategory,
        TaxInput,
        TaxReportLineInput,
        TaxReportType,
        TypeOperation,
        VatRegime,
        WebHookEventCode,
    )


class AccountInputDict(TypedDict, total=False):
    """What may stand in the place of `AccountInput`."""

    name: Required[str]
    address: Required[str]
    city: Required[str]
    postalcode: Required[str]
    email: Required[str]
    tin_value: str | None
    tin_scheme: str | None
    cin_value: str | None
    cin_scheme: str | None
    address2: str | None
    province: str | None
    country: str | None
    currency: str | None
    contact_person: str | None
    phone: str | None
    rounding_method: str | None
    round_before_sum: bool | None
    apply_taxes_per_line: bool | None
    registered_for_empl_tax: bool | None
    transport_type_code: str | None
    document_type_code: str | None
    routing_codes: object
    auto_remittance: object
    additional_properties: Mapping[str, object]


class AccountUpdateInputDict(TypedDict, total=False):
    """What may stand in the place of `AccountUpdateInput`."""

    name: str | None
    tin_scheme: str | None
    cin_value: str | None
    cin_scheme: str | None
    address: str | None
    address2: str | None
    city: str | None
    postalcode: str | None
    province: str | None
    country: str | None
    currency: str | None
    contact_person: str | None
    phone: str | None
    email: str | None
    rounding_method: str | None
    round_before_sum: bool | None
    apply_taxes_per_line: bool | None
    registered_for_empl_tax: bool | None
    transport_type_code: str | None
    document_type_code: str | None
    routing_codes: object
    auto_remittance: object
    additional_properties: Mapping[str, object]


class AllowanceChargeInputDict(TypedDict, total=False):
    """What may stand in the place of `AllowanceChargeInput`."""

    allowance_charge_indicator: AllowanceChargeIndicator | str | None
    amount: Decimal | int | None
    percentage: Decimal | int | None
    description: str | None
    apply_taxes: bool | None
    is_reimbursable_expense: bool | None
    tax_attributes: AllowanceChargeTaxInput | AllowanceChargeTaxInputDict | None
    additional_properties: Mapping[str, object]


class AllowanceChargeTaxInputDict(TypedDict, total=False):
    """What may stand in the place of `AllowanceChargeTaxInput`."""

    name: str | None
    category: TaxCategory | str | None
    percent: Decimal | int | None
    comment: str | None | None
    additional_properties: Mapping[str, object]


class BankAccountInputDict(TypedDict, total=False):
    """What may stand in the place of `BankAccountInput`."""

    type: str | None
    number: str | None
    iban: str | None
    bic: str | None
    additional_properties: Mapping[str, object]


class CardAccountInputDict(TypedDict, total=False):
    """What may stand in the place of `CardAccountInput`."""

    account_number: str | None
    holder_name: str | None
    network: str | None
    additional_properties: Mapping[str, object]


class ContactInputDict(TypedDict, total=False):
    """What may stand in the place of `ContactInput`."""

    name: Required[str]
    email: str | None
    tin_value: str | None
    tin_scheme: str | None
    cin_value: str | None
    cin_scheme: str | None
    pin_value: str | None
    pin_scheme: str | None
    party_identification: str | None
    address: str | None
    address2: str | None
    city: str | None
    postalcode: str | None
    province: str | None
    country: str | None
    currency: str | None
    phone: str | None
    website: str | None
    language: str | None
    is_client: bool | None
    is_provider: bool | None
    integration_code: str | None
    payment_method: int | None
    terms: str | None
    bank_account_number: str | None
    parent_id: int | None
    public_sector: bool | None
    recipient_code: str | None
    certified_email: str | None
    transport_type_code: str | None
    document_type_code: str | None
    additional_properties: Mapping[str, object]


class ContactUpdateInputDict(TypedDict, total=False):
    """What may stand in the place of `ContactUpdateInput`."""

    name: str | None
    email: str | None
    tin_value: str | None
    tin_scheme: str | None
    cin_value: str | None
    cin_scheme: str | None
    pin_value: str | None
    pin_scheme: str | None
    party_identification: str | None
    address: str | None
    address2: str | None
    city: str | None
    postalcode: str | None
    province: str | None
    country: str | None
    currency: str | None
    phone: str | None
    website: str | None
    language: str | None
    is_client: bool | None
    is_provider: bool | None
    integration_code: str | None
    payment_method: int | None
    terms: str | None
    bank_account_number: str | None
    parent_id: int | None
    public_sector: bool | None
    recipient_code: str | None
    certified_email: str | None
    transport_type_code: str | None
    document_type_code: str | None
    additional_properties: Mapping[str, object]


class InvoiceContactInputDict(TypedDict, total=False):
    """What may stand in the place of `InvoiceContactInput`."""

    name: str | None
    tin_value: str | None
    tin_scheme: str | None
    cin_value: str | None
    cin_scheme: str | None
    pin_value: str | None
    pin_scheme: str | None
    party_identification: str | None
    address: str | None
    address2: str | None
    city: str | None
    postalcode: str | None
    province: str | None
    country: str | None
    email: str | None
    currency: str | None
    transport_type_code: str | None
    document_type_code: str | None
    recipient_code: str | None
    certified_email: str | None
    additional_properties: Mapping[str, object]


class InvoiceInputDict(TypedDict, total=False):
    """What may stand in the place of `InvoiceInput`."""

    type: InvoiceType | str | None
    number: str | None
    series_code: str | None
    contact_id: int | None
    contact: InvoiceContactInput | InvoiceContactInputDict | None
    date: datetime.date | str | None
    due_date: datetime.date | str | None
    tax_point_date: datetime.date | str | None
    invoicing_period_start: datetime.date | str | None
    invoicing_period_end: datetime.date | str | None
    currency: str | None
    language: str | None
    exchange_rate: Decimal | int | None
    exchange_date: datetime.date | str | None
    type_code: str | None
    document_type_code: str | None
    is_credit_note: bool | None
    is_amend: bool | None
    amend_of_id: int | None
    invoice_references: Sequence[InvoiceReference | InvoiceReferenceDict] | None
    amend_reason: str | None
    correction_method: str | None
    amend_code_tax: str | None
    buyer_reference: str | None
    file_reference: str | None
    ponumber: str | None
    sales_order_reference: str | None
    receiving_advice_reference: str | None
    delivery_note_number: str | None
    delivery_note_date: datetime.date | str | None
    lot_reference: str | None
    contract_number: str | None
    receiver_contract_reference: str | None
    party_identification: str | None
    buyer_accounting_reference: str | None
    customer_contact_person: str | None
    terms: str | None
    extra_info: str | None
    legal_literals: str | None
    contact_email_override: str | None
    company_email_override: str | None
    tax_report_description: str | None
    type_operation: TypeOperation | str | None
    invoice_lines_attributes: Sequence[InvoiceLineInput | InvoiceLineInputDict] | None
    allowance_charges_attributes: Sequence[AllowanceChargeInput | AllowanceChargeInputDict] | None
    adjustment_in_cents: int | None
    amounts_withheld_reason: str | None
    withheld_percent: Decimal | int | None
    amounts_withheld: Decimal | int | None
    payments_on_account: Decimal | int | None
    total_amount_due: Decimal | int | None
    payment_method: int | None
    payment_method_text: str | None
    payment_terms: str | None
    remittance_information: str | None
    bank_assigned_creditor_reference: str | None
    mandate_reference_identifier: str | None
    bank_account_id: int | None
    bank_account: BankAccountInput | BankAccountInputDict | None
    contact_iban: str | None
    contact_bic: str | None
    card_account_attributes: CardAccountInput | CardAccountInputDict | None
    payment_dues_attributes: Sequence[PaymentDueInput | PaymentDueInputDict] | None
    reminder_for_payment: bool | None
    payment_reminder_days: int | None
    delivery_party_name: str | None
    delivery_location_id: str | None
    delivery_location_type: str | None
    delivery_date: datetime.date | str | None
    delivery_address: str | None
    delivery_address2: str | None
    delivery_postalcode: str | None
    delivery_city: str | None
    delivery_province: str | None
    delivery_country: str | None
    accounting_unit: str | None
    managing_unit: str | None
    processing_unit: str | None
    proponent_unit: str | None
    contract_unit: str | None
    dire: str | None
    special_regime_key: str | None
    special_regime_key_additional: str | None
    third_party: Mapping[str, object] | None
    fa_name: str | None
    fa_taxcode: str | None
    fa_person_type: str | None
    fa_residence_type: str | None
    fa_address: str | None
    fa_postcode: str | None
    fa_town: str | None
    fa_province: str | None
    fa_country: str | None
    fa_info: str | None
    fa_duedate: datetime.date | str | None
    fa_import: Decimal | int | None
    fa_payment_method: str | None
    fa_iban: str | None
    fa_bic: str | None
    fa_bank_code: str | None
    fa_clauses: str | None
    additional_properties: Mapping[str, object]


class InvoiceLineInputDict(TypedDict, total=False):
    """What may stand in the place of `InvoiceLineInput`."""

    id: int | None
    _destroy: int | bool | None
    position: int | None
    quantity: Decimal | int | None
    price: Decimal | int | None
    base_quantity: Decimal | int | None
    description: str | None
    extension_amount: Decimal | int | None
    unit: int | None
    allowance_charges_attributes: Sequence[AllowanceChargeInput | AllowanceChargeInputDict] | None
    taxes_attributes: Sequence[TaxInput | TaxInputDict] | None
    article_code: str | None
    article_code2: str | None
    article_code2_scheme: str | None
    article_code_buyer: str | None
    classification_code: str | None
    classification_code_scheme: str | None
    item_origin_country: str | None
    buyer_accounting_reference: str | None
    delivery_note_number: str | None
    delivery_note_date: datetime.date | str | None
    file_reference: str | None
    file_date: datetime.date | str | None
    invoicing_period_start: datetime.date | str | None
    invoicing_period_end: datetime.date | str | None
    issuer_transaction_reference: str | None
    issuer_transaction_date: datetime.date | str | None
    receiver_transaction_date: datetime.date | str | None
    receiver_contract_reference: str | None
    receiver_contract_date: datetime.date | str | None
    notes: str | None
    notes2: str | None
    ponumber: str | None
    sequence_number: str | None
    contact_reference: str | None
    receipt_reference: ReceiptReferenceInput | ReceiptReferenceInputDict | None
    additional_item_properties_attributes: Sequence[ItemPropertyInput | ItemPropertyInputDict] | None
    additional_properties: Mapping[str, object]


class InvoiceReferenceDict(TypedDict, total=False):
    """What may stand in the place of `InvoiceReference`."""

    reference_type: str | None | None
    number: str | None | None
    date: datetime.date | str | None | None
    invoicing_period_start: datetime.date | str | None | None
    invoicing_period_end: datetime.date | str | None | None
    reason: str | None | None
    additional_properties: Mapping[str, object]


class ItemPropertyInputDict(TypedDict, total=False):
    """What may stand in the place of `ItemPropertyInput`."""

    name: str | None
    value: str | None
    additional_properties: Mapping[str, object]


class PaymentDueInputDict(TypedDict, total=False):
    """What may stand in the place of `PaymentDueInput`."""

    due_date: datetime.date | str | None
    amount: Decimal | int | None
    additional_properties: Mapping[str, object]


class PaymentInputDict(TypedDict, total=False):
    """What may stand in the place of `PaymentInput`."""

    invoice_id: int | None
    amount: Decimal | int | None
    date: datetime.date | str | None
    payment_method: int | None
    payment_method_text: str | None
    reference: str | None
    additional_properties: Mapping[str, object]


class ReceiptReferenceInputDict(TypedDict, total=False):
    """What may stand in the place of `ReceiptReferenceInput`."""

    identifier: str | None
    number: str | None
    date: datetime.date | str | None
    additional_properties: Mapping[str, object]


class TaxBreakdownInputDict(TypedDict, total=False):
    """What may stand in the place of `TaxBreakdownInput`."""

    name: str | None
    category: TaxCategory | str | None
    non_exempt: bool | None
    non_exemption_code: str | None
    percent: Decimal | int | None
    taxable_base: Decimal | int | None
    tax_amount: Decimal | int | None
    special_regime_key: str | None
    additional_properties: Mapping[str, object]


class TaxInputDict(TypedDict, total=False):
    """What may stand in the place of `TaxInput`."""

    name: Required[str]
    percent: Required[Decimal | int]
    category: TaxCategory | str | None
    comment: str | None | None
    additional_properties: Mapping[str, object]


class TaxReportInputDict(TypedDict, total=False):
    """What may stand in the place of `TaxReportInput`."""

    type: Required[TaxReportType | str]
    invoice_date: datetime.date | str | None
    invoice_number: str | None
    invoice_series_code: str | None
    invoice_type_code: str | None
    description: str | None
    tax_point_date: datetime.date | str | None
    external_reference: str | None
    customer_party_name: str | None
    customer_party_tax_id: str | None
    customer_party_country: str | None
    customer_party_address: str | None
    customer_party_postalcode: str | None
    currency: str | None
    tax_inclusive_amount: Decimal | int | None
    tax_amount: Decimal | int | None
    tax_breakdowns: Sequence[TaxBreakdownInput | TaxBreakdownInputDict] | None
    tax_report_lines: Sequence[TaxReportLineInput | TaxReportLineInputDict] | None
    book_type: str | None
    additional_properties: Mapping[str, object]


class TaxReportLineInputDict(TypedDict, total=False):
    """What may stand in the place of `TaxReportLineInput`."""

    quantity: Decimal | int | None
    description: str | None
    price: Decimal | int | None
    tax_inclusive_amount: Decimal | int | None
    tax_exclusive_amount: Decimal | int | None
    tax_amount: Decimal | int | None
    item_seller_identifier: str | None
    item_standard_identifier: str | None
    additional_properties: Mapping[str, object]


class TaxReportSettingInputDict(TypedDict, total=False):
    """What may stand in the place of `TaxReportSettingInput`."""

    code: Required[str]
    start_date: datetime.date | str | None
    auto_generate: bool | None
    auto_send: bool | None
    enabled: bool | None
    email: str | None
    reason_vat_exempt: str | None
    special_regime_key: str | None
    special_regime_key_igic: str | None
    reason_no_subject: str | None
    credit_note_code: str | None
    delegation: str | None
    type_operation: TypeOperation | str | None
    naf_code: str | None
    enterprise_size: EnterpriseSize | str | None
    vat_regime: VatRegime | str | None
    issue_only: bool | None
    additional_properties: Mapping[str, object]


class TaxReportSettingUpdateInputDict(TypedDict, total=False):
    """What may stand in the place of `TaxReportSettingUpdateInput`."""

    start_date: datetime.date | str | None
    auto_generate: bool | None
    auto_send: bool | None
    enabled: bool | None
    email: str | None
    reason_vat_exempt: str | None
    special_regime_key: str | None
    special_regime_key_igic: str | None
    reason_no_subject: str | None
    credit_note_code: str | None
    delegation: str | None
    type_operation: TypeOperation | str | None
    naf_code: str | None
    enterprise_size: EnterpriseSize | str | None
    vat_regime: VatRegime | str | None
    issue_only: bool | None
    additional_properties: Mapping[str, object]


class TaxReportUpdateInputDict(TypedDict, total=False):
    """What may stand in the place of `TaxReportUpdateInput`."""

    type: TaxReportType | str | None
    invoice_date: datetime.date | str | None
    invoice_number: str | None
    invoice_series_code: str | None
    invoice_type_code: str | None
    description: str | None
    tax_point_date: datetime.date | str | None
    external_reference: str | None
    customer_party_name: str | None
    customer_party_tax_id: str | None
    customer_party_country: str | None
    customer_party_address: str | None
    customer_party_postalcode: str | None
    currency: str | None
    tax_inclusive_amount: Decimal | int | None
    tax_amount: Decimal | int | None
    tax_breakdowns: Sequence[TaxBreakdownInput | TaxBreakdownInputDict] | None
    tax_report_lines: Sequence[TaxReportLineInput | TaxReportLineInputDict] | None
    book_type: str | None
    additional_properties: Mapping[str, object]


class TinVerificationEntityDict(TypedDict, total=False):
    """What may stand in the place of `TinVerificationEntity`."""

    tin_value: Required[str]
    name: Required[str]
    additional_properties: Mapping[str, object]


class TransportInputDict(TypedDict, total=False):
    """What may stand in the place of `TransportInput`."""

    code: str | None
    enabled: bool | None
    reception: bool | None
    standard_documents: bool | None
    invoice: bool | None
    credit_note: bool | None
    order: bool | None
    application_response: bool | None
    pin_value: str | None
    pin_scheme: str | None
    username: str | None
    password: str | None
    additional_properties: Mapping[str, object]


class WebHookInputDict(TypedDict, total=False):
    """What may stand in the place of `WebHookInput`."""

    url: str | None
    events: Sequence[WebHookEventCode | str] | None
    enabled: bool | None
    description: str | None
    additional_properties: Mapping[str, object]
