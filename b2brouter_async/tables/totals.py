"""What an invoice in a request comes to, exactly: the one place where amounts are added up and rounded.

As the server does it (behaviour 26): a line is quantity times price, less its allowances; each tax is rounded once for
all lines of its rate, half up; withholdings have a negative rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

CENT: Final = Decimal("0.01")
_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP)


@frozen
class TaxTotal:
    """One tax of an invoice at one rate."""

    name: str
    percent: Decimal
    category: str | None
    base: Decimal
    amount: Decimal
    """Negative for withholdings."""


@frozen
class Totals:
    """What an invoice comes to."""

    net: Decimal
    taxes: tuple[TaxTotal, ...]
    total: Decimal

    @property
    def tax(self) -> Decimal:
        """All taxes but withholdings."""
        return sum((one.amount for one in self.taxes if one.percent >= 0), Decimal(0))

    @property
    def withheld(self) -> Decimal:
        """What is withheld, as the server counts it: negative for an invoice."""
        return sum((one.amount for one in self.taxes if one.percent < 0), Decimal(0))


def cents(amount: Decimal) -> Decimal:
    """Round to cents, half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP, context=_EXACT)


def line_net(line: Mapping[str, Any]) -> Decimal:
    """Return what a line of a request comes to without taxes, not rounded."""
    if line.get("extension_amount") is not None:
        return Decimal(line["extension_amount"])
    price = Decimal(line.get("price") or 0)
    quantity = Decimal(1) if line.get("quantity") is None else Decimal(line["quantity"])
    base = line.get("base_quantity")
    net = _EXACT.multiply(quantity, price)
    if base:
        net = _EXACT.divide(net, Decimal(base))
    for extra in _mappings(line.get("allowance_charges_attributes")):
        net = _EXACT.add(net, _extra(extra, net))
    return net


def totals(invoice: Mapping[str, Any], *, rounding: str = "invoice") -> Totals:
    """Return what an invoice of a request comes to.

    Args:
        invoice: as it goes out, amounts as Decimal or int.
        rounding: `invoice` where taxes are rounded once a rate, `line` where the account rounds each line's.
    """
    net = Decimal(0)
    bases: dict[tuple[str, Decimal, str | None], Decimal] = {}
    rounded: dict[tuple[str, Decimal, str | None], Decimal] = {}

    def tax(entry: Mapping[str, Any], base: Decimal) -> None:
        key = (str(entry.get("name") or ""), Decimal(entry.get("percent") or 0), entry.get("category"))
        bases[key] = _EXACT.add(bases.get(key, Decimal(0)), base)
        rounded[key] = rounded.get(key, Decimal(0)) + share(base, key[1])

    for line in _mappings(invoice.get("invoice_lines_attributes")):
        amount = line_net(line)
        net = _EXACT.add(net, amount)
        for entry in _mappings(line.get("taxes_attributes")):
            tax(entry, amount)
    whole = net
    for extra in _mappings(invoice.get("allowance_charges_attributes")):
        amount = _extra(extra, whole)
        net = _EXACT.add(net, amount)
        if extra.get("apply_taxes") and isinstance(extra.get("tax_attributes"), Mapping):
            tax(extra["tax_attributes"], amount)
    total = cents(net)
    taxes: list[TaxTotal] = []
    for key, base in bases.items():
        amount = rounded[key] if rounding == "line" else share(base, key[1])
        taxes.append(TaxTotal(key[0], key[1], key[2], base, amount))
        total += amount
    return Totals(cents(net), tuple(taxes), total)


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


def _extra(entry: Mapping[str, Any], base: Decimal) -> Decimal:
    if entry.get("amount") is not None:
        amount = Decimal(entry["amount"])
    else:
        amount = _EXACT.divide(_EXACT.multiply(base, Decimal(entry.get("percentage") or 0)), Decimal(100))
    return amount if entry.get("allowance_charge_indicator") == "charge" else -amount


def _mappings(value: object) -> Iterable[Mapping[str, Any]]:
    entries = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Mapping[str, Any]", one) for one in entries if isinstance(one, Mapping)]
