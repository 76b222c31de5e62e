"""Lines: units, and the net amount that a document states."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from ...einvoice.facts import UnreadableDocument
from ...errors import ArgumentError
from ..totals import line_net
from ..units import OTHER, unit

if TYPE_CHECKING:
    from decimal import Decimal

    from .source import Source

AMOUNT_TAKEN: Final = "its amount is taken"
NET_PRICE: Final = "the net price is taken, which has it in it"


def unit_of(source: Source, code: str | None, *, attribute: str = "") -> int | None:
    """Return B2Brouter's unit; one that it doesn't know is "other", and is listed as left out.

    Args:
        source: the element with the code.
        code: as Facturae writes it; as UN/ECE does, where it stands in an attribute.
        attribute: the attribute that has it, empty for the element's own text.
    """
    if code is None:
        return None
    try:
        return (unit(ubl=code) if attribute else unit(facturae=code)).code
    except ArgumentError:
        source.leave('B2Brouter has no unit for it, so the line says "other"', attribute=attribute)
        return OTHER.code


def settle_net(source: Source, line: dict[str, object], stated: Decimal | None) -> None:
    """Have a line come to the net amount that the document states, whatever the account rounds.

    Args:
        source: the element with the amount.
        line: of the request.
        stated: the amount.
    """
    if stated is None:
        return
    net = line_net(line)
    if net == Fraction(stated):
        return
    line["extension_amount"] = stated
    if line.get("price") is None:
        return
    if abs(net - Fraction(stated)) >= Fraction(1, 100):
        source.leave(
            f"quantity, price and allowances of the line come to {float(net):.2f}; the line's net amount is taken, "
            "in extension_amount",
            str(stated),
        )


def follows(source: Source, reckoned: Fraction) -> None:
    """Pass over an amount that follows from others, or list it where it is another than they make.

    Args:
        source: the element with the amount.
        reckoned: what they make.
    """
    written = source.amount()
    if written is not None and abs(Fraction(written) - reckoned) >= Fraction(1, 100):
        source.leave(f"what it follows from makes {float(reckoned):.2f}")


def indicator_of(source: Source, *, allowance: str, charge: str) -> str:
    """Return whether something is an allowance or a charge.

    Args:
        source: the element that says so.
        allowance: what it says then.
        charge: what it says else.

    Raises:
        UnreadableDocument: it says neither; which way the amount goes is not guessed.
    """
    words = {allowance: "allowance", charge: "charge", "0": "allowance", "1": "charge"}
    written = source.text() or ""
    if written not in words:
        raise UnreadableDocument(
            f"{source.name or 'An allowance or charge'} is {written[:20]!r}: which way the amount goes is not guessed."
        )
    return words[written]


def properties_of(parts: list[Source], name: str, value: str) -> list[dict[str, object]] | None:
    """Return what is told of an article by names and values; one that lacks either is left, and listed.

    Args:
        parts: the elements.
        name: the element below with the name.
        value: that with the value.
    """
    whole = [one for one in parts if one.peek(name) and one.peek(value)]
    return [{"name": one.text(name), "value": one.text(value)} for one in whole] or None


def joined(parts: list[str]) -> str | None:
    """Return texts one below the other, None if there are none."""
    return "\n".join(parts) or None


def put(fields: dict[str, object], **values: object) -> None:
    """Put values into an object of a request as JSON has them, but those that are None."""
    fields.update(filled(**values))


def filled(**values: object) -> dict[str, object]:
    """Return an object of a request with values as JSON has them, but those that are None."""
    return {
        name: value.isoformat() if isinstance(value, datetime.date) else value
        for name, value in values.items()
        if value is not None
    }
