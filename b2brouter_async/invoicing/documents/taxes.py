"""Taxes as B2Brouter names them, of what e-invoices say by categories of EN 16931."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from attrs import define, field

if TYPE_CHECKING:
    from .source import Source

DEFAULT_NAMES: Final = {
    "es": "IVA",
    "it": "IVA",
    "pt": "IVA",
    "fr": "TVA",
    "lu": "TVA",
    "be": "BTW",
    "nl": "BTW",
}
"""What value added tax is called by the seller's country. Requests that are known to work have IVA, TVA, BTW and VAT."""
OTHERWISE: Final = "VAT"
_TERRITORIES: Final = {"L": ("IGIC", "S"), "M": ("IPSI", "S")}
"""Categories that are taxes of their own: the Canary Islands, Ceuta and Melilla."""


def default_name(country: str | None) -> str:
    """Return what value added tax is called.

    Args:
        country: of the seller, two letters.
    """
    return DEFAULT_NAMES.get((country or "").lower(), OTHERWISE)


@define
class Taxes:
    """Makes taxes of a request of those of a document by EN 16931."""

    name: str
    """What value added tax is called."""
    _comments: dict[tuple[str, Decimal], str] = field(factory=dict[tuple[str, Decimal], str])

    def remember_reason(self, category: str | None, percent: Decimal | None, reason: Source) -> None:
        """Keep why a category charges nothing, for the lines that have it.

        Args:
            category: by UNCL 5305.
            percent: the rate.
            reason: the element that says it; left where another one was said before.
        """
        said = reason.peek()
        if category is None or said is None:
            return
        if self._comments.setdefault((category, percent or Decimal(0)), said) == said:
            reason.known()
        else:
            reason.leave("another reason is given for the same rate, and the lines don't say which is theirs")

    def tax(
        self, category: str | None, percent: Decimal | None, scheme: str | None
    ) -> dict[str, object] | None:
        """Return a tax of a request, None where the document names none.

        Args:
            category: by UNCL 5305.
            percent: the rate.
            scheme: the tax itself, `VAT` or another.
        """
        if category is None and percent is None:
            return None
        name = self.name if scheme in (None, "", "VAT") else str(scheme)
        rate = percent or Decimal(0)
        comment = self._comments.get((category or "", rate))
        if category in _TERRITORIES:
            name, category = _TERRITORIES[category]
        found: dict[str, object] = {"name": name, "percent": rate, "category": category, "comment": comment}
        return {key: value for key, value in found.items() if value is not None}
