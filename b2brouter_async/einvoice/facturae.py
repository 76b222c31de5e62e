"""Facturae 3.2, 3.2.1 and 3.2.2, the Spanish syntax, signed (XAdES) or not."""

from __future__ import annotations

from itertools import takewhile

from .facts import DocumentFacts, Issuer, Party, UnreadableDocument
from .identifiers import distinct
from .xml import Element, amount, iso_date, value_of

# The namespaces of the versions differ in everything but this word.
_NAMESPACE_PART = "facturae"
_ISSUERS: dict[str, Issuer] = {"EM": "seller", "RE": "buyer", "TE": "third_party"}
_CORRECTIVE = frozenset({"OR", "CR"})  # original and copy of a "factura rectificativa"


def matches(root: Element) -> bool:
    """Whether the root is a Facturae document, of any version."""
    return root.name == "Facturae" and _NAMESPACE_PART in root.namespace.lower()


def read(root: Element) -> DocumentFacts:
    """Read the facts of a Facturae document.

    A corrective invoice with a negative total is a credit note; one with a positive total replaces or
    raises an invoice, so it is an invoice. Where the total comes to zero the other totals decide, and where all
    do it is a credit note, which takes nothing from anybody. The total is InvoiceTotal: taxes withheld are taken off.

    Raises:
        UnreadableDocument: another version, several invoices, no number or date, or a date or amount
            that isn't one.
    """
    file_header = root.single("FileHeader")
    third = file_header.first("ThirdParty")
    version = file_header.value("SchemaVersion")
    if version is not None and not version.startswith("3.2"):
        raise UnreadableDocument(f"This is Facturae {version[:20]}; only 3.2, 3.2.1 and 3.2.2 are read.")
    invoices = list(root.all("Invoices", "Invoice"))
    if not invoices:
        raise UnreadableDocument("The Facturae file holds no invoice (Invoices/Invoice).")
    if len(invoices) > 1:
        raise UnreadableDocument(
            f"The Facturae file is a batch of {len(invoices)} invoices. One upload must be one invoice, or a "
            "reply could not be told to belong to one of them: split the file."
        )
    invoice = invoices[0]
    header = invoice.single("InvoiceHeader")
    number = value_of(header.only("InvoiceNumber"))
    if number is None:
        raise UnreadableDocument("The Facturae document has no number (InvoiceNumber).")
    issue = invoice.single("InvoiceIssueData")
    date = iso_date(issue.only("IssueDate"))
    if date is None:
        raise UnreadableDocument(f"The Facturae document {number} has no date (IssueDate).")
    totals = invoice.single("InvoiceTotals")
    total = amount(totals.only("InvoiceTotal"))
    corrective = value_of(header.only("InvoiceClass")) in _CORRECTIVE
    return DocumentFacts(
        syntax="facturae",
        kind="credit_note" if corrective and total is not None and not _adds(totals) else "invoice",
        number=number,
        series=value_of(header.only("InvoiceSeriesCode")),
        date=date,
        due_date=iso_date(invoice.first("PaymentDetails", "Installment", "InstallmentDueDate")),
        currency=value_of(issue.only("InvoiceCurrencyCode")),
        seller=_party(root.single("Parties", "SellerParty")),
        buyer=_party(root.single("Parties", "BuyerParty")),
        issued_by=_ISSUERS.get(value_of(file_header.only("InvoiceIssuerType")) or "", "seller"),
        third_party=None if third is None else _party(third),
        subtotal=amount(totals.only("TotalGrossAmountBeforeTaxes")),
        tax_total=amount(totals.only("TotalTaxOutputs")),
        total=total,
        payable=amount(totals.only("TotalExecutableAmount")),
    )


def _adds(totals: Element) -> bool:
    names = ("InvoiceTotal", "TotalGrossAmountBeforeTaxes", "TotalGrossAmount", "TotalTaxOutputs")
    amounts = (amount(totals.only(name)) for name in names)
    return next((each > 0 for each in amounts if each), False)


def _party(party: Element) -> Party:
    entity = party.first("LegalEntity") or party.find("Individual")
    address = entity.first("AddressInSpain") or entity.find("OverseasAddress")
    code, town = post_code_and_town(address.value("PostCodeAndTown") or "")
    country = address.value("CountryCode")
    tax_id = party.value("TaxIdentification", "TaxIdentificationNumber")
    # Offices of public bodies (DIR3) have codes of their own.
    offices = (
        each.value() for each in party.all("AdministrativeCentres", "AdministrativeCentre", "CentreCode")
    )
    full_name = (entity.value("Name"), entity.value("FirstSurname"), entity.value("SecondSurname"))
    return Party(
        name=entity.value("CorporateName") or " ".join(part for part in full_name if part) or None,
        tax_id=tax_id,
        identifiers=distinct(tax_id, *offices),
        country=alpha_2(country) if country else None,
        address=address.value("Address"),
        city=address.value("Town") or town,
        postalcode=address.value("PostCode") or code,
        email=entity.value("ContactDetails", "ElectronicMail"),
    )


def post_code_and_town(text: str) -> tuple[str | None, str | None]:
    """The post code and the town that stand in one text: the words with digits at its beginning, and the rest."""
    words = text.split()
    digits = list(takewhile(lambda word: any(letter.isdigit() for letter in word), words))
    return " ".join(digits) or None, " ".join(words[len(digits) :]) or None


def alpha_2(country: str) -> str:
    """The two letters of a country, or what is written where it isn't known."""
    return _ALPHA_2.get(country, country)


# Facturae writes ISO 3166-1 alpha-3. Europe is translated, anything else stays as it is written.
# fmt: off
_ALPHA_2 = {
    "AND": "AD", "AUT": "AT", "BEL": "BE", "BGR": "BG", "CHE": "CH", "CYP": "CY", "CZE": "CZ",
    "DEU": "DE", "DNK": "DK", "ESP": "ES", "EST": "EE", "FIN": "FI", "FRA": "FR", "GBR": "GB",
    "GRC": "GR", "HRV": "HR", "HUN": "HU", "IRL": "IE", "ISL": "IS", "ITA": "IT", "LIE": "LI",
    "LTU": "LT", "LUX": "LU", "LVA": "LV", "MLT": "MT", "NLD": "NL", "NOR": "NO", "POL": "PL",
    "PRT": "PT", "ROU": "RO", "SRB": "RS", "SVK": "SK", "SVN": "SI", "SWE": "SE", "TUR": "TR",
    "UKR": "UA", "USA": "US",
}
# fmt: on
