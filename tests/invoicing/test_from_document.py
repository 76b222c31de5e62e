"""An e-invoice becomes an invoice of a request: nothing of it is lost in silence, and it comes to the same."""

from __future__ import annotations

import copy
import datetime
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
FILES = {path.name: path.read_bytes() for path in sorted(DOCUMENTS.glob("*.xml"))}


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
def test_an_example_of_the_standard_comes_to_what_it_states(name: str) -> None:
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


OWN_OR_FORMAT = (
    "AccountingSupplierParty/", "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/SellerTradeParty/",
    "CustomizationID", "ProfileID", "ExchangedDocumentContext/", "UBLVersionID", "LineCountNumeric",
)  # fmt: skip
"""What the account knows itself, and what belongs to the format."""
NOT_READ = ("EmbeddedDocumentBinaryObject", "AttachmentBinaryObject")


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
        other = copy.deepcopy(tree)
        element, place = at(other, way)
        if place.startswith(OWN_OR_FORMAT) or place.endswith(NOT_READ):
            continue
        element.text = changed((element.text or "").strip())
        try:
            found = read(ET.tostring(other))
        except UnreadableDocument:
            continue
        if (found.invoice, found.left_out) == (original.invoice, original.left_out):
            unseen.append(f"{place}: {element.text}")

    assert unseen == []


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
