"""Write sample e-invoices: UBL invoices, UBL credit notes and CII, all fictional.

    python examples/sample_invoices.py FOLDER --count 300

The same seed gives the same files, byte for byte. Needs nothing but Python. Companies, people and
numbers are invented: domains end in .example (RFC 2606), location numbers begin with 952, which GS1
keeps for examples, and tax numbers have the shape of the country's but are mostly zeros.

For one invoice of your own: `ubl_invoice(number="A-1", date=...)`, `cii_invoice(...)`.
"""

from __future__ import annotations

import argparse
import datetime
import random
import xml.etree.ElementTree as ET  # only writes: what is read elsewhere goes through defusedxml
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

if TYPE_CHECKING:
    from collections.abc import Iterator

CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Company:
    """A party of an invoice."""

    name: str
    country: str
    tax_id: str
    company_id: str
    gln: str
    street: str
    city: str
    postalcode: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: quantity times price, at one VAT rate in per cent."""

    name: str
    quantity: Decimal
    price: Decimal
    rate: Decimal

    @property
    def net(self) -> Decimal:
        """The line's amount without tax, rounded to cents."""
        return (self.quantity * self.price).quantize(CENT, ROUND_HALF_UP)

    @property
    def category(self) -> str:
        """Standard rated or zero rated (UNCL 5305)."""
        return "S" if self.rate else "Z"


def _gln(number: int) -> str:
    digits = f"952{number:09d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


def _company(number: int, name: str, country: str, street: str, city: str, postalcode: str) -> Company:
    shape = {"ES": "ESB{:08d}", "FR": "FR00{:09d}", "NL": "NL{:09d}B00", "AT": "ATU{:08d}", "IE": "IE{:07d}X",
             "SE": "SE{:010d}01", "DE": "DE{:09d}", "BE": "BE{:010d}", "IT": "IT{:011d}", "PT": "PT{:09d}",
             "PL": "PL{:010d}", "DK": "DK{:08d}"}[country]  # fmt: skip
    mailbox = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())
    return Company(
        name=name,
        country=country,
        tax_id=shape.format(number),
        company_id=f"{number:08d}",
        gln=_gln(number),
        street=street,
        city=city,
        postalcode=postalcode,
        email=f"accounts@{mailbox}.{country.lower()}.example",
    )


SELLERS = (
    _company(11, "Ejemplo Suministros, S.L.", "ES", "Calle del Ejemplo 1", "Barcelona", "08001"),
    _company(12, "Muster & Söhne GmbH", "DE", "Musterstraße 12", "Köln", "50667"),
    _company(13, "Exemple et Fils SARL", "FR", "3 rue de l'Exemple", "Lyon", "69001"),
    _company(14, "Esempio Forniture S.r.l.", "IT", "Via dell'Esempio 4", "Torino", "10121"),
    _company(15, "Voorbeeld Groothandel B.V.", "NL", "Voorbeeldkade 5", "Utrecht", "3511 AA"),
    _company(16, "Voorbeeld België NV", "BE", "Voorbeeldlaan 6", "Antwerpen", "2000"),
    _company(17, "Exemplo & Filhos, Lda.", "PT", "Rua do Exemplo 7", "Porto", "4000-001"),
    _company(18, "Przykład Sp. z o.o.", "PL", "ul. Przykładowa 8", "Kraków", "30-001"),
    _company(19, "Exempel AB", "SE", "Exempelgatan 9", "Malmö", "211 11"),
)  # fmt: skip
BUYERS = (
    _company(51, "Compras de Muestra, S.A.", "ES", "Avenida de la Muestra 51", "Valencia", "46001"),
    _company(52, "Beispiel Handel KG", "DE", "Beispielweg 52", "Bremen", "28195"),
    _company(53, "Modèle Distribution SAS", "FR", "53 avenue du Modèle", "Nantes", "44000"),
    _company(54, "Modello Acquisti S.p.A.", "IT", "Corso Modello 54", "Bologna", "40121"),
    _company(55, "Monster Inkoop B.V.", "NL", "Monsterplein 55", "Groningen", "9711 AA"),
    _company(56, "Échantillon SRL", "BE", "Rue de l'Échantillon 56", "Namur", "5000"),
    _company(57, "Amostra Compras, S.A.", "PT", "Largo da Amostra 57", "Lisboa", "1100-001"),
    _company(58, "Wzór Zakupy S.A.", "PL", "al. Wzorcowa 58", "Gdańsk", "80-001"),
    _company(59, "Prov & Mönster AB", "SE", "Provvägen 59", "Uppsala", "753 10"),
    _company(60, "Muster Einkauf GesmbH", "AT", "Mustergasse 60", "Graz", "8010"),
    _company(61, "Sample Goods Ltd", "IE", "61 Sample Street", "Cork", "T12 0000"),
    _company(62, "Eksempel Indkøb ApS", "DK", "Eksempelvej 62", "Aarhus", "8000"),
)
RATES = {"ES": "21 10 4", "DE": "19 7", "FR": "20 10 5.5 2.1", "IT": "22 10 5 4", "NL": "21 9", "BE": "21 12 6 0",
         "PT": "23 13 6", "PL": "23 8 5", "SE": "25 12 6"}  # fmt: skip
CURRENCIES = {"PL": "PLN", "SE": "SEK"}
PRODUCTS = ("Paper, A4, 500 sheets", "Coffee beans, 1 kg", "Desk lamp", "Network cable <5 m>", "Consulting, hour",
            'Monitor 27"', "Cleaning & care", "Træ, 2 m", "Café crème, 12 un.", "Licence, month")  # fmt: skip
SANDBOX_GLNS = ("9508397101047", "9506215594996", "9500047420799")
"""The sandbox decides by these recipients: registered, then refused, error (behaviour 32)."""


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """An invoice or credit note; its totals follow from its lines."""

    number: str = "F1-00001"
    series: str | None = None
    date: datetime.date = datetime.date(2026, 3, 2)
    due_date: datetime.date | None = datetime.date(2026, 4, 1)
    currency: str = "EUR"
    credit_note: bool = False
    corrects: str | None = None
    seller: Company = SELLERS[0]
    buyer: Company = BUYERS[0]
    lines: tuple[Line, ...] = (
        Line(name="Coffee beans, 1 kg", quantity=Decimal(3), price=Decimal("12.50"), rate=Decimal(10)),
        Line(name="Desk lamp", quantity=Decimal(2), price=Decimal("49.99"), rate=Decimal(21)),
    )

    @property
    def taxes(self) -> list[tuple[str, Decimal, Decimal, Decimal]]:
        """Category, rate, taxable amount and tax, one row for each rate, highest first."""
        rows: list[tuple[str, Decimal, Decimal, Decimal]] = []
        for category, rate in sorted(
            {(each.category, each.rate) for each in self.lines}, key=lambda row: -row[1]
        ):
            base = sum((each.net for each in self.lines if each.rate == rate), Decimal(0))
            rows.append((category, rate, base, (base * rate / 100).quantize(CENT, ROUND_HALF_UP)))
        return rows

    @property
    def net(self) -> Decimal:
        """Total without tax."""
        return sum((line.net for line in self.lines), Decimal("0.00"))

    @property
    def tax(self) -> Decimal:
        """Sum of the taxes of all rates."""
        return sum((tax for _, _, _, tax in self.taxes), Decimal("0.00"))

    @property
    def gross(self) -> Decimal:
        """Total with tax."""
        return self.net + self.tax


class InvoiceFields(TypedDict, total=False):
    """What can be set on an `Invoice`; the rest keeps its default."""

    number: str
    series: str | None
    date: datetime.date
    due_date: datetime.date | None
    currency: str
    credit_note: bool
    corrects: str | None
    seller: Company
    buyer: Company
    lines: tuple[Line, ...]


def ubl_invoice(**fields: Unpack[InvoiceFields]) -> bytes:
    """A UBL 2.1 invoice, or with `credit_note=True` a credit note."""
    return write_ubl(Invoice(**fields))


def cii_invoice(**fields: Unpack[InvoiceFields]) -> bytes:
    """A Cross Industry Invoice (D16B)."""
    return write_cii(Invoice(**fields))


# The trees below are formatted by hand: a line for what is a line in the specification.
# fmt: off
def write_ubl(invoice: Invoice) -> bytes:
    """Write an invoice or credit note as UBL 2.1, shaped by EN 16931."""
    kind = "CreditNote" if invoice.credit_note else "Invoice"
    quantity = "cbc:CreditedQuantity" if invoice.credit_note else "cbc:InvoicedQuantity"
    currency = {"currencyID": invoice.currency}
    due = invoice.due_date.isoformat() if invoice.due_date else None
    root = node(
        kind,
        node("cbc:CustomizationID", "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"),
        node("cbc:ProfileID", "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"),
        node("cbc:ID", invoice.number),
        node("cbc:IssueDate", invoice.date.isoformat()),
        node("cbc:DueDate", due) if due and not invoice.credit_note else None,
        node(f"cbc:{kind}TypeCode", "381" if invoice.credit_note else "380"),
        node("cbc:DocumentCurrencyCode", invoice.currency),
        node("cbc:BuyerReference", "SAMPLE"),
        node("cac:BillingReference", node("cac:InvoiceDocumentReference", node("cbc:ID", invoice.corrects)))
        if invoice.corrects else None,
        node("cac:AccountingSupplierParty", _ubl_party(invoice.seller)),
        node("cac:AccountingCustomerParty", _ubl_party(invoice.buyer)),
        node("cac:PaymentMeans",
             node("cbc:PaymentMeansCode", "1"),
             node("cbc:PaymentDueDate", due) if due and invoice.credit_note else None),
        node("cac:TaxTotal",
             node("cbc:TaxAmount", invoice.tax, **currency),
             *(node("cac:TaxSubtotal",
                    node("cbc:TaxableAmount", base, **currency),
                    node("cbc:TaxAmount", tax, **currency),
                    _ubl_category("cac:TaxCategory", category, rate))
               for category, rate, base, tax in invoice.taxes)),
        node("cac:LegalMonetaryTotal",
             node("cbc:LineExtensionAmount", invoice.net, **currency),
             node("cbc:TaxExclusiveAmount", invoice.net, **currency),
             node("cbc:TaxInclusiveAmount", invoice.gross, **currency),
             node("cbc:PayableAmount", invoice.gross, **currency)),
        *(node(f"cac:{kind}Line",
               node("cbc:ID", position),
               node(quantity, line.quantity, unitCode="C62"),
               node("cbc:LineExtensionAmount", line.net, **currency),
               node("cac:Item",
                    node("cbc:Name", line.name),
                    _ubl_category("cac:ClassifiedTaxCategory", line.category, line.rate)),
               node("cac:Price", node("cbc:PriceAmount", line.price, **currency)))
          for position, line in enumerate(invoice.lines, 1)),
    )
    root.attrib = {
        "xmlns": f"urn:oasis:names:specification:ubl:schema:xsd:{kind}-2",
        "xmlns:cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
        "xmlns:cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    }
    return to_bytes(root)


def _ubl_category(tag: str, category: str, rate: Decimal) -> ET.Element:
    scheme = node("cac:TaxScheme", node("cbc:ID", "VAT"))
    return node(tag, node("cbc:ID", category), node("cbc:Percent", rate), scheme)


def _ubl_party(company: Company) -> ET.Element:
    return node(
        "cac:Party",
        node("cbc:EndpointID", company.gln, schemeID="0088"),
        node("cac:PartyName", node("cbc:Name", company.name)),
        node("cac:PostalAddress",
             node("cbc:StreetName", company.street),
             node("cbc:CityName", company.city),
             node("cbc:PostalZone", company.postalcode),
             node("cac:Country", node("cbc:IdentificationCode", company.country))),
        node("cac:PartyTaxScheme",
             node("cbc:CompanyID", company.tax_id),
             node("cac:TaxScheme", node("cbc:ID", "VAT"))),
        node("cac:PartyLegalEntity",
             node("cbc:RegistrationName", company.name),
             node("cbc:CompanyID", company.company_id)),
        node("cac:Contact", node("cbc:ElectronicMail", company.email)),
    )


def write_cii(invoice: Invoice) -> bytes:
    """Write an invoice or credit note as a Cross Industry Invoice, shaped by EN 16931."""
    root = node(
        "rsm:CrossIndustryInvoice",
        node("rsm:ExchangedDocumentContext",
             node("ram:GuidelineSpecifiedDocumentContextParameter", node("ram:ID", "urn:cen.eu:en16931:2017"))),
        node("rsm:ExchangedDocument",
             node("ram:ID", invoice.number),
             node("ram:TypeCode", "381" if invoice.credit_note else "380"),
             _cii_date("ram:IssueDateTime", invoice.date)),
        node("rsm:SupplyChainTradeTransaction",
             *(_cii_line(position, line) for position, line in enumerate(invoice.lines, 1)),
             node("ram:ApplicableHeaderTradeAgreement",
                  _cii_party("ram:SellerTradeParty", invoice.seller),
                  _cii_party("ram:BuyerTradeParty", invoice.buyer)),
             node("ram:ApplicableHeaderTradeDelivery",
                  node("ram:ActualDeliverySupplyChainEvent", _cii_date("ram:OccurrenceDateTime", invoice.date))),
             _cii_settlement(invoice)),
    )
    standard = "urn:un:unece:uncefact:data:standard"
    root.attrib = {
        "xmlns:rsm": f"{standard}:CrossIndustryInvoice:100",
        "xmlns:ram": f"{standard}:ReusableAggregateBusinessInformationEntity:100",
        "xmlns:udt": f"{standard}:UnqualifiedDataType:100",
    }
    return to_bytes(root)


def _cii_settlement(invoice: Invoice) -> ET.Element:
    return node(
        "ram:ApplicableHeaderTradeSettlement",
        node("ram:InvoiceCurrencyCode", invoice.currency),
        node("ram:SpecifiedTradeSettlementPaymentMeans", node("ram:TypeCode", "1")),
        *(node("ram:ApplicableTradeTax",
               node("ram:CalculatedAmount", tax),
               node("ram:TypeCode", "VAT"),
               node("ram:BasisAmount", base),
               node("ram:CategoryCode", category),
               node("ram:RateApplicablePercent", rate))
          for category, rate, base, tax in invoice.taxes),
        node("ram:SpecifiedTradePaymentTerms", _cii_date("ram:DueDateDateTime", invoice.due_date))
        if invoice.due_date else None,
        node("ram:SpecifiedTradeSettlementHeaderMonetarySummation",
             node("ram:LineTotalAmount", invoice.net),
             node("ram:TaxBasisTotalAmount", invoice.net),
             node("ram:TaxTotalAmount", invoice.tax, currencyID=invoice.currency),
             node("ram:GrandTotalAmount", invoice.gross),
             node("ram:DuePayableAmount", invoice.gross)),
        node("ram:InvoiceReferencedDocument", node("ram:IssuerAssignedID", invoice.corrects))
        if invoice.corrects else None,
    )


def _cii_date(tag: str, day: datetime.date) -> ET.Element:
    return node(tag, node("udt:DateTimeString", day.isoformat().replace("-", ""), format="102"))


def _cii_line(position: int, line: Line) -> ET.Element:
    return node(
        "ram:IncludedSupplyChainTradeLineItem",
        node("ram:AssociatedDocumentLineDocument", node("ram:LineID", position)),
        node("ram:SpecifiedTradeProduct", node("ram:Name", line.name)),
        node("ram:SpecifiedLineTradeAgreement",
             node("ram:NetPriceProductTradePrice", node("ram:ChargeAmount", line.price))),
        node("ram:SpecifiedLineTradeDelivery", node("ram:BilledQuantity", line.quantity, unitCode="C62")),
        node("ram:SpecifiedLineTradeSettlement",
             node("ram:ApplicableTradeTax",
                  node("ram:TypeCode", "VAT"),
                  node("ram:CategoryCode", line.category),
                  node("ram:RateApplicablePercent", line.rate)),
             node("ram:SpecifiedTradeSettlementLineMonetarySummation", node("ram:LineTotalAmount", line.net))),
    )


def _cii_party(tag: str, company: Company) -> ET.Element:
    return node(
        tag,
        node("ram:Name", company.name),
        node("ram:SpecifiedLegalOrganization", node("ram:ID", company.company_id)),
        node("ram:DefinedTradeContact",
             node("ram:EmailURIUniversalCommunication", node("ram:URIID", company.email))),
        node("ram:PostalTradeAddress",
             node("ram:PostcodeCode", company.postalcode),
             node("ram:LineOne", company.street),
             node("ram:CityName", company.city),
             node("ram:CountryID", company.country)),
        node("ram:URIUniversalCommunication", node("ram:URIID", company.gln, schemeID="0088")),
        node("ram:SpecifiedTaxRegistration", node("ram:ID", company.tax_id, schemeID="VA")),
    )
# fmt: on


def node(tag: str, *content: ET.Element | Decimal | str | int | None, **attributes: str) -> ET.Element:
    """An XML element with child elements or text. Prefixes are written as they stand; None is left out."""
    element = ET.Element(tag, attributes)
    for each in content:
        if isinstance(each, ET.Element):
            element.append(each)
        elif each is not None:
            element.text = f"{each:f}" if isinstance(each, Decimal) else str(each)
    return element


def to_bytes(root: ET.Element) -> bytes:
    """The document as UTF-8 with a declaration, indented."""
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def samples(
    count: int = 300, *, seed: int = 1, seller: Company | None = None, sandbox_recipients: bool = False
) -> Iterator[tuple[str, bytes]]:
    """File names and contents of sample documents, one after the other.

    Args:
        count: How many documents. Out of ten, one is a UBL credit note, three are CII, six UBL invoices.
        seed: The same seed gives the same documents; another one gives other numbers too.
        seller: Who issues them all. Without one the sellers come from nine countries.
        sandbox_recipients: Address one document in ten to each of `SANDBOX_GLNS` in turn.
    """
    chance = random.Random(seed)  # repeatable on purpose
    last_invoice = None
    for index in range(1, count + 1):
        is_credit_note = index % 10 == 0
        number = f"{'C' if is_credit_note else 'F'}{seed}-{index:05d}"
        invoice = _draw(chance, number, seller or chance.choice(SELLERS))
        if is_credit_note:
            invoice = replace(invoice, credit_note=True, corrects=last_invoice)
        else:
            last_invoice = number
        if sandbox_recipients and index % 10 == 5:
            gln = SANDBOX_GLNS[index // 10 % len(SANDBOX_GLNS)]
            invoice = replace(invoice, buyer=replace(invoice.buyer, gln=gln))
        if index % 10 in (3, 6, 9):
            yield f"{number}-cii.xml", write_cii(invoice)
        else:
            yield f"{number}-ubl.xml", write_ubl(invoice)


def _draw(chance: random.Random, number: str, seller: Company) -> Invoice:
    # Mostly short documents and now and then a long one, as in real life.
    length = 60 if chance.random() < 0.02 else chance.choice((1, 1, 2, 3, 5, 8, 13))
    rates = [Decimal(rate) for rate in RATES[seller.country].split()]
    day = datetime.date(2026, 1, 1) + datetime.timedelta(days=chance.randrange(270))
    return Invoice(
        number=number,
        date=day,
        due_date=day + datetime.timedelta(days=chance.choice((14, 30, 60))),
        currency=CURRENCIES.get(seller.country, "EUR"),
        seller=seller,
        buyer=chance.choice(BUYERS),
        lines=tuple(
            Line(
                name=chance.choice(PRODUCTS),
                quantity=Decimal(chance.randrange(1, 160)) / 4,
                price=Decimal(chance.randrange(50, 50_000)) / 100,
                rate=chance.choice(rates),
            )
            for _ in range(length)
        ),
    )


def write_samples(
    folder: Path | str, count: int = 300, *, seed: int = 1, seller: Company | None = None,
    sandbox_recipients: bool = False,
) -> list[Path]:  # fmt: skip
    """Write sample documents into a folder, made if it isn't there; see `samples`. Returns their paths."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, content in samples(count, seed=seed, seller=seller, sandbox_recipients=sandbox_recipients):
        path = target / name
        path.write_bytes(content)
        written.append(path)
    return written


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write fictional UBL and CII sample invoices.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    by_country = {company.country: company for company in SELLERS}
    parser.add_argument("--seller", choices=sorted(by_country), help="one seller for all, by country")
    parser.add_argument(
        "--sandbox-recipients", action="store_true", help="address some to the sandbox's test GLNs"
    )
    given = parser.parse_args()
    written = write_samples(
        given.folder, given.count, seed=given.seed, seller=by_country.get(given.seller),
        sandbox_recipients=given.sandbox_recipients,
    )  # fmt: skip
    print(
        f"{len(written)} documents, {sum(path.stat().st_size for path in written):,} bytes, in {given.folder}"
    )


if __name__ == "__main__":
    main()
