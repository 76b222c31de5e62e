"""InvoiceInput"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import (
    ANYTHING,
    BOOLEAN,
    DATE,
    DECIMAL,
    INTEGER,
    TEXT,
    enumeration,
    list_of,
    map_of,
    model,
)
from ..._core.model import Field
from ...invoicing.inputs import InvoiceMethods
from .. import models

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from .allowance_charge_input import AllowanceChargeInput
    from .bank_account_input import BankAccountInput
    from .card_account_input import CardAccountInput
    from .dictionaries import (
        AllowanceChargeInputDict,
        BankAccountInputDict,
        CardAccountInputDict,
        InvoiceContactInputDict,
        InvoiceLineInputDict,
        InvoiceReferenceDict,
        PaymentDueInputDict,
    )
    from .invoice_contact_input import InvoiceContactInput
    from .invoice_line_input import InvoiceLineInput
    from .invoice_reference import InvoiceReference
    from .invoice_type import InvoiceType
    from .payment_due_input import PaymentDueInput
    from .type_operation import TypeOperation


@define(kw_only=True, repr=False)
class InvoiceInput(InvoiceMethods):
    """Invoice in a request. No public source states which fields are required; working examples have date,
    currency, a party and one line.
    """

    type: InvoiceType | str | None = None
    """Kind of invoice. A further value for self-billed invoices exists; its spelling is not public."""
    number: str | None = None
    """Invoice number; given by the platform when left out. Unique per series and year."""
    series_code: str | None = None
    """Series."""
    contact_id: int | None = None
    """Existing contact. Ignored for simplified invoices since 2026-03-02."""
    contact: InvoiceContactInput | InvoiceContactInputDict | None = None
    """Other party given inside the invoice."""
    date: datetime.date | None = None
    """Issue date."""
    due_date: datetime.date | None = None
    """Due date."""
    tax_point_date: datetime.date | None = None
    """Tax point date."""
    invoicing_period_start: datetime.date | None = None
    """First day of the invoiced period."""
    invoicing_period_end: datetime.date | None = None
    """Last day of the invoiced period."""
    currency: str | None = None
    """Currency, ISO 4217."""
    language: str | None = None
    """Language, ISO 639-1."""
    exchange_rate: Decimal | int | None = None
    """Exchange rate to the accounting currency."""
    exchange_date: datetime.date | None = None
    """Date of the exchange rate."""
    type_code: str | None = None
    """Document type code: UNCL1001, FatturaPA TD.. or KSeF codes. Named type_document before 2026-03-02."""
    document_type_code: str | None = None
    """Document type to use for this invoice."""
    is_credit_note: bool | None = None
    """Credit note. Countries other than Spain use it with positive amounts."""
    is_amend: bool | None = None
    """Correction of another invoice."""
    amend_of_id: int | None = None
    """Invoice being corrected, by id; named in a guide, type assumed."""
    invoice_references: Sequence[InvoiceReference | InvoiceReferenceDict] | None = None
    """Invoices this one corrects or credits; replaces the amended_* fields since 2026-04-20."""
    amend_reason: str | None = None
    """Reason of a correction, for example R1; documented before 2026-04-20, may have moved."""
    correction_method: str | None = None
    """Method of a correction, for example 01; documented before 2026-04-20, may have moved."""
    amend_code_tax: str | None = None
    """Tax authority's code of a correction, for example R1; documented before 2026-04-20, may have moved."""
    buyer_reference: str | None = None
    """Buyer reference (BT-10)."""
    file_reference: str | None = None
    """Own file or project reference."""
    ponumber: str | None = None
    """Purchase order number (BT-13)."""
    sales_order_reference: str | None = None
    """Sales order (BT-14)."""
    receiving_advice_reference: str | None = None
    """Receiving advice (BT-15)."""
    delivery_note_number: str | None = None
    """Delivery note (BT-16)."""
    delivery_note_date: datetime.date | None = None
    """Date of the delivery note."""
    lot_reference: str | None = None
    """Tender or lot."""
    contract_number: str | None = None
    """Contract (BT-12)."""
    receiver_contract_reference: str | None = None
    """Buyer's contract reference."""
    party_identification: str | None = None
    """Identification of the party."""
    buyer_accounting_reference: str | None = None
    """Buyer's accounting reference (BT-19)."""
    customer_contact_person: str | None = None
    """Person at the buyer."""
    terms: str | None = None
    """Payment terms code, for example 1m1 or custom."""
    extra_info: str | None = None
    """Free text (BT-22)."""
    legal_literals: str | None = None
    """Legal texts (Facturae)."""
    contact_email_override: str | None = None
    """Recipients used in place of the contact's e-mail, separated by commas."""
    company_email_override: str | None = None
    """Sender's e-mail used in place of the account's."""
    tax_report_description: str | None = None
    """Description used in the tax report."""
    type_operation: TypeOperation | str | None = None
    """Nature of the operation in French reporting."""
    invoice_lines_attributes: Sequence[InvoiceLineInput | InvoiceLineInputDict] | None = None
    """Lines."""
    allowance_charges_attributes: Sequence[AllowanceChargeInput | AllowanceChargeInputDict] | None = None
    """Allowances and charges of the whole document."""
    adjustment_in_cents: int | None = None
    """Rounding adjustment in cents."""
    amounts_withheld_reason: str | None = None
    """Reason of a retention."""
    withheld_percent: Decimal | int | None = None
    """Retention as a percentage."""
    amounts_withheld: Decimal | int | None = None
    """Retention as an amount."""
    payments_on_account: Decimal | int | None = None
    """Amount already paid."""
    total_amount_due: Decimal | int | None = None
    """Amount due (KSeF)."""
    payment_method: int | None = None
    """Payment method, a code of B2Brouter's own: 1 cash, 2 direct debit, 3 hold, 4 transfer, 7 awarding, 10
    promissory note, 11 cheque, 12 reposition, 13 other (in words in payment_method_text), 14 compensation,
    19 card, 54 credit card, 58 SEPA transfer, 59 SEPA direct debit. Not the codes of UBL (30, 48 …).
    """
    payment_method_text: str | None = None
    """Payment method in words; needed for French business invoices."""
    payment_terms: str | None = None
    """Payment terms in words; needed for French business invoices."""
    remittance_information: str | None = None
    """Payment reference and legal notes; needed for French business invoices."""
    bank_assigned_creditor_reference: str | None = None
    """Creditor reference given by the bank."""
    mandate_reference_identifier: str | None = None
    """Direct debit mandate."""
    bank_account_id: int | None = None
    """Stored bank account."""
    bank_account: BankAccountInput | BankAccountInputDict | None = None
    """A bank account in a request."""
    contact_iban: str | None = None
    """IBAN of the other party."""
    contact_bic: str | None = None
    """BIC of the other party."""
    card_account_attributes: CardAccountInput | CardAccountInputDict | None = None
    """Card used for payment."""
    payment_dues_attributes: Sequence[PaymentDueInput | PaymentDueInputDict] | None = None
    """Parts of a split payment."""
    reminder_for_payment: bool | None = None
    """Send a payment reminder."""
    payment_reminder_days: int | None = None
    """Days until the reminder."""
    delivery_party_name: str | None = None
    """Delivery: party."""
    delivery_location_id: str | None = None
    """Delivery: location identifier."""
    delivery_location_type: str | None = None
    """Delivery: scheme of the location identifier, for example 0088."""
    delivery_date: datetime.date | None = None
    """Delivery: date."""
    delivery_address: str | None = None
    """Delivery: street."""
    delivery_address2: str | None = None
    """Delivery: second address line."""
    delivery_postalcode: str | None = None
    """Delivery: postal code."""
    delivery_city: str | None = None
    """Delivery: city."""
    delivery_province: str | None = None
    """Delivery: province."""
    delivery_country: str | None = None
    """Delivery: country."""
    accounting_unit: str | None = None
    """DIR3 accounting office (Spanish public sector)."""
    managing_unit: str | None = None
    """DIR3 managing body."""
    processing_unit: str | None = None
    """DIR3 processing unit."""
    proponent_unit: str | None = None
    """DIR3 proposing body."""
    contract_unit: str | None = None
    """DIR3 contracting body."""
    dire: str | None = None
    """DIRe code."""
    special_regime_key: str | None = None
    """Special VAT regime key (Spain), for example 01."""
    special_regime_key_additional: str | None = None
    """Further special regime key."""
    third_party: Mapping[str, object] | None = None
    """Third party (KSeF); keys not public."""
    fa_name: str | None = None
    """Factoring: assignee."""
    fa_taxcode: str | None = None
    """Factoring: tax number."""
    fa_person_type: str | None = None
    """Factoring: person type, J for a company."""
    fa_residence_type: str | None = None
    """Factoring: residence type."""
    fa_address: str | None = None
    """Factoring: street."""
    fa_postcode: str | None = None
    """Factoring: postal code."""
    fa_town: str | None = None
    """Factoring: town."""
    fa_province: str | None = None
    """Factoring: province."""
    fa_country: str | None = None
    """Factoring: country."""
    fa_info: str | None = None
    """Factoring: note."""
    fa_duedate: datetime.date | None = None
    """Factoring: due date."""
    fa_import: Decimal | int | None = None
    """Factoring: amount."""
    fa_payment_method: str | None = None
    """Factoring: payment method."""
    fa_iban: str | None = None
    """Factoring: IBAN."""
    fa_bic: str | None = None
    """Factoring: BIC."""
    fa_bank_code: str | None = None
    """Factoring: bank code."""
    fa_clauses: str | None = None
    """Factoring: clauses."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .invoice_type import InvoiceType
        from .type_operation import TypeOperation

        return (
            Field("type", "type", enumeration(InvoiceType)),
            Field("number", "number", TEXT),
            Field("series_code", "series_code", TEXT),
            Field("contact_id", "contact_id", INTEGER),
            Field("contact", "contact", model(lambda: models.InvoiceContactInput)),
            Field("date", "date", DATE),
            Field("due_date", "due_date", DATE),
            Field("tax_point_date", "tax_point_date", DATE),
            Field("invoicing_period_start", "invoicing_period_start", DATE),
            Field("invoicing_period_end", "invoicing_period_end", DATE),
            Field("currency", "currency", TEXT),
            Field("language", "language", TEXT),
            Field("exchange_rate", "exchange_rate", DECIMAL),
            Field("exchange_date", "exchange_date", DATE),
            Field("type_code", "type_code", TEXT),
            Field("document_type_code", "document_type_code", TEXT),
            Field("is_credit_note", "is_credit_note", BOOLEAN),
            Field("is_amend", "is_amend", BOOLEAN),
            Field("amend_of_id", "amend_of_id", INTEGER),
            Field(
                "invoice_references", "invoice_references", list_of(model(lambda: models.InvoiceReference))
            ),
            Field("amend_reason", "amend_reason", TEXT),
            Field("correction_method", "correction_method", TEXT),
            Field("amend_code_tax", "amend_code_tax", TEXT),
            Field("buyer_reference", "buyer_reference", TEXT),
            Field("file_reference", "file_reference", TEXT),
            Field("ponumber", "ponumber", TEXT),
            Field("sales_order_reference", "sales_order_reference", TEXT),
            Field("receiving_advice_reference", "receiving_advice_reference", TEXT),
            Field("delivery_note_number", "delivery_note_number", TEXT),
            Field("delivery_note_date", "delivery_note_date", DATE),
            Field("lot_reference", "lot_reference", TEXT),
            Field("contract_number", "contract_number", TEXT),
            Field("receiver_contract_reference", "receiver_contract_reference", TEXT),
            Field("party_identification", "party_identification", TEXT),
            Field("buyer_accounting_reference", "buyer_accounting_reference", TEXT),
            Field("customer_contact_person", "customer_contact_person", TEXT),
            Field("terms", "terms", TEXT),
            Field("extra_info", "extra_info", TEXT),
            Field("legal_literals", "legal_literals", TEXT),
            Field("contact_email_override", "contact_email_override", TEXT),
            Field("company_email_override", "company_email_override", TEXT),
            Field("tax_report_description", "tax_report_description", TEXT),
            Field("type_operation", "type_operation", enumeration(TypeOperation)),
            Field(
                "invoice_lines_attributes",
                "invoice_lines_attributes",
                list_of(model(lambda: models.InvoiceLineInput)),
            ),
            Field(
                "allowance_charges_attributes",
                "allowance_charges_attributes",
                list_of(model(lambda: models.AllowanceChargeInput)),
            ),
            Field("adjustment_in_cents", "adjustment_in_cents", INTEGER),
            Field("amounts_withheld_reason", "amounts_withheld_reason", TEXT),
            Field("withheld_percent", "withheld_percent", DECIMAL),
            Field("amounts_withheld", "amounts_withheld", DECIMAL),
            Field("payments_on_account", "payments_on_account", DECIMAL),
            Field("total_amount_due", "total_amount_due", DECIMAL),
            Field("payment_method", "payment_method", INTEGER),
            Field("payment_method_text", "payment_method_text", TEXT),
            Field("payment_terms", "payment_terms", TEXT),
            Field("remittance_information", "remittance_information", TEXT),
            Field("bank_assigned_creditor_reference", "bank_assigned_creditor_reference", TEXT),
            Field("mandate_reference_identifier", "mandate_reference_identifier", TEXT),
            Field("bank_account_id", "bank_account_id", INTEGER),
            Field("bank_account", "bank_account", model(lambda: models.BankAccountInput)),
            Field("contact_iban", "contact_iban", TEXT),
            Field("contact_bic", "contact_bic", TEXT),
            Field(
                "card_account_attributes", "card_account_attributes", model(lambda: models.CardAccountInput)
            ),
            Field(
                "payment_dues_attributes",
                "payment_dues_attributes",
                list_of(model(lambda: models.PaymentDueInput)),
            ),
            Field("reminder_for_payment", "reminder_for_payment", BOOLEAN),
            Field("payment_reminder_days", "payment_reminder_days", INTEGER),
            Field("delivery_party_name", "delivery_party_name", TEXT),
            Field("delivery_location_id", "delivery_location_id", TEXT),
            Field("delivery_location_type", "delivery_location_type", TEXT),
            Field("delivery_date", "delivery_date", DATE),
            Field("delivery_address", "delivery_address", TEXT),
            Field("delivery_address2", "delivery_address2", TEXT),
            Field("delivery_postalcode", "delivery_postalcode", TEXT),
            Field("delivery_city", "delivery_city", TEXT),
            Field("delivery_province", "delivery_province", TEXT),
            Field("delivery_country", "delivery_country", TEXT),
            Field("accounting_unit", "accounting_unit", TEXT),
            Field("managing_unit", "managing_unit", TEXT),
            Field("processing_unit", "processing_unit", TEXT),
            Field("proponent_unit", "proponent_unit", TEXT),
            Field("contract_unit", "contract_unit", TEXT),
            Field("dire", "dire", TEXT),
            Field("special_regime_key", "special_regime_key", TEXT),
            Field("special_regime_key_additional", "special_regime_key_additional", TEXT),
            Field("third_party", "third_party", map_of(ANYTHING)),
            Field("fa_name", "fa_name", TEXT),
            Field("fa_taxcode", "fa_taxcode", TEXT),
            Field("fa_person_type", "fa_person_type", TEXT),
            Field("fa_residence_type", "fa_residence_type", TEXT),
            Field("fa_address", "fa_address", TEXT),
            Field("fa_postcode", "fa_postcode", TEXT),
            Field("fa_town", "fa_town", TEXT),
            Field("fa_province", "fa_province", TEXT),
            Field("fa_country", "fa_country", TEXT),
            Field("fa_info", "fa_info", TEXT),
            Field("fa_duedate", "fa_duedate", DATE),
            Field("fa_import", "fa_import", DECIMAL),
            Field("fa_payment_method", "fa_payment_method", TEXT),
            Field("fa_iban", "fa_iban", TEXT),
            Field("fa_bic", "fa_bic", TEXT),
            Field("fa_bank_code", "fa_bank_code", TEXT),
            Field("fa_clauses", "fa_clauses", TEXT),
        )
