"""From a document to the invoice of a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from attrs import frozen

from ...einvoice import xml
from ...einvoice.facts import DocumentFacts, UnreadableDocument
from ...einvoice.reading import DEFAULT_MAX_BYTES, invoice_xml, read_document
from ...errors import ArgumentError
from ..rounding import Rounding  # noqa: TC001 - attrs and typing.get_type_hints() resolve the annotations
from ..totals import Totals, added_up
from . import cii, facturae, fatturapa, ubl
from .made import Made
from .source import MAX_TEXT, LeftOut, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...einvoice.facts import Direction

T = TypeVar("T")

MAX_ELEMENTS: Final = 200_000
"""Elements of a document: an invoice of some 6,000 lines."""
_Maker = Callable[[Source, "Direction", "str | None"], Made]
_MAKERS: Final[Mapping[str, _Maker]] = {
    "ubl": ubl.make,
    "cii": cii.make,
    "facturae": facturae.make,
    "fatturapa": fatturapa.make,
}


@frozen(kw_only=True)
class FromDocument(Generic[T]):
    """An invoice that was made of a document, and what of the document isn't in it.

    Example:
        read = InvoiceInput.from_document(Path("invoice.xml").read_bytes())
        print(read.invoice.number, len(read.left_out))
    """

    invoice: T
    """What the document says, as far as a request can say it."""
    left_out: tuple[LeftOut, ...]
    """What it says besides, in its order: nothing else is lost. What belongs to the format alone is not listed, nor are sums,
    which have been compared."""
    totals: Totals
    """What the invoice comes to. The totals that the document states are the same."""
    rounding: Rounding
    """How the account has to round for that."""
    facts: DocumentFacts
    """What the document says about itself."""


def read_invoice(
    content: bytes,
    build: Callable[[dict[str, object]], T],
    *,
    direction: Direction = "issued",
    tax_name: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> FromDocument[T]:
    """Make an invoice of a request of a document; see `InvoiceInput.from_document`.

    Args:
        content: the whole document.
        build: makes an invoice of a dictionary that is keyed by the names of the wire.
        direction: whether the account issues it or receives it.
        tax_name: what value added tax is called.
        max_bytes: refuse anything bigger.
    """
    facts = read_document(content, max_bytes=max_bytes)
    if facts.issued_by != "seller":
        who = "the buyer (self-billing)" if facts.issued_by == "buyer" else "a third party"
        raise UnreadableDocument(
            f"It is issued by {who}, and how the API wants such an invoice is in no public source. Upload the document itself."
        )
    tree = xml.parse(
        invoice_xml(content, max_bytes=max_bytes), keep=xml.LINES, max_text=MAX_TEXT, max_kept=MAX_ELEMENTS
    )
    root = Source(tree)
    try:
        made = _MAKERS["cii" if facts.syntax == "factur-x" else facts.syntax](root, direction, tax_name)
        rounding = made.stated.rounding_of(made.fields)
    except ArgumentError as error:  # an amount beyond any of an invoice
        raise UnreadableDocument(f"What it says can't be added up: {error}.") from error
    return FromDocument(
        invoice=build(made.fields),
        left_out=root.left_out(made.currency),
        totals=added_up(made.fields, rounding),
        rounding=rounding,
        facts=facts,
    )
