"""Signed envelopes (`.p7m`): the invoice inside is read, however it was packed, and the bytes stay as they are."""

from __future__ import annotations

import base64
import textwrap
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2brouter_async.einvoice import UnreadableDocument, detect, read_document
from b2brouter_async.einvoice.lines import read_lines

from .envelopes import SIGNED_DATA, around, envelope, field, hostile_envelopes
from .samples import cii_invoice, facturae_invoice, facturx_pdf, fatturapa_invoice, ubl_invoice

if TYPE_CHECKING:
    from collections.abc import Callable

# Made by openssl with a key that was thrown away.
FILES = {path.stem: path.read_bytes() for path in (Path(__file__).parent / "signed").glob("*.p7m")}
READABLE = ["der", "streamed", "twice", "mail", "pem"]
XML = fatturapa_invoice()
DER = FILES["der"]
DIGITS = base64.b64encode(DER)


def lines_of(width: int, end: str = "\n") -> bytes:
    return end.join(textwrap.wrap(DIGITS.decode(), width)).encode()


def refused(content: bytes) -> str:
    with pytest.raises(UnreadableDocument) as error:
        read_document(content)
    return error.value.reason


@pytest.mark.parametrize("name", READABLE)
def test_what_openssl_signed_is_read(name: str) -> None:
    facts = read_document(FILES[name])
    assert (facts.syntax, facts.number, str(facts.total)) == ("fatturapa", "F1-00001", "162.23")
    assert facts.media_type == "application/pkcs7-mime"
    assert detect(FILES[name]) == "fatturapa"
    assert detect(FILES[name][:1_500]) == "fatturapa"


@pytest.mark.parametrize(
    "content",
    [
        DIGITS,
        DIGITS + b"\n",
        DIGITS.rstrip(b"="),
        b"\xef\xbb\xbf" + DIGITS,
        b"\r\n\r\n" + DIGITS,
        lines_of(64),
        lines_of(76, "\r\n") + b"\r\n",
        lines_of(60, "\r"),
        lines_of(1),
        b"-----BEGIN PKCS7-----\n" + lines_of(64) + b"\n-----END PKCS7-----\n",
        b"-----BEGIN CMS-----\r\n" + lines_of(64, "\r\n") + b"\r\n-----END CMS-----",
        b"-----BEGIN PKCS #7 SIGNED DATA-----\n" + lines_of(64) + b"\n-----END PKCS #7 SIGNED DATA-----\n",
        b"-----BEGIN PKCS7-----" + DIGITS,
        b"Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: base64\n\n" + lines_of(64),
        base64.b64encode(FILES["streamed"]),
        base64.encodebytes(FILES["twice"]),
        envelope(DIGITS),
        envelope(lines_of(64)),
    ],
    ids=range(18),
)
def test_base64_is_read_in_any_form(content: bytes) -> None:
    assert read_document(content).number == "F1-00001"
    assert detect(content) == "fatturapa"


@pytest.mark.parametrize(
    "write", [ubl_invoice, cii_invoice, facturae_invoice, fatturapa_invoice, facturx_pdf]
)
def test_every_syntax_may_be_signed(write: Callable[[], bytes]) -> None:
    plain, signed = read_document(write()), read_document(envelope(write()))
    assert (signed.syntax, signed.number, signed.total) == (plain.syntax, plain.number, plain.total)
    assert read_lines(envelope(write())) == read_lines(write())


@given(piece=st.integers(100, 4_000), indefinite=st.booleans(), times=st.integers(1, 5))
def test_pieces_and_envelopes_within_envelopes_are_put_together(
    piece: int, indefinite: bool, times: int
) -> None:
    content = XML
    for _ in range(times):
        content = envelope(content, piece=piece, indefinite=indefinite)
    assert read_document(content).number == "F1-00001"
    assert detect(content) == "fatturapa"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (FILES["detached"], "holds a signature alone (detached), and the invoice is another file. Upload that."),
        (FILES["encrypted"], "it is encrypted. Upload the invoice as it was before that."),
        (DER[:2_000], "it is cut off. Take the XML out, for instance with `openssl cms"),
        (FILES["streamed"][:2_000], "it is cut off"),
        (DIGITS[:2_001], "its base64 is damaged"),
        (DIGITS[:1_000] + b"!" + DIGITS[1_000:], "its base64 is damaged. Take the XML out, for instance with `base64 -d"),
        (b"-----BEGIN PKCS7-----\nMII*\n-----END PKCS7-----", "-inform PEM -in FILE.p7m"),
        (around(field(0x0C, XML)), "what was signed is not where it should be"),
        (around(field(0x24, field(0x0C, XML))), "cut into pieces of another kind"),
        (envelope(b""), "In the signed envelope (.p7m): The file is empty."),
        (envelope(b"hello"), "In the signed envelope (.p7m): This is neither XML nor PDF."),
        (envelope(fatturapa_invoice(copies=2)), "In the signed envelope (.p7m): The FatturaPA file is a lotto of 2"),
        (envelope(facturx_pdf(xml=ubl_invoice())), "In the signed envelope (.p7m): In the PDF's attachment"),
        (b"\x30\x05" + SIGNED_DATA[:3] + b"..", "neither XML nor PDF"),
        (base64.b64encode(b"just some text that is long enough"), "neither XML nor PDF"),
    ],
)  # fmt: skip
def test_what_cant_be_read_is_told_with_its_reason(content: bytes, says: str) -> None:
    assert says in refused(content)


def test_envelopes_without_end_are_refused() -> None:
    content = XML
    for _ in range(6):
        content = envelope(content)
    assert "more than 5 signed envelopes" in refused(content)


@pytest.mark.parametrize("name", [name for name, _ in hostile_envelopes(1)])
def test_an_envelope_made_to_overload_its_reader_costs_little(name: str) -> None:
    content = dict[str, "Callable[[], bytes]"](hostile_envelopes(1_000_000))[name]()
    read_document(XML)  # the parsers' own import isn't the document's memory
    tracemalloc.start()
    try:
        assert read_document(content).number == "F1-00001"
    except UnreadableDocument as error:
        assert 10 < len(error.reason) < 300  # noqa: PT017
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 5 * len(content) + 10_000_000


@settings(max_examples=300)
@given(st.sampled_from([DER, FILES["streamed"], DIGITS]), st.data())
def test_a_damaged_envelope_ends_as_facts_or_a_reason(content: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, 200) | st.integers(0, len(content)))
        end = min(len(content), start + data.draw(st.sampled_from([0, 1, 2, 40])))
        content = content[:start] + data.draw(st.binary(max_size=4)) + content[end:]
    detect(content)
    try:
        assert read_document(content).syntax == "fatturapa"
    except UnreadableDocument as error:
        assert 10 < len(error.reason) < 500  # noqa: PT017
