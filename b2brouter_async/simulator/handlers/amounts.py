"""Totals of an invoice, in Decimal, with the rounding the account is set to (behaviour 26)."""

from __future__ import annotations

import decimal
from decimal import Decimal
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
_CONTEXT = decimal.Context(prec=60, Emax=999, Emin=-999, traps=[])


@attrs.frozen
class Rounding:
    """How an account rounds."""

    mode: str = decimal.ROUND_HALF_UP
    before_sum: bool = False
    taxes_per_line: bool = False

    @classmethod
    def of(cls, account: Record) -> Rounding:
        """Read an account's settings."""
        return cls(
            mode=_ROUNDING.get(str(account.body.get("rounding_method")), decimal.ROUND_HALF_UP),
            before_sum=bool(account.body.get("round_before_sum")),
            taxes_per_line=bool(account.body.get("apply_taxes_per_line")),
        )

    def cents(self, amount: Decimal) -> Decimal:
        """Round to cents."""
        return amount.quantize(_CENT, rounding=self.mode, context=_CONTEXT)


def number(fields: JsonObject, name: str, default: int = 0) -> Decimal:
    """Return a number of a request as Decimal."""
    value = fields.get(name)
    return Decimal(default) if value is None else Decimal(value)


def line_total(line: JsonObject) -> Decimal:
    """Return the net amount of a line: as given, or quantity x price / base quantity, less allowances, plus charges."""
    if line.get("extension_amount") is not None:
        return number(line, "extension_amount")
    base = number(line, "base_quantity", 1) or Decimal(1)
    net = _CONTEXT.divide(_CONTEXT.multiply(number(line, "quantity", 1), number(line, "price")), base)
    return _CONTEXT.add(net, _extras(rows(line, "allowance_charges_attributes"), net))


def _extras(entries: list[JsonObject], base: Decimal) -> Decimal:
    total = Decimal(0)
    for entry in entries:
        total = _CONTEXT.add(total, _extra(entry, base))
    return total


def _extra(entry: JsonObject, base: Decimal) -> Decimal:
    if entry.get("amount") is not None:
        amount = number(entry, "amount")
    else:
        amount = _CONTEXT.divide(_CONTEXT.multiply(base, number(entry, "percentage")), Decimal(100))
    return amount if entry.get("allowance_charge_indicator") == "charge" else -amount


@attrs.define
class Totals:
    """What an invoice comes to."""

    subtotal: Decimal
    taxes: list[JsonObject]
    total: Decimal


def totals(lines: list[JsonObject], extras: list[JsonObject], rounding: Rounding) -> Totals:
    """Add up lines, and allowances and charges of the whole document, and the taxes on both."""
    bases: dict[tuple[str, str | None, Decimal], Decimal] = {}
    per_line: dict[tuple[str, str | None, Decimal], Decimal] = {}
    subtotal = Decimal(0)

    def tax(entry: JsonObject, base: Decimal) -> None:
        key = (str(entry.get("name") or ""), entry.get("category"), number(entry, "percent"))
        bases[key] = _CONTEXT.add(bases.get(key, Decimal(0)), base)
        amount = rounding.cents(_CONTEXT.divide(_CONTEXT.multiply(base, key[2]), Decimal(100)))
        per_line[key] = _CONTEXT.add(per_line.get(key, Decimal(0)), amount)

    for line in lines:
        net = line_total(line)
        if rounding.before_sum:
            net = rounding.cents(net)
        subtotal = _CONTEXT.add(subtotal, net)
        for entry in rows(line, "taxes_attributes"):
            tax(entry, net)
    whole = subtotal
    names = {key[1:]: key[0] for key in bases}
    for extra in extras:
        amount = _extra(extra, whole)
        subtotal = _CONTEXT.add(subtotal, amount)
        attributes = part(extra, "tax_attributes")
        if extra.get("apply_taxes") and attributes:
            # A document level charge may leave out the name of a tax the lines already have.
            known = names.get((attributes.get("category"), number(attributes, "percent")), "")
            name = attributes.get("name") or known
            tax({**attributes, "name": name}, amount)

    taxes: list[JsonObject] = []
    total = rounding.cents(subtotal)
    for key, base in bases.items():
        amount = (
            per_line[key]
            if rounding.taxes_per_line
            else rounding.cents(_CONTEXT.divide(_CONTEXT.multiply(base, key[2]), Decimal(100)))
        )
        total = _CONTEXT.add(total, amount)
        taxes.append(
            {"name": f"{key[0]} {percent(key[2])}%".strip(), "category": key[1], "percent": key[2],
             "base": rounding.cents(base), "amount": amount, "comment": None}
        )  # fmt: skip
    return Totals(rounding.cents(subtotal), taxes, total)


def percent(value: Decimal) -> str:
    """Write a percentage as the API does in the names of taxes: `21,00`."""
    return f"{value.quantize(_CENT, rounding=decimal.ROUND_HALF_UP, context=_CONTEXT):f}".replace(".", ",")
