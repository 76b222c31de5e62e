"""The smallest PDF with a line of text on a page, and a file attached where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cii import to_cii

if TYPE_CHECKING:
    from .facts import Facts


def to_pdf(facts: Facts, code: str) -> bytes:
    """Return a page with number, date and total."""
    return _pdf(_title(facts))


def to_facturx(facts: Facts, code: str) -> bytes:
    """Return a page with the Cross Industry Invoice attached."""
    return _pdf(_title(facts), ("factur-x.xml", to_cii(facts, code)))


def _title(facts: Facts) -> str:
    return f"{facts.number}  {facts.date}  {facts.total} {facts.currency}"


def _pdf(text: str, attachment: tuple[str, bytes] | None = None) -> bytes:
    """Return a one-page PDF.

    Args:
        text: what the page shows; letters beyond Latin-1 become question marks.
        attachment: a file's name, of letters and dots, and its content: XML, as in Factur-X.
    """
    shown = text.encode("latin-1", "replace")
    for special in (b"\\", b"(", b")"):
        shown = shown.replace(special, b"\\" + special)
    shown = bytes(letter if letter >= 32 else 32 for letter in shown)
    names = b"/Names<</EmbeddedFiles<</Names[(%s) 6 0 R]>>>>/AF[6 0 R]" if attachment else b""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % (names % attachment[0].encode() if attachment else b""),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        _stream(b"", b"BT /F1 12 Tf 72 770 Td (" + shown + b") Tj ET"),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    if attachment is not None:
        name, content = attachment[0].encode(), attachment[1]
        objects += [
            b"<</Type/Filespec/F(%s)/UF(%s)/AFRelationship/Data/EF<</F 7 0 R>>>>" % (name, name),
            _stream(b"/Type/EmbeddedFile/Subtype/text#2Fxml", content),
        ]
    out = bytearray(b"%PDF-1.7\n" if attachment else b"%PDF-1.4\n")
    offsets: list[int] = []
    for number, entry in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, entry)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)
