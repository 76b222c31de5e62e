"""TaxReport"""

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

    from .tax_breakdown import TaxBreakdown
    from .tax_report_error import TaxReportError
    from .tax_report_line import TaxReportLine
    from .tax_report_state import TaxReportState


@define(kw_only=True, repr=False)
class TaxReport(Model):
    """Report of one invoice to a tax authority."""

    id: int
    """Tax report id."""
    type: str | None = None
    """Reporting system, see TaxReportType."""
    invoice_id: int | None = None
    """Invoice it was made from, if any."""
    state: TaxReportState | None = None
    """State of a tax report. Readers must accept other values."""
    label: str | None = None
    """Name for display."""
    description: str | None = None
    """Description of the operation."""
    invoice_number: str | None = None
    """Invoice number."""
    invoice_series_code: str | None = None
    """Invoice series."""
    invoice_date: datetime.date | None = None
    """Invoice date."""
    tax_point_date: datetime.date | None = None
    """Date of the operation."""
    invoice_type_code: str | None = None
    """Invoice type: F1, F2, F3, R1 to R5 in Spain; KSeF has codes of its own."""
    external_reference: str | None = None
    """Caller's reference."""
    currency: str | None = None
    """Currency, ISO 4217."""
    tax_inclusive_amount: Decimal | None = None
    """Total with taxes."""
    tax_amount: Decimal | None = None
    """Total of taxes."""
    customer_party_name: str | None = None
    """Customer: name."""
    customer_party_tax_id: str | None = None
    """Customer: tax number."""
    customer_party_country: str | None = None
    """Customer: country, lower case."""
    customer_party_address: str | None = None
    """Customer: address."""
    customer_party_postalcode: str | None = None
    """Customer: postal code."""
    tax_breakdowns: list[TaxBreakdown] | None = None
    """Totals by tax."""
    tax_report_lines: list[TaxReportLine] | None = None
    """Lines."""
    qr: str | None = None
    """QR image, PNG in base64 without prefix."""
    identifier: str | None = None
    """Verification address (VeriFactu) or TBAI code."""
    chained_at: datetime.datetime | None = None
    """When it was chained."""
    sent_at: datetime.datetime | None = None
    """When it was sent."""
    has_errors: bool | None = None
    """The authority reported errors."""
    has_warnings: bool | None = None
    """The authority reported warnings."""
    errors: list[str | TaxReportError] | None = None
    """Errors."""
    warnings: list[str | TaxReportError] | None = None
    """Warnings."""
    correction: bool | None = None
    """This report corrects another one."""
    annullation: bool | None = None
    """This report annuls another one."""
    annulled_by_id: int | None = None
    """Report that annulled this one; since 2026-03-02."""
    corrected_by_id: int | None = None
    """Report that corrected this one; since 2026-03-02."""
    ledger_id: int | None = None
    """Ledger it was sent in."""
    fiscal_period: str | None = None
    """Fiscal period."""
    document_type_code: str | None = None
    """Document type of the report."""
    transport_type_code: str | None = None
    """Transport of the report."""
    xml_base64: str | None = None
    """Report as XML in base64; empty until the ledger has run (France)."""
    book_type: str | None = None
    """Book of the Spanish SII."""
    payment_account_name: str | None = None
    """KSeF; since 2026-03-02."""
    purchase_order_reference: str | None = None
    """KSeF; since 2026-03-02."""
    sales_order_reference: str | None = None
    """KSeF; since 2026-03-02."""
    tax_inclusive_amount_before_allowances_and_charges: Decimal | None = None
    """KSeF; since 2026-03-02."""
    customer_party_jst: bool | None = None
    """KSeF; since 2026-04-20, type assumed."""
    customer_party_gv: bool | None = None
    """KSeF; since 2026-04-20, type assumed."""
    purchase_order_date: datetime.date | None = None
    """KSeF; since 2026-04-20, type assumed."""
    despatch_advice_reference: str | None = None
    """KSeF; since 2026-04-20, type assumed."""
    supplier_party_krs: str | None = None
    """KSeF; since 2026-04-20, type assumed."""
    supplier_party_regon: str | None = None
    """KSeF; since 2026-04-20, type assumed."""
    supplier_party_bdo: str | None = None
    """KSeF; since 2026-04-20, type assumed."""
    supplier_contact_phone: str | None = None
    """KSeF; since 2026-04-20, type assumed."""
    supplier_contact_email: str | None = None
    """KSeF; since 2026-04-20, type assumed."""
    previous_advance_total: Decimal | None = None
    """KSeF; since 2026-04-20, type assumed."""
    order_total_amount: Decimal | None = None
    """KSeF; since 2026-04-20, type assumed."""
    prepayment_references: object = None
    """KSeF; since 2026-04-20, shape not public."""
    third_party: dict[str, object] | None = None
    """KSeF; keys not public."""
    created_at: datetime.datetime | None = None
    """Creation time."""
    updated_at: datetime.datetime | None = None
    """Last change."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .tax_report_state import TaxReportState

        return (
            Field("id", "id", INTEGER, required=True),
            Field("type", "type", nullable(TEXT)),
            Field("invoice_id", "invoice_id", nullable(INTEGER)),
            Field("state", "state", enumeration(TaxReportState)),
            Field("label", "label", nullable(TEXT)),
            Field("description", "description", nullable(TEXT)),
            Field("invoice_number", "invoice_number", nullable(TEXT)),
            Field("invoice_series_code", "invoice_series_code", nullable(TEXT)),
            Field("invoice_date", "invoice_date", nullable(DATE)),
            Field("tax_point_date", "tax_point_date", nullable(DATE)),
            Field("invoice_type_code", "invoice_type_code", nullable(TEXT)),
            Field("external_reference", "external_reference", nullable(TEXT)),
            Field("currency", "currency", nullable(TEXT)),
            Field("tax_inclusive_amount", "tax_inclusive_amount", nullable(DECIMAL)),
            Field("tax_amount", "tax_amount", nullable(DECIMAL)),
            Field("customer_party_name", "customer_party_name", nullable(TEXT)),
            Field("customer_party_tax_id", "customer_party_tax_id", nullable(TEXT)),
            Field("customer_party_country", "customer_party_country", nullable(TEXT)),
            Field("customer_party_address", "customer_party_address", nullable(TEXT)),
            Field("customer_party_postalcode", "customer_party_postalcode", nullable(TEXT)),
            Field("tax_breakdowns", "tax_breakdowns", nullable(list_of(model(lambda: models.TaxBreakdown)))),
            Field(
                "tax_report_lines", "tax_report_lines", nullable(list_of(model(lambda: models.TaxReportLine)))
            ),
            Field("qr", "qr", nullable(TEXT)),
            Field("identifier", "identifier", nullable(TEXT)),
            Field("chained_at", "chained_at", nullable(DATETIME)),
            Field("sent_at", "sent_at", nullable(DATETIME)),
            Field("has_errors", "has_errors", nullable(BOOLEAN)),
            Field("has_warnings", "has_warnings", nullable(BOOLEAN)),
            Field("errors", "errors", nullable(list_of(union(TEXT, model(lambda: models.TaxReportError))))),
            Field(
                "warnings", "warnings", nullable(list_of(union(TEXT, model(lambda: models.TaxReportError))))
            ),
            Field("correction", "correction", nullable(BOOLEAN)),
            Field("annullation", "annullation", nullable(BOOLEAN)),
            Field("annulled_by_id", "annulled_by_id", nullable(INTEGER)),
            Field("corrected_by_id", "corrected_by_id", nullable(INTEGER)),
            Field("ledger_id", "ledger_id", nullable(INTEGER)),
            Field("fiscal_period", "fiscal_period", nullable(TEXT)),
            Field("document_type_code", "document_type_code", nullable(TEXT)),
            Field("transport_type_code", "transport_type_code", nullable(TEXT)),
            Field("xml_base64", "xml_base64", nullable(TEXT)),
            Field("book_type", "book_type", nullable(TEXT)),
            Field("payment_account_name", "payment_account_name", nullable(TEXT)),
            Field("purchase_order_reference", "purchase_order_reference", nullable(TEXT)),
            Field("sales_order_reference", "sales_order_reference", nullable(TEXT)),
            Field(
                "tax_inclusive_amount_before_allowances_and_charges",
                "tax_inclusive_amount_before_allowances_and_charges",
                nullable(DECIMAL),
            ),
            Field("customer_party_jst", "customer_party_jst", nullable(BOOLEAN)),
            Field("customer_party_gv", "customer_party_gv", nullable(BOOLEAN)),
            Field("purchase_order_date", "purchase_order_date", nullable(DATE)),
            Field("despatch_advice_reference", "despatch_advice_reference", nullable(TEXT)),
            Field("supplier_party_krs", "supplier_party_krs", nullable(TEXT)),
            Field("supplier_party_regon", "supplier_party_regon", nullable(TEXT)),
            Field("supplier_party_bdo", "supplier_party_bdo", nullable(TEXT)),
            Field("supplier_contact_phone", "supplier_contact_phone", nullable(TEXT)),
            Field("supplier_contact_email", "supplier_contact_email", nullable(TEXT)),
            Field("previous_advance_total", "previous_advance_total", nullable(DECIMAL)),
            Field("order_total_amount", "order_total_amount", nullable(DECIMAL)),
            Field("prepayment_references", "prepayment_references", ANYTHING),
            Field("third_party", "third_party", nullable(map_of(ANYTHING))),
            Field("created_at", "created_at", nullable(DATETIME)),
            Field("updated_at", "updated_at", nullable(DATETIME)),
        )
