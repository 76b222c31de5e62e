"""What an e-invoice says about itself: number, date, parties, totals.

Reads UBL, CII, Factur-X, Facturae and FatturaPA without changing a byte of them, on untrusted input.
Nothing of the client is needed for it, and importing it costs next to nothing: the XML and PDF
parsers are imported when the first document is read.
"""

from __future__ import annotations

from .facts import (
    Direction,
    DocumentFacts,
    Issuer,
    Kind,
    Party,
    Syntax,
    UnreadableDocument,
)
from .identifiers import bare_number, has_number, same_identifier, same_number
from .reading import DEFAULT_MAX_BYTES, detect, read_document

__all__ = [
    "DEFAULT_MAX_BYTES",
    "Direction",
    "DocumentFacts",
    "Issuer",
    "Kind",
    "Party",
    "Syntax",
    "UnreadableDocument",
    "bare_number",
    "detect",
    "has_number",
    "read_document",
    "same_identifier",
    "same_number",
]


def __dir__() -> list[str]:
    return list(__all__)
