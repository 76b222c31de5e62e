"""UN/CEFACT Cross Industry Invoice (D16B and later), read by the terms of EN 16931 (BT-n)."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

from .document_types import CREDIT_NOTES, issuer_of
from .facts import DocumentFacts, Party, Syntax, UnreadableDocument
from .identifiers import distinct
from .xml import Element, amount, is_in, iso_date, only_of, value_of

if TYPE_CHECKING:
    from decimal import Decimal

NAMESPACE = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"


def matches(root: Element) -> bool:
    """Whether the root is a Cross Industry Invoice."""
    return root.namespace == NAMESPACE and root.name == "CrossIndustryInvoice"


def read(root: Element, *, syntax: Syntax = "cii", media_type: str = "application/xml") -> DocumentFacts:
    """Read the facts of a Cross Industry Invoice.

    Args:
        root: the parsed document.
        syntax: what the facts shall say: "factur-x" for the XML out of a PDF.
        media_type: the media type of the whole document.

    Raises:
        UnreadableDocument: number or date are missing, or a date or amount isn't one.
    """
    number = value_of(root.only("ExchangedDocument", "ID"))  # BT-1
    if number is None:
        raise UnreadableDocument("The CII document has no number (ExchangedDocument/ID).")
    date = day_of(root.single("ExchangedDocument", "IssueDateTime"))  # BT-2
    if date is None:
        raise UnreadableDocument(f"The CII document {number} has no date (ExchangedDocument/IssueDateTime).")
    agreement = root.single("SupplyChainTradeTransaction", "ApplicableHeaderTradeAgreement")
    settlement = root.single("SupplyChainTradeTransaction", "ApplicableHeaderTradeSettlement")
    currency = value_of(settlement.only("InvoiceCurrencyCode"))  # BT-5
    code = value_of(root.only("ExchangedDocument", "TypeCode"))  # BT-3
    context = root.find("ExchangedDocumentContext")
    profile = context.value("GuidelineSpecifiedDocumentContextParameter", "ID")  # BT-24
    process = context.value("BusinessProcessSpecifiedDocumentContextParameter", "ID")  # BT-23
    return DocumentFacts(
        syntax=syntax,
        kind="credit_note" if code in CREDIT_NOTES else "invoice",
        number=number,
        date=date,
        due_date=day_of(settlement.find("SpecifiedTradePaymentTerms", "DueDateDateTime")),  # BT-9
        currency=currency,
        seller=_party(agreement.single("SellerTradeParty")),
        buyer=_party(agreement.single("BuyerTradeParty")),
        issued_by=issuer_of(code, profile, process),
        subtotal=_total(settlement, "TaxBasisTotalAmount", currency),  # BT-109
        tax_total=_total(settlement, "TaxTotalAmount", currency),  # BT-110
        total=_total(settlement, "GrandTotalAmount", currency),  # BT-112
        payable=_total(settlement, "DuePayableAmount", currency),  # BT-115
        media_type=media_type,
    )


def _total(settlement: Element, name: str, currency: str | None) -> Decimal | None:
    # A second amount is in another currency, as the tax in the accounting currency (BT-111): not ours.
    amounts = settlement.all("SpecifiedTradeSettlementHeaderMonetarySummation", name)
    return amount(only_of([each for each in amounts if is_in(each, currency)]))


_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{4}|[0-9]{6})?")


def day_of(element: Element) -> datetime.date | None:
    """The date in an element, None if there is none.

    Raises:
        UnreadableDocument: there is text, and it isn't a date.
    """
    # EN 16931 writes format 102 (CCYYMMDD). 203 and 204 add the time; the plain DateTime is ISO.
    written = element.first("DateTimeString") or element.first("DateString")  # BT-7 is the plain date
    if written is None or "-" in written.text:
        return iso_date(written or element.first("DateTime"))
    if not written.text:
        return None
    if (found := _DAY.fullmatch(written.text)) is not None:
        try:
            return datetime.date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass  # 20260230
    raise UnreadableDocument(f"{element.name} is {written.text[:40]!r}, which is not a date (CCYYMMDD).")


def _party(party: Element) -> Party:
    address = party.find("PostalTradeAddress")
    lines = (address.value("LineOne"), address.value("LineTwo"), address.value("LineThree"))
    endpoint = party.find("URIUniversalCommunication", "URIID")
    return Party(
        name=party.value("Name"),
        tax_id=_tax_id(party),
        company_id=(
            party.value("SpecifiedLegalOrganization", "ID") or party.value("GlobalID") or party.value("ID")
        ),
        endpoint_id=endpoint.value(),
        endpoint_scheme=endpoint.attributes.get("schemeID"),
        identifiers=distinct(
            *(each.value() for each in party.all("SpecifiedTaxRegistration", "ID")),
            *(each.value() for each in party.all("SpecifiedLegalOrganization", "ID")),
            *(each.value() for each in party.all("GlobalID")),
            *(each.value() for each in party.all("ID")),
            endpoint.value(),
        ),
        country=address.value("CountryID"),
        address=", ".join(line for line in lines if line) or None,
        city=address.value("CityName"),
        postalcode=address.value("PostcodeCode"),
        email=party.value("DefinedTradeContact", "EmailURIUniversalCommunication", "URIID"),
    )


def _tax_id(party: Element) -> str | None:
    # VA is the VAT number, FC the local tax number.
    found = [each for each in party.all("SpecifiedTaxRegistration", "ID") if each.text]
    vat = (each for each in found if each.attributes.get("schemeID") == "VA")
    return next((each.value() for each in (*vat, *found)), None)
