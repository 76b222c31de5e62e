"""The file reader behind Factur-X: honest PDFs of every kind are read, and all others cost little."""

from __future__ import annotations

import io
import os
import sys
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2brouter_async.einvoice import UnreadableDocument, read_document
from b2brouter_async.einvoice.pdf import DamagedPdf, PdfFile, TooMuchWork, filters, work

from .pdfs import (
    HEADER,
    MB,
    PACKERS,
    XML,
    attached,
    file_of,
    hostile,
    lzw,
    modern_file,
    packed,
    png,
    stream,
    table_of,
)  # fmt: skip
from .samples import cii_invoice, facturx_pdf, ubl_invoice

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = file_of(attached(stream(XML)))
OTHER = cii_invoice(number="OTHER-1")


def refused(content: bytes) -> str:
    with pytest.raises(UnreadableDocument) as error:
        read_document(content)
    return error.value.reason


def updated(written: bytes, objects: dict[int, bytes]) -> bytes:
    return file_of(objects, before=written, prev=table_of(written))


def split(objects: dict[int, bytes]) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Streams stay outside of object streams."""
    outside = {number: body for number, body in objects.items() if b"stream" in body}
    return outside, {number: body for number, body in objects.items() if number not in outside}


PICTURES = {
    number: packed(os.urandom(300_000), "FlateDecode", params=b"/Subtype/Image") for number in range(10, 20)
}
TREE = {
    3: b"<</Kids[10 0 R 11 0 R]>>",
    10: b"<</Limits[(a)(b)]/Names[(a) 12 0 R]>>",
    11: b"<</Limits[(c)(z)]/Kids[13 0 R]>>",
    12: b"<</Type/Filespec/F(notes.txt)/EF<</F 14 0 R>>>>",
    13: b"<</Names[(factur-x.xml) 4 0 R]>>",
    14: stream(b"just notes"),
}
UTF16_NAME = b"<%s>" % "factur-x.xml".encode("utf-16").hex().encode()
HONEST: dict[str, bytes] = {
    "plain": PLAIN,
    "written by pypdf": facturx_pdf(),
    "with pictures": file_of(attached(packed(XML, "FlateDecode"), more=PICTURES)),
    "of pdf 1.5": modern_file(*split(attached(packed(XML, "FlateDecode")))),
    "of pdf 1.5 without predictor": modern_file(*split(attached(packed(XML, "FlateDecode"))), predictor=False),
    "of pdf 1.5 packed by lzw": modern_file(*split(attached(stream(XML))), packer="LZWDecode"),
    "updated elsewhere": updated(PLAIN, {2: b"<</Type/Pages/Kids[]/Count 0/Note(new)>>"}),
    "updated many times": updated(updated(updated(PLAIN, {9: b"1"}), {8: b"2"}), {7: b"3"}),
    "with a tree of names": file_of({**attached(stream(XML)), **TREE}),
    "with a name in utf-16": file_of(attached(stream(XML), name=UTF16_NAME)),
    "with a name in octal": file_of(attached(stream(XML), name=rb"(factur\055x.xml)")),
    "with an associated file only": file_of(
        {**attached(stream(XML)), 1: b"<</Type/Catalog/AF[4 0 R]>>"}
    ),
    "with the file named twice": file_of(
        {**attached(stream(XML)), 1: b"<</Type/Catalog/AF[4 0 R]/Names<</EmbeddedFiles 3 0 R>>>>"}
    ),
    "with an indirect length": file_of(attached(stream(XML, length=b"6 0 R"), more={6: b"%d" % len(XML)})),
    "with a wrong length": file_of(attached(stream(XML, length=b"3"))),
    "with comments": file_of({**attached(stream(XML)), 3: b"% (\n<< % >>\n/Names % [\n[(factur-x.xml) 4 0 R]>>"}),
    "with names in hexadecimal": PLAIN.replace(b"/Filespec", b"/File#73pec").replace(b"/EF", b"/#45F"),
    "with lines before its header": b"\r\n\r\nMailed by a gateway\r\n" + PLAIN,
    "with lines behind its end": PLAIN + b"\n" * 3_000,
    "with a table out of place": PLAIN.replace(b"startxref\n", b"startxref\n1"),
    "with a table that is wrong": PLAIN.replace(b"0000000", b"0000001"),
    "with a table of short lines": PLAIN.replace(b" n \n", b" n\n"),
    "with windows line ends": PLAIN.replace(b" n \n", b" n\r\n").replace(b" f \n", b" f\r\n"),
    "cut off behind the objects": PLAIN[: PLAIN.index(b"xref")],
    "of pdf 1.5 cut off": modern_file(*split(attached(stream(XML))))[:-40],
    "with an attached pdf of its own": file_of(
        {
            **attached(stream(XML)),
            6: stream(file_of(attached(stream(OTHER)))),
        }
    ),
    "with an attached pdf and no table": file_of(
        {**attached(stream(XML)), 6: stream(file_of(attached(stream(OTHER))))}
    ).replace(b"startxref", b"startxxxx"),
    "with a line too many in its data": file_of(
        attached(stream(b"\r\n" + zlib.compress(XML), b"/Filter/FlateDecode"))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_honest_files_are_read(name: str) -> None:
    facts = read_document(HONEST[name])
    assert (facts.number, facts.syntax, facts.media_type) == ("F1-00001", "factur-x", "application/pdf")


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in HONEST
        if not any(word in name for word in ("wrong", "cut off", "table", "line too many", "tree"))
    ],
)
def test_a_library_for_all_of_pdf_finds_the_same(name: str) -> None:
    file = PdfFile.opened(HONEST[name][HONEST[name].index(b"%PDF-") :])
    ours = [file.content_of(one, most=MB) for one in file.attachments()]
    theirs = pypdf.PdfReader(io.BytesIO(HONEST[name])).attachments
    if theirs:  # it doesn't know associated files
        assert sorted(ours) == sorted(contents[0] for contents in theirs.values())


def test_no_pdf_library_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    assert read_document(HONEST["plain"]).number == "F1-00001"


def test_an_update_replaces_what_was_attached_before() -> None:
    assert read_document(updated(PLAIN, {5: stream(OTHER)})).number == "OTHER-1"
    moved = updated(PLAIN, {4: b"<</Type/Filespec/F(factur-x.xml)/EF<</F 9 0 R>>>>", 9: stream(OTHER)})
    assert read_document(moved).number == "OTHER-1"
    without_table = updated(PLAIN, {5: stream(OTHER)}).replace(b"startxref", b"startxxxx")
    assert read_document(without_table).number == "OTHER-1"


def test_a_table_may_have_a_stream_beside_it() -> None:
    # For old readers the table calls free what new ones find in the stream.
    outside, inside = split(attached(stream(XML)))
    modern = modern_file(outside, inside)
    places = {number: modern.index(b"\n%d 0 obj" % number) + 1 for number in outside}
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(
        b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 00000 f \n"
        for number in range(1, 6)
    )
    trailer = b"trailer\n<</Root 1 0 R/Size 9/XRefStm %d>>\nstartxref\n%d\n" % (table_of(modern), len(modern))
    assert read_document(modern + table + trailer).number == "F1-00001"


CHAINS = [
    (),
    *((one,) for one in PACKERS),
    ("ASCII85Decode", "FlateDecode"),
    ("FlateDecode", "ASCII85Decode"),
    ("ASCIIHexDecode", "LZWDecode"),
    ("ASCII85Decode", "RunLengthDecode", "FlateDecode", "ASCIIHexDecode"),
    ("FlateDecode", "FlateDecode", "FlateDecode"),
]


@pytest.mark.parametrize("chain", CHAINS, ids=" ".join)
def test_every_filter_unpacks(chain: tuple[str, ...]) -> None:
    assert read_document(file_of(attached(packed(XML, *chain)))).number == "F1-00001"


@given(
    data=st.binary(max_size=3_000) | st.text("ab", max_size=3_000).map(str.encode),
    chain=st.sampled_from(CHAINS),
)
def test_what_was_packed_is_what_is_unpacked(data: bytes, chain: tuple[str, ...]) -> None:
    file = PdfFile.opened(file_of(attached(packed(data, *chain))))
    (attachment,) = file.attachments()
    assert file.content_of(attachment, most=3_000) == data


@pytest.mark.parametrize("form", [b"<~%s~>", b"%s", b"\n%s\n~>", b"%s~"])
def test_base_85_is_read_in_every_form(form: bytes) -> None:
    text = PACKERS["ASCII85Decode"](XML)[:-2]
    lines = b"\n".join(text[start : start + 72] for start in range(0, len(text), 72))
    data = stream(form % lines, b"/Filter/ASCII85Decode")
    assert read_document(file_of(attached(data))).number == "F1-00001"


def test_long_tables_of_lzw_unpack() -> None:
    data = bytes(one * one // 7 % 251 for one in range(60_000))
    for early in (1, 0):
        unpacked = b"".join(filters.lzw([lzw(data, early)], work.Work(), early=early))
        assert unpacked == data


@pytest.mark.parametrize("predictor", range(5))
@given(data=st.binary(min_size=1, max_size=400), columns=st.integers(1, 50))
def test_pngs_predictors_are_undone(predictor: int, data: bytes, columns: int) -> None:
    params = b"/DecodeParms[<</Predictor %d/Columns %d>>]" % (10 + predictor, columns)
    body = packed(png(data, predictor, columns), "FlateDecode", params=params)
    file = PdfFile.opened(file_of(attached(body)))
    (attachment,) = file.attachments()
    assert file.content_of(attachment, most=500).rstrip(b" ") == data.rstrip(b" ")


def test_tiffs_predictor_is_undone() -> None:
    differences = bytes([XML[0]]) + bytes(
        (one - other) % 256 for one, other in zip(XML[1:], XML, strict=False)
    )
    params = b"/DecodeParms<</Predictor 2/Columns %d>>" % len(XML)
    assert (
        read_document(file_of(attached(packed(differences, "FlateDecode", params=params)))).number
        == "F1-00001"
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (file_of(attached(stream(XML)), trailer=b"/Root 1 0 R/Encrypt 9 0 R"), "is encrypted"),
        (
            file_of(
                attached(stream(XML), more={9: b"<</Filter/Standard/V 5/R 6/CF<</StdCF<</CFM/AESV3>>>>>>"}),
                trailer=b"/Root 1 0 R/Encrypt 9 0 R",
            ),
            "is encrypted",
        ),
        (file_of(attached(stream(ubl_invoice()))), "In the PDF's attachment 'factur-x.xml': This is UBL"),
        (file_of(attached(stream(XML.replace(b"F1-00001", b"")))), "In the PDF's attachment 'factur-x.xml': The CII"),
        (file_of(attached(stream(XML[:900]))), "In the PDF's attachment 'factur-x.xml': The XML is not well-formed"),
        (file_of(attached(stream(b""))), "In the PDF's attachment 'factur-x.xml'"),
        (file_of(attached(stream(XML), name=b"(invoice.pdf)")), "no invoice XML inside"),
        (file_of({1: b"<</Type/Catalog>>"}), "no invoice XML inside"),
        (file_of({1: b"<</Type/Catalog/Names null>>"}), "no invoice XML inside"),
        (file_of(attached(stream(XML, b"/Filter/JPXDecode"))), "packed by a filter JPXDecode"),
        (file_of(attached(stream(XML, b"/Filter/FlateDecode"))), "not packed as it says"),
        (
            file_of(attached(stream(zlib.compress(XML)[:-4] + b"1234", b"/Filter/FlateDecode"))),
            "was changed since",
        ),
        (file_of(attached(stream(XML, b"/Filter/ASCII85Decode"))), "not base 85"),
        (file_of(attached(stream(XML, b"/Filter/ASCIIHexDecode"))), "not hexadecimal"),
        (file_of(attached(stream(b"\xff" * 99, b"/Filter/LZWDecode"))), "not packed by LZW"),
        (file_of({1: b"nonsense"}), "there is a word where an object should be"),
        (file_of({}), "an object is missing"),
        (HEADER, "it has no catalogue"),
    ],
)  # fmt: skip
def test_what_cant_be_read_is_told_with_its_reason(content: bytes, says: str) -> None:
    assert says in refused(content)


def test_two_invoices_in_one_file_are_refused_and_the_same_one_twice_is_read() -> None:
    def two(first: bytes, other: bytes, names: tuple[bytes, bytes]) -> bytes:
        return file_of(
            {
                **attached(stream(first), name=names[0]),
                3: b"<</Names[(a) 4 0 R (b) 6 0 R]>>",
                6: b"<</F %s/EF<</F 7 0 R>>>>" % names[1],
                7: stream(other),
            }
        )

    same = (b"(factur-x.xml)", b"(factur-x.xml)")
    assert "two invoices inside that differ" in refused(two(XML, OTHER, same))
    assert read_document(two(XML, XML, same)).number == "F1-00001"
    unknown = (b"(one.xml)", b"(other.xml)")
    assert "'one.xml', 'other.xml'" in refused(two(XML, OTHER, unknown))
    assert read_document(two(b"<order/>", OTHER, unknown)).number == "OTHER-1"
    assert read_document(two(OTHER, b"<order/>", unknown)).number == "OTHER-1"
    assert "In the PDF's attachment 'one.xml'" in refused(two(b"<order/>", b"<note/>", unknown))
    # The names of the standards pass before all others, the newest first.
    assert read_document(two(OTHER, XML, (b"(other.xml)", b"(factur-x.xml)"))).number == "F1-00001"
    assert read_document(two(OTHER, XML, (b"(ZUGFeRD-invoice.xml)", b"(Factur-X.xml)"))).number == "F1-00001"


SIZE, UNPACKED, STEPS = MB, 8 * MB, 10_000


@pytest.mark.parametrize("name", [name for name, _ in hostile(SIZE, UNPACKED)])
def test_a_file_made_to_overload_its_reader_costs_little(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = dict[str, "Callable[[], bytes]"](hostile(SIZE, UNPACKED))[name]()
    monkeypatch.setattr(work, "MAX_WORK", STEPS)
    read_document(PLAIN)  # the parsers' own import isn't the document's memory
    tracemalloc.start()
    try:
        read_document(content, max_bytes=2 * MB)
    except UnreadableDocument as error:
        assert 10 < len(error.reason) < 300  # noqa: PT017
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < len(content) + 9 * MB


def test_work_is_counted_and_not_timed() -> None:
    budget = work.Work(10)
    budget.spend(10)
    with pytest.raises(TooMuchWork):
        budget.spend(1)
    name, make = next(iter(hostile(SIZE, UNPACKED)))
    assert refused(make()) == refused(make()), name


splinters = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [b"endobj", b"endstream", b"/Kids 3 0 R", b"99999999 0 R", b"<<", b">>", b"[", b"(", b"/Filter", b"xref\n0 9\n",
         b"/Length -1", b"/Length 99999999", b"/Prev 9", b"trailer", b"startxref\n0\n", b"/W[0 0 0]", b"/First 9"]
    ),
)  # fmt: skip


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_file_gives_files_or_says_it_is_damaged(data: st.DataObject) -> None:
    content = data.draw(
        st.sampled_from([HONEST["plain"], HONEST["of pdf 1.5"], HONEST["with a tree of names"]])
    )
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = min(len(content), start + data.draw(st.sampled_from([0, 1, 8, 400])))
        content = content[:start] + data.draw(splinters) + content[end:]
    try:
        file = PdfFile.opened(content)
        for attachment in file.attachments():
            assert isinstance(file.content_of(attachment, most=MB), bytes)
    except (DamagedPdf, TooMuchWork):
        pass
