"""XML from strangers: attacks are refused, honest variety is read."""

from __future__ import annotations

import codecs
import re
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from b2brouter_async.einvoice import UnreadableDocument, detect, read_document, xml

from .samples import cii_invoice, facturae_invoice, facturx_pdf, fatturapa_invoice, ubl_invoice

if TYPE_CHECKING:
    from pathlib import Path

DECLARATION = b"<?xml version='1.0' encoding='UTF-8'?>"
WRITTEN = [ubl_invoice(), cii_invoice(), facturae_invoice(), fatturapa_invoice()]
every_xml = pytest.mark.parametrize("written", WRITTEN, ids=["ubl", "cii", "facturae", "fatturapa"])

BILLION_LAUGHS = b"<!DOCTYPE x [<!ENTITY a 'ha'>%s]>" % b"".join(
    b"<!ENTITY %c '%s'>" % (name, b"&%c;" % (name - 1) * 10) for name in range(ord("b"), ord("k"))
)


def refused(content: bytes) -> str:
    with pytest.raises(UnreadableDocument) as error:
        read_document(content)
    return error.value.reason


def with_doctype(written: bytes, doctype: bytes, entity: bytes = b"") -> bytes:
    assert written.startswith(DECLARATION)
    body = written.removeprefix(DECLARATION).replace(b"F1-00001", entity or b"F1-00001")
    return DECLARATION + doctype + body


@every_xml
def test_a_billion_laughs_are_refused_without_expanding_one(written: bytes) -> None:
    attack = with_doctype(written, BILLION_LAUGHS, b"&j;")
    tracemalloc.start()
    try:
        assert "DTD or entities" in refused(attack)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert detect(attack) is None


@every_xml
def test_an_external_entity_is_never_fetched(written: bytes, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("INV-SECRET")
    attack = with_doctype(
        written, b"<!DOCTYPE x [<!ENTITY e SYSTEM '%s'>]>" % secret.as_uri().encode(), b"&e;"
    )
    reason = refused(attack)
    assert "DTD or entities" in reason
    assert "SECRET" not in reason


@pytest.mark.parametrize(
    "doctype",
    [
        b"<!DOCTYPE x>",
        b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>",
        b"<!DOCTYPE x PUBLIC '-//X//X' 'http://127.0.0.1:9/x.dtd'>",
        b"<!DOCTYPE x [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/p'> %p;]>",
        b"<!DOCTYPE x [<!NOTATION n SYSTEM 'n'><!ENTITY u SYSTEM 'u' NDATA n>]>",
        b"<!DOCTYPE x [<!ATTLIST cbc:ID schemeID CDATA 'VAT'>]>",
    ],
)
def test_any_dtd_is_refused(doctype: bytes) -> None:
    assert "remove the <!DOCTYPE" in refused(with_doctype(ubl_invoice(), doctype))


def test_an_undefined_entity_is_not_well_formed() -> None:
    assert "not well-formed" in refused(ubl_invoice().replace(b"F1-00001", b"&nbsp;"))


def test_the_attack_inside_a_pdf_is_refused_too() -> None:
    attack = with_doctype(cii_invoice(), BILLION_LAUGHS, b"&j;")
    assert "DTD or entities" in refused(facturx_pdf(xml=attack))


@pytest.mark.parametrize("inside", [b"cac:Party", b"cac:InvoiceLine"])
def test_nesting_is_bounded_even_where_nothing_is_kept(inside: bytes) -> None:
    tower = b"<a>" * 100_000 + b"</a>" * 100_000
    attack = ubl_invoice().replace(b"<%s>" % inside, b"<%s>%s" % (inside, tower), 1)
    assert "levels deep" in refused(attack)
    allowed = b"<a>" * (xml.MAX_DEPTH - 4) + b"</a>" * (xml.MAX_DEPTH - 4)
    honest = ubl_invoice().replace(b"<%s>" % inside, b"<%s>%s" % (inside, allowed), 1)
    assert read_document(honest).number == "F1-00001"


def test_the_number_of_kept_elements_is_bounded() -> None:
    many = b"".join(b"<n%d/>" % (number % 100) for number in range(xml.MAX_KEPT + 1))
    assert "outside invoice lines" in refused(ubl_invoice().replace(b"</Invoice>", many + b"</Invoice>"))


def test_the_number_of_elements_is_bounded_even_where_nothing_is_kept() -> None:
    many = b"<a/>" * (xml.MAX_ELEMENTS + 1)
    assert "1,000,000 elements" in refused(
        ubl_invoice().replace(b"</cac:InvoiceLine>", many + b"</cac:InvoiceLine>", 1)
    )


@every_xml
def test_a_number_that_goes_on_for_pages_is_refused(written: bytes) -> None:
    assert read_document(written.replace(b"F1-00001", b"9" * xml.MAX_TEXT)).number == "9" * xml.MAX_TEXT
    assert "more than 1,000 characters" in refused(written.replace(b"F1-00001", b"9" * (xml.MAX_TEXT + 1)))


@every_xml
def test_a_number_broken_over_lines_is_read_as_one_line(written: bytes) -> None:
    assert (
        read_document(written.replace(b"F1-00001", b"\n  018304 /\r\n\t 28865 \n")).number == "018304 / 28865"
    )
    assert read_document(written.replace(b"F1-00001", b"018304  / 28865")).number == "018304  / 28865"


@every_xml
def test_space_that_is_none_in_xml_belongs_to_the_number(written: bytes) -> None:
    number = "\u00a0F 1\u2003"
    assert read_document(written.replace(b"F1-00001", number.encode())).number == number


def test_thousands_of_lines_are_read_in_little_memory() -> None:
    line = b"<cac:InvoiceLine><cbc:ID>1</cbc:ID><cac:Item><cbc:Name>x</cbc:Name></cac:Item></cac:InvoiceLine>"
    attachment = b"<cbc:EmbeddedDocumentBinaryObject>%s</cbc:EmbeddedDocumentBinaryObject>" % (
        b"QUJD" * 250_000
    )
    written = ubl_invoice().replace(b"</Invoice>", attachment + line * 20_000 + b"</Invoice>")
    read_document(ubl_invoice())  # the parser's own import isn't the document's memory
    tracemalloc.start()
    try:
        assert read_document(written).number == "F1-00001"
        assert tracemalloc.get_traced_memory()[1] < len(written) + 500_000
    finally:
        tracemalloc.stop()


def test_what_stands_in_lines_and_extensions_is_never_taken_for_the_head() -> None:
    decoy = b"<ext:UBLExtensions xmlns:ext='e'><cbc:ID>DECOY</cbc:ID></ext:UBLExtensions>"
    written = ubl_invoice().replace(b"<cbc:CustomizationID>", decoy + b"<cbc:CustomizationID>", 1)
    assert read_document(written).number == "F1-00001"


@every_xml
@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("iso-8859-1", b""),
        ("windows-1252", b""),
        ("iso-8859-15", b""),
    ],
)
def test_encodings_are_read(written: bytes, encoding: str, bom: bytes) -> None:
    declared = "utf-16" if encoding.startswith("utf-16") else encoding
    text = written.decode().replace("'UTF-8'", f"'{declared}'").replace("F1-00001", "Rg-Nr. ÄÖ/é")
    content = bom + text.encode(encoding)
    assert read_document(content).number == "Rg-Nr. ÄÖ/é"
    assert detect(content) is not None


@every_xml
def test_utf16_without_a_byte_order_mark_is_read(written: bytes) -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        content = written.decode().replace("'UTF-8'", "'UTF-16'").encode(encoding)
        assert read_document(content).number == "F1-00001"


@pytest.mark.parametrize("encoding", [b"shift_jis", b"utf-7", b"klingon", b"zlib_codec", b"idna", b"hex"])
def test_other_encodings_are_refused_with_the_way_out(encoding: bytes) -> None:
    reason = refused(ubl_invoice().replace(b"'UTF-8'", b"'%s'" % encoding))
    assert "UTF-8" in reason or "not well-formed" in reason


@every_xml
def test_comments_and_instructions_before_the_root_and_inside_text_are_passed_over(written: bytes) -> None:
    head = DECLARATION + b"\n<!-- <Invoice> & -->\n<?xml-stylesheet href='http://127.0.0.1:9/x.xsl'?>\n"
    content = written.replace(DECLARATION, head).replace(b"F1-00001", b"\n F1-<!-- no -->00<?x y?>001\t")
    assert read_document(content).number == "F1-00001"
    assert detect(content) is not None


@every_xml
def test_blank_lines_before_the_declaration_are_forgiven(written: bytes) -> None:
    assert read_document(b"\r\n  \n" + written).number == "F1-00001"


@pytest.mark.parametrize("prefix", ["x", "cbc", "_", "ünïcode"])
def test_prefixes_are_free(prefix: str) -> None:
    renamed = ubl_invoice().decode().replace("cbc:", f"{prefix}:").replace("xmlns:cbc", f"xmlns:{prefix}")
    assert read_document(renamed.encode()).number == "F1-00001"
    rooted = (
        ubl_invoice()
        .decode()
        .replace("<Invoice xmlns=", "<r:Invoice xmlns:r=")
        .replace("</Invoice", "</r:Invoice")
    )
    assert read_document(rooted.encode()).number == "F1-00001"
    cdata = ubl_invoice().replace(b"F1-00001", b"<![CDATA[F1-&<>]]>")
    assert read_document(cdata).number == "F1-&<>"


@every_xml
@pytest.mark.parametrize("name", ["utf8", "UTF8", "utf_8", "Utf-8"])
def test_other_names_of_utf8_are_read(written: bytes, name: str) -> None:
    content = written.replace(b"'UTF-8'", b'"%s"' % name.encode()).replace(b"F1-00001", "Ñ-1".encode())
    assert read_document(content).number == "Ñ-1"
    assert detect(content) is not None


@every_xml
@pytest.mark.parametrize(
    "before",
    ["\n", "\r\n\r\n", "\ufeff", "\ufeff\n", "\n\ufeff", "\ufeff\ufeff", " \t\ufeff \n", "\n" * 5_000],
    ids=ascii,
)
def test_blank_lines_and_marks_before_the_declaration_are_forgiven_in_any_order(
    written: bytes, before: str
) -> None:
    assert read_document(before.encode() + written).number == "F1-00001"
    assert detect(before.encode() + written) is not None
    wide = (before + written.decode().replace("'UTF-8'", "'UTF-16'")).encode("utf-16-be")
    assert read_document(wide).number == "F1-00001"


def test_a_mark_tells_the_encoding_whatever_is_declared() -> None:
    written = ubl_invoice().replace(b"'UTF-8'", b"'ISO-8859-1'").replace(b"F1-00001", "Ñ-1".encode())
    assert read_document(codecs.BOM_UTF8 + written).number == "Ñ-1"
    assert read_document(codecs.BOM_UTF8 + b"\n" + written).number == "Ñ-1"


@pytest.mark.parametrize("declared", [b"utf-16", b"UTF-16", b"UTF-16LE", b"utf-32", b"ucs-2"])
def test_a_wide_encoding_that_is_declared_and_not_used_is_named(declared: bytes) -> None:
    assert "isn't written in it" in refused(ubl_invoice().replace(b"'UTF-8'", b"'%s'" % declared))


@every_xml
def test_a_minified_document_is_read(written: bytes) -> None:
    minified = re.sub(rb">\s+<", b"><", written).strip()
    assert b"\n" not in minified
    assert read_document(minified) == read_document(written)
    bare = minified.removeprefix(DECLARATION)
    assert read_document(bare) == read_document(written)
    assert detect(bare) is not None


def test_a_minified_invoice_of_many_thousand_lines_is_read() -> None:
    line = b"<cac:InvoiceLine><cbc:ID>1</cbc:ID>%s</cac:InvoiceLine>" % (b"<cbc:Note>1</cbc:Note>" * 38)
    written = ubl_invoice().replace(b"</Invoice>", line * 20_000 + b"</Invoice>")
    assert read_document(written).number == "F1-00001"


NOTES = {
    "ubl": b"<cac:DespatchDocumentReference><cbc:ID>D-%d</cbc:ID><cbc:IssueDate>2026-01-01</cbc:IssueDate>"
    b"<cbc:DocumentType>x</cbc:DocumentType></cac:DespatchDocumentReference>",
    "fatturapa": b"<DatiDDT><NumeroDDT>%d</NumeroDDT><DataDDT>2026-01-01</DataDDT>"
    b"<RiferimentoNumeroLinea>1</RiferimentoNumeroLinea><RiferimentoNumeroLinea>2</RiferimentoNumeroLinea></DatiDDT>",
}


@pytest.mark.parametrize(
    ("written", "before", "note"),
    [
        (ubl_invoice(), b"<cac:AccountingSupplierParty>", NOTES["ubl"]),
        (fatturapa_invoice(), b"</DatiGenerali>", NOTES["fatturapa"]),
    ],
    ids=["ubl", "fatturapa"],
)
def test_an_invoice_with_twelve_thousand_delivery_notes_is_read(
    written: bytes, before: bytes, note: bytes
) -> None:
    notes = b"".join(note % number for number in range(12_000))
    assert read_document(written.replace(before, notes + before, 1)) == read_document(written)


def test_amounts_that_must_be_added_up_are_all_there_or_the_document_is_refused() -> None:
    tax = b"<DatiRiepilogo><ImponibileImporto>1.00</ImponibileImporto><Imposta>0.01</Imposta></DatiRiepilogo>"
    end = b"</DatiBeniServizi>"

    def with_taxes(count: int) -> bytes:
        start = fatturapa_invoice()
        cut = start.index(b"<DatiRiepilogo>")
        return start[:cut] + tax * count + start[start.index(end) :]

    assert read_document(with_taxes(xml.MAX_SIBLINGS)).subtotal == 1_000
    assert "DatiBeniServizi has more than 1,000 DatiRiepilogo" in refused(with_taxes(xml.MAX_SIBLINGS + 1))


def of(count: int, unit: bytes) -> bytes:
    """Many elements in a line, where nothing is kept; `%d` counts."""
    units = b"".join(unit % number for number in range(count)) if b"%d" in unit else unit * count
    return ubl_invoice().replace(b"</cac:InvoiceLine>", units + b"</cac:InvoiceLine>", 1)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (of(1, b"<a %s/>" % b" ".join(b"a%d='1'" % number for number in range(300_000))), "a tag or comment"),
        (of(1, b"<%s/>" % (b"x" * 3_000_000)), "a tag or comment"),
        (of(1, b"<a b='%s'/>" % (b"x" * 3_000_000)), "a tag or comment"),
        (of(1, b"<!--%s-->" % (b"x" * 3_000_000)), "a tag or comment"),
        (of(300_000, b"<a%d/>"), "different names"),
        (of(100_000, b"<a b%d='1'/>"), "different names"),
        (of(100_000, b"<a xmlns:b%d='u'/>"), "different prefixes"),
        (
            ubl_invoice().replace(
                b"</Invoice>", b"<a %s/></Invoice>" % b" ".join(b"a%d=''" % number for number in range(200))
            ),
            "more than 100 attributes",
        ),
        (
            ubl_invoice().replace(
                b"</Invoice>",
                b"".join(b"<a%d>%s</a%d>" % (one % 50, b"x" * 900, one % 50) for one in range(3_000))
                + b"</Invoice>",
            ),
            "characters outside invoice lines",
        ),
    ],
    ids=range(9),
)
def test_what_the_parser_would_have_to_remember_is_bounded(content: bytes, says: str) -> None:
    tracemalloc.start()
    try:
        assert re.search(says, refused(content))
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "before", [b"\xef\xbb\xbf\n" * 700_000, b"\n" * 3_000_000], ids=["marks", "blank lines"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_beginning_of_megabytes_is_passed_over_at_once(before: bytes, encoding: str) -> None:
    written = ubl_invoice().decode().replace("UTF-8", "UTF-16" if "16" in encoding else "UTF-8")
    content = (before.decode() + written).encode(encoding)
    assert read_document(content).number == "F1-00001"


@pytest.mark.parametrize("unit", [b"x", b"\n", b"ab\n", b"&lt;", b"<![CDATA[]]>", b"<!---->", b"<?a?>"])
def test_text_without_end_takes_no_memory(unit: bytes) -> None:
    content = ubl_invoice().replace(b"</Invoice>", unit * (3_000_000 // len(unit)) + b"</Invoice>")
    read_document(ubl_invoice())  # the parser's own import isn't the document's memory
    tracemalloc.start()
    try:
        assert read_document(content).number == "F1-00001"
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_the_text_of_what_is_left_out_is_not_its_parents() -> None:
    root = xml.parse(b"<Invoice><ID>1</ID><InvoiceLine>2<Note>3</Note></InvoiceLine></Invoice>")
    assert (root.text, [child.name for child in root.children]) == ("", ["ID"])


def tree(element: xml.Element) -> tuple[object, ...]:
    below = [tree(child) for child in element.children]
    unkept = (element.incomplete or set(), element.passed_over or set())
    return element.namespace, element.name, dict(element.attributes), element.text, unkept, below


ROOM = b" " * 70_000
"""Behind a document it makes it a large one that says the same."""

ODD = [
    b"<a>x<b>y</b>z</a>",
    b"<a>x<b/></a>",
    b"<a> x<Items>y</Items> z<Signature/>w </a>",
    b"<a> x<Items>y</Items> z <Signature/>w<b/>\t</a>",
    b"<a><!-- c -->x<?p i?>y<![CDATA[ <z> ]]></a>",
    b"<a xmlns='n' xmlns:m='o' m:k='1' k='2' xml:lang='es'><m:b m:c='3'/><c xmlns=''/></a>",
    b"\xef\xbb\xbf\n<?xml version='1.0' encoding='utf8'?><a>\xc3\xa9&amp;&#233;&lt;</a>",
    "<?xml version='1.0' encoding='iso-8859-1'?><a>é</a>".encode("latin-1"),
    "<a>é</a>".encode("utf-16"),
    "<a>é</a>".encode("utf-16-le"),
    b"<a>%s</a>" % (b"9" * xml.MAX_TEXT),
    b"<a>  %s  </a>" % (b"9" * (xml.MAX_TEXT + 5)),
    b"<a>%s</a>" % (b"<b/>" * (xml.MAX_SIBLINGS + 3)),
    b"<a><Items>%s</Items></a>" % (b"<b>" * 61 + b"</b>" * 61),
    b"<a %s/>" % b" ".join(b"k%d='1'" % number for number in range(xml.MAX_ATTRIBUTES)),
]


@pytest.mark.parametrize("content", [*WRITTEN, *ODD], ids=lambda content: content[:40].decode("latin-1"))
def test_a_small_document_comes_to_the_same_tree_as_a_large_one(content: bytes) -> None:
    encoded = ROOM.decode().encode("utf-16-le") if b"\0" in content else ROOM
    assert tree(xml.parse(content)) == tree(xml.parse(content + encoded))


@pytest.mark.parametrize(
    "content",
    [
        b"<a><b></a>",
        b"<a>&nbsp;</a>",
        b"<a>\xff</a>",
        b"<a/><b/>",
        b"<!DOCTYPE a><a/>",
        b"<a><Items>%s</Items></a>" % (b"<b>" * 63 + b"</b>" * 63),
        b"<a>%s</a>" % (b"<b>" * 64 + b"</b>" * 64),
        b"<a %s/>" % b" ".join(b"k%d='1'" % number for number in range(xml.MAX_ATTRIBUTES + 1)),
        b"<?xml version='1.0' encoding='nonsense'?><a/>",
        "<?xml version='1.0'?><!DOCTYPE a><a/>".encode("cp037"),
    ],
    ids=lambda content: content[:40].decode("latin-1"),
)
def test_a_small_document_is_refused_in_the_words_for_a_large_one(content: bytes) -> None:
    with pytest.raises(UnreadableDocument) as small:
        xml.parse(content)
    with pytest.raises(UnreadableDocument) as large:
        xml.parse(content + ROOM)
    assert small.value.reason == large.value.reason
