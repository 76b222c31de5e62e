"""From bytes to facts: recognise the syntax, hand over to its reader."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from . import cii, facturae, facturx, fatturapa, mistakes, signed, ubl, xml
from .facts import DocumentFacts, Syntax, UnreadableDocument

DEFAULT_MAX_BYTES = 20 * 1024 * 1024
"""The largest document that is read, where nobody says otherwise."""

_Reader = tuple[Syntax, Callable[[xml.Element], bool], Callable[[xml.Element], DocumentFacts]]
_READERS: tuple[_Reader, ...] = (
    ("ubl", ubl.matches, ubl.read),
    ("cii", cii.matches, cii.read),
    ("facturae", facturae.matches, facturae.read),
    ("fatturapa", fatturapa.matches, fatturapa.read),
)


def read_document(content: bytes, *, max_bytes: int = DEFAULT_MAX_BYTES) -> DocumentFacts:
    """Read what an e-invoice says about itself.

    Example:
        document = read_document(Path("invoice.xml").read_bytes())
        print(document.syntax, document.number, document.total)

    Understands UBL invoices and credit notes, CII, Factur-X and ZUGFeRD 2 PDFs, Facturae 3.2.x and FatturaPA, and all of
    them in signed envelopes (`.p7m`), whose signatures aren't checked. The content is not validated beyond that.
    Whatever is inside, a document of 20 MiB takes about a second and less than 100 MB.

    Args:
        content: the whole document. It may come from anybody: no entity is expanded, nothing is fetched.
        max_bytes: refuse anything bigger, in bytes, before looking at it.

    Raises:
        UnreadableDocument: it is none of these, damaged, or holds more than one invoice.
        TypeError: the content is no bytes.
    """
    if not isinstance(content, (bytes, bytearray, memoryview)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(
            f"content: expected the document's bytes, got {type(content).__name__}; of a file: Path(…).read_bytes()"
        )
    if len(content) > max_bytes:
        raise UnreadableDocument(
            f"The document has {len(content):,} bytes, more than the {max_bytes:,} allowed here. "
            "Take large attachments out, or raise max_bytes."
        )
    if signed.form_of(content) is None:
        return _read(content, max_bytes)
    inside = signed.content_of(content)
    try:
        return evolve(_read(inside, max_bytes), media_type="application/pkcs7-mime")
    except UnreadableDocument as error:
        raise UnreadableDocument(f"In the signed envelope (.p7m): {error.reason}") from error


def _read(content: bytes, max_bytes: int) -> DocumentFacts:
    if facturx.matches(content):
        return facturx.read(content, max_bytes=max_bytes)
    if (reason := mistakes.reason_for_bytes(content)) is not None:
        raise UnreadableDocument(reason)
    root = xml.parse(content)
    for _, matches, read in _READERS:
        if matches(root):
            return read(root)
    raise UnreadableDocument(mistakes.reason_for_root(root))


def invoice_xml(content: bytes, *, max_bytes: int = DEFAULT_MAX_BYTES) -> bytes:
    """Return the XML of an e-invoice, out of the PDF or the signed envelope that it is in.

    Args:
        content: the whole document, as for `read_document`.
        max_bytes: the most bytes an XML inside a PDF may have once unpacked.

    Raises:
        UnreadableDocument: it is damaged.
    """
    if signed.form_of(content) is not None:
        content = signed.content_of(content)
    return facturx.embedded_xml(content, max_bytes=max_bytes) if facturx.matches(content) else content


def detect(content: bytes) -> Syntax | None:
    """Tell the syntax of a document from its beginning, without reading it.

    Example:
        if detect(Path("invoice.xml").read_bytes()) is None:
            print("no invoice: leave it to a person")

    For a program that sorts what it is given before it uploads: invoices here, everything else to a person.
    It costs a few microseconds, needs no PDF library and looks at no more than the first 64 KiB.

    Args:
        content: the document, or at least its beginning. It may come from anybody.

    Returns:
        the syntax, or None if it is none that `read_document` reads. A PDF is taken for Factur-X: whether an
        invoice is embedded, only `read_document` finds out.
    """
    if signed.form_of(content) is not None:
        try:
            content = signed.content_of(content, whole=False)
        except UnreadableDocument:
            return None
    if facturx.matches(content):
        return "factur-x"
    root = xml.root_of(content)
    if root is None:
        return None
    return next((syntax for syntax, matches, _ in _READERS if matches(root)), None)
