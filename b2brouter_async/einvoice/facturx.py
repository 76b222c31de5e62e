"""Factur-X and ZUGFeRD 2: a PDF for people with a Cross Industry Invoice inside for machines."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from . import cii, mistakes, xml
from .facts import DocumentFacts, UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Mapping

# In the order the standards came out, newest first. Anything else that ends in .xml comes after them.
_NAMES = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml")


def matches(content: bytes) -> bool:
    """Whether the bytes are a PDF. Readers allow some bytes before its header."""
    begin = content[:1024]
    return b"%PDF-" in begin and not begin.lstrip().startswith(b"<")


def read(content: bytes, *, max_bytes: int) -> DocumentFacts:
    """Read the facts of the invoice embedded in a PDF.

    Args:
        content: the PDF.
        max_bytes: the most bytes the embedded XML may have once unpacked.

    Raises:
        UnreadableDocument: pypdf is not installed, the PDF is damaged or encrypted, or no Cross Industry
            Invoice is embedded.
    """
    embedded = embedded_xml(content)
    if len(embedded) > max_bytes:
        raise UnreadableDocument(
            f"The XML inside the PDF has more than the {max_bytes:,} bytes allowed here."
        )
    root = xml.parse(embedded)
    if not cii.matches(root):
        raise UnreadableDocument(f"In the PDF's attachment: {mistakes.reason_for_root(root)}")
    return cii.read(root, syntax="factur-x", media_type="application/pdf")


def embedded_xml(content: bytes) -> bytes:
    """Take the invoice's XML out of a PDF.

    Raises:
        UnreadableDocument: as for `read`.
    """
    try:
        from pypdf import PdfReader
    except ImportError as error:
        raise UnreadableDocument(
            "Reading the XML inside a PDF needs pypdf: install b2brouter-async[pdf]."
        ) from error
    try:
        reader = PdfReader(io.BytesIO(content))
        encrypted = reader.is_encrypted
        contents = [] if encrypted else _attachment(reader.attachments)
    except Exception as error:
        # A parser of damaged files fails in many ways (recursion, wrong types, its own limits):
        # all of them mean the same here.
        raise UnreadableDocument(
            f"The PDF is damaged and can't be opened ({type(error).__name__}). Export it again."
        ) from error
    if encrypted:
        raise UnreadableDocument("The PDF is encrypted, which Factur-X forbids. Save it without a password.")
    if not contents:
        raise UnreadableDocument(
            "The PDF has no invoice XML inside: it is a picture of an invoice, not an e-invoice. "
            "Export it as Factur-X (ZUGFeRD), or as UBL or CII."
        )
    return contents[0]


def _attachment(attachments: Mapping[str, list[bytes]]) -> list[bytes]:
    # The mapping unpacks a file on access only: nothing but the XML is ever inflated.
    by_lower = {name.lower(): name for name in attachments}
    known = [by_lower[name] for name in _NAMES if name in by_lower]
    others = [name for lower, name in by_lower.items() if lower.endswith(".xml")]
    name = next(iter(known + others), None)
    return attachments[name] if name is not None else []
