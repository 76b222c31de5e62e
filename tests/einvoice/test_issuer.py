"""Who issues a document: its seller, its buyer (self-billing), or a third party for the seller."""

from __future__ import annotations

import pytest

from b2brouter_async.einvoice import DocumentFacts, Issuer, read_document
from examples.sample_invoices import BUYERS, SELLERS

from .samples import cii_invoice, facturae_invoice, facturx_pdf, fatturapa_invoice, ubl_invoice

PEPPOL = b"urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0"


def ubl(code: bytes) -> bytes:
    return ubl_invoice().replace(b"TypeCode>380<", b"TypeCode>%s<" % code)


def cii(code: bytes) -> bytes:
    return cii_invoice().replace(b"TypeCode>380<", b"TypeCode>%s<" % code)


def facturae(issuer: bytes, third: bytes = b"") -> bytes:
    tag = b"</SchemaVersion>"
    return facturae_invoice().replace(
        tag, tag + b"<InvoiceIssuerType>%s</InvoiceIssuerType>%s" % (issuer, third)
    )


def fatturapa(kind: bytes, issuer: bytes = b"", third: bytes = b"") -> bytes:
    written = fatturapa_invoice().replace(b"TD01", kind)
    told = b"<SoggettoEmittente>%s</SoggettoEmittente>" % issuer if issuer else b""
    end = b"</FatturaElettronicaHeader>"
    return written.replace(end, third + told + end)


THIRD_FACTURAE = (
    b"<ThirdParty><TaxIdentification><TaxIdentificationNumber>ESB99999990</TaxIdentificationNumber>"
    b"</TaxIdentification><LegalEntity><CorporateName>Gestores SL</CorporateName></LegalEntity></ThirdParty>"
)
THIRD_FATTURAPA = (
    b"<TerzoIntermediarioOSoggettoEmittente><DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>09999999990"
    b"</IdCodice></IdFiscaleIVA><Anagrafica><Denominazione>Studio</Denominazione></Anagrafica></DatiAnagrafici>"
    b"</TerzoIntermediarioOSoggettoEmittente>"
)


@pytest.mark.parametrize(
    ("content", "issuer"),
    [
        *((ubl(code), "buyer") for code in (b"389", b"527", b"261", b"500", b"501")),
        *((cii(code), "buyer") for code in (b"389", b"527", b"261", b"471", b"473", b"502")),
        *((ubl(code), "seller") for code in (b"380", b"381", b"384", b"386", b"393")),
        (ubl_invoice(credit_note=True).replace(b"TypeCode>381<", b"TypeCode>261<"), "buyer"),
        (ubl_invoice(credit_note=True), "seller"),
        (facturx_pdf(xml=cii(b"389")), "buyer"),
        (ubl_invoice().replace(b"urn:cen.eu:en16931:2017", PEPPOL, 1), "buyer"),
        (cii_invoice().replace(b"urn:cen.eu:en16931:2017", PEPPOL, 1), "buyer"),
        (facturae(b"EM"), "seller"),
        (facturae(b"RE"), "buyer"),
        (facturae(b"TE"), "third_party"),
        *((fatturapa(b"TD%d" % code), "buyer") for code in (16, 17, 18, 19, 20, 28, 29)),
        *((fatturapa(b"TD%d" % code, b"CC"), "buyer") for code in (16, 17, 18, 19, 20)),
        (fatturapa(b"TD01", b"CC"), "buyer"),
        (fatturapa(b"TD01", b"TZ"), "third_party"),
        (fatturapa(b"TD01"), "seller"),
        (fatturapa(b"TD24"), "seller"),
    ],
)
def test_the_document_says_who_issues_it(content: bytes, issuer: Issuer) -> None:
    assert read_document(content).issued_by == issuer


def seller_and_buyer(facts: DocumentFacts) -> tuple[str, str]:
    assert facts.seller.tax_id
    assert facts.buyer.tax_id
    return facts.seller.tax_id, facts.buyer.tax_id


@pytest.mark.parametrize("content", [ubl(b"389"), cii(b"389"), facturae(b"RE"), fatturapa(b"TD17", b"CC")])
def test_the_buyer_of_a_self_billed_document_issues_it_and_the_seller_receives_it(content: bytes) -> None:
    facts = read_document(content)
    seller, buyer = seller_and_buyer(facts)
    assert facts.direction([buyer]) == "issued"
    assert facts.direction([seller]) == "received"
    assert facts.direction([seller, buyer]) is None


@pytest.mark.parametrize(
    ("content", "third"),
    [
        (facturae(b"TE", THIRD_FACTURAE), "B99999990"),
        (fatturapa(b"TD01", b"TZ", THIRD_FATTURAPA), "09999999990"),
    ],
)
def test_a_third_party_issues_for_the_seller(content: bytes, third: str) -> None:
    facts = read_document(content)
    seller, buyer = seller_and_buyer(facts)
    assert facts.direction([third]) == "issued"
    assert facts.direction([seller]) == "issued"
    assert facts.direction([buyer]) == "received"


def test_an_intermediary_that_only_transmits_is_no_issuer() -> None:
    facts = read_document(fatturapa(b"TD01", third=THIRD_FATTURAPA))
    assert facts.issued_by == "seller"
    assert facts.direction(["09999999990"]) is None


UBL = ubl_invoice(seller=SELLERS[0], buyer=BUYERS[1])
CII = cii_invoice(seller=SELLERS[0], buyer=BUYERS[1])
LEGAL = b"<cac:PartyLegalEntity>"
MORE_IDS = (
    b"<cac:PartyIdentification><cbc:ID schemeID='SEPA'>ES99ZZZ1</cbc:ID></cac:PartyIdentification>"
    b"<cac:PartyIdentification><cbc:ID schemeID='0060'>804735132</cbc:ID></cac:PartyIdentification>"
    b"<cac:PartyIdentification><cbc:ID schemeID='0184'>12345674</cbc:ID></cac:PartyIdentification>"
    b"<cac:PartyTaxScheme><cbc:CompanyID>12/345/67890</cbc:CompanyID><cac:TaxScheme><cbc:ID>FC</cbc:ID>"
    b"</cac:TaxScheme></cac:PartyTaxScheme>"
)
MORE_CII_IDS = (
    b"<ram:ID>804735132</ram:ID><ram:GlobalID schemeID='0184'>12345674</ram:GlobalID>"
    b"<ram:GlobalID schemeID='0088'>9520000099998</ram:GlobalID>"
    b"<ram:SpecifiedTaxRegistration><ram:ID schemeID='FC'>12/345/67890</ram:ID></ram:SpecifiedTaxRegistration>"
)


@pytest.mark.parametrize("own", ["804735132", "0184:12345674", "1234567890", "12/345/67890", "ESB00000011"])
@pytest.mark.parametrize(
    "content",
    [
        UBL.replace(LEGAL, MORE_IDS + LEGAL, 1),
        CII.replace(b"<ram:SellerTradeParty>", b"<ram:SellerTradeParty>" + MORE_CII_IDS),
    ],
    ids=["ubl", "cii"],
)
def test_every_identifier_of_a_party_tells_the_direction(content: bytes, own: str) -> None:
    facts = read_document(content)
    assert own.removeprefix("0184:") in facts.seller.identifiers or own == "1234567890"
    assert facts.direction([own]) == "issued"


def test_the_creditor_reference_for_direct_debits_is_no_company() -> None:
    facts = read_document(UBL.replace(LEGAL, MORE_IDS + LEGAL, 1))
    assert "ES99ZZZ1" not in facts.seller.identifiers
    without_number = UBL.replace(b"<cbc:CompanyID schemeID", b"<cbc:X schemeID")
    sepa = MORE_IDS[: MORE_IDS.index(b"<cac:PartyIdentification><cbc:ID schemeID='0060'")]
    assert read_document(without_number.replace(LEGAL, sepa + LEGAL, 1)).seller.company_id != "ES99ZZZ1"


def test_national_syntaxes_give_all_identifiers_too() -> None:
    office = b"<AdministrativeCentres><AdministrativeCentre><CentreCode>L01080193</CentreCode></AdministrativeCentre>"
    tag = b"<LegalEntity>"
    spanish = facturae_invoice()
    cut = spanish.rindex(tag)
    facts = read_document(spanish[:cut] + office + b"</AdministrativeCentres>" + spanish[cut:])
    assert facts.direction(["L01080193"]) == "received"
    italian = read_document(fatturapa_invoice())
    assert italian.seller.company_id
    assert italian.direction([italian.seller.company_id]) == "issued"
