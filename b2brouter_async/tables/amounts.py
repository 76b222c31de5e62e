"""Arithmetic with the amounts of a table, exact where a quotient allows it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP)


def cents(amount: Decimal) -> Decimal:
    """Round to cents, half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP, context=_EXACT)


def share(base: Decimal, percent: Decimal) -> Decimal:
    """Return so many percent of an amount, rounded to cents, half up."""
    return cents(_EXACT.divide(_EXACT.multiply(base, percent), Decimal(100)))


def divided(amount: Decimal, by: Decimal, places: int) -> Decimal:
    """Return a quotient with so many digits behind the mark."""
    return _EXACT.divide(amount, by).quantize(
        Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=_EXACT
    )


def product(*factors: Decimal) -> Decimal:
    """Return a product, exactly."""
    result = Decimal(1)
    for factor in factors:
        result = _EXACT.multiply(result, factor)
    return result
