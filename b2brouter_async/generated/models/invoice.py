"""Invoice"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import (
    ANYTHING,
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    TEXT,
    enumeration,
    list_of,
    map_of,
    model,
    nullable,
    union,
)
from ..._core.model import Field, Model
from .. import models

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal

    from .account_ref import AccountRef
    from .allowance_charge import AllowanceCharge
    from .bank_account import BankAccount
    from .invoice_attachment import InvoiceAttachment
    from .invoice_company import InvoiceCompany
    from .invoice_contact import InvoiceContact
    from .invoice_line import InvoiceLine
    from .invoice_reference import InvoiceReference
    from .invoice_state import InvoiceState
    from .invoice_tax import InvoiceTax
    from .validation_error_entry import ValidationErrorEntry


@define(kw_only=True, repr=False)
class Invoice(Model):
    """Invoice in a detail reply. Write fields that are marked inferred are assumed to be echoed."""

    id: int
    """Invoice id."""
    type: str | None = None
    """Kind of invoice, see InvoiceType."""
    number: str | None = None
    """Invoice number."""
    series_code: str | None = None
    """Series."""
    state: InvoiceState | None = None
    """State of an invoice. Readers must accept other values and treat them as still under way."""
    state_updated_at: datetime.datetime | None = None
    """Last change of state."""
    account: AccountRef | None = None
    """Owner; only in the detail reply."""
    project: AccountRef | None = None
    """Owner in the old API generation; null here."""
    contact: InvoiceContact | None = None
    """Other party."""
    date: datetime.date | None = None
    """Issue date."""
    due_date: datetime.date | None = None
    """Due date."""
    tax_point_date: datetime.date | None = None
    """Tax point date."""
    order_date: datetime.date | None = None
    """Order date; since 2026-04-20."""
    invoicing_period_start: datetime.date | None = None
    """First day of the invoiced period."""
    invoicing_period_end: datetime.date | None = None
    """Last day of the invoiced period."""
    currency: str | None = None
    """Currency, ISO 4217."""
    language: str | None = None
    """Language, ISO 639-1."""
    exchange_rate: Decimal | None = None
    """Exchange rate; since 2026-04-20."""
    exchange_date: datetime.date | None = None
    """Date of the exchange rate; since 2026-04-20."""
    subtotal: Decimal | None = None
    """Total without taxes."""
    taxes: list[InvoiceTax] | None = None
    """Tax totals."""
    total: Decimal | None = None
    """Total with taxes."""
    payable_amount: Decimal | None = None
    """Amount to be paid, as a create reply of 2025-10-13 shows it."""
    company: InvoiceCompany | None = None
    """The account's company, as a create reply of 2025-10-13 shows it."""
    total_amount_due: Decimal | None = None
    """Amount due (KSeF)."""
    payments_on_account: Decimal | None = None
    """Amount already paid; since 2026-03-02."""
    tax_currency_code: str | None = None
    """Currency of the tax amount; since 2026-03-02."""
    tax_amount_in_tax_currency: Decimal | None = None
    """Tax amount in that currency; since 2026-03-02."""
    type_code: str | None = None
    """Document type code."""
    document_type_code: str | None = None
    """Document type used."""
    transport_type_code: str | None = None
    """Transport used."""
    is_credit_note: bool | None = None
    """Credit note."""
    is_amend: bool | None = None
    """Correction of another invoice."""
    invoice_references: list[InvoiceReference] | None = None
    """Invoices this one corrects or credits; since 2026-04-20."""
    allowance_charges: list[AllowanceCharge] | None = None
    """Allowances and charges of the document; key assumed."""
    buyer_reference: str | None = None
    """Buyer reference."""
    file_reference: str | None = None
    """Own file or project reference."""
    ponumber: str | None = None
    """Purchase order number."""
    contract_number: str | None = None
    """Contract."""
    extra_info: str | None = None
    """Free text."""
    terms: str | None = None
    """Payment terms code."""
    payment_method: str | int | None = None
    """Payment method code."""
    payment_method_text: str | None = None
    """Payment method in words."""
    payment_terms: str | None = None
    """Payment terms in words."""
    remittance_information: str | None = None
    """Payment reference and legal notes."""
    bank_account: BankAccount | None = None
    tax_report_ids: list[int] | None = None
    """Tax reports made from this invoice."""
    errors: list[str | ValidationErrorEntry] | None = None
    """Reasons why the invoice was not sent; may be filled on a successful reply. Texts in most sources,
    objects with `error` in one.
    """
    error_message: str | None = None
    """Text of the last error."""
    error_code: str | None = None
    """Code of the last error, for example PEPPOL_NO_RECEIVER."""
    refuse_reason: str | None = None
    """Why the other party refused."""
    refuse_reason_code: str | None = None
    """Code of the refusal."""
    from_net: str | None = None
    """Network a received invoice came from; null in list rows."""
    to_net: str | None = None
    """Network the invoice went to."""
    to_net_id: str | None = None
    """Identifier in that network, for example of the Italian SdI."""
    ack_at: datetime.datetime | None = None
    """When it was acknowledged; null in list rows whatever the truth."""
    download_legal_url: str | None = None
    """Path of the legal document, relative to the API host; present once sent."""
    attachments: list[InvoiceAttachment] | None = None
    """Attachments."""
    lines: list[InvoiceLine] | None = None
    """Lines; only with include=lines or detailed_lines."""
    third_party: dict[str, object] | None = None
    """Third party (KSeF); only with include."""
    apply_to_local_government_unit: bool | None = None
    """KSeF flag; only with include."""
    apply_to_vat_group_member: bool | None = None
    """KSeF flag; only with include."""
    deleted: bool | None = None
    """Only in the reply to a deletion."""
    created_at: datetime.datetime | None = None
    """Creation time."""
    updated_at: datetime.datetime | None = None
    """Last change."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .invoice_state import InvoiceState

        return (
            Field("id", "id", INTEGER, required=True),
            Field("type", "type", nullable(TEXT)),
            Field("number", "number", nullable(TEXT)),
            Field("series_code", "series_code", nullable(TEXT)),
            Field("state", "state", enumeration(InvoiceState)),
            Field("state_updated_at", "state_updated_at", nullable(DATETIME)),
            Field("account", "account", nullable(model(lambda: models.AccountRef))),
            Field("project", "project", nullable(model(lambda: models.AccountRef))),
            Field("contact", "contact", nullable(model(lambda: models.InvoiceContact))),
            Field("date", "date", nullable(DATE)),
            Field("due_date", "due_date", nullable(DATE)),
            Field("tax_point_date", "tax_point_date", nullable(DATE)),
            Field("order_date", "order_date", nullable(DATE)),
            Field("invoicing_period_start", "invoicing_period_start", nullable(DATE)),
            Field("invoicing_period_end", "invoicing_period_end", nullable(DATE)),
            Field("currency", "currency", nullable(TEXT)),
            Field("language", "language", nullable(TEXT)),
            Field("exchange_rate", "exchange_rate", nullable(DECIMAL)),
            Field("exchange_date", "exchange_date", nullable(DATE)),
            Field("subtotal", "subtotal", nullable(DECIMAL)),
            Field("taxes", "taxes", nullable(list_of(model(lambda: models.InvoiceTax)))),
            Field("total", "total", nullable(DECIMAL)),
            Field("payable_amount", "payable_amount", nullable(DECIMAL)),
            Field("company", "company", nullable(model(lambda: models.InvoiceCompany))),
            Field("total_amount_due", "total_amount_due", nullable(DECIMAL)),
            Field("payments_on_account", "payments_on_account", nullable(DECIMAL)),
            Field("tax_currency_code", "tax_currency_code", nullable(TEXT)),
            Field("tax_amount_in_tax_currency", "tax_amount_in_tax_currency", nullable(DECIMAL)),
            Field("type_code", "type_code", nullable(TEXT)),
            Field("document_type_code", "document_type_code", nullable(TEXT)),
            Field("transport_type_code", "transport_type_code", nullable(TEXT)),
            Field("is_credit_note", "is_credit_note", nullable(BOOLEAN)),
            Field("is_amend", "is_amend", nullable(BOOLEAN)),
            Field(
                "invoice_references",
                "invoice_references",
                nullable(list_of(model(lambda: models.InvoiceReference))),
            ),
            Field(
                "allowance_charges",
                "allowance_charges",
                nullable(list_of(model(lambda: models.AllowanceCharge))),
            ),
            Field("buyer_reference", "buyer_reference", nullable(TEXT)),
            Field("file_reference", "file_reference", nullable(TEXT)),
            Field("ponumber", "ponumber", nullable(TEXT)),
            Field("contract_number", "contract_number", nullable(TEXT)),
            Field("extra_info", "extra_info", nullable(TEXT)),
            Field("terms", "terms", nullable(TEXT)),
            Field("payment_method", "payment_method", nullable(union(TEXT, INTEGER))),
            Field("payment_method_text", "payment_method_text", nullable(TEXT)),
            Field("payment_terms", "payment_terms", nullable(TEXT)),
            Field("remittance_information", "remittance_information", nullable(TEXT)),
            Field("bank_account", "bank_account", nullable(model(lambda: models.BankAccount))),
            Field("tax_report_ids", "tax_report_ids", nullable(list_of(INTEGER))),
            Field(
                "errors", "errors", nullable(list_of(union(TEXT, model(lambda: models.ValidationErrorEntry))))
            ),
            Field("error_message", "error_message", nullable(TEXT)),
            Field("error_code", "error_code", nullable(TEXT)),
            Field("refuse_reason", "refuse_reason", nullable(TEXT)),
            Field("refuse_reason_code", "refuse_reason_code", nullable(TEXT)),
            Field("from_net", "from_net", nullable(TEXT)),
            Field("to_net", "to_net", nullable(TEXT)),
            Field("to_net_id", "to_net_id", nullable(TEXT)),
            Field("ack_at", "ack_at", nullable(DATETIME)),
            Field("download_legal_url", "download_legal_url", nullable(TEXT)),
            Field("attachments", "attachments", nullable(list_of(model(lambda: models.InvoiceAttachment)))),
            Field("lines", "lines", nullable(list_of(model(lambda: models.InvoiceLine)))),
            Field("third_party", "third_party", nullable(map_of(ANYTHING))),
            Field("apply_to_local_government_unit", "apply_to_local_government_unit", nullable(BOOLEAN)),
            Field("apply_to_vat_group_member", "apply_to_vat_group_member", nullable(BOOLEAN)),
            Field("deleted", "deleted", nullable(BOOLEAN)),
            Field("created_at", "created_at", nullable(DATETIME)),
            Field("updated_at", "updated_at", nullable(DATETIME)),
        )
