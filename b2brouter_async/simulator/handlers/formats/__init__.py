"""Writes an invoice in the formats that can be downloaded: what its body and its lines have, no more.

The files are minimal: a reader finds number, dates, parties, lines, taxes and totals; no authority would take them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cii import to_cii
from .facts import Facts
from .facturae import to_facturae
from .fatturapa import to_fatturapa
from .pdf import to_facturx, to_pdf
from .ubl import to_ubl

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FORMATS", "Facts"]

# Beginnings of document type codes: the syntax as the reader of documents calls it, the media type, what writes it.
FORMATS: dict[str, tuple[str | None, str, Callable[[Facts, str], bytes]]] = {
    "xml.ubl": ("ubl", "application/xml", to_ubl),
    "xml.cii": ("cii", "application/xml", to_cii),
    "xml.facturae": ("facturae", "application/xml", to_facturae),
    "xml.fatturapa": ("fatturapa", "application/xml", to_fatturapa),
    "pdf.facturx": ("factur-x", "application/pdf", to_facturx),
    "pdf": (None, "application/pdf", to_pdf),
}
