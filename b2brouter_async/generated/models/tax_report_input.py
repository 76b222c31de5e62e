"""TaxReportInput"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import DATE, DECIMAL, TEXT, enumeration, list_of, model
from ..._core.model import Field, RequestModel
from .. import models

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence
    from decimal import Decimal

    from .dictionaries import TaxBreakdownInputDict, TaxReportLineInputDict
    from .tax_breakdown_input import TaxBreakdownInput
    from .tax_report_line_input import TaxReportLineInput
    from .tax_report_type import TaxReportType


@define(kw_only=True, repr=False)
class TaxReportInput(RequestModel):
    """Tax report to create. For Verifactu and TicketBai the SDK also calls date, number, type code,
    description, customer, currency, amounts and breakdowns required.
    """

    type: TaxReportType | str
    """Reporting system. Creation is documented for Verifactu, TicketBai and SiiDocument; further systems
    exist.
    """
    invoice_date: datetime.date | None = None
    """Invoice date."""
    invoice_number: str | None = None
    """Invoice number."""
    invoice_series_code: str | None = None
    """Invoice series."""
    invoice_type_code: str | None = None
    """Invoice type: F1, F2, F3, R1 to R5 in Spain; KSeF has codes of its own."""
    description: str | None = None
    """Description of the operation."""
    tax_point_date: datetime.date | None = None
    """Date of the operation when it differs."""
    external_reference: str | None = None
    """Caller's reference."""
    customer_party_name: str | None = None
    """Customer: name."""
    customer_party_tax_id: str | None = None
    """Customer: tax number."""
    customer_party_country: str | None = None
    """Customer: country, lower case."""
    customer_party_address: str | None = None
    """Customer: address (TicketBAI)."""
    customer_party_postalcode: str | None = None
    """Customer: postal code (TicketBAI)."""
    currency: str | None = None
    """Currency, ISO 4217."""
    tax_inclusive_amount: Decimal | int | None = None
    """Total with taxes."""
    tax_amount: Decimal | int | None = None
    """Total of taxes."""
    tax_breakdowns: Sequence[TaxBreakdownInput | TaxBreakdownInputDict] | None = None
    """Totals by tax."""
    tax_report_lines: Sequence[TaxReportLineInput | TaxReportLineInputDict] | None = None
    """Lines (TicketBAI)."""
    book_type: str | None = None
    """Book of the Spanish SII, for example Expedida or Recibida; exact spelling not proven."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .tax_report_type import TaxReportType

        return (
            Field("type", "type", enumeration(TaxReportType), required=True),
            Field("invoice_date", "invoice_date", DATE),
            Field("invoice_number", "invoice_number", TEXT),
            Field("invoice_series_code", "invoice_series_code", TEXT),
            Field("invoice_type_code", "invoice_type_code", TEXT),
            Field("description", "description", TEXT),
            Field("tax_point_date", "tax_point_date", DATE),
            Field("external_reference", "external_reference", TEXT),
            Field("customer_party_name", "customer_party_name", TEXT),
            Field("customer_party_tax_id", "customer_party_tax_id", TEXT),
            Field("customer_party_country", "customer_party_country", TEXT),
            Field("customer_party_address", "customer_party_address", TEXT),
            Field("customer_party_postalcode", "customer_party_postalcode", TEXT),
            Field("currency", "currency", TEXT),
            Field("tax_inclusive_amount", "tax_inclusive_amount", DECIMAL),
            Field("tax_amount", "tax_amount", DECIMAL),
            Field("tax_breakdowns", "tax_breakdowns", list_of(model(lambda: models.TaxBreakdownInput))),
            Field("tax_report_lines", "tax_report_lines", list_of(model(lambda: models.TaxReportLineInput))),
            Field("book_type", "book_type", TEXT),
        )
