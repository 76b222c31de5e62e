"""What an e-invoice says about itself: number, date, parties, totals.

Reads UBL, CII, Factur-X, Facturae and FatturaPA without changing a byte of them, on untrusted input.
Nothing of the client is needed for it. Names are loaded when they are first used, the XML and PDF parsers when the first
document is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy_names

if TYPE_CHECKING:
    from .facts import Direction as Direction
    from .facts import DocumentFacts as DocumentFacts
    from .facts import Issuer as Issuer
    from .facts import Kind as Kind
    from .facts import Party as Party
    from .facts import Syntax as Syntax
    from .facts import UnreadableDocument as UnreadableDocument
    from .identifiers import bare_number as bare_number
    from .identifiers import has_number as has_number
    from .identifiers import same_identifier as same_identifier
    from .identifiers import same_number as same_number
    from .reading import DEFAULT_MAX_BYTES as DEFAULT_MAX_BYTES
    from .reading import detect as detect
    from .reading import read_document as read_document

if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "facts": (
                "Direction",
                "DocumentFacts",
                "Issuer",
                "Kind",
                "Party",
                "Syntax",
                "UnreadableDocument",
            ),
            "identifiers": ("bare_number", "has_number", "same_identifier", "same_number"),
            "reading": ("DEFAULT_MAX_BYTES", "detect", "read_document"),
        },
    )
