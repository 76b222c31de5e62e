"""One invoice out of its rows: lines, taxes and kind; every amount the table holds is compared with what would go out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field, frozen

from ..errors import ArgumentError
from ..invoicing.rounding import Rounding
from ..invoicing.totals import added_up
from .amounts import cents, divided, product, share
from .errors import CellError
from .fields import LINE, TAXES
from .mapping import Rate, rate_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..invoicing.totals import Totals
    from .mapping import TableMapping

_OWN: Final = frozenset({"net", "gross", "price_gross", "discount_percent", "discount", "quantity", "price"})
"""Keys of a line that are reckoned with, and not just passed on."""
_HEAD_WORDS: Final = frozenset({"net", "tax_total", "total", "total_before_withholding", "paid", "kind"})
_NO_TAX: Final = frozenset({"E", "Z", "AE", "K", "G", "O", "NS"})
"""Categories of taxes that charge nothing."""
_FULL: Final = frozenset({"S", "H", "AA", "AAA"})
_PLACES: Final = 8
_REASONS: Final = "E exempt, Z zero rate, AE reverse charge, K within the Union, G export, O outside the scope, NS not subject"


class InvoiceError(CellError):
    """An invoice can't be made of its rows; the text says why, and the way out."""

    def __init__(self, problem: str, line: int | None = None, column: str | None = None) -> None:
        """Tell what is wrong, and where."""
        super().__init__(problem)
        self.line = line
        self.column = column


@frozen
class TableInvoice:
    """An invoice of a table.

    Example:
        for invoice in Table(Path("march.csv"), read_mapping(Path("march.toml"))).invoices():
            print(invoice.content["number"], invoice.totals.total, invoice.first, invoice.last)
    """

    content: Mapping[str, Any]
    """As it goes out."""
    totals: Totals
    """What it comes to."""
    first: int
    last: int
    kind: str
    """`invoice`, `credit_note` or `correction`."""
    written_total: Decimal
    """What it comes to as the table writes it, before any sign was turned."""

    @property
    def place(self) -> str:
        """Where it stands: `line 3`, `lines 3-5`."""
        return f"line {self.first}" if self.first == self.last else f"lines {self.first}-{self.last}"


@define
class Group:
    """The rows of one invoice."""

    number: str
    series: str
    first: int
    last: int = 0
    head: dict[str, object] = field(factory=dict[str, object])
    rows: list[tuple[int, dict[str, object]]] = field(factory=list[tuple[int, dict[str, object]]])
    filled: dict[str, object] = field(factory=dict[str, object])
    signs: list[tuple[str, str, int]] = field(factory=list[tuple[str, str, int]])
    broken: bool = False
    """Whether a cell of it can't be read, which was told."""


def build(group: Group, mapping: TableMapping, kind: str | None, mapped: frozenset[str]) -> TableInvoice:
    """Return the invoice of some rows.

    Args:
        group: the rows.
        mapping: what the table does not say by itself.
        kind: what the invoice is; None where the table doesn't say.
        mapped: the fields that have columns.

    Raises:
        InvoiceError: something is missing, contradicts, or does not add up.
    """
    head = group.head
    for name, what in (("number", "no number"), ("date", "no date"), ("currency", "no currency")):
        if head.get(name) is None:
            way = f"; say {name} in [constants]" if name == "currency" else ""
            raise InvoiceError(f"the invoice has {what}: no column says it{way}")
    if "contact_id" not in head and not any(name.startswith("contact.") for name in head):
        raise InvoiceError(
            "the invoice has no customer: no column fills contact.name or another field of contact"
        )
    made = _Lines(group, mapping, mapped)
    for line, values in group.rows:
        made.add(line, values)
    made.add_shipping_and_discount()
    if not made.lines:
        raise InvoiceError("the invoice has no line: no amount stands in its rows")
    content = _head(head)
    content["invoice_lines_attributes"] = made.lines
    found = _totals(content, mapping)
    made.compare(found)
    kind = _decided_kind(kind, found, head, mapping)
    written = found.total
    if kind in ("credit_note", "correction") and "is_credit_note" not in head and "is_amend" not in head:
        content["is_credit_note" if kind == "credit_note" else "is_amend"] = True
        if mapping.credit_notes is None:
            raise InvoiceError(
                f"a {kind.replace('_', ' ')} over {found.total}: which sign shall its amounts have? Say credit_notes = "
                '"as_written", or "reversed"'
            )
        if mapping.credit_notes == "reversed":
            content["invoice_lines_attributes"] = [_reversed(line) for line in made.lines]
            found = _totals(content, mapping)
    _add_reference(content, head, kind)
    return TableInvoice(content, found, group.first, group.last, kind, written)


def _totals(content: Mapping[str, Any], mapping: TableMapping) -> Totals:
    try:
        return added_up(content, Rounding(apply_taxes_per_line=mapping.rounding == "line"))
    except ArgumentError as error:
        raise InvoiceError(str(error)) from None


def check_taxes(taxes: Sequence[Mapping[str, Any]], place: str = "") -> None:
    """Refuse a tax that the server would drop, or that says nothing of why it is nothing.

    Raises:
        InvoiceError: a tax has no name, or a rate and a category contradict each other.
    """
    for tax in taxes:
        if not str(tax.get("name") or "").strip():
            raise InvoiceError(
                f"{place}a tax without a name is dropped by the server; say tax.name in [constants]"
            )
        percent, category = tax.get("percent"), tax.get("category")
        if percent is None:
            raise InvoiceError(f"{place}the tax {tax.get('name')} has no rate")
        if percent == 0 and (category is None or category in _FULL):
            has = "" if category is None else f", and category {category} does not say it"
            raise InvoiceError(
                f'{place}a tax of 0 %: why{has}? Say in [rates] "0" = {{ percent = 0, category = "E" }} ({_REASONS})'
            )
        if category == "E" and not tax.get("comment"):
            raise InvoiceError(
                f'{place}category E needs its reason, or the invoice is made and never sent; say comment = "E1" or the like '
                "beside the category in [rates]"
            )
        if percent and category in _NO_TAX:
            raise InvoiceError(f"{place}category {category} charges nothing, and the rate is {percent} %")


class _Lines:
    """Makes the lines of an invoice, and remembers what the table says they come to."""

    def __init__(self, group: Group, mapping: TableMapping, mapped: frozenset[str]) -> None:
        self.lines: list[dict[str, Any]] = []
        self._group = group
        self._mapping = mapping
        self._mapped = mapped
        self._gross = Decimal(0)
        """What lines made of gross amounts must come to."""
        self._all_gross = True
        self._amounts: dict[tuple[str, Decimal], Decimal] = {}
        """Amounts of taxes by tax and rate, as the table says them."""
        self._unsaid: set[tuple[str, Decimal]] = set()

    def add(self, line: int, values: Mapping[str, object]) -> None:
        """Make the lines of a row."""
        before = len(self.lines)
        pairs = [name for name in self._mapped if name.startswith("base@")]
        for name in sorted(pairs, key=lambda one: -Decimal(one.removeprefix("base@"))):
            self._add_pair(line, values, name.removeprefix("base@"))
        if not pairs or any(
            values.get(f"{LINE}.{key}") is not None for key in ("net", "price", "gross", "price_gross")
        ):
            self._add_line(line, values, beside_pairs=len(self.lines) > before)

    def _add_pair(self, line: int, values: Mapping[str, object], rate: str) -> None:
        base, amount = _number(values, f"base@{rate}"), _number(values, f"tax@{rate}")
        if not base:
            if amount:
                raise InvoiceError(f"there is a tax of {amount} at {rate} %, and no base for it", line)
            return
        found = self._mapping.rates.get("tax", {}).get(rate) or Rate(Decimal(rate))
        taxes = self._taxes(line, values, base, {"tax": found, "tax.amount": amount})
        self._append(values, Decimal(1), base, taxes)

    def _add_line(self, line: int, values: Mapping[str, object], *, beside_pairs: bool) -> None:
        quantity = _number(values, "line.quantity")
        price, net = _number(values, "line.price"), _number(values, "line.net")
        unit_gross, gross = _number(values, "line.price_gross"), _number(values, "line.gross")
        if price is None and net is None and unit_gross is None and gross is None:
            net = self._net_of_invoice(line)
            if net is None:
                raise InvoiceError(
                    "no amount stands in this row; if it is no line, leave it out with [skip]", line
                )
        if beside_pairs and not net and not price and not gross:
            return
        if quantity is None:
            if "line.quantity" in self._mapped and (price is not None or unit_gross is not None):
                raise InvoiceError("the quantity is empty", line)
            quantity = Decimal(1)
        if price is not None:
            self._of_price(line, values, quantity, price, net, gross)
        elif net is not None:
            self._of_net(line, values, quantity, net, gross)
        else:
            self._of_gross(line, values, quantity, unit_gross, gross)

    def _net_of_invoice(self, line: int) -> Decimal | None:
        """Return the net amount of the whole invoice, where it has one row and no line says its own."""
        own = ("line.net", "line.price", "line.gross", "line.price_gross")
        if any(name in self._mapped for name in own):
            return None
        net = _number(self._group.head, "net")
        if net is not None and len(self._group.rows) > 1:
            raise InvoiceError(
                '"net" is the amount of the whole invoice, and its number has several rows; if it is each row\'s own, '
                "map it to line.net",
                line,
            )
        return net

    def _of_price(
        self, line: int, values: Mapping[str, object], quantity: Decimal, price: Decimal, net: Decimal | None,
        gross: Decimal | None,
    ) -> None:  # fmt: skip
        base = _number(values, "line.base_quantity")
        amount = product(quantity, price) if not base else product(quantity, price) / base
        discount = self._discount(line, values, amount)
        rest = amount - discount
        if net is not None and cents(rest) != cents(net):
            raise InvoiceError(
                f"quantity {quantity} times price {price}{f' less {discount}' if discount else ''} is {rest}, and the "
                f"line's amount is {net}",
                line,
            )
        taxes = self._taxes(line, values, rest, {})
        self._check_gross(line, taxes, rest, gross)
        self._append(values, quantity, price, taxes, discount)

    def _of_net(
        self, line: int, values: Mapping[str, object], quantity: Decimal, net: Decimal, gross: Decimal | None
    ) -> None:
        self._no_discount(line, values, "line.net")
        taxes = self._taxes(line, values, net, {})
        self._check_gross(line, taxes, net, gross)
        self._append(values, quantity, self._unit(line, values, net, quantity), taxes, whole=net)

    def _unit(self, line: int, values: Mapping[str, object], amount: Decimal, quantity: Decimal) -> Decimal:
        if not quantity:
            if amount:
                raise InvoiceError(f"the quantity is 0, and the line's amount {amount}", line)
            return Decimal(0)
        if _number(values, "line.base_quantity") is not None:
            raise InvoiceError("line.base_quantity goes with line.price, not with the amount of a line", line)
        return divided(amount, quantity, _PLACES)

    def _of_gross(
        self,
        line: int,
        values: Mapping[str, object],
        quantity: Decimal,
        unit: Decimal | None,
        gross: Decimal | None,
    ) -> None:
        if unit is not None:
            whole = product(quantity, unit)
            discount = self._discount(line, values, whole)
            if gross is not None and cents(whole - discount) != cents(gross):
                raise InvoiceError(
                    f"quantity {quantity} times price {unit}{f' less {discount}' if discount else ''} is "
                    f"{whole - discount}, and the line's amount is {gross}",
                    line,
                )
            whole -= discount
        else:
            self._no_discount(line, values, "line.gross")
            assert gross is not None
            whole = gross
        tax = _number(values, "tax.amount")
        taxes = self._taxes(line, values, None if tax is None else whole - tax, {}, gross=whole)
        rate = _charged(taxes)
        net = divided(whole, 1 + rate / 100, _PLACES)
        price = self._unit(line, values, net, quantity) if quantity else Decimal(0)
        self._gross += cents(whole)
        self._append(values, quantity, price, taxes, from_gross=True)

    def _discount(self, line: int, values: Mapping[str, object], amount: Decimal) -> Decimal:
        percent, discount = _number(values, "line.discount_percent"), _number(values, "line.discount")
        if percent is not None and not 0 <= percent <= 100:
            raise InvoiceError(f"a discount of {percent} % can't be", line)
        if discount is not None and discount < 0:
            raise InvoiceError(f"a discount of {discount} would raise the amount; is its sign right?", line)
        by_percent = None if percent is None else cents(product(amount, percent) / 100)
        if by_percent and discount and by_percent != discount:
            raise InvoiceError(
                f"a discount of {percent} % is {by_percent}, and the discount is {discount}", line
            )
        return by_percent or discount or Decimal(0)

    def _no_discount(self, line: int, values: Mapping[str, object], beside: str) -> None:
        if _number(values, "line.discount_percent") or _number(values, "line.discount"):
            raise InvoiceError(
                f'is the discount in {beside} already? Map the price, or the discount to "" if it is', line
            )

    def _taxes(
        self,
        line: int,
        values: Mapping[str, object],
        base: Decimal | None,
        known: Mapping[str, Any],
        *,
        gross: Decimal | None = None,
    ) -> list[dict[str, Any]]:
        """Return the taxes of a line.

        Args:
            line: where it stands.
            values: of the row.
            base: the net amount, where it is known.
            known: a rate and an amount that come from a pair of columns.
            gross: the amount with tax, where the net amount comes from it.
        """
        made: list[dict[str, Any]] = []
        for tax in TAXES:
            if tax == "tax" and self._mapping.untaxed:
                continue
            amount = (
                known["tax.amount"]
                if tax == "tax" and "tax.amount" in known
                else _number(values, f"{tax}.amount")
            )
            rate = known.get(tax) or self._rate(tax, line, values, base, amount)
            if rate is None or (tax != "tax" and not rate.percent):
                if amount:
                    raise InvoiceError(
                        f"there is a {tax} of {amount}, and no rate; map {tax}.percent, or say in [rates_from_amounts] "
                        f"{tax} = [ … ] which rates there are",
                        line,
                    )
                if tax == "tax":
                    raise InvoiceError(self._no_rate(), line)
                continue
            entry: dict[str, Any] = {
                "name": rate.name or values.get(f"{tax}.name"),
                "percent": -rate.percent if tax == "withholding" else rate.percent,
            }
            if not entry["name"]:
                raise InvoiceError(
                    f"the {tax} has no name, and the server drops such a tax in silence; say {tax}.name in [constants], "
                    f"for example {'IRPF' if tax == 'withholding' else 'IVA'}",
                    line,
                )
            for key in ("category", "comment"):
                said = getattr(rate, key) or values.get(f"{tax}.{key}")
                if said is not None:
                    entry[key] = said
            if tax == "tax":
                try:
                    check_taxes([entry])
                except InvoiceError as error:
                    raise InvoiceError(str(error), line) from None
            made.append(entry)
            self._note(tax, line, rate.percent, amount, base, gross)
        return made

    def _no_rate(self) -> str:
        if not any(name.startswith(("tax.", "base@", "tax@")) for name in self._mapped):
            return (
                "no column or constant says a tax; map tax.percent, say it in [constants], or say untaxed = true if there "
                "is none"
            )
        return (
            'no rate of a tax stands in this row; if that means something, say it in [rates] with "", for example '
            f'"" = {{ percent = 0, category = "E" }} ({_REASONS})'
        )

    def _rate(
        self, tax: str, line: int, values: Mapping[str, object], base: Decimal | None, amount: Decimal | None
    ) -> Rate | None:
        rates = self._mapping.rates.get(tax, {})
        key = values.get(f"{tax}.key")
        if key is not None:
            found = rates.get(rate_key(str(key)))
            if found is None:
                section = {"tax": "rates", "surcharge": "surcharges", "withholding": "withholdings"}[tax]
                raise InvoiceError(
                    f'which rate is {key!r}? Say in [{section}] "{key}" = 21 or the like', line
                )
            return found
        percent = _number(values, f"{tax}.percent")
        if percent is not None:
            percent = abs(percent) if tax == "withholding" else percent
            return rates.get(rate_key(f"{percent:f}")) or Rate(percent)
        if "" in rates and (f"{tax}.percent" in self._mapped or f"{tax}.key" in self._mapped):
            return rates[""]
        allowed = self._mapping.rates_from_amounts.get(tax)
        if allowed is None:
            return None
        if tax == "tax" and amount is None and len(self._group.rows) == 1:
            amount = _number(self._group.head, "tax_total")
        if amount is None or base is None or (tax != "tax" and not amount):
            return None
        fitting = [one for one in allowed if abs(share(base, one)) == abs(amount)]
        if len(fitting) == 1 and (not amount or (amount > 0) == (base > 0) or tax == "withholding"):
            return rates.get(rate_key(f"{fitting[0]:f}")) or Rate(fitting[0])
        why = (
            f"{' and '.join(f'{one:f} %' for one in fitting)} fit, so the table can't say which"
            if fitting
            else "it is none of the rates in [rates_from_amounts], or there are several in one"
        )
        raise InvoiceError(f"a {tax} of {amount} on {base}: {why}", line)

    def _note(
        self,
        tax: str,
        line: int,
        percent: Decimal,
        amount: Decimal | None,
        base: Decimal | None,
        gross: Decimal | None,
    ) -> None:
        """Remember the amount of a tax that the table says, and compare it with what the rate makes of the line."""
        key = (tax, percent)
        if amount is None:
            self._unsaid.add(key)
            return
        if gross is not None:
            base = divided(gross, 1 + percent / 100, _PLACES)
        if base is not None:
            expected = share(base, percent)
            written = -abs(amount) if tax == "withholding" and base > 0 else amount
            expected = -expected if tax == "withholding" else expected
            if tax == "withholding" and base < 0:
                written = abs(amount)
            if abs(expected - written) > Decimal("0.01"):
                raise InvoiceError(
                    f"{percent:f} % of {base} is {share(base, percent)}, and the table says {amount}", line
                )
            amount = written
        self._amounts[key] = self._amounts.get(key, Decimal(0)) + amount

    def _check_gross(
        self, line: int, taxes: Sequence[Mapping[str, Any]], net: Decimal, gross: Decimal | None
    ) -> None:
        if gross is None:
            return
        charged = sum((share(net, tax["percent"]) for tax in taxes if tax["percent"] > 0), Decimal(0))
        if abs(cents(net) + charged - gross) > Decimal("0.01"):
            raise InvoiceError(f"{cents(net)} and taxes of {charged} are {cents(net) + charged}, and the line's amount with "
                               f"tax is {gross}", line)  # fmt: skip

    def _append(
        self,
        values: Mapping[str, object],
        quantity: Decimal,
        price: Decimal,
        taxes: Sequence[Mapping[str, Any]],
        discount: Decimal = Decimal(0),
        *,
        whole: Decimal | None = None,
        from_gross: bool = False,
    ) -> None:
        made: dict[str, Any] = {}
        for name, value in values.items():
            section, _, key = name.rpartition(".")
            if section == LINE and key not in _OWN:
                made[key] = value
        made["quantity"], made["price"] = _short(quantity), _short(price)
        if whole is not None and product(quantity, price) != whole:
            # No price of one piece has digits enough: the price of all of them has.
            made["price"], made["base_quantity"] = _short(whole), _short(quantity)
        if discount:
            made["allowance_charges_attributes"] = [
                {"allowance_charge_indicator": "allowance", "amount": discount, "description": "Discount"}
            ]
        if taxes:
            made["taxes_attributes"] = list(taxes)
        self._all_gross = self._all_gross and from_gross
        self.lines.append(made)

    def add_shipping_and_discount(self) -> None:
        """Make lines of shipping and discounts that belong to the whole order."""
        head = self._group.head
        for word, sign, name in (("shipping", 1, "Shipping"), ("discount", -1, "Discount")):
            net, gross = _number(head, f"{word}.net"), _number(head, f"{word}.gross")
            if not net and not gross:
                continue
            if net and gross:
                raise InvoiceError(f"{word} has a net and a gross amount; map one of them")
            amount = net or gross or Decimal(0)
            if amount < 0 and word == "discount" and "total" in self._mapped:
                amount = -amount  # the total tells whether that was right
            if amount < 0:
                raise InvoiceError(f"{word} of {amount}: is its sign right?")
            taxes = [list(line.get("taxes_attributes", [])) for line in self.lines]
            if not taxes or any(one != taxes[0] for one in taxes):
                raise InvoiceError(f"{word} of {amount}: the lines have several rates, and which is its own?")
            price = amount if net else divided(amount, 1 + _charged(taxes[0]) / 100, _PLACES)
            if gross:
                self._gross += sign * gross
            self._all_gross = self._all_gross and bool(gross)
            line: dict[str, Any] = {
                "description": head.get(f"{word}.description") or name,
                "quantity": Decimal(sign),
                "price": _short(price),
            }
            if taxes[0]:
                line["taxes_attributes"] = taxes[0]
            self.lines.append(line)

    def compare(self, found: Totals) -> None:
        """Compare everything the table says with what would go out.

        Raises:
            InvoiceError: an amount differs.
        """
        head = self._group.head
        before = found.before_withholding
        says = (
            ("net", found.net),
            ("tax_total", found.tax),
            ("total_before_withholding", before),
            ("total", found.total),
        )
        for name, amount in says:
            said = _number(head, name)
            if said is not None and said != amount:
                parts = (
                    ", ".join(f"{one.name} {one.percent:f} % {one.amount}" for one in found.taxes) or "no tax"
                )
                raise InvoiceError(
                    f"{name} is {said} in the table, and what would go out comes to {amount} (net {found.net}, {parts}, "
                    f"total {found.total})"
                )
        if self._all_gross and self.lines and before != self._gross:
            raise InvoiceError(
                f"the amounts with tax are {self._gross} together, and what would go out comes to {before}: no prices "
                "without tax give them back to the cent"
            )
        for (tax, percent), amount in self._amounts.items():
            if (tax, percent) in self._unsaid:
                continue
            rate = -percent if tax == "withholding" else percent
            made = sum((one.amount for one in found.taxes if one.percent == rate), Decimal(0))
            others = sum(
                (one for (other, at), one in self._amounts.items() if other != tax and at == percent and tax != "withholding"
                 and other != "withholding"), Decimal(0))  # fmt: skip
            if made != amount + others:
                raise InvoiceError(
                    f"the {tax} of {percent:f} % is {amount} in the table, and what would go out has {made}; taxes are "
                    'rounded once a rate; if the account rounds each line, say rounding = "line"'
                )


def _head(head: Mapping[str, object]) -> dict[str, Any]:
    """Return the fields of the invoice itself, its party and its bank account."""
    content: dict[str, Any] = {}
    for name, value in head.items():
        section, _, key = name.rpartition(".")
        if section in ("corrects", "shipping", "discount") or (not section and key in _HEAD_WORDS):
            continue
        if section:
            content.setdefault(section, {})[key] = value
        else:
            content[key] = value
    return content


def _decided_kind(kind: str | None, found: Totals, head: Mapping[str, object], mapping: TableMapping) -> str:
    below = found.total < 0 or (found.total == 0 and found.net < 0)
    if head.get("is_credit_note") is True:
        return "credit_note"
    if head.get("is_amend") is True:
        return "correction"
    if kind is None:
        if not below:
            return "invoice"
        if mapping.negative is None:
            raise InvoiceError(
                f'it comes to {found.total}: is it a credit note? Say negative = "credit_note", "correction" or "invoice"'
            )
        return mapping.negative
    if kind == "invoice" and below and mapping.negative != "invoice":
        raise InvoiceError(
            f'the table calls it an invoice, and it comes to {found.total}; say negative = "invoice" if that is right'
        )
    return kind


def _add_reference(content: dict[str, Any], head: Mapping[str, object], kind: str) -> None:
    number = head.get("corrects.number")
    if number is None:
        return
    if kind == "invoice":
        raise InvoiceError(
            f"it names the corrected invoice {number}, and is no credit note and no correction"
        )
    reference: dict[str, Any] = {"number": f"{head.get('corrects.series') or ''}{number}"}
    if head.get("corrects.date") is not None:
        reference["date"] = head["corrects.date"]
    content["invoice_references"] = [reference]


def _reversed(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line with its amount turned round."""
    turned = dict(line)
    if line["price"] < 0:
        turned["price"] = -line["price"]
    else:
        turned["quantity"] = -line["quantity"]
    if "allowance_charges_attributes" in line:
        turned["allowance_charges_attributes"] = [
            {**one, "amount": -one["amount"]} for one in line["allowance_charges_attributes"]
        ]
    return turned


def _charged(taxes: Sequence[Mapping[str, Any]]) -> Decimal:
    return sum((tax["percent"] for tax in taxes if tax["percent"] > 0), Decimal(0))


def _number(values: Mapping[str, object], name: str) -> Decimal | None:
    value = values.get(name)
    return value if isinstance(value, Decimal) else None


def _short(value: Decimal) -> Decimal:
    """Return an amount without noughts that only a division has put there."""
    exponent = value.as_tuple().exponent
    return value.quantize(Decimal(1)) if value == value.to_integral() and isinstance(exponent, int) and exponent < -4 else (
        value.normalize() if isinstance(exponent, int) and exponent < -4 else value
    )  # fmt: skip
