"""What people upload by mistake, and the way out for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import xml

if TYPE_CHECKING:
    from .xml import Element

_BEGINNINGS = (
    (b"PK\x03\x04", "This is a ZIP archive. Unpack it and upload the documents inside."),
    (b"\x1f\x8b", "This is a gzip archive. Unpack it and upload the document inside."),
    (b"\xd0\xcf\x11\xe0", "This is an old Office file, not an e-invoice. Export the invoice as UBL or CII."),
    (b"\xff\xd8\xff", "This is a picture (JPEG). A scanned invoice is not an e-invoice: export it as XML."),
    (b"\x89PNG", "This is a picture (PNG). A scanned invoice is not an e-invoice: export it as XML."),
    (b"{", "This looks like JSON, not an e-invoice. Create it with invoices.create, or export it as XML."),
    (b"[", "This looks like JSON, not an e-invoice. Create it with invoices.create, or export it as XML."),
)
_ROOTS = {
    "StandardBusinessDocument": "This is an SBDH envelope around a document. Upload the invoice inside it.",
    "AttachedDocument": "This UBL AttachedDocument is a wrapper. Upload the invoice inside it.",
    "Signature": "The XML is wrapped in a signature. Upload the invoice inside, or one with the signature within.",
    "CrossIndustryDocument": "This is ZUGFeRD 1.0, which has been withdrawn. Export it as ZUGFeRD 2 or Factur-X.",
    "FatturaElettronicaSemplificata": "This is a simplified FatturaPA (FSM10). Only FPA12 and FPR12 are read.",
    "SCRDMCCBDACIOMessageStructure": "This is an order (Order-X), not an invoice.",
    "html": "This is a web page, not an e-invoice.",
}


def reason_for_bytes(content: bytes) -> str | None:
    """Why these bytes can't be an e-invoice in XML, or None if they may be one."""
    start, encoding = xml.beginning(content)
    begin = start[:512]
    if not begin:
        return "The file holds nothing but space." if content else "The file is empty."
    if begin[:14].lower() == b"<!doctype html":
        return _ROOTS["html"]
    if begin.startswith(b"<") or encoding not in (None, "UTF-8"):
        return None
    for beginning, reason in _BEGINNINGS:
        if begin.startswith(beginning):
            return reason
    return "This is neither XML nor PDF. Upload UBL, CII, Factur-X, Facturae or FatturaPA."


def reason_for_attached(root: Element) -> str:
    """Why an XML with this root can't be the invoice inside a PDF."""
    if root.name in ("Invoice", "CreditNote") and "oasis" in root.namespace:
        what = "This is UBL"
    elif root.name == "Facturae":
        what = "This is Facturae"
    elif root.name == "FatturaElettronica":
        what = "This is FatturaPA"
    else:
        return reason_for_root(root)
    return f"{what}, and a PDF carries CII (Factur-X, ZUGFeRD). Take the XML out of the PDF and upload that."


def reason_for_root(root: Element) -> str:
    """Why an XML document with this root can't be read."""
    if root.name.lower() == "html":
        return _ROOTS["html"]
    if root.name in _ROOTS:
        return _ROOTS[root.name]
    where = f" in {root.namespace[:100]!r}" if root.namespace else " without a namespace"
    return (
        f"The XML is a {root.name[:60]!r}{where}: not an invoice we know. "
        "Upload UBL (Invoice, CreditNote), CII, Factur-X, Facturae 3.2 or FatturaPA."
    )
