"""From bytes to facts: recognise the syntax, hand over to its reader."""

from __future__ import annotations

from collections.abc import Callable

from b2brouter_async.einvoice import cii, facturae, facturx, fatturapa, foreign, ubl, xml
from b2brouter_async.einvoice.facts import DocumentFacts, Syntax, UnreadableDocument

DEFAULT_MAX_BYTES = 20 * 1024 * 1024

_Reader = tuple[Syntax, Callable[[xml.Element], bool], Callable[[xml.Element], DocumentFacts]]
_READERS: tuple[_Reader, ...] = (
    ("ubl", ubl.matches, ubl.read),
    ("cii", cii.matches, cii.read),
    ("facturae", facturae.matches, facturae.read),
    ("fatturapa", fatturapa.matches, fatturapa.read),
)


def read_document(content: bytes, *, max_bytes: int = DEFAULT_MAX_BYTES) -> DocumentFacts:
    """Read what an e-invoice says about itself.

    Understands UBL invoices and credit notes, CII, Factur-X and ZUGFeRD 2 PDFs (needs the extra
    `b2brouter-async[pdf]`), Facturae 3.2.x and FatturaPA. The content is not validated beyond that.

    Args:
        content: The whole document. It may come from anybody: no entity is expanded, nothing is fetched.
        max_bytes: Refuse anything bigger, in bytes, before looking at it.

    Raises:
        UnreadableDocument: It is none of these, damaged, or holds more than one invoice.
    """
    if len(content) > max_bytes:
        raise UnreadableDocument(
            f"The document has {len(content):,} bytes, more than the {max_bytes:,} allowed here. "
            "Take large attachments out, or raise max_bytes."
        )
    if facturx.matches(content):
        return facturx.read(content, max_bytes=max_bytes)
    if (reason := foreign.reason_for_bytes(content)) is not None:
        raise UnreadableDocument(reason)
    root = xml.parse(content)
    for _, matches, read in _READERS:
        if matches(root):
            return read(root)
    raise UnreadableDocument(foreign.reason_for_root(root))


def detect(content: bytes) -> Syntax | None:
    """Tell the syntax from the first bytes, cheaply, or None if it is none we know.

    A PDF is taken for Factur-X: whether an invoice is embedded, only `read_document` finds out.
    """
    if facturx.matches(content):
        return "factur-x"
    root = xml.root_of(content)
    if root is None:
        return None
    return next((syntax for syntax, matches, _ in _READERS if matches(root)), None)
