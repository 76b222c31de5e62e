"""An e-invoice becomes an invoice of a request: nothing of it is lost in silence, and it comes to the same."""

from __future__ import annotations

import copy
import datetime
import re
import xml.etree.ElementTree as ET  # reads our own copies
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from b2brouter_async import B2Brouter
from b2brouter_async.einvoice import UnreadableDocument
from b2brouter_async.invoicing import FromDocument, Rounding
from b2brouter_async.models import InvoiceContactInput, InvoiceInput, InvoiceLineInput
from b2brouter_async.simulator import ACCOUNTS, Simulator
from examples.sample_invoices import SELLERS
from tests.einvoice.envelopes import envelope
from tests.einvoice.samples import cii_invoice, facturx_pdf, ubl_invoice

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = Path(__file__).parents[1] / "einvoice" / "documents"
STANDARD = {path.name: path.read_bytes() for path in sorted(DOCUMENTS.glob("*.xml"))}
"""The examples of EN 16931."""
OWN = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "documents").glob("*.xml"))}
"""Facturae and FatturaPA with much of what they can say, invented."""
FILES = STANDARD | OWN


def read(content: bytes, **options: Any) -> FromDocument[InvoiceInput]:
    return InvoiceInput.from_document(content, **options)


def places(found: FromDocument[InvoiceInput]) -> list[str]:
    return [one.place for one in found.left_out]


def lines_of(invoice: InvoiceInput) -> list[InvoiceLineInput]:
    return [one for one in invoice.invoice_lines_attributes or () if isinstance(one, InvoiceLineInput)]


def contact_of(invoice: InvoiceInput) -> InvoiceContactInput:
    assert isinstance(invoice.contact, InvoiceContactInput)
    return invoice.contact


def refused(content: bytes, **options: Any) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        read(content, **options)
    return caught.value.reason


# It comes to the same


@pytest.mark.parametrize("name", FILES)
def test_an_invoice_comes_to_what_its_document_states(name: str) -> None:
    found = read(FILES[name])

    totals = found.invoice.totals(found.rounding)
    assert totals == found.totals
    assert (totals.net, totals.tax, totals.total, totals.payable) == (
        found.facts.subtotal,
        found.facts.tax_total,
        found.facts.total,
        found.facts.payable,
    )
    assert found.rounding == Rounding()


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 2), ("KWD", 2), ("USD", None)])
def test_amounts_of_a_currency_without_cents_are_in_cents_where_the_document_has_them(
    currency: str, digits: int | None
) -> None:
    """EN 16931 writes two digits of any currency."""
    found = read(STANDARD["ubl-tc434-example1.xml"].replace(b"EUR", currency.encode()))
    assert found.totals.total == read(STANDARD["ubl-tc434-example1.xml"]).totals.total
    assert found.rounding == Rounding(digits=digits)


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("ubl-tc434-example1.xml", b"LegalMonetaryTotal"),
        ("CII_example5.xml", b"SpecifiedTradeSettlementHeaderMonetarySummation"),
        ("facturae-services.xml", b"InvoiceTotals"),
    ],
)
def test_lines_of_a_document_that_states_no_total_prove_nothing(name: str, total: bytes) -> None:
    """What was paid before, or is held back, would be lost with it."""
    before, _, rest = FILES[name].partition(
        b":" + total + b">" if b":" + total in FILES[name] else total + b">"
    )
    without = before.rpartition(b"<")[0] + rest.partition(total + b">")[2]
    assert "It states no total" in refused(without)


@pytest.mark.anyio
@pytest.mark.parametrize("name", FILES)
async def test_the_server_makes_the_same_of_it(name: str) -> None:
    simulator = Simulator(limit=None)
    found = read(FILES[name])
    contact = contact_of(found.invoice)
    if contact.tin_value is None and contact.cin_value is None:
        assert [one.place for one in found.invoice.problems() if one.stops] == ["contact"]
        contact.tin_value = "NL820098395B01"  # these examples don't tell who the buyer is
    async with B2Brouter(
        simulator.api_key,
        base_url=simulator.base_url,
        http_client=httpx.AsyncClient(transport=simulator.transport()),
        account=ACCOUNTS[0]["id"],
    ) as client:
        made = await client.invoices.create(invoice=found.invoice)

    assert (made.subtotal, made.total, made.payable_amount) == (
        found.facts.subtotal,
        found.facts.total,
        found.facts.payable,
    )
    assert (made.number, made.date, made.currency) == (
        found.facts.number,
        found.facts.date,
        found.facts.currency,
    )


@pytest.mark.parametrize(
    ("path", "amount", "said"),
    [
        ("{*}LegalMonetaryTotal/{*}TaxInclusiveAmount", "1801.77", "TaxInclusiveAmount is 1801.77"),
        ("{*}LegalMonetaryTotal/{*}TaxExclusiveAmount", "1436.05", "they come to 1436.50"),
        (
            "{*}LegalMonetaryTotal/{*}PayableAmount",
            "1801.78",
            "PayableAmount is 1801.78, and they come to 801.78",
        ),
        ("{*}LegalMonetaryTotal/{*}AllowanceTotalAmount", "0.00", "AllowanceTotalAmount is 0.00"),
        ("{*}TaxTotal/{*}TaxAmount", "365.29", "TaxAmount is 365.29"),
        ("{*}TaxTotal/{*}TaxSubtotal/{*}TaxableAmount", "1460.51", "the base of VAT 25 % S is 1460.51"),
        ("{*}InvoiceLine/{*}LineExtensionAmount", "1272.99", "they come to"),
    ],
)
def test_a_document_that_comes_to_something_else_is_refused(path: str, amount: str, said: str) -> None:
    tree = ET.fromstring(FILES["ubl-tc434-example2.xml"])
    set_text(tree, path, amount)

    reason = refused(ET.tostring(tree))

    assert said in reason
    assert "upload the document itself" in reason


def test_rounding_is_told_where_the_account_has_to_round_otherwise() -> None:
    """Two lines of 0.335 are 0.67; rounded before they are added up, they are 0.68."""
    content = ubl_invoice()
    tree = ET.fromstring(content)
    line = tree.findall("{*}InvoiceLine")[0]
    set_text(line, "{*}InvoicedQuantity", "1")
    set_text(line, "{*}LineExtensionAmount", "0.335")
    set_text(line, "{*}Price/{*}PriceAmount", "0.335")
    tree.remove(tree.findall("{*}InvoiceLine")[1])
    second = copy.deepcopy(line)
    tree.append(second)
    total = tree.findall("{*}TaxTotal")[0]
    total.remove(total.findall("{*}TaxSubtotal")[0])
    for path, value in {
        "{*}TaxTotal/{*}TaxAmount": "0.07",
        "{*}TaxTotal/{*}TaxSubtotal/{*}TaxableAmount": "0.68",
        "{*}TaxTotal/{*}TaxSubtotal/{*}TaxAmount": "0.07",
        "{*}LegalMonetaryTotal/{*}LineExtensionAmount": "0.68",
        "{*}LegalMonetaryTotal/{*}TaxExclusiveAmount": "0.68",
        "{*}LegalMonetaryTotal/{*}TaxInclusiveAmount": "0.75",
        "{*}LegalMonetaryTotal/{*}PayableAmount": "0.75",
    }.items():
        set_text(tree, path, value)

    found = read(ET.tostring(tree))

    assert found.rounding == Rounding(round_before_sum=True)
    assert found.totals.net == Decimal("0.68")
    assert found.invoice.totals().net == Decimal("0.67")


def set_text(element: ET.Element, path: str, value: str) -> None:
    found = element.find(path)
    assert found is not None
    found.text = value


# Nothing is lost in silence


def leaves(tree: ET.Element, way: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Yield the way to every element that has a text."""
    if (tree.text or "").strip():
        yield way
    for index, child in enumerate(tree):
        yield from leaves(child, (*way, index))


def first_and_last(tree: ET.Element) -> list[tuple[int, ...]]:
    """Return the ways to elements with a text: of those at the same place of several lines, the first and the last."""
    found: dict[str, list[tuple[int, ...]]] = {}
    for way in leaves(tree):
        found.setdefault(at(tree, way)[1], []).append(way)
    return sorted({one for ways in found.values() for one in (ways[0], ways[-1])})


def at(tree: ET.Element, way: tuple[int, ...]) -> tuple[ET.Element, str]:
    names: list[str] = []
    for index in way:
        tree = tree[index]
        names.append(tree.tag.rpartition("}")[2])
    return tree, "/".join(names)


def with_text(tree: ET.Element, element: ET.Element, text: str) -> bytes:
    """The document with another text in one of its elements; the tree is left as it was."""
    before, element.text = element.text, text
    try:
        return bytes(ET.tostring(tree))
    finally:
        element.text = before


OWN_OR_FORMAT = (
    "AccountingSupplierParty/", "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/SellerTradeParty/",
    "CustomizationID", "ProfileID", "ExchangedDocumentContext/", "UBLVersionID", "LineCountNumeric",
    "FileHeader/SchemaVersion", "FileHeader/Modality", "FileHeader/Batch/", "Parties/SellerParty/",
    "FatturaElettronicaHeader/CedentePrestatore/", "FatturaElettronicaHeader/DatiTrasmissione/IdTrasmittente/",
    "FatturaElettronicaHeader/DatiTrasmissione/ProgressivoInvio",
    "FatturaElettronicaHeader/DatiTrasmissione/FormatoTrasmissione",
)  # fmt: skip
"""What the account knows itself, and what belongs to the format."""
NOT_READ = ("EmbeddedDocumentBinaryObject", "AttachmentBinaryObject")
FOLLOWS = ("PersonTypeCode", "ResidenceTypeCode", "CorrectionMethodDescription", "CondizioniPagamento")
"""What the number, the address, the code and the parts beside it say, too."""


def changed(text: str) -> str:
    """Another value of the same kind."""
    kind = {"true": "false", "false": "true", "VAT": "GST", "S": "AA", "Z": "E", "E": "Z"}
    if text in kind:
        return kind[text]
    if len(text) == 10 and text[4] == "-":
        return (datetime.date.fromisoformat(text) + datetime.timedelta(1)).isoformat()
    if len(text) == 8 and text.isdigit() and text.startswith("20"):
        return str(int(text) + 1)
    try:
        return str(Decimal(text) + 1)
    except ArithmeticError:
        return f"{text}7"


@pytest.mark.parametrize("name", FILES)
def test_whatever_is_changed_in_a_document_is_seen_in_what_is_made_of_it(name: str) -> None:
    """Each text of the document in turn: the invoice is another, or what was left out is, or it is refused."""
    original = read(FILES[name])
    tree = ET.fromstring(FILES[name])
    unseen: list[str] = []
    for way in first_and_last(tree):
        element, place = at(tree, way)
        if place.startswith(OWN_OR_FORMAT) or place.endswith(NOT_READ + FOLLOWS):
            continue
        text = changed((element.text or "").strip())
        try:
            found = read(with_text(tree, element, text))
        except UnreadableDocument:
            continue
        if (found.invoice, found.left_out) == (original.invoice, original.left_out):
            unseen.append(f"{place}: {text}")

    assert unseen == []


@pytest.mark.parametrize("text", ["?", "1/3", "NaN", "9" * 63])
@pytest.mark.parametrize("name", OWN)
def test_nonsense_in_a_document_is_refused_in_a_sentence_or_carried_along(name: str, text: str) -> None:
    """From strangers anything may come: nothing but a refusal leaves the reader."""
    tree = ET.fromstring(FILES[name])
    read_at_all = 0
    for way in first_and_last(tree):
        try:
            read(with_text(tree, at(tree, way)[0], text))
            read_at_all += 1
        except UnreadableDocument:
            continue
    assert read_at_all > 0


@pytest.mark.parametrize("name", FILES)
def test_whatever_is_put_into_a_document_is_listed(name: str) -> None:
    """Elements that nobody has heard of, at every place."""
    tree = ET.fromstring(FILES[name])
    put: dict[str, str] = {}
    for way in sorted({way[:-1] for way in first_and_last(tree)}):
        element, place = at(tree, way)
        if not f"{place}/".startswith(OWN_OR_FORMAT):
            put[f"surprise {len(put)}."] = place
            ET.SubElement(element, "Unheard").text = f"surprise {len(put) - 1}."

    told = "; ".join(one.value for one in read(ET.tostring(tree)).left_out)

    assert [place for text, place in put.items() if text not in told] == []


# What goes where


CARRIED = {
    "type": "IssuedInvoice",
    "number": "TOSL110",
    "contact": {
        "name": "Buyercompany ltd",
        "tin_value": "DK16356607",
        "cin_value": "DK16356607",
        "party_identification": "5790000436057",
        "address": "Anystreet, Building 1",
        "address2": "5th floor",
        "city": "Anytown",
        "postalcode": "101",
        "province": "Jutland",
        "country": "dk",
        "email": "john.hansen@buyercompany.dk",
    },
    "date": "2013-04-10",
    "due_date": "2013-05-10",
    "invoicing_period_start": "2013-03-10",
    "invoicing_period_end": "2013-04-10",
    "currency": "DKK",
    "type_code": "380",
    "buyer_reference": "qwerty",
    "file_reference": "Project345",
    "ponumber": "PO4711",
    "sales_order_reference": "123",
    "receiving_advice_reference": "3544",
    "delivery_note_number": "5433",
    "contract_number": "2013-05",
    "buyer_accounting_reference": "67543",
    "customer_contact_person": "John Hansen",
    "payments_on_account": Decimal("2337.5"),
    "payment_terms": "50% prepaid, 50% within one month",
    "remittance_information": "Payref1",
    "mandate_reference_identifier": "123456",
    "delivery_party_name": "Logistic service Ltd",
    "delivery_location_id": "5790000436068",
    "delivery_date": "2013-04-15",
    "delivery_address": "Deliverystreet",
    "delivery_address2": "Gate 15",
    "delivery_postalcode": "9000",
    "delivery_city": "Deliverycity",
    "delivery_province": "Jutland",
    "delivery_country": "dk",
}
"""What example 5 says in UBL and in CII alike."""
LINE = {
    "quantity": Decimal(1000),
    "price": Decimal(1),
    "base_quantity": Decimal(1),
    "description": "Printing paper",
    "unit": 1,
    "taxes_attributes": [{"name": "BTW", "percent": Decimal(25), "category": "S"}],
    "article_code": "JB007",
    "article_code2": "1234567890128",
    "article_code2_scheme": "0088",
    "article_code_buyer": "BUY123",
    "item_origin_country": "NL",
    "buyer_accounting_reference": "ACC7654",
    "notes": "first line",
    "notes2": "Printing paper, 2mm",
    "sequence_number": "1",
    "additional_item_properties_attributes": [{"name": "Thickness", "value": "2 mm"}],
}


@pytest.mark.parametrize("name", ["ubl-tc434-example5.xml", "CII_example5.xml"])
def test_a_document_goes_into_the_fields_of_the_api(name: str) -> None:
    invoice: Any = read(FILES[name]).invoice.to_dict()

    assert {key: invoice.get(key) for key in CARRIED} == CARRIED
    line = invoice["invoice_lines_attributes"][0]
    assert {key: line.get(key) for key in LINE} == LINE
    assert [
        (one["allowance_charge_indicator"], one["amount"]) for one in line["allowance_charges_attributes"]
    ] == [
        ("allowance", 100),
        ("charge", 100),
    ]
    of_all = invoice["allowance_charges_attributes"]
    assert [(one["allowance_charge_indicator"], one["amount"], one["apply_taxes"]) for one in of_all] == [
        ("allowance", 150, True),
        ("charge", 150, True),
    ]
    assert of_all[0]["tax_attributes"] == {"name": "BTW", "percent": 25, "category": "S"}
    assert of_all[0]["description"] == "Loyal customer"


def test_the_other_party_of_a_received_invoice_is_the_seller() -> None:
    found = read(ubl_invoice(), direction="received")

    assert found.invoice.type == "ReceivedInvoice"
    assert contact_of(found.invoice).name == found.facts.seller.name
    assert contact_of(found.invoice).tin_value == found.facts.seller.tax_id
    assert "AccountingCustomerParty/Party" in places(found)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (
            "ubl-tc434-creditnote1.xml",
            "<cac:AccountingSupplierParty>",
            "<cac:BillingReference><cac:InvoiceDocumentReference/></cac:BillingReference><cac:AccountingSupplierParty>",
        ),
        (
            "facturae-correction.xml",
            "<Corrective>.*</Corrective>",
            "<Corrective><ReasonCode>01</ReasonCode></Corrective>",
        ),
    ],
)
def test_a_reference_that_says_nothing_is_none(name: str, old: str, new: str) -> None:
    document, count = re.subn(old, new, FILES[name].decode(), flags=re.DOTALL)
    assert count == 1
    assert read(document.encode()).invoice.invoice_references is None


def test_a_credit_note_keeps_its_signs_and_says_what_it_corrects() -> None:
    found = read(ubl_invoice(credit_note=True, corrects="F1-00000"))

    assert found.invoice.is_credit_note is True
    assert found.totals.total == found.facts.total
    assert found.totals.total > 0
    assert [one.to_dict() for one in found.invoice.invoice_references or () if not isinstance(one, dict)] == [
        {"number": "F1-00000"}
    ]


@pytest.mark.parametrize("form", ["pdf", "envelope"])
def test_what_a_document_is_wrapped_in_makes_no_difference(form: str) -> None:
    if form == "pdf":
        wrapped, plain = facturx_pdf(), cii_invoice()
    else:
        plain = ubl_invoice()
        wrapped = envelope(plain)

    assert read(wrapped).invoice == read(plain).invoice


def test_tax_is_called_what_it_is_called_where_the_seller_is_or_as_is_said() -> None:
    def name(content: bytes, **options: Any) -> str:
        [tax, *_] = lines_of(read(content, **options).invoice)[0].taxes_attributes or ()
        assert not isinstance(tax, dict)
        return tax.name

    assert name(ubl_invoice()) == "IVA"
    assert name(ubl_invoice(seller=SELLERS[2])) == "TVA"
    assert name(ubl_invoice(seller=SELLERS[1])) == "VAT"
    assert name(ubl_invoice(seller=SELLERS[1]), tax_name="USt") == "USt"


def test_a_tax_of_its_own_keeps_its_name() -> None:
    """L is the tax of the Canary Islands, M that of Ceuta and Melilla."""
    content = ubl_invoice().replace(b">S<", b">L<")

    taxes = [one.taxes_attributes for one in lines_of(read(content).invoice)]

    assert [
        [(one.name, one.category) for one in each or () if not isinstance(one, dict)] for each in taxes
    ] == [
        [("IGIC", "S")],
        [("IGIC", "S")],
    ]


@pytest.mark.parametrize(
    ("code", "method", "listed"),
    [
        ("30", 4, False),
        ("49", 2, False),
        ("58", 58, False),
        ("59", 59, False),
        ("54", 54, False),
        ("48", None, True),
        ("1", None, True),
        ("ZZZ", None, True),
    ],
)
def test_a_way_to_pay_is_translated_or_listed(code: str, method: int | None, listed: bool) -> None:
    tree = ET.fromstring(FILES["ubl-tc434-example4.xml"])
    set_text(tree, "{*}PaymentMeans/{*}PaymentMeansCode", code)

    found = read(ET.tostring(tree))

    assert found.invoice.payment_method == method
    assert ("PaymentMeans/PaymentMeansCode" in places(found)) is listed


def test_a_unit_that_the_api_does_not_know_is_other_and_is_listed() -> None:
    found = read(FILES["ubl-tc434-example2.xml"])

    assert lines_of(found.invoice)[4].unit == 6
    [told] = [one for one in found.left_out if one.place == "InvoiceLine[5]/InvoicedQuantity@unitCode"]
    assert told.value == "MTR"
    assert 'the line says "other"' in told.reason


def test_a_line_that_contradicts_itself_is_taken_at_its_net_amount_and_listed() -> None:
    found = read(FILES["ubl-tc434-example1.xml"])

    assert lines_of(found.invoice)[19].extension_amount == Decimal("-109.98")
    [told] = [one for one in found.left_out if one.place == "InvoiceLine[20]/LineExtensionAmount"]
    assert "come to 109.98" in told.reason


@pytest.mark.parametrize("code", ["389", "527"])
def test_a_self_billed_document_is_refused(code: str) -> None:
    assert "self-billing" in refused(ubl_invoice().replace(b">380<", f">{code}<".encode()))


def test_what_is_left_out_says_itself_in_a_line() -> None:
    [told] = [one for one in read(ubl_invoice()).left_out if one.place.startswith("AccountingSupplierParty")]

    assert str(told).startswith(
        "AccountingSupplierParty/Party 'Ejemplo Suministros, S.L.': the account stands in"
    )


def test_a_facturae_goes_into_the_fields_of_the_api() -> None:
    invoice: Any = read(OWN["facturae-services.xml"]).invoice.to_dict()

    first, second, third = invoice.pop("invoice_lines_attributes")
    assert invoice == {
        "type": "IssuedInvoice",
        "number": "7",
        "series_code": "S",
        "contact": {
            "name": "Ayuntamiento de la Muestra",
            "tin_value": "ESP0000051A",
            "party_identification": "77",
            "address": "Plaza de la Muestra 1",
            "postalcode": "46001",
            "city": "Valencia",
            "province": "Valencia",
            "country": "es",
            "email": "facturas@muestra.example",
        },
        "date": "2026-11-03",
        "due_date": "2026-12-03",
        "tax_point_date": "2026-10-31",
        "invoicing_period_start": "2026-10-01",
        "invoicing_period_end": "2026-10-31",
        "currency": "EUR",
        "language": "es",
        "file_reference": "EXP-5",
        "receiver_contract_reference": "CON-9",
        "extra_info": "Trabajos de octubre\nGracias",
        "legal_literals": "Operación con retención",
        "amounts_withheld": Decimal("61.15"),
        "amounts_withheld_reason": "Garantía",
        "payments_on_account": Decimal("100.00"),
        "payment_method": 4,
        "bank_account": {"type": "iban", "iban": "ES9121000418450200051332"},
        "payment_dues_attributes": [
            {"due_date": "2026-12-03", "amount": Decimal("1000.00")},
            {"due_date": "2027-01-03", "amount": Decimal("500.00")},
        ],
        "accounting_unit": "L01000001",
        "managing_unit": "L01000002",
        "processing_unit": "L01000003",
    }
    assert first["taxes_attributes"] == [
        {"name": "IVA", "percent": 21, "category": "S"},
        {"name": "IRPF", "percent": -15},
    ]
    assert (first["unit"], second["unit"]) == (2, 6)
    assert first["extension_amount"] == Decimal("1330.10")  # what is before is not in whole cents
    assert "extension_amount" not in second
    assert third["taxes_attributes"] == [
        {"name": "IVA", "percent": 0, "category": "E", "comment": "Exenta por el artículo 20"}
    ]


def test_a_spanish_correction_keeps_its_negative_amounts_and_its_surcharge() -> None:
    found = read(OWN["facturae-correction.xml"])

    assert found.totals.total == Decimal("-113.58")
    assert found.invoice.is_amend is True
    assert found.invoice.is_credit_note is None
    written: Any = found.invoice.to_dict()
    assert written["invoice_references"] == [
        {
            "number": "41",
            "invoicing_period_start": "2026-07-01",
            "invoicing_period_end": "2026-09-30",
            "reason": "Detalle Operación",
        }
    ]
    assert [(one.name, one.percent, one.amount) for one in found.totals.taxes] == [
        ("IVA", 21, Decimal("-18.90")),
        ("RE", Decimal("5.2"), Decimal("-4.68")),
    ]
    contact = contact_of(found.invoice)
    assert (contact.name, contact.country, contact.postalcode, contact.city) == (
        "Marie Modèle",
        "fr",
        "44000",
        "Nantes",
    )


def test_a_fatturapa_goes_into_the_fields_of_the_api() -> None:
    invoice: Any = read(OWN["fatturapa-professional.xml"]).invoice.to_dict()

    first, second = invoice.pop("invoice_lines_attributes")
    assert invoice == {
        "type": "IssuedInvoice",
        "number": "12/P",
        "contact": {
            "name": "Modello Acquisti S.p.A.",
            "tin_value": "IT00000000054",
            "cin_value": "00000000054",
            "address": "Corso Modello 54",
            "postalcode": "40121",
            "city": "Bologna",
            "province": "BO",
            "country": "it",
            "recipient_code": "ABC1234",
        },
        "date": "2026-11-05",
        "due_date": "2026-12-05",
        "currency": "EUR",
        "type_code": "TD06",
        "ponumber": "OA-2",
        "contract_number": "CT-3",
        "delivery_note_number": "DDT-8",
        "delivery_note_date": "2026-10-30",
        "extra_info": "Prestazioni di ottobre\ncome da incarico",
        "amounts_withheld": Decimal("188.00"),
        "amounts_withheld_reason": "RT01 20.00 % A",
        "payment_method": 4,
        "bank_account": {"type": "iban", "iban": "IT60X0542811101000000123456"},
        "payment_dues_attributes": [
            {"due_date": "2026-12-05", "amount": Decimal("600.00")},
            {"due_date": "2027-01-05", "amount": Decimal("454.67")},
        ],
        "allowance_charges_attributes": [
            {
                "allowance_charge_indicator": "charge",
                "amount": Decimal("37.60"),
                "description": "Cassa TC04 4.00 %",
                "apply_taxes": True,
                "tax_attributes": {"name": "IVA", "category": "S", "percent": 22},
            }
        ],
    }
    assert [one["amount"] for one in first["allowance_charges_attributes"]] == [50, 10]
    assert first["additional_item_properties_attributes"] == [{"name": "COMMESSA", "value": "C-44"}]
    assert second["taxes_attributes"] == [{"name": "IVA", "percent": 0, "comment": "N1"}]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("facturae-services.xml", "<TaxTypeCode>04<", "<TaxTypeCode>20<", "a tax of type '20'"),
        (
            "facturae-services.xml",
            "<TotalExecutableAmount>",
            "<TotalReimbursableExpenses>5.00</TotalReimbursableExpenses><TotalExecutableAmount>",
            "It has TotalReimbursableExpenses",
        ),
        (
            "facturae-services.xml",
            "<TotalGrossAmountBeforeTaxes>",
            "<GeneralDiscounts><Discount><DiscountReason>x</DiscountReason><DiscountAmount>1.00</DiscountAmount></Discount>"
            "</GeneralDiscounts><TotalGrossAmountBeforeTaxes>",
            "beside lines of several taxes",
        ),
        (
            "facturae-services.xml",
            "<InvoiceTotal>1661.15<",
            "<InvoiceTotal>1661.14<",
            "InvoiceTotal is 1661.14",
        ),
        ("facturae-services.xml", "<InvoiceIssuerType>EM<", "<InvoiceIssuerType>TE<", "a third party"),
        ("fatturapa-professional.xml", "<EsigibilitaIVA>I<", "<EsigibilitaIVA>S<", "split payment"),
        ("fatturapa-professional.xml", "<Tipo>SC<", "<Tipo>XX<", "which way the amount goes is not guessed"),
        (
            "fatturapa-professional.xml",
            "<ImportoTotaleDocumento>",
            "<ScontoMaggiorazione><Tipo>SC</Tipo><Importo>1</Importo></ScontoMaggiorazione><ImportoTotaleDocumento>",
            "discount or surcharge of the whole document",
        ),
        ("fatturapa-professional.xml", "TD06", "TD17", "the buyer"),
        (
            "fatturapa-professional.xml",
            "<ImportoPagamento>600.00<",
            "<ImportoPagamento>601.00<",
            "is 1055.67",
        ),
        (
            "ubl-tc434-example2.xml",
            "<cbc:ChargeIndicator>true<",
            "<cbc:ChargeIndicator>yes<",
            "is not guessed",
        ),
        ("CII_example5.xml", "<udt:Indicator>false<", "<udt:Indicator>no<", "is not guessed"),
    ],
)
def test_money_that_the_api_has_no_known_field_for_is_refused(
    name: str, old: str, new: str, said: str
) -> None:
    assert old.encode() in FILES[name]

    assert said in refused(FILES[name].replace(old.encode(), new.encode()))


@pytest.mark.parametrize(("second", "fits"), [("50.00", True), ("49.00", False)])
def test_a_rate_that_is_stated_in_parts_counts_as_their_sum(second: str, fits: bool) -> None:
    content = OWN["fatturapa-professional.xml"].decode()
    part = "<DatiRiepilogo><AliquotaIVA>0.00</AliquotaIVA><Natura>N1</Natura><ImponibileImporto>{}</ImponibileImporto><Imposta>0.00</Imposta>"
    old = part.format("50.00")
    assert old in content
    split = content.replace(old, f"{part.format('0.00')}</DatiRiepilogo>{part.format(second)}")

    if fits:
        assert read(split.encode()).totals.net == Decimal("1027.60")
    else:
        assert "is 49.00, and they come to 50.00" in refused(split.encode())


def test_a_discount_of_the_whole_facturae_goes_with_the_only_rate() -> None:
    content = OWN["facturae-correction.xml"].decode()
    for old, new in (
        ("-90.00</TotalAmount></TaxableBase><TaxAmount>", "-80.00</TotalAmount></TaxableBase><TaxAmount>"),
        ("-18.90", "-16.80"),
        ("<EquivalenceSurcharge>5.20</EquivalenceSurcharge>", ""),
        ("<EquivalenceSurchargeAmount><TotalAmount>-4.68</TotalAmount></EquivalenceSurchargeAmount>", ""),
        ("<TotalGrossAmountBeforeTaxes>-90.00", "<TotalGrossAmountBeforeTaxes>-80.00"),
        ("<TotalTaxOutputs>-23.58", "<TotalTaxOutputs>-16.80"),
        ("-113.58", "-96.80"),
        (
            "<TotalGrossAmountBeforeTaxes>",
            "<GeneralDiscounts><Discount><DiscountReason>Rappel</DiscountReason><DiscountAmount>-10.00</DiscountAmount></Discount>"
            "</GeneralDiscounts><TotalGeneralDiscounts>-10.00</TotalGeneralDiscounts><TotalGrossAmountBeforeTaxes>",
        ),
    ):
        assert old in content
        content = content.replace(old, new)

    found = read(content.encode())

    assert found.totals.allowances == Decimal("-10.00")
    assert found.totals.total == Decimal("-96.80")


# What strangers get wrong


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("ubl-tc434-example1.xml", '<cbc:LineExtensionAmount currencyID="EUR">', "USD"),
        ("ubl-tc434-example1.xml", '<cbc:PriceAmount currencyID="EUR">', "usd"),
        ("ubl-tc434-example1.xml", '<cbc:PayableAmount currencyID="EUR">', "USD"),
        ("CII_example5.xml", "<ram:DuePayableAmount>", "USD"),
        ("CII_example5.xml", "<ram:LineTotalAmount>", "USD"),
    ],
)
def test_an_amount_in_another_currency_is_refused(name: str, old: str, new: str) -> None:
    content = FILES[name].decode()
    assert old in content
    other = old.replace("EUR", new) if "EUR" in old else f'{old[:-1]} currencyID="{new}">'

    assert f"is in {new}, and the invoice in" in refused(content.replace(old, other, 1).encode())


def test_subtotals_of_the_tax_in_the_accounting_currency_are_listed() -> None:
    tree = ET.fromstring(FILES["ubl-tc434-example1.xml"])
    again = copy.deepcopy(tree.find("{*}TaxTotal"))
    assert again is not None
    for amount in again.iter():
        if "currencyID" in amount.attrib:
            amount.attrib["currencyID"] = "SEK"
    tree.insert(list(tree).index(tree.find("{*}LegalMonetaryTotal")), again)  # type: ignore[arg-type]

    found = read(ET.tostring(tree))

    assert found.totals == read(FILES["ubl-tc434-example1.xml"]).totals
    assert [one.reason for one in found.left_out if one.place == "TaxTotal[2]"] == [
        "it is in the accounting currency"
    ]


@pytest.mark.parametrize(
    ("name", "path", "child"),
    [
        ("ubl-tc434-example2.xml", "AdditionalItemProperty", "Value"),
        ("ubl-tc434-creditnote1.xml", "AdditionalItemProperty", "Name"),
        ("CII_example5.xml", "ApplicableProductCharacteristic", "Value"),
        ("CII_example5.xml", "ApplicableProductCharacteristic", "Description"),
        ("fatturapa-professional.xml", "AltriDatiGestionali", "TipoDato"),
    ],
)
def test_a_property_of_an_article_without_name_or_value_is_listed(name: str, path: str, child: str) -> None:
    tree = ET.fromstring(FILES[name])
    whole = next(one for one in tree.iter() if one.tag.endswith(path))
    missing = next(one for one in whole if one.tag.endswith(child))
    whole.remove(missing)
    kept = next(one.text for one in whole)

    assert kept in [one.value for one in read(ET.tostring(tree)).left_out]


WRONG_IBAN = "ES9121000418450200051333"


@pytest.mark.parametrize("number", ["", WRONG_IBAN])
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (
            "ubl-tc434-example2.xml",
            "<cbc:ID>NO9386011117947</cbc:ID>",
            "<cbc:ID>{number}</cbc:ID>",
        ),
        (
            "CII_example5.xml",
            "<ram:IBANID>DK1212341234123412</ram:IBANID>\n                </ram:PayeePartyCreditorFinancialAccount>",
            "<ram:IBANID>{number}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>"
            "<ram:PayeeSpecifiedCreditorFinancialInstitution><ram:BICID>DNBANOKK</ram:BICID>"
            "</ram:PayeeSpecifiedCreditorFinancialInstitution>",
        ),
        (
            "facturae-services.xml",
            "<IBAN>ES9121000418450200051332</IBAN>",
            "<IBAN>{number}</IBAN><BIC>DNBANOKK</BIC>",
        ),
        (
            "fatturapa-professional.xml",
            "<IBAN>IT60X0542811101000000123456</IBAN>",
            "<IBAN>{number}</IBAN><BIC>DNBANOKK</BIC>",
        ),
    ],
)
def test_the_bank_of_an_account_that_is_left_out_is_listed(
    name: str, old: str, new: str, number: str
) -> None:
    document = FILES[name].decode()
    assert old in document

    found = read(document.replace(old, new.format(number=number)).encode())

    assert found.invoice.bank_account is None
    assert "DNBANOKK" in [one.value for one in found.left_out]


def test_a_rate_that_the_summary_does_not_state_is_refused() -> None:
    """A total of the document may be missing in FatturaPA, and then the summary is all that states one."""
    tree = ET.fromstring(OWN["fatturapa-professional.xml"])
    [general] = tree.iter("DatiGeneraliDocumento")
    [goods] = tree.iter("DatiBeniServizi")
    [body] = tree.iter("FatturaElettronicaBody")
    general.remove(general.find("ImportoTotaleDocumento"))  # type: ignore[arg-type]
    goods.remove(goods.findall("DatiRiepilogo")[1])
    body.remove(body.find("DatiPagamento"))  # type: ignore[arg-type]

    assert "ImponibileImporto in all is 977.60, and they come to 1027.60" in refused(ET.tostring(tree))


@pytest.mark.parametrize(
    ("name", "subtotal", "category", "reason", "base"),
    [
        ("ubl-tc434-example2.xml", "TaxSubtotal", "TaxCategory", "TaxExemptionReason", "TaxableAmount"),
        ("CII_example1.xml", "ApplicableTradeTax", ".", "ExemptionReason", "BasisAmount"),
    ],
)
def test_a_second_reason_for_one_rate_is_listed(
    name: str, subtotal: str, category: str, reason: str, base: str
) -> None:
    tree = ET.fromstring(FILES[name])
    parent = next(one for one in tree.iter() if one.find(f"{{*}}{subtotal}/{{*}}{base}") is not None)
    first = next(one for one in parent.findall(f"{{*}}{subtotal}") if one.find(f"{{*}}{base}") is not None)
    holder = first if category == "." else first.find(f"{{*}}{category}")
    assert holder is not None
    space = holder.tag.partition("}")[0] if category == "." else holder[0].tag.partition("}")[0]
    for old in [one for one in holder if "ExemptionReason" in one.tag]:
        holder.remove(old)
    told = ET.Element(f"{space}}}{reason}")
    told.text = "the first reason"
    holder.insert(2, told)
    second = copy.deepcopy(first)
    for one in second.iter():
        if one.tag.endswith(("Amount",)):
            one.text = "0.00"
        if one.text == "the first reason":
            one.text = "the second reason"
    parent.insert(list(parent).index(first) + 1, second)

    found = read(ET.tostring(tree))

    assert [one.reason for one in found.left_out if one.value == "the second reason"] == [
        "another reason is given for the same rate, and the lines don't say which is theirs"
    ]


def test_text_beside_elements_is_listed() -> None:
    content = FILES["ubl-tc434-example1.xml"].decode()
    old = "<cac:PostalAddress>"
    assert old in content

    found = read(content.replace(old, f"{old}beside it").encode())

    assert any(one.endswith("PostalAddress/text()") for one in places(found))
