"""Each syntax gives its facts, and what is not an invoice gives a reason."""

from __future__ import annotations

import codecs
import copy
import datetime
import pickle
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from b2brouter_async.einvoice import DocumentFacts, Party, UnreadableDocument, detect, read_document
from b2brouter_async.einvoice.facturae import post_code_and_town
from examples.sample_invoices import BUYERS, SELLERS, to_bytes

from .samples import (
    cii_invoice,
    facturae_invoice,
    facturx_pdf,
    fatturapa_invoice,
    ubl_invoice,
)

if TYPE_CHECKING:
    from collections.abc import Callable

WRITERS: dict[str, Callable[..., bytes]] = {
    "ubl": ubl_invoice,
    "cii": cii_invoice,
    "factur-x": facturx_pdf,
    "facturae": facturae_invoice,
    "fatturapa": fatturapa_invoice,
}
every_syntax = pytest.mark.parametrize("syntax", WRITERS)


def reason_for(content: bytes) -> str:
    with pytest.raises(UnreadableDocument) as refused:
        read_document(content)
    return refused.value.reason


@every_syntax
def test_the_head_and_totals_are_read_as_written(syntax: str) -> None:
    facts = read_document(
        WRITERS[syntax](
            number="2026/0042 A",
            date=datetime.date(2026, 7, 31),
            due_date=datetime.date(2026, 8, 30),
            currency="SEK",
        )
    )
    assert facts.syntax == syntax
    assert facts.kind == "invoice"
    assert facts.number == "2026/0042 A"
    assert facts.series is None
    assert facts.date == datetime.date(2026, 7, 31)
    assert facts.due_date == datetime.date(2026, 8, 30)
    assert facts.currency == "SEK"
    assert str(facts.subtotal) == "137.48"
    assert str(facts.tax_total) == "24.75"
    assert str(facts.total) == "162.23"
    assert str(facts.payable) == "162.23"
    assert facts.media_type == ("application/pdf" if syntax == "factur-x" else "application/xml")


@pytest.mark.parametrize("before", [b"", b"\n", codecs.BOM_UTF8])
def test_an_xml_that_speaks_of_pdf_is_none(before: bytes) -> None:
    written = ubl_invoice().replace(b"?>", b"?><!-- made from a %PDF-1.7 -->", 1)
    assert read_document(before + written).syntax == detect(before + written) == "ubl"


@every_syntax
def test_the_syntax_is_detected(syntax: str) -> None:
    assert detect(WRITERS[syntax]()) == syntax


@pytest.mark.parametrize("syntax", ["ubl", "cii", "factur-x"])
def test_all_of_a_party_is_read(syntax: str) -> None:
    facts = read_document(WRITERS[syntax](seller=SELLERS[1], buyer=BUYERS[2]))
    assert facts.seller == Party(
        name="Muster & Söhne GmbH",
        tax_id="DE000000012",
        company_id="00000012",
        endpoint_id="9520000000127",
        endpoint_scheme="0088",
        identifiers=("DE000000012", "00000012", "9520000000127"),
        country="DE",
        address="Musterstraße 12",
        city="Köln",
        postalcode="50667",
        email="accounts@mustershnegmbh.de.example",
    )
    assert facts.buyer.name == "Modèle Distribution SAS"
    assert facts.buyer.tax_id == "FR00000000053"


@every_syntax
def test_a_credit_note_is_told_from_an_invoice(syntax: str) -> None:
    facts = read_document(WRITERS[syntax](credit_note=True))
    assert facts.kind == "credit_note"
    assert facts.total is not None
    # Spain writes negative amounts, everybody else positive ones: neither is changed.
    assert facts.total == Decimal("-162.23" if syntax == "facturae" else "162.23")


def test_a_ubl_invoice_with_a_credit_note_code_is_a_credit_note() -> None:
    written = ubl_invoice().replace(b"TypeCode>380<", b"TypeCode>381<")
    assert read_document(written).kind == "credit_note"


def test_the_due_date_of_a_ubl_credit_note_is_in_its_payment_means() -> None:
    facts = read_document(ubl_invoice(credit_note=True, due_date=datetime.date(2026, 5, 1)))
    assert facts.due_date == datetime.date(2026, 5, 1)


@every_syntax
def test_a_document_without_a_due_date_has_none(syntax: str) -> None:
    assert read_document(WRITERS[syntax](due_date=None)).due_date is None


def test_the_tax_in_the_document_currency_is_taken_not_the_one_in_the_accounting_currency() -> None:
    total = b'<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">2.00</cbc:TaxAmount></cac:TaxTotal>'
    written = ubl_invoice(currency="SEK").replace(b"<cac:TaxTotal>", total + b"<cac:TaxTotal>", 1)
    assert read_document(written).tax_total == Decimal("24.75")
    amount = b'<ram:TaxTotalAmount currencyID="EUR">2.00</ram:TaxTotalAmount>'
    written = cii_invoice(currency="SEK").replace(b"<ram:TaxTotalAmount", amount + b"<ram:TaxTotalAmount", 1)
    assert read_document(written).tax_total == Decimal("24.75")


def test_what_is_payable_may_differ_from_the_total() -> None:
    prepaid = ubl_invoice().replace(
        b'<cbc:PayableAmount currencyID="EUR">162.23<', b"<cbc:PayableAmount>-12.5<"
    )
    facts = read_document(prepaid)
    assert (str(facts.total), str(facts.payable)) == ("162.23", "-12.5")
    prepaid = cii_invoice().replace(b"<ram:DuePayableAmount>162.23<", b"<ram:DuePayableAmount>0<")
    assert (str(read_document(prepaid).total), str(read_document(prepaid).payable)) == ("162.23", "0")
    prepaid = facturae_invoice().replace(b"<TotalExecutableAmount>162.23<", b"<TotalExecutableAmount>0.00<")
    assert (str(read_document(prepaid).total), str(read_document(prepaid).payable)) == ("162.23", "0.00")


def test_the_vat_number_is_preferred_to_another_tax_number() -> None:
    other = b"<cac:PartyTaxScheme><cbc:CompanyID>FORETAK</cbc:CompanyID><cac:TaxScheme><cbc:ID>TAX</cbc:ID>"
    other += b"</cac:TaxScheme></cac:PartyTaxScheme>"
    written = ubl_invoice().replace(b"<cac:PartyTaxScheme>", other + b"<cac:PartyTaxScheme>", 1)
    assert read_document(written).seller.tax_id == "ESB00000011"
    local = (
        b'<ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">12/345</ram:ID></ram:SpecifiedTaxRegistration>'
    )
    tag = b"<ram:SpecifiedTaxRegistration>"
    assert read_document(cii_invoice().replace(tag, local + tag, 1)).seller.tax_id == "ESB00000011"


@pytest.mark.parametrize(
    "written",
    [
        b'<udt:DateTimeString format="203">202603020915</udt:DateTimeString>',
        b'<udt:DateTimeString format="204">20260302091559</udt:DateTimeString>',
        b"<udt:DateTimeString>2026-03-02</udt:DateTimeString>",
        b"<udt:DateTime>2026-03-02T00:00:00+01:00</udt:DateTime>",
    ],
)
def test_cii_dates_are_read_with_and_without_time(written: bytes) -> None:
    plain = b'<udt:DateTimeString format="102">20260302</udt:DateTimeString>'
    assert read_document(cii_invoice().replace(plain, written, 1)).date == datetime.date(2026, 3, 2)


def test_an_iso_date_may_carry_a_zone() -> None:
    written = ubl_invoice().replace(b"IssueDate>2026-03-02<", b"IssueDate>2026-03-02+01:00<")
    assert read_document(written).date == datetime.date(2026, 3, 2)


def test_facturae_keeps_series_and_number_apart() -> None:
    facts = read_document(facturae_invoice(number="17", series="R-26", signed=True))
    assert (facts.series, facts.number) == ("R-26", "17")
    assert facts.seller.country == "ES"
    assert facts.seller.city == "Barcelona"


@pytest.mark.parametrize(
    ("written", "code", "town"),
    [
        ("50667 Köln am Rhein", "50667", "Köln am Rhein"),
        ("1000-205 Lisboa", "1000-205", "Lisboa"),
        ("SW1A 1AA London", "SW1A 1AA", "London"),
        ("D-50667 Köln", "D-50667", "Köln"),
        ("Ciudad de México", None, "Ciudad de México"),
        ("Dublin 2", None, "Dublin 2"),
        ("75001", "75001", None),
    ],
)
def test_a_town_abroad_is_told_from_its_post_code(written: str, code: str | None, town: str | None) -> None:
    assert post_code_and_town(written) == (code, town)


def test_facturae_people_abroad_are_read() -> None:
    written = facturae_invoice().decode()
    start, end = written.rindex("<LegalEntity>"), written.rindex("</LegalEntity>") + len("</LegalEntity>")
    person = (
        "<Individual><Name>Erika</Name><FirstSurname>Mustermann</FirstSurname><OverseasAddress>"
        "<Address>Musterweg 1</Address><PostCodeAndTown>50667 Köln am Rhein</PostCodeAndTown>"
        "<Province>NRW</Province><CountryCode>DEU</CountryCode></OverseasAddress></Individual>"
    )
    buyer = read_document((written[:start] + person + written[end:]).encode()).buyer
    assert (buyer.name, buyer.address) == ("Erika Mustermann", "Musterweg 1")
    assert (buyer.postalcode, buyer.city, buyer.country) == ("50667", "Köln am Rhein", "DE")


def test_a_corrective_facturae_that_adds_is_an_invoice() -> None:
    written = facturae_invoice().replace(b"InvoiceClass>OO<", b"InvoiceClass>OR<")
    assert read_document(written).kind == "invoice"


@pytest.mark.parametrize(
    ("total", "net", "tax", "kind"),
    [
        ("-0.00", "-0.00", "-0.00", "credit_note"),
        ("0.00", "0.00", "0.00", "credit_note"),
        ("0", "-0.01", "0.01", "credit_note"),
        ("0.00", "0.01", "-0.01", "invoice"),
        ("0.01", "-0.01", "0.02", "invoice"),
    ],
)
def test_a_corrective_facturae_that_comes_to_nothing_is_decided_by_its_other_totals(
    total: str, net: str, tax: str, kind: str
) -> None:
    written = facturae_invoice(credit_note=True).decode()
    for old, new in (("-162.23", total), ("-137.48", net), ("-24.75", tax)):
        assert f">{old}<" in written
        written = written.replace(f">{old}<", f">{new}<")
    assert read_document(written.encode()).kind == kind


def test_fatturapa_gives_the_tax_number_with_its_country_and_the_recipient_code() -> None:
    facts = read_document(fatturapa_invoice(code="ABC1234"))
    assert facts.seller.tax_id == "IT00000000014"
    assert (facts.buyer.endpoint_id, facts.buyer.endpoint_scheme) == ("ABC1234", "0205")
    public = read_document(fatturapa_invoice(version="FPA12", code="UFABCD"))
    assert (public.buyer.endpoint_id, public.buyer.endpoint_scheme) == ("UFABCD", "0201")
    assert facts.seller.endpoint_id is None


def test_a_fatturapa_placeholder_is_no_recipient_code() -> None:
    written = (
        fatturapa_invoice(code="0000000")
        .replace(b"<Email>", b"<Telefono>")
        .replace(b"</Email>", b"</Telefono>")
    )
    buyer = read_document(written).buyer
    assert buyer.endpoint_id is None
    assert buyer.email == "fatture@pec.example"


def test_a_fatturapa_total_that_is_left_out_is_the_sum_of_the_tax_summary() -> None:
    written = fatturapa_invoice().replace(b"<ImportoTotaleDocumento>162.23</ImportoTotaleDocumento>", b"")
    assert read_document(written).total == Decimal("162.23")


def test_only_instalments_of_a_fatturapa_add_up() -> None:
    detail = b"<DettaglioPagamento><ImportoPagamento>100.00</ImportoPagamento></DettaglioPagamento></DatiPagamento>"
    two = fatturapa_invoice().replace(b"</DatiPagamento>", detail)
    assert read_document(two).payable == Decimal("162.23")
    assert read_document(two.replace(b"TP02", b"TP01")).payable == Decimal("262.23")
    block = (
        b"<DatiPagamento><DettaglioPagamento><ImportoPagamento>1.50</ImportoPagamento></DettaglioPagamento>"
    )
    more = two.replace(b"<DatiPagamento>", block + b"</DatiPagamento><DatiPagamento>")
    assert read_document(more).payable == Decimal("163.73")
    assert read_document(two.replace(b"DatiPagamento", b"Altro")).payable is None


def test_the_embedded_xml_of_a_pdf_is_found_by_its_name_in_any_case() -> None:
    assert read_document(facturx_pdf(name="ZUGFeRD-invoice.xml", number="Z-1")).number == "Z-1"
    assert read_document(facturx_pdf(name="something.xml", number="Z-2")).number == "Z-2"


def test_the_embedded_xml_of_a_pdf_obeys_the_size_cap_when_unpacked() -> None:
    pdf = facturx_pdf(xml=cii_invoice() + b" " * 50_000, compress=True)
    assert len(pdf) < 20_000
    with pytest.raises(UnreadableDocument, match="20,000 bytes"):
        read_document(pdf, max_bytes=20_000)


SIGNED = bytes.fromhex("30820a0006092a864886f70d010702a0820900") + b"<?xml version='1.0'?>"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b" \n\t ", "nothing but space"),
        (b" " * 600, "nothing but space"),
        (b"hello", "neither XML nor PDF"),
        (b'{"invoice": {}}', "JSON"),
        (b"[1]", "JSON"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x89PNG\r\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\xd0\xcf\x11\xe0\xa1", "Office"),
        (SIGNED, "`openssl cms -verify -noverify -inform DER -in FILE.p7m -out"),
        (
            b"MIIF1gYJKoZIhvcNAQcCoIIFxzCC",
            "`base64 -d FILE.p7m | openssl cms -verify -noverify -inform DER -out",
        ),
        (b"-----BEGIN PKCS7-----", "`openssl cms -verify -noverify -inform PEM -in FILE.p7m -out"),
        (b"<html><body>502</body></html>", "web page"),
        (b"<HTML xmlns='x'/>", "web page"),
        (b"\n<!DOCTYPE HTML><html><br></html>", "web page"),
        (b"<StandardBusinessDocument/>", "SBDH"),
        (b"<AttachedDocument/>", "wrapper"),
        (b"<Signature><Object/></Signature>", "wrapped in a signature"),
        (b"<CrossIndustryDocument/>", "ZUGFeRD 1.0"),
        (b"<FatturaElettronicaSemplificata/>", "FSM10"),
        (b"<SCRDMCCBDACIOMessageStructure/>", "Order-X"),
        (b"<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'/>", "'Order' in 'urn:oasis"),
        (b"<Invoice/>", "'Invoice' without a namespace"),
        (b"<Invoice", "not well-formed"),
        (facturae_invoice(copies=3), "batch of 3 invoices"),
        (facturae_invoice(version="3.1"), "Facturae 3.1"),
        (fatturapa_invoice(copies=2), "lotto of 2 invoices"),
        (fatturapa_invoice(version="FPR13"), "FPR13"),
        (
            b'<p:FatturaElettronica versione="1.1" xmlns:p="http://www.fatturapa.gov.it/sdi/fatturapa/v1.1"/>',
            "This is FatturaPA 1.1; FPR12 and FPA12 are read.",
        ),
        (facturx_pdf(name=None), "no invoice XML inside"),
        (facturx_pdf(name="readme.txt"), "no invoice XML inside"),
        (facturx_pdf(password="secret"), "encrypted"),
        (facturx_pdf(xml=ubl_invoice()), "the PDF's attachment"),
        (facturx_pdf()[:200], "damaged"),
        (b"%PDF-1.7 and nothing else", "damaged"),
    ],
)
def test_what_is_no_readable_invoice_gives_a_reason(content: bytes, says: str) -> None:
    assert says in reason_for(content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (ubl_invoice().replace(b"<cbc:ID>F1-00001</cbc:ID>", b""), "no number (cbc:ID)"),
        (cii_invoice().replace(b"F1-00001", b"  "), "no number (ExchangedDocument/ID)"),
        (facturae_invoice().replace(b"F1-00001", b""), "no number (InvoiceNumber)"),
        (fatturapa_invoice().replace(b"F1-00001", b""), "no number (Numero)"),
        (ubl_invoice().replace(b"IssueDate", b"OtherDate"), "F1-00001 has no date"),
        (cii_invoice().replace(b"IssueDateTime", b"OtherDateTime"), "F1-00001 has no date"),
        (facturae_invoice().replace(b"IssueDate>", b"OtherDate>"), "F1-00001 has no date"),
        (fatturapa_invoice().replace(b"Data>", b"Altra>"), "F1-00001 has no date"),
        (ubl_invoice().replace(b"2026-03-02", b"2026-02-30"), "IssueDate is '2026-02-30'"),
        (ubl_invoice().replace(b"2026-03-02", b"02.03.2026"), "IssueDate is '02.03.2026'"),
        (cii_invoice().replace(b"20260302", b"20260230"), "IssueDateTime is '20260230'"),
        (cii_invoice().replace(b"20260302", b"260302"), "IssueDateTime is '260302'"),
        (ubl_invoice().replace(b"162.23", b"162,23"), "TaxInclusiveAmount is '162,23'"),
        (ubl_invoice().replace(b"162.23", b"1E5"), "TaxInclusiveAmount is '1E5'"),
        (ubl_invoice().replace(b"162.23", b"NaN"), "TaxInclusiveAmount is 'NaN'"),
        (
            facturae_invoice().replace(b"<Invoices>", b"<X>").replace(b"</Invoices>", b"</X>"),
            "holds no invoice",
        ),
        (fatturapa_invoice(copies=0), "holds no invoice"),
    ],
)
def test_a_missing_or_damaged_fact_is_named(content: bytes, says: str) -> None:
    assert says in reason_for(content)


def test_a_missing_amount_is_none_and_not_zero() -> None:
    written = ubl_invoice().replace(b"LegalMonetaryTotal", b"OtherTotal")
    facts = read_document(written)
    assert (facts.subtotal, facts.total, facts.payable) == (None, None, None)


def test_a_document_over_the_size_cap_is_refused_unread() -> None:
    written = ubl_invoice()
    assert isinstance(read_document(written, max_bytes=len(written)), DocumentFacts)
    with pytest.raises(UnreadableDocument, match="raise max_bytes"):
        read_document(written, max_bytes=len(written) - 1)


@pytest.mark.parametrize("content", [b"", b"hello", b"<a/>", b"<Invoice", SIGNED, b"<!DOCTYPE a><a/>"])
def test_nothing_is_detected_in_what_is_no_invoice(content: bytes) -> None:
    assert detect(content) is None


def test_detecting_looks_at_the_root_alone() -> None:
    assert detect(ubl_invoice()[:600]) == "ubl"


def test_an_unreadable_document_is_a_value_error_that_pickles() -> None:
    error = pickle.loads(pickle.dumps(UnreadableDocument("Because.")))
    assert isinstance(error, UnreadableDocument)
    assert issubclass(UnreadableDocument, ValueError)
    assert (error.reason, str(error)) == ("Because.", "Because.")


def test_importing_the_package_imports_no_parser() -> None:
    code = "import sys, b2brouter_async.einvoice; print([m for m in sys.modules if m.split('.')[0] in "
    code += "('defusedxml', 'pypdf', 'xml', 'httpx')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


PARTS = {
    "ubl": ["AccountingSupplierParty", "AccountingCustomerParty"],
    "cii": [
        "SupplyChainTradeTransaction",
        "ApplicableHeaderTradeAgreement",
        "ApplicableHeaderTradeSettlement",
        "SellerTradeParty",
        "BuyerTradeParty",
    ],
    "facturae": [
        "FileHeader",
        "Parties",
        "SellerParty",
        "BuyerParty",
        "InvoiceHeader",
        "InvoiceIssueData",
        "InvoiceTotals",
    ],
    "fatturapa": [
        "FatturaElettronicaHeader",
        "DatiTrasmissione",
        "CedentePrestatore",
        "CessionarioCommittente",
        "DatiGeneraliDocumento",
    ],
}
every_part = pytest.mark.parametrize(
    ("syntax", "part"), [(syntax, part) for syntax, parts in PARTS.items() for part in parts]
)


def with_one_more(content: bytes, part: str, *, empty: bool) -> bytes:
    """A document in which a part stands once more, before itself."""
    root = ET.fromstring(content)
    (parent,) = (each for each in root.iter() if each.find("{*}" + part) is not None)
    it = parent.find("{*}" + part)
    assert it is not None
    parent.insert(list(parent).index(it), ET.Element(it.tag) if empty else copy.deepcopy(it))
    return to_bytes(root)


@every_part
def test_a_part_that_counts_and_is_there_twice_is_refused(syntax: str, part: str) -> None:
    reason = reason_for(with_one_more(WRITERS[syntax](), part, empty=False))
    assert "is there more than once; which one counts, nobody can tell." in reason


@every_part
def test_an_empty_part_before_the_real_one_hides_nothing(syntax: str, part: str) -> None:
    content = WRITERS[syntax]()
    try:
        facts = read_document(with_one_more(content, part, empty=True))
    except UnreadableDocument as refused:
        assert "is there more than once" in refused.reason  # noqa: PT017
    else:
        assert facts == read_document(content)


CODES = {
    "ubl": ["InvoiceTypeCode", "DueDate"],
    "cii": ["TypeCode", "InvoiceCurrencyCode"],
    "facturae": ["InvoiceClass", "InvoiceTotal"],
    "fatturapa": ["TipoDocumento", "Divisa"],
}


@pytest.mark.parametrize(("syntax", "code"), [(syntax, code) for syntax in CODES for code in CODES[syntax]])
def test_a_code_or_day_that_is_there_twice_and_differs_is_refused(syntax: str, code: str) -> None:
    root = ET.fromstring(WRITERS[syntax]())
    parent = next(each for each in root.iter() if each.find("{*}" + code) is not None)
    it = parent.find("{*}" + code)
    assert it is not None
    other = copy.deepcopy(it)
    other.text = "2027-01-01" if code == "DueDate" else "9"
    parent.append(other)
    assert f"{code} is there more than once, as " in reason_for(to_bytes(root))


@pytest.mark.parametrize("inside", ["1{}00", "{}100", "100{}"])
@pytest.mark.parametrize("element", ["<x/>", "<x>7</x>", "<Signature/>"])
@pytest.mark.parametrize(
    ("syntax", "place"),
    [
        ("ubl", "cbc:PayableAmount"),
        ("cii", "ram:GrandTotalAmount"),
        ("facturae", "InvoiceTotal"),
        ("fatturapa", "ImportoTotaleDocumento"),
        ("ubl", "cbc:IssueDate"),
        ("facturae", "InvoiceNumber"),
        ("fatturapa", "Numero"),
    ],
)
@pytest.mark.parametrize("large", [False, True])
def test_a_value_with_an_element_inside_is_refused(
    syntax: str, place: str, element: str, inside: str, large: bool
) -> None:
    text = WRITERS[syntax]().decode()
    found = re.search(rf"(<{place}(?: [^>]*)?>)[^<]*(</{place}>)", text)
    assert found is not None
    broken = text.replace(found[0], f"{found[1]}{inside.format(element)}{found[2]}")
    if large:  # large ones take another way
        broken += "\n" * 70_000
    assert "which text counts, nobody can tell." in reason_for(broken.encode())


def test_an_amount_of_a_document_is_in_its_currency_or_not_taken_for_one() -> None:
    """One in another currency would be taken for a total that the document doesn't have."""
    written = ubl_invoice()
    assert read_document(written.replace(b'"EUR"', b'"eur"')) == read_document(written)
    facts = read_document(
        re.sub(rb'(<cbc:(?:TaxInclusive|Payable)Amount currencyID=")EUR', rb"\1USD", written)
    )
    assert (facts.currency, facts.total, facts.payable) == ("EUR", None, None)
    assert facts.subtotal is not None
