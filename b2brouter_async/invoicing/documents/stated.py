"""What a document says that it comes to, against what the invoice made of it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from attrs import define, evolve, field

from ...einvoice.facts import UnreadableDocument
from ..rounding import Rounding, digits_of
from ..totals import added_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..totals import Totals

ANY: Final = "any"
"""In the place of a category: the document doesn't tell it beside its sums."""
_WAYS: Final = tuple(
    Rounding(round_before_sum=before, apply_taxes_per_line=per_line)
    for before in (False, True)
    for per_line in (False, True)
)
"""Half a cent goes up, as in every account that sources have seen."""


@define
class Stated:
    """Amounts that a document states, each with its name there and the property of `Totals` that it must equal."""

    _amounts: list[tuple[str, Decimal, str]] = field(factory=list[tuple[str, Decimal, str]])
    _taxes: list[tuple[Mapping[str, object], Decimal | None, Decimal | None]] = field(
        factory=list[tuple[Mapping[str, object], Decimal | None, Decimal | None]]
    )

    def add(self, name: str, amount: Decimal | None, like: str) -> None:
        """Keep an amount, if it is there."""
        if amount is not None:
            self._amounts.append((name, amount, like))

    def add_tax(self, tax: Mapping[str, object] | None, base: Decimal | None, amount: Decimal | None) -> None:
        """Keep what a tax comes to at one rate.

        Args:
            tax: as the lines of the request have it.
            base: what it is reckoned on.
            amount: what it comes to.
        """
        if tax is None:
            return
        for index, (known, known_base, known_amount) in enumerate(self._taxes):
            if _key(known) == _key(tax):  # a rate that is split, for example by reasons why it is 0
                self._taxes[index] = (tax, _both(known_base, base), _both(known_amount, amount))
                return
        self._taxes.append((tax, base, amount))

    def rounding_of(self, invoice: Mapping[str, Any]) -> Rounding:
        """Return how an account has to round for the invoice to come to the same.

        Raises:
            UnreadableDocument: it never does, or the document states no total.
        """
        if all(like == "tax" for _, _, like in self._amounts):
            raise UnreadableDocument(
                "It states no total, so nothing tells whether its lines are all that it comes to. Upload the document itself, or have "
                "it corrected."
            )
        differences: list[str] | None = None
        in_cents = [evolve(how, digits=2) for how in _WAYS]
        # Where the currency has other than cents, documents have them all the same: EN 16931 writes two digits of any.
        for how in _WAYS if digits_of(invoice.get("currency")) == 2 else (*_WAYS, *in_cents):
            found = list(self._differences(added_up(invoice, how)))
            if not found:
                return how
            differences = differences if differences is not None else found
        raise UnreadableDocument(
            f"Its lines don't come to what it states: {'; '.join((differences or [])[:3])}. What is taken over would be another "
            "amount, so nothing is: upload the document itself, or have it corrected."
        )

    def _differences(self, totals: Totals) -> Iterator[str]:
        for what, amount, like in self._amounts:
            found = getattr(totals, like)
            if found is not None and found != amount:
                yield f"{what} is {amount}, and they come to {found}"
        for tax, base, tax_amount in self._taxes:
            name, category, percent = _key(tax)
            same = [
                one
                for one in totals.taxes
                if (one.name, one.percent) == (name, percent) and category in (ANY, one.category)
            ]
            rate = f"{name} {percent} % {category if category not in (None, ANY) else ''}".strip()
            reckoned = sum((one.base for one in same), Decimal(0))
            if base is not None and base != reckoned:
                yield f"the base of {rate} is {base}, and they come to {reckoned}"
            charged = sum((one.amount for one in same), Decimal(0))
            if tax_amount is not None and tax_amount != charged:
                yield f"the amount of {rate} is {tax_amount}, and they come to {charged}"


def _key(tax: Mapping[str, object]) -> tuple[object, object, object]:
    return tax["name"], tax.get("category"), tax["percent"]


def _both(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other
