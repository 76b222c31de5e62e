"""UBL 2.x Invoice and CreditNote, read by the terms of EN 16931 (BT-n)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .document_types import CREDIT_NOTES, issuer_of
from .facts import DocumentFacts, Party, UnreadableDocument
from .identifiers import distinct
from .xml import Element, amount, is_in, iso_date, only_of, value_of

if TYPE_CHECKING:
    from decimal import Decimal

NAMESPACES = {
    "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2": "Invoice",
    "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2": "CreditNote",
}


def matches(root: Element) -> bool:
    """Whether the root is a UBL invoice or credit note."""
    return NAMESPACES.get(root.namespace) == root.name


def read(root: Element) -> DocumentFacts:
    """Read the facts of a UBL document.

    Raises:
        UnreadableDocument: number or date are missing, or a date or amount isn't one.
    """
    number = value_of(root.only("ID"))  # BT-1
    if number is None:
        raise UnreadableDocument("The UBL document has no number (cbc:ID).")
    date = iso_date(root.only("IssueDate"))  # BT-2
    if date is None:
        raise UnreadableDocument(f"The UBL document {number} has no date (cbc:IssueDate).")
    code = value_of(root.only("InvoiceTypeCode")) or value_of(root.only("CreditNoteTypeCode"))  # BT-3
    currency = value_of(root.only("DocumentCurrencyCode"))  # BT-5
    return DocumentFacts(
        syntax="ubl",
        kind="credit_note" if root.name == "CreditNote" or code in CREDIT_NOTES else "invoice",
        number=number,
        date=date,
        # BT-9: a credit note has it in the payment means
        due_date=iso_date(root.only("DueDate")) or iso_date(root.first("PaymentMeans", "PaymentDueDate")),
        currency=currency,
        seller=_party(root.single("AccountingSupplierParty", "Party")),
        buyer=_party(root.single("AccountingCustomerParty", "Party")),
        issued_by=issuer_of(
            code, value_of(root.only("CustomizationID")), value_of(root.only("ProfileID"))
        ),  # BT-24, BT-23
        subtotal=_amount(root, currency, "LegalMonetaryTotal", "TaxExclusiveAmount"),  # BT-109
        tax_total=_amount(root, currency, "TaxTotal", "TaxAmount"),  # BT-110
        total=_amount(root, currency, "LegalMonetaryTotal", "TaxInclusiveAmount"),  # BT-112
        payable=_amount(root, currency, "LegalMonetaryTotal", "PayableAmount"),  # BT-115
    )


def _amount(root: Element, currency: str | None, *path: str) -> Decimal | None:
    # A second TaxTotal gives the tax in the accounting currency (BT-111): not ours.
    return amount(only_of([each for each in root.all(*path) if is_in(each, currency)]))


def _party(party: Element) -> Party:
    address = party.find("PostalAddress")
    lines = (address.value("StreetName"), address.value("AdditionalStreetName"))
    endpoint = party.find("EndpointID")
    company_ids = [each.value() for each in party.all("PartyLegalEntity", "CompanyID")]
    # The one with the scheme SEPA is the creditor's reference for direct debits (BT-90).
    other_ids = [
        each.value()
        for each in party.all("PartyIdentification", "ID")
        if each.attributes.get("schemeID", "").upper() != "SEPA"
    ]
    tax_ids = [each.value() for each in party.all("PartyTaxScheme", "CompanyID")]
    return Party(
        name=party.value("PartyLegalEntity", "RegistrationName") or party.value("PartyName", "Name"),
        tax_id=_tax_id(party),
        company_id=next((each for each in (*company_ids, *other_ids) if each), None),
        endpoint_id=endpoint.value(),
        endpoint_scheme=endpoint.attributes.get("schemeID"),
        identifiers=distinct(*tax_ids, *company_ids, *other_ids, endpoint.value()),
        country=address.value("Country", "IdentificationCode"),
        address=", ".join(line for line in lines if line) or address.value("AddressLine", "Line"),
        city=address.value("CityName"),
        postalcode=address.value("PostalZone"),
        email=party.value("Contact", "ElectronicMail"),
    )


def _tax_id(party: Element) -> str | None:
    # Other schemes than VAT stand beside it: Norway's company register, a local tax number.
    schemes = list(party.all("PartyTaxScheme"))
    vat = (scheme for scheme in schemes if scheme.value("TaxScheme", "ID") == "VAT")
    for scheme in (*vat, *schemes):
        if (found := scheme.value("CompanyID")) is not None:
            return found
    return None
