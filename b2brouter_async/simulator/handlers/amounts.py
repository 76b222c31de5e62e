"""Totals of an invoice, in Decimal, with the rounding the account is set to (behaviour 26)."""

from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import attrs

from ..state.store import part, rows

if TYPE_CHECKING:
    from ..state.store import JsonObject, Record

_ROUNDING = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_down": decimal.ROUND_HALF_DOWN,
    "half_even": decimal.ROUND_HALF_EVEN,
    "up": decimal.ROUND_UP,
    "down": decimal.ROUND_DOWN,
    "truncate": decimal.ROUND_DOWN,
}
_CENT = Decimal("0.01")
_NO_CENTS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THOUSANDTHS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_FOUR_DIGITS = frozenset({"CLF", "UYW"})
_CONTEXT = decimal.Context(prec=60, Emax=999, Emin=-999, traps=[])


@attrs.frozen
class Rounding:
    """How an account rounds."""

    mode: str = decimal.ROUND_HALF_UP
    before_sum: bool = False
    taxes_per_line: bool = False
    digits: int = 2

    @classmethod
    def of(cls, account: Record, currency: object) -> Rounding:
        """Read an account's settings.

        Args:
            account: that has them.
            currency: of the invoice, whose smallest unit amounts are rounded to. That the server does so is assumed.
        """
        code = str(currency).upper()
        digits = 0 if code in _NO_CENTS else 3 if code in _THOUSANDTHS else 4 if code in _FOUR_DIGITS else 2
        return cls(
            digits=digits,
            mode=_ROUNDING.get(str(account.body.get("rounding_method")), decimal.ROUND_HALF_UP),
            before_sum=bool(account.body.get("round_before_sum")),
            taxes_per_line=bool(account.body.get("apply_taxes_per_line")),
        )

    def rounded(self, amount: Fraction) -> Decimal:
        """Round to the smallest unit of the currency."""
        # A quotient that never ends is cut at a place that rounding must not see: halves of a unit are kept apart.
        parts = 2 * 10**self.digits
        halves, rest = divmod(amount.numerator * parts, amount.denominator)
        shown = Decimal(halves) + (Decimal("0.5") if rest else 0)
        unit = Decimal((0, (1,), -self.digits))
        return _CONTEXT.divide(shown, Decimal(parts)).quantize(unit, rounding=self.mode, context=_CONTEXT)


def number(fields: JsonObject, name: str, default: int = 0) -> Decimal:
    """Return a number of a request as Decimal."""
    value = fields.get(name)
    return Decimal(default) if value is None else Decimal(value)


def line_total(line: JsonObject) -> Decimal:
    """Return the net amount of a line, with sixty digits where it never ends."""
    net = _net(line)
    return _CONTEXT.divide(Decimal(net.numerator), Decimal(net.denominator))


def _net(line: JsonObject) -> Fraction:
    """The net amount of a line: as given, or quantity x price / base quantity, less allowances, plus charges."""
    if line.get("extension_amount") is not None:
        return Fraction(number(line, "extension_amount"))
    base = number(line, "base_quantity", 1) or 1
    net = Fraction(number(line, "quantity", 1)) * Fraction(number(line, "price")) / Fraction(base)
    return net + sum(_extra(entry, net) for entry in rows(line, "allowance_charges_attributes"))


def _extra(entry: JsonObject, base: Fraction) -> Fraction:
    if entry.get("amount") is not None:
        amount = Fraction(number(entry, "amount"))
    else:
        amount = base * Fraction(number(entry, "percentage")) / 100
    return amount if entry.get("allowance_charge_indicator") == "charge" else -amount


@attrs.define
class Totals:
    """What an invoice comes to."""

    subtotal: Decimal
    taxes: list[JsonObject]
    total: Decimal


def totals(lines: list[JsonObject], extras: list[JsonObject], rounding: Rounding) -> Totals:
    """Add up lines, and allowances and charges of the whole document, and the taxes on both."""
    bases: dict[tuple[str, str | None, Decimal], Fraction] = {}
    per_line: dict[tuple[str, str | None, Decimal], Decimal] = {}
    subtotal = Fraction(0)

    def tax(entry: JsonObject, base: Fraction) -> None:
        key = (str(entry.get("name") or ""), entry.get("category"), number(entry, "percent"))
        bases[key] = bases.get(key, Fraction(0)) + base
        amount = rounding.rounded(base * Fraction(key[2]) / 100)
        per_line[key] = _CONTEXT.add(per_line.get(key, Decimal(0)), amount)

    for line in lines:
        net = _net(line)
        if rounding.before_sum:
            net = Fraction(rounding.rounded(net))
        subtotal += net
        for entry in rows(line, "taxes_attributes"):
            tax(entry, net)
    whole = subtotal
    names = {key[1:]: key[0] for key in bases}
    for extra in extras:
        amount = _extra(extra, whole)
        subtotal += amount
        attributes = part(extra, "tax_attributes")
        if extra.get("apply_taxes") and attributes:
            # A document level charge may leave out the name of a tax the lines already have.
            known = names.get((attributes.get("category"), number(attributes, "percent")), "")
            name = attributes.get("name") or known
            tax({**attributes, "name": name}, amount)

    taxes: list[JsonObject] = []
    total = rounding.rounded(subtotal)
    for key, base in bases.items():
        taxed = per_line[key] if rounding.taxes_per_line else rounding.rounded(base * Fraction(key[2]) / 100)
        total = _CONTEXT.add(total, taxed)
        taxes.append(
            {"name": f"{key[0]} {percent(key[2])}%".strip(), "category": key[1], "percent": key[2],
             "base": rounding.rounded(base), "amount": taxed, "comment": None}
        )  # fmt: skip
    return Totals(rounding.rounded(subtotal), taxes, total)


def payable(fields: JsonObject, total: Decimal) -> Decimal:
    """Return what is left to pay: less what was paid or is held back, plus the adjustment."""
    left = _CONTEXT.subtract(total, number(fields, "payments_on_account"))
    left = _CONTEXT.subtract(left, number(fields, "amounts_withheld"))
    return _CONTEXT.add(left, _CONTEXT.divide(number(fields, "adjustment_in_cents"), Decimal(100)))


def percent(value: Decimal) -> str:
    """Write a percentage as the API does in the names of taxes: `21,00`."""
    return f"{value.quantize(_CENT, rounding=decimal.ROUND_HALF_UP, context=_CONTEXT):f}".replace(".", ",")
