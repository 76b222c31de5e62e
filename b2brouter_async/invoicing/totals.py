"""What an invoice in a request comes to, exactly, as the server adds it up and rounds it (behaviour 26).

A line is quantity times price over its base quantity, less its allowances. Each tax is rounded once for all lines of
its rate, unless the account rounds each line's. Withholdings are taxes with a negative rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import define, field, frozen

from .._core.codecs import DECIMAL
from ..errors import ArgumentError
from .keys import held_to_keys
from .rounding import Rounding, digits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._core.model import Model
    from .rounding import RoundingSettings

_NOTHING: Final = Decimal("0.00")
_EXACT: Final = Rounding()
_MOST_DIGITS: Final = 60
_Key = tuple[str, str | None, Decimal]
NO_PRICE: Final = "the line has no price; for what is free pass price=0"


@frozen
class TaxTotal:
    """One tax of an invoice at one rate.

    Example:
        line = {"quantity": 2, "price": Decimal("49.90"), "taxes_attributes": [{"name": "IVA", "percent": 21}]}
        for tax in totals_of({"invoice_lines_attributes": [line]}).taxes:
            print(tax.name, tax.percent, tax.base, tax.amount)
    """

    name: str
    percent: Decimal
    """Negative for withholdings."""
    category: str | None
    base: Decimal
    """What it is reckoned on, in the smallest unit of the currency."""
    amount: Decimal
    """Negative for withholdings."""


@frozen(kw_only=True)
class Totals:
    """What an invoice comes to, in the smallest unit of its currency. The numbers are terms of EN 16931.

    Example:
        totals = totals_of({"invoice_lines_attributes": [{"quantity": 2, "price": Decimal("49.90")}]})
        print(totals.net, totals.tax, totals.total, totals.payable)
    """

    lines: Decimal
    """All lines, without taxes (BT-106)."""
    allowances: Decimal
    """What allowances of the whole document take off (BT-107)."""
    charges: Decimal
    """What charges of the whole document put on (BT-108)."""
    net: Decimal
    """The total without taxes (BT-109)."""
    taxes: tuple[TaxTotal, ...]
    """Each tax at each rate, in the order in which the lines name them."""
    total: Decimal
    """The total with taxes, as the server shows it: withholdings are taken off."""
    prepaid: Decimal = _NOTHING
    """What was paid already (BT-113): `payments_on_account`."""
    retained: Decimal | None = _NOTHING
    """What the buyer holds back: `amounts_withheld`. None where only a percentage is given, since no public source says
    of what."""
    adjustment: Decimal = _NOTHING
    """The rounding amount (BT-114): `adjustment_in_cents`."""

    @property
    def tax(self) -> Decimal:
        """All taxes but withholdings (BT-110)."""
        return self._sum(*(one.amount for one in self.taxes if one.percent >= 0))

    @property
    def withheld(self) -> Decimal:
        """What is withheld, as the server counts it: negative for an invoice."""
        return self._sum(*(one.amount for one in self.taxes if one.percent < 0))

    @property
    def before_withholding(self) -> Decimal:
        """The total with taxes before anything is withheld (BT-112)."""
        return self._sum(self.total, -self.withheld)

    @property
    def payable(self) -> Decimal | None:
        """What is left to pay (BT-115). None where `retained` is not known."""
        if self.retained is None:
            return None
        return self._sum(self.total, -self.prepaid, -self.retained, self.adjustment)

    def _sum(self, *amounts: Decimal) -> Decimal:
        return _sum(_digits(self.net), *amounts)


def totals_of(
    invoice: Model | Mapping[str, Any], rounding: Rounding | RoundingSettings | None = None
) -> Totals:
    """Return what an invoice of a request comes to.

    Example:
        totals_of({"invoice_lines_attributes": [{"quantity": 2, "price": Decimal("49.90")}]}).net

    Args:
        invoice: an `InvoiceInput`, or a dictionary in its place, amounts as `Decimal` or int. Lines with `_destroy` don't
            count.
        rounding: how the account rounds, or the account itself; left out, as accounts do that nobody has set otherwise.

    Returns:
        The totals. A tax that the account adds by itself is not in them (behaviour 26).

    Raises:
        ArgumentError: a key is none of an invoice's, an amount is none, a line has no price, an allowance or charge doesn't
            say which it is or says two amounts, or the account rounds in a way that is not known.
    """
    return added_up(held_to_keys(invoice), rounding)


def added_up(invoice: Mapping[str, Any], rounding: Rounding | RoundingSettings | None = None) -> Totals:
    """Return what an invoice comes to whose keys are known to be right; see `totals_of`."""
    how = (
        Rounding()
        if rounding is None
        else rounding
        if isinstance(rounding, Rounding)
        else Rounding.of(rounding)
    )
    sums = _Sums(how, digits_of(invoice.get("currency")) if how.digits is None else how.digits)
    for place, line in _mappings(invoice, "invoice_lines_attributes"):
        if line.get("_destroy") not in (1, True, "1", "true"):
            sums.add_line(place, line)
    sums.close_lines()
    for place, extra in _mappings(invoice, "allowance_charges_attributes"):
        sums.add_extra(place, extra)
    return sums.totals(invoice)


@define
class _Sums:
    """Adds up lines, then what is for the whole document."""

    _how: Rounding
    _digits: int
    _lines: Fraction = Fraction(0)
    _allowances: Fraction = Fraction(0)
    _charges: Fraction = Fraction(0)
    _bases: dict[_Key, Fraction] = field(factory=dict[_Key, Fraction])
    _per_line: dict[_Key, Fraction] = field(factory=dict[_Key, Fraction])
    _names: dict[tuple[str | None, Decimal], str] = field(factory=dict[tuple[str | None, Decimal], str])

    def add_line(self, place: str, line: Mapping[str, Any]) -> None:
        net = line_net(line, place, self._digits)
        if self._how.round_before_sum:
            net = Fraction(self._rounded(net))
        self._lines += net
        for at, tax in _mappings(line, "taxes_attributes", place):
            if tax.get("name"):  # the server drops one without (behaviour 21)
                self._add_tax(at, tax, net)

    def close_lines(self) -> None:
        # The tax of the whole document may leave out its name, where the lines have it.
        self._names = {(category, percent): name for name, category, percent in self._bases}

    def add_extra(self, place: str, extra: Mapping[str, Any]) -> None:
        amount = _signed(extra, self._lines, place, self._digits)
        if extra["allowance_charge_indicator"] == "charge":
            self._charges += amount
        else:
            self._allowances -= amount
        tax = extra.get("tax_attributes")
        if extra.get("apply_taxes") and isinstance(tax, Mapping):
            self._add_tax(f"{place}.tax_attributes", cast("Mapping[str, Any]", tax), amount)

    def _add_tax(self, place: str, tax: Mapping[str, Any], base: Fraction) -> None:
        if tax.get("percent") is None:
            raise ArgumentError("the tax has no rate; for none pass percent=0", argument=f"{place}.percent")
        percent = _amount(tax, "percent", place)
        category = None if tax.get("category") is None else str(tax["category"])
        name = str(tax.get("name") or self._names.get((category, percent), ""))
        key = (name, category, percent)
        self._bases[key] = self._bases.get(key, Fraction(0)) + base
        self._per_line[key] = self._per_line.get(key, Fraction(0)) + Fraction(self._share(base, percent))

    def _share(self, base: Fraction, percent: Decimal) -> Decimal:
        return self._rounded(base * Fraction(percent) / 100)

    def _rounded(self, amount: Fraction) -> Decimal:
        return self._how.rounded(amount, self._digits)

    def totals(self, invoice: Mapping[str, Any]) -> Totals:
        rounded = self._rounded
        net = rounded(self._lines - self._allowances + self._charges)
        taxes = tuple(
            TaxTotal(
                name,
                percent,
                category,
                rounded(base),
                rounded(self._per_line[name, category, percent])
                if self._how.apply_taxes_per_line
                else self._share(base, percent),
            )
            for (name, category, percent), base in self._bases.items()
        )
        return Totals(
            lines=rounded(self._lines),
            allowances=rounded(self._allowances),
            charges=rounded(self._charges),
            net=net,
            taxes=taxes,
            total=_sum(self._digits, net, *(one.amount for one in taxes)),
            prepaid=rounded(Fraction(_amount(invoice, "payments_on_account"))),
            retained=self._retained(invoice),
            adjustment=self._adjustment(invoice),
        )

    def _retained(self, invoice: Mapping[str, Any]) -> Decimal | None:
        if invoice.get("amounts_withheld") is not None:
            return self._rounded(Fraction(_amount(invoice, "amounts_withheld")))
        return None if invoice.get("withheld_percent") else self._rounded(Fraction(0))

    def _adjustment(self, invoice: Mapping[str, Any]) -> Decimal:
        cents = _amount(invoice, "adjustment_in_cents")
        if cents and digits_of(invoice.get("currency")) != 2:
            raise ArgumentError(
                f"{invoice['currency']} has no cents, and no public source says what {cents} of them are; make a line, or a "
                "charge or an allowance, of it",
                argument="adjustment_in_cents",
            )
        return self._how.rounded(Fraction(cents) / 100, max(self._digits, 2 if cents else 0))


def line_net(line: Mapping[str, Any], place: str = "line", digits: int = 2) -> Fraction:
    """Return what a line of a request comes to without taxes, exactly.

    Args:
        line: keyed by the names of the wire.
        place: where it stands, for error texts.
        digits: how many its currency has behind the point.

    Raises:
        ArgumentError: an amount is none, the line has no price, or an allowance or charge doesn't say which it is or says two
            amounts.
    """
    if line.get("extension_amount") is not None:
        return Fraction(_amount(line, "extension_amount", place))
    if line.get("price") is None and any(
        line.get(key) is not None for key in ("quantity", "taxes_attributes")
    ):
        raise ArgumentError(NO_PRICE, argument=f"{place}.price")
    base = Fraction(_amount(line, "base_quantity", place)) or Fraction(1)
    quantity = Fraction(1) if line.get("quantity") is None else Fraction(_amount(line, "quantity", place))
    net = quantity * Fraction(_amount(line, "price", place)) / base
    extras = [
        _signed(extra, net, at, digits)
        for at, extra in _mappings(line, "allowance_charges_attributes", place)
    ]
    return net + sum(extras, Fraction(0))


def _sum(digits: int, *amounts: Decimal) -> Decimal:
    """Add rounded amounts up. Arithmetic of decimals would cut digits beyond its precision."""
    return _EXACT.rounded(sum(map(Fraction, amounts), Fraction(0)), max(digits, *map(_digits, amounts), 0))


def _digits(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _signed(extra: Mapping[str, Any], base: Fraction, place: str, digits: int) -> Fraction:
    """Return what an allowance takes off, negative, or a charge puts on."""
    if extra.get("amount") is not None:
        amount = Fraction(_amount(extra, "amount", place))
        contradiction = two_amounts(extra, base, place, digits)
        if contradiction is not None:
            raise ArgumentError(contradiction, argument=f"{place}.percentage")
    else:
        amount = base * Fraction(_amount(extra, "percentage", place)) / 100
    kind = extra.get("allowance_charge_indicator")
    if kind not in ("allowance", "charge"):
        raise ArgumentError(
            f'expected "allowance" or "charge", got {kind!r}; which way the amount goes is not guessed',
            argument=f"{place}.allowance_charge_indicator",
        )
    return amount if kind == "charge" else -amount


def two_amounts(extra: Mapping[str, Any], base: Fraction, place: str, digits: int = 2) -> str | None:
    """Tell that an allowance or charge has an amount, and a percentage that makes another one of what it is of.

    Args:
        extra: the allowance or charge.
        base: what it is of: the line, or all lines.
        place: where it stands, for error texts.
        digits: how many the currency has behind the point.

    Raises:
        ArgumentError: one of them is no amount.
    """
    if extra.get("amount") is None or extra.get("percentage") is None:
        return None
    amount, percentage = _amount(extra, "amount", place), _amount(extra, "percentage", place)
    made = base * Fraction(percentage) / 100
    if abs(made - Fraction(amount)) < Fraction(1, 10**digits):
        return None  # it says where the amount comes from
    return (
        f"{percentage:f} % of {_EXACT.cents(base):f} is {_EXACT.cents(made):f}, and the amount is {amount:f}; which of the two "
        "is meant? Pass that one alone"
    )


def _amount(fields: Mapping[str, Any], name: str, place: str = "") -> Decimal:
    """Return an amount, 0 where there is none."""
    value = fields.get(name)
    if value is None:
        return Decimal(0)
    where = f"{place}.{name}" if place else name
    try:
        written = DECIMAL.dump(value)
    except ArgumentError as error:
        raise error.below(where) from None
    amount = Decimal(cast("Decimal | int", written))
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_MOST_DIGITS or amount.adjusted() > _MOST_DIGITS:
        raise ArgumentError(f"{value} is beyond any amount of an invoice", argument=where)
    return amount


def _mappings(
    fields: Mapping[str, Any], name: str, place: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the objects of a list, each with its place."""
    value = fields.get(name)
    entries = cast("list[object]", value) if isinstance(value, (list, tuple)) else []
    for index, one in enumerate(entries):
        if isinstance(one, Mapping):
            yield f"{place}.{name}[{index}]" if place else f"{name}[{index}]", cast("Mapping[str, Any]", one)
