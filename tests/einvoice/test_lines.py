from __future__ import annotations

from decimal import Decimal

import pytest

from b2brouter_async.einvoice import UnreadableDocument, read_document, xml
from b2brouter_async.einvoice.lines import Line, read_lines

from .samples import cii_invoice, facturae_invoice, facturx_pdf, fatturapa_invoice, ubl_invoice

UBL = (
    '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"'
    ' xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"'
    ' xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">'
    "<cbc:ID>1</cbc:ID><cbc:IssueDate>2026-10-14</cbc:IssueDate>{lines}</Invoice>"
)
FULL = """<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="HUR">-2.50</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="EUR">-30.00</cbc:LineExtensionAmount>
<cac:Item><cbc:Description>{text}</cbc:Description><cbc:Name>Work</cbc:Name>
<cac:SellersItemIdentification><cbc:ID>W-1</cbc:ID></cac:SellersItemIdentification>
<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent></cac:ClassifiedTaxCategory></cac:Item>
<cac:Price><cbc:PriceAmount currencyID="EUR">120.00</cbc:PriceAmount><cbc:BaseQuantity>10</cbc:BaseQuantity></cac:Price>
</cac:InvoiceLine>"""
SAMPLE = [
    ("Coffee beans, 1 kg", Decimal(3), Decimal("12.50"), Decimal("37.50"), Decimal(10)),
    ("Desk lamp", Decimal(2), Decimal("49.99"), Decimal("99.98"), Decimal(21)),
]


@pytest.mark.parametrize(
    "content",
    [ubl_invoice(), ubl_invoice(credit_note=True), cii_invoice(), facturx_pdf()],
    ids=["ubl", "ubl credit note", "cii", "factur-x"],
)
def test_lines_are_read_in_their_order(content: bytes) -> None:
    lines = read_lines(content)
    assert [(one.name, one.quantity, one.price, one.net, one.tax_percent) for one in lines] == SAMPLE
    assert {(one.unit, one.tax_category) for one in lines} == {("C62", "S")}


def test_every_field_of_a_ubl_line_is_read_as_it_stands() -> None:
    text = "long " * 1000
    (line,) = read_lines(UBL.format(lines=FULL.format(text=text)).encode())
    assert line == Line(
        name="Work",
        description=text.strip(),
        article="W-1",
        quantity=Decimal("-2.50"),
        unit="HUR",
        price=Decimal("120.00"),
        base_quantity=Decimal(10),
        net=Decimal("-30.00"),
        tax_category="S",
        tax_percent=Decimal(21),
    )


@pytest.mark.parametrize(
    "content",
    [facturae_invoice(), fatturapa_invoice(), UBL.format(lines="").encode(), b"<a/>"],
    ids=["facturae", "fatturapa", "no lines", "no invoice"],
)
def test_a_document_whose_lines_are_not_read_has_none(content: bytes) -> None:
    assert read_lines(content) == []


def test_an_empty_line_has_nothing() -> None:
    assert read_lines(UBL.format(lines="<cac:InvoiceLine/>").encode()) == [Line()]


def test_an_amount_that_is_none_and_too_many_elements_are_unreadable_only_for_who_asks_for_lines() -> None:
    broken = UBL.format(lines=FULL.format(text="x").replace("120.00", "cheap")).encode()
    many = UBL.format(lines="<cac:InvoiceLine/>" * (xml.MAX_KEPT + 1)).encode()
    for content in (broken, many):
        assert read_document(content).number == "1"
        with pytest.raises(UnreadableDocument):
            read_lines(content)


def test_what_unpacks_to_more_than_allowed_is_unreadable() -> None:
    with pytest.raises(UnreadableDocument, match="more than the 100 bytes"):
        read_lines(facturx_pdf(), max_bytes=100)
