"""Factur-X and ZUGFeRD 2: a PDF for people with a Cross Industry Invoice inside for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cii, mistakes, xml
from .facts import UnreadableDocument

if TYPE_CHECKING:
    from .facts import DocumentFacts
    from .pdf import PdfFile

# In the order the standards came out, newest first. Anything else that ends in .xml comes after them.
_NAMES = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml")
MAX_ATTACHMENTS = 20
"""Attached XML files that are looked at where none has a name of the standards."""


def matches(content: bytes) -> bool:
    """Whether the bytes are a PDF. Readers allow some bytes before its header."""
    begin = content[:1024]
    return b"%PDF-" in begin and not xml.beginning(begin)[0].startswith(b"<")


def read(content: bytes, *, max_bytes: int) -> DocumentFacts:
    """Read the facts of the invoice embedded in a PDF.

    Args:
        content: the PDF.
        max_bytes: the most bytes the embedded XML may have once unpacked.

    Raises:
        UnreadableDocument: the PDF is damaged, encrypted or made to overload its reader, or no Cross Industry
            Invoice is embedded.
    """
    name, embedded = _invoice_in(content, max_bytes)
    try:
        root = xml.parse(embedded)
        if not cii.matches(root):
            raise UnreadableDocument(mistakes.reason_for_attached(root))
        return cii.read(root, syntax="factur-x", media_type="application/pdf")
    except UnreadableDocument as error:
        raise UnreadableDocument(f"In the PDF's attachment {name[:60]!r}: {error.reason}") from error


def embedded_xml(content: bytes, *, max_bytes: int) -> bytes:
    """Take the invoice's XML out of a PDF.

    Args:
        content: the PDF.
        max_bytes: the most bytes the XML may have once unpacked.

    Raises:
        UnreadableDocument: as for `read`.
    """
    return _invoice_in(content, max_bytes)[1]


def _invoice_in(content: bytes, max_bytes: int) -> tuple[str, bytes]:
    # Imported here: who reads XML alone doesn't pay for it.
    from .pdf import DamagedPdf, EncryptedPdf, PdfFile, TooMuchWork

    # Places in a PDF count from its header.
    content = content[content.index(b"%PDF-") :]
    try:
        return _the_invoice(PdfFile.opened(content), max_bytes)
    except EncryptedPdf as error:
        raise UnreadableDocument(
            "The PDF is encrypted, which Factur-X forbids. Save it without a password and without restrictions."
        ) from error
    except TooMuchWork as error:
        raise UnreadableDocument(
            "The PDF takes far more work to unpack than any invoice: it is damaged, or made to do that. Export it again."
        ) from error
    except DamagedPdf as error:
        raise UnreadableDocument(
            f"The PDF is damaged and can't be opened: {error}. Export it again."
        ) from error


def _the_invoice(file: PdfFile, max_bytes: int) -> tuple[str, bytes]:
    from .pdf import TooManyBytes

    attachments = [one for one in file.attachments() if one.name.lower().endswith(".xml")]
    by_name = ([one for one in attachments if one.name.lower() == name] for name in _NAMES)
    candidates = next((named for named in by_name if named), attachments)[:MAX_ATTACHMENTS]
    if not candidates:
        raise UnreadableDocument(
            "The PDF has no invoice XML inside: it is a picture of an invoice, not an e-invoice. "
            "Export it as Factur-X (ZUGFeRD), or as UBL or CII."
        )
    chosen: tuple[str, bytes] | None = None
    left = max_bytes
    for one in candidates:
        try:
            content = file.content_of(one, most=left)
        except TooManyBytes as error:
            raise UnreadableDocument(
                f"The XML inside the PDF has more than the {max_bytes:,} bytes allowed here."
            ) from error
        left -= len(content)
        if chosen is None or (_is_invoice(content) and not _is_invoice(chosen[1])):
            chosen = one.name, content
        elif _is_invoice(content) and content != chosen[1]:
            raise UnreadableDocument(
                f"The PDF has two invoices inside that differ ({chosen[0][:60]!r}, {one.name[:60]!r}). "
                "One upload must be one invoice."
            )
    assert chosen is not None
    return chosen


def _is_invoice(content: bytes) -> bool:
    root = xml.root_of(content)
    return root is not None and cii.matches(root)
