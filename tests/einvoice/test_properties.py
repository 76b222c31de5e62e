"""For any bytes at all: facts or a reason, never anything else."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2brouter_async.einvoice import DocumentFacts, UnreadableDocument, detect, read_document
from examples.sample_invoices import Line

from .samples import cii_invoice, facturae_invoice, facturx_pdf, fatturapa_invoice, ubl_invoice

XML_DOCUMENTS = [
    ubl_invoice(),
    ubl_invoice(credit_note=True),
    cii_invoice(),
    facturae_invoice(series="A", signed=True),
    fatturapa_invoice(),
]
PDF = facturx_pdf()
SYNTAXES = {"ubl", "cii", "factur-x", "facturae", "fatturapa"}
WRITERS = [ubl_invoice, cii_invoice, facturae_invoice, fatturapa_invoice]

# What XML can carry and a person could call a number: no control characters, no space at the ends.
printable = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), min_size=1, max_size=40
).filter(lambda text: text == text.strip())
days = st.dates(datetime.date(1970, 1, 1), datetime.date(2099, 12, 31))
amounts = st.decimals(Decimal("0.01"), Decimal("9999999.99"), places=2)
lines = st.builds(
    Line,
    name=printable,
    quantity=st.decimals(Decimal("0.25"), Decimal(10_000), places=2),
    price=amounts,
    rate=st.sampled_from([Decimal(rate) for rate in ("0", "2.1", "5.5", "7", "19", "21", "25")]),
)
splinters = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [b"<", b">", b"&", b"<!DOCTYPE x>", b"<a>", b"</a>", b"]]>", b"<!--", b"\x00", b"\xff\xfe", b"=\"", b"1e999",
         b"2026-13-45", b"-", b"xmlns:cbc='x'", b"endobj", b"/Kids 3 0 R", b"99999999 0 R"]
    ),
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, documents: list[bytes]) -> bytes:
    """A sound document after a few cuts, insertions and repeats."""
    content = draw(st.sampled_from(documents))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(len(content), start + draw(st.sampled_from([0, 1, 8, 400])))))
        middle = draw(st.one_of(splinters, st.just(content[start:end] * 2)))
        content = content[:start] + middle + content[end:]
    return content


def ends_well(content: bytes) -> None:
    assert detect(content) in SYNTAXES | {None}
    outcome = facts_or_reason(content)
    if isinstance(outcome, str):
        assert 10 < len(outcome) < 500
    else:
        assert outcome.syntax in SYNTAXES
        assert outcome.number
        assert outcome.direction(["X"]) in {"issued", "received", None}


def facts_or_reason(content: bytes) -> DocumentFacts | str:
    try:
        return read_document(content)
    except UnreadableDocument as error:
        return error.reason


@given(st.binary(max_size=2_000))
def test_any_bytes_end_as_facts_or_a_reason(content: bytes) -> None:
    ends_well(content)


@settings(max_examples=300)
@given(damaged(XML_DOCUMENTS))
def test_a_damaged_document_ends_as_facts_or_a_reason(content: bytes) -> None:
    ends_well(content)


@settings(max_examples=60, deadline=None)
@given(damaged([PDF]))
def test_a_damaged_pdf_ends_as_facts_or_a_reason(content: bytes) -> None:
    ends_well(content)


@given(
    st.sampled_from(XML_DOCUMENTS), st.sampled_from(["utf-8", "utf-16", "utf-32", "iso-8859-1"]), st.data()
)
def test_a_document_under_the_wrong_encoding_ends_as_facts_or_a_reason(
    document: bytes, declared: str, data: st.DataObject
) -> None:
    actual = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp500"]))
    text = document.decode().replace("'UTF-8'", f"'{declared}'")
    ends_well(text.encode(actual))


@pytest.mark.parametrize("write", WRITERS)
@given(number=printable, day=days, content=st.lists(lines, min_size=1, max_size=4), credit_note=st.booleans())
def test_what_was_written_is_what_is_read(
    write: object, number: str, day: datetime.date, content: list[Line], credit_note: bool
) -> None:
    assert callable(write)
    facts = read_document(
        write(number=number, date=day, due_date=day, lines=tuple(content), credit_note=credit_note)
    )
    assert (facts.number, facts.date, facts.due_date) == (number, day, day)
    assert facts.kind == ("credit_note" if credit_note else "invoice")
    expected = sum((line.net for line in content), Decimal(0))
    assert facts.subtotal is not None
    assert abs(facts.subtotal) == expected
    assert facts.total is not None
    assert facts.tax_total is not None
    assert facts.total == facts.subtotal + facts.tax_total


# XML 1.0 (2.2) has no control characters but tab and line ends, no halves of characters, and not the last two.
_NO_CHARACTERS = "".join(map(chr, {*range(0x20), 0xFFFE, 0xFFFF} - {0x9, 0xA, 0xD}))
in_xml = st.characters(exclude_categories=["Cs"], exclude_characters=_NO_CHARACTERS)
near_amounts = st.text(st.sampled_from("0123456789.,+-eE \n\t\u00a0\u0661\u2003") | in_xml, max_size=30)


@given(near_amounts | st.decimals(allow_nan=False, allow_infinity=False).map(str))
def test_an_amount_is_read_exactly_or_named_as_wrong(text: str) -> None:
    escaped = "".join(f"&#{ord(letter)};" for letter in text)
    content = ubl_invoice().replace(b"162.23", escaped.encode())
    plain = re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)", text.strip(" \t\r\n"))
    outcome = facts_or_reason(content)
    if isinstance(outcome, str):
        assert plain is None or len(text.strip(" \t\r\n")) > 64
        assert "TaxInclusiveAmount" in outcome
    else:
        assert outcome.total == (Decimal(text.strip(" \t\r\n")) if text.strip(" \t\r\n") else None)


@given(st.sampled_from(_NO_CHARACTERS), st.booleans())
def test_a_character_that_xml_has_not_makes_no_document(character: str, escaped: bool) -> None:
    written = f"&#{ord(character)};" if escaped else character
    outcome = facts_or_reason(ubl_invoice().replace(b"162.23", f"162.23{written}".encode()))
    assert isinstance(outcome, str)
    assert "not well-formed" in outcome
