"""The example invoices that come with EN 16931's rules: read as another reader reads them, also after changes.

They are in `documents/`, under the EUPL 1.2 that stands beside them.
"""

from __future__ import annotations

import copy
import datetime
import xml.etree.ElementTree as ET  # reads our own copies
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2brouter_async.einvoice import DocumentFacts, UnreadableDocument, detect, read_document
from b2brouter_async.einvoice.lines import read_lines

FILES = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "documents").glob("*.xml"))}
TREES = {name: ET.fromstring(content) for name, content in FILES.items()}

UBL = {
    "number": "{*}ID",
    "date": "{*}IssueDate",
    "currency": "{*}DocumentCurrencyCode",
    "subtotal": "{*}LegalMonetaryTotal/{*}TaxExclusiveAmount",
    "total": "{*}LegalMonetaryTotal/{*}TaxInclusiveAmount",
    "payable": "{*}LegalMonetaryTotal/{*}PayableAmount",
    "tax": "{*}TaxTotal/{*}TaxAmount",
    "seller": "{*}AccountingSupplierParty/{*}Party/{*}PartyLegalEntity/{*}RegistrationName",
    "buyer": "{*}AccountingCustomerParty/{*}Party/{*}PartyLegalEntity/{*}RegistrationName",
    "seller for short": "{*}AccountingSupplierParty/{*}Party/{*}PartyName/{*}Name",
    "buyer for short": "{*}AccountingCustomerParty/{*}Party/{*}PartyName/{*}Name",
}
_TRADE = "{*}SupplyChainTradeTransaction/{*}ApplicableHeaderTrade"
_TOTALS = _TRADE + "Settlement/{*}SpecifiedTradeSettlementHeaderMonetarySummation/{*}"
CII = {
    "number": "{*}ExchangedDocument/{*}ID",
    "date": "{*}ExchangedDocument/{*}IssueDateTime/{*}DateTimeString",
    "currency": _TRADE + "Settlement/{*}InvoiceCurrencyCode",
    "subtotal": _TOTALS + "TaxBasisTotalAmount",
    "total": _TOTALS + "GrandTotalAmount",
    "payable": _TOTALS + "DuePayableAmount",
    "tax": _TOTALS + "TaxTotalAmount",
    "seller": _TRADE + "Agreement/{*}SellerTradeParty/{*}Name",
    "buyer": _TRADE + "Agreement/{*}BuyerTradeParty/{*}Name",
    "seller for short": "{*}nowhere",
    "buyer for short": "{*}nowhere",
}


def paths_of(tree: ET.Element) -> dict[str, str]:
    return CII if tree.tag.endswith("CrossIndustryInvoice") else UBL


def texts(tree: ET.Element, what: str) -> list[ET.Element]:
    return [each for each in tree.iterfind(paths_of(tree)[what]) if (each.text or "").strip()]


def first(tree: ET.Element, what: str) -> str | None:
    found = texts(tree, what)
    return None if not found else " ".join((found[0].text or "").split())


def amount(tree: ET.Element, what: str) -> Decimal | None:
    every = list(tree.iterfind(paths_of(tree)[what]))
    text = (every[0].text or "").strip() if every else ""
    return Decimal(text) if text else None


def agrees(facts: DocumentFacts, tree: ET.Element) -> None:
    """The facts are what a plain reading of the tree gives."""
    number, date = first(tree, "number"), first(tree, "date")
    assert date is not None
    assert " ".join(facts.number.split()) == number
    assert facts.date == datetime.date.fromisoformat(date)
    assert facts.currency == first(tree, "currency")
    assert (facts.subtotal, facts.total, facts.payable) == tuple(
        amount(tree, what) for what in ("subtotal", "total", "payable")
    )
    taxes = [
        each for each in tree.iterfind(paths_of(tree)["tax"]) if each.get("currencyID") == facts.currency
    ]
    assert facts.tax_total == (Decimal(taxes[0].text or "") if taxes else None)
    for party, name in ((facts.seller.name, "seller"), (facts.buyer.name, "buyer")):
        assert party == (first(tree, name) or first(tree, f"{name} for short"))


@pytest.mark.parametrize("name", FILES)
def test_public_examples_are_read(name: str) -> None:
    content, tree = FILES[name], TREES[name]
    facts = read_document(content)
    agrees(facts, tree)
    assert facts.syntax == detect(content) == ("cii" if name.startswith("CII") else "ubl")
    assert facts.kind == ("credit_note" if "creditnote" in name else "invoice")
    assert facts.issued_by == "seller"
    lines = read_lines(content)
    assert lines
    nets = [line.net for line in lines if line.net is not None]
    assert len(nets) == len(lines)
    sums = [
        each.text
        for each in tree.iter()
        if each.tag.rpartition("}")[2] in ("LineExtensionAmount", "LineTotalAmount")
    ]
    assert str(sum(nets)) in sums or sum(nets) in [Decimal(each or "0") for each in sums]


def test_both_syntaxes_of_one_invoice_say_the_same() -> None:
    cii, ubl = (read_document(FILES[name]) for name in ("CII_example1.xml", "ubl-tc434-example1.xml"))
    assert (cii.number, cii.date, cii.due_date, cii.currency) == (
        ubl.number,
        ubl.date,
        ubl.due_date,
        ubl.currency,
    )
    assert (cii.subtotal, cii.tax_total, cii.total, cii.payable) == (
        ubl.subtotal,
        ubl.tax_total,
        ubl.total,
        ubl.payable,
    )
    assert (cii.seller, cii.buyer) == (ubl.seller, ubl.buyer)
    assert read_lines(FILES["CII_example1.xml"])[0].net == read_lines(FILES["ubl-tc434-example1.xml"])[0].net


def test_the_tax_of_another_currency_is_never_taken() -> None:
    for name, own in (("CII_example5.xml", b"TaxTotalAmount"), ("ubl-tc434-example5.xml", b"TaxAmount")):
        facts = read_document(FILES[name])
        assert facts.tax_total == Decimal("675.00")
        without = FILES[name].replace(b'%s currencyID="DKK"' % own, b'%s currencyID="SEK"' % own)
        assert read_document(without).tax_total is None


words = st.sampled_from(
    ["", " ", "0", "-0.00", "1.5", "1e3", "1,5", "2015-02-30", "20150230", "2015-01-09", "20150109", "EUR", "x" * 1_200,
     "381", "389", "261", "Ä €", "1\n2", "\u00a07"]
)  # fmt: skip


@st.composite
def changed(draw: st.DrawFn) -> ET.Element:
    """A public example after some changes of its elements: gone, twice, elsewhere, with another text."""
    tree = copy.deepcopy(TREES[draw(st.sampled_from(sorted(TREES)))])
    for _ in range(draw(st.integers(1, 3))):
        parents = [each for each in tree.iter() if len(each)]
        heads = [each for each in parents if not each.tag.rpartition("}")[2].endswith(("Line", "LineItem"))]
        parent = draw(st.sampled_from(heads))
        place = draw(st.integers(0, len(parent) - 1))
        child = parent[place]
        change = draw(st.sampled_from(["remove", "repeat", "move", "text", "rename"]))
        if change == "remove":
            parent.remove(child)
        elif change == "repeat":
            parent.insert(draw(st.integers(0, len(parent))), copy.deepcopy(child))
        elif change == "move":
            parent.remove(child)
            parent.insert(draw(st.integers(0, len(parent))), child)
        elif change == "rename":
            child.tag = draw(st.sampled_from([each.tag for each in tree]))
        else:
            leaf = draw(st.sampled_from([each for each in child.iter() if not len(each)]))
            leaf.text = draw(words)
    return tree


@pytest.mark.parametrize(
    ("name", "repeated"),
    [
        ("ubl-tc434-example1.xml", "<cbc:ID>OTHER</cbc:ID>"),
        ("ubl-tc434-example1.xml", "<cbc:IssueDate>2020-01-01</cbc:IssueDate>"),
        ("ubl-tc434-example1.xml", "<cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode>"),
        (
            "ubl-tc434-example1.xml",
            '<cac:LegalMonetaryTotal><cbc:PayableAmount currencyID="EUR">1</cbc:PayableAmount></cac:LegalMonetaryTotal>',
        ),
        (
            "ubl-tc434-example1.xml",
            '<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">1.00</cbc:TaxAmount></cac:TaxTotal>',
        ),
    ],
)
def test_what_is_told_twice_in_two_ways_is_refused(name: str, repeated: str) -> None:
    content = FILES[name].replace(b"</Invoice>", repeated.encode() + b"</Invoice>")
    with pytest.raises(UnreadableDocument, match=r"is there more than once, as '.*' and as '.*'"):
        read_document(content)
    assert read_document(FILES[name]).number == "12115118"


@settings(max_examples=250)
@given(changed())
def test_a_changed_example_is_read_as_it_stands_or_refused_in_a_sentence(tree: ET.Element) -> None:
    content = ET.tostring(tree, encoding="utf-8", xml_declaration=True)
    try:
        facts = read_document(content)
    except UnreadableDocument as error:
        assert 10 < len(error.reason) < 300  # noqa: PT017
        assert "\n" not in error.reason  # noqa: PT017
        assert error.reason.endswith((".", ")"))  # noqa: PT017
    else:
        agrees(facts, tree)
