"""Rates of taxes: from codes, from amounts, or asked."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ..amounts import share
from ..mapping import rate_key
from ..words import ALL_RATES, RATES, TAX_NAMES, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..survey import Seen
    from .draft import Draft


WITHHELD: Final = ("15", "7", "19", "2", "1", "20", "24")

SURCHARGES: Final = ("5.2", "1.4", "0.5", "1.75")


def rates_of_codes(draft: Draft) -> None:
    """Say which rate each code is, and ask why nothing is charged."""
    key, percent = draft.of("tax.key"), draft.of("tax.percent")
    rates: dict[str, Any] = {}
    amount = draft.of("tax.amount")
    taxes = draft.amounts[amount.index] if amount is not None else None
    net = draft.of("line.net") or draft.of("net")
    nets = draft.amounts[net.index] if net is not None else None
    if key is not None:
        _rates_by_key(draft, key, nets, taxes, rates)
    elif percent is not None:
        _rates_by_percent(draft, percent, taxes, rates)
    rates_of_pairs(draft, rates)
    if rates:
        draft.settings["rates"] = rates
    names = {"tax": tax_name(draft), "withholding": "IRPF", "surcharge": "RE"}
    for tax, name in names.items():
        if any(
            one.startswith((f"{tax}.", "base@" if tax == "tax" else "-")) for one in draft.all_names()
        ) or (tax == "tax"):
            draft.constants[f"{tax}.name"] = name
    if holds_something(draft, "surcharge."):
        draft.ask(
            'the surcharge is called "RE" for the server; is that its name there?',
            ("constants", "surcharge.name"),
            "RE",
        )


def _rates_by_key(
    draft: Draft,
    key: Seen,
    nets: Sequence[Decimal | None] | None,
    taxes: Sequence[Decimal | None] | None,
    rates: dict[str, Any],
) -> None:
    """Say which rate each word for a tax is: by the amounts of its rows, else by what it says itself."""
    for text in dict.fromkeys(key.texts):
        rows = [row for row, cell in enumerate(key.cells) if str(cell) == text]
        by_amount = rate_of_rows(rows, nets, taxes)
        in_text = rate_in_text(text)
        rate = by_amount if by_amount is not None else in_text
        zero = taxes is not None and all((taxes[row] or 0) == 0 for row in rows)
        if (rate is None and zero) or rate == 0:
            rates[text] = exempt_rate(draft)
            draft.ask(
                f'"{text}" in "{key.label}" is taken for 0 % and exempt (E); is it, or Z, AE, K, G, O, NS? Say it in [rates]'
            )
        elif rate is None:
            draft.ask(f'which rate is "{text}" in "{key.label}"? Say it in [rates]')
        else:
            rates[text] = short_rate(rate)
            if by_amount is None:
                draft.ask(f'is "{text}" in "{key.label}" {rate} %? Nothing but its name says so')
    if len(key.filled) < len(key.cells):
        first = {row for group in draft.groups for row in group[:1]}
        if all(row not in first for row, cell in enumerate(key.cells) if cell is None):
            draft.settings.setdefault("fill", []).append("tax.key")
            draft.ask(
                f'"{key.label}" stands only in the first row of an invoice, and is taken for all of its lines; is that right?'
            )
        else:
            draft.ask(f'"{key.label}" is empty in some rows; what does that mean? Say it in [rates] with ""')


def _rates_by_percent(
    draft: Draft, percent: Seen, taxes: Sequence[Decimal | None] | None, rates: dict[str, Any]
) -> None:
    """Ask about rates of 0 %, rates without a tax, and cells without a rate."""
    values = draft.amounts[percent.index] or []
    for value in dict.fromkeys(one for one in values if one is not None):
        rows = [row for row, one in enumerate(values) if one == value]
        numbers = [draft.seen.lines[row] for row in rows]
        charged = None if taxes is None else [taxes[row] for row in rows]
        if value and charged is not None and all(one == 0 for one in charged):
            rates[f"{value:f}"] = exempt_rate(draft)
            draft.ask(
                f'line {numbers[0]}: "{percent.label}" is {value:f}, and the tax is 0: is {value:f} a code for exempt and no rate? '
                "[rates] takes it for 0 %"
            )
        elif value == 0:
            rates["0"] = exempt_rate(draft)
            _ask_why_nothing_is_charged(draft, numbers[0])
    if any(cell is None for cell in percent.cells) and not any(
        name.startswith("base@") for name in draft.taken.values()
    ):
        empty = [draft.seen.lines[row] for row, cell in enumerate(percent.cells) if cell is None]
        rates[""] = exempt_rate(draft)
        draft.ask(
            f"no rate stands in line {empty[0]}: what does that mean? [rates] takes the empty cell for exempt (E)"
        )
    exempt = draft.named("exemption")
    if exempt and exempt[0].filled:
        draft.take(exempt[0], "tax.comment", "why nothing is charged")


def _ask_why_nothing_is_charged(draft: Draft, line: int) -> None:
    draft.ask(
        f"0 % in line {line}: why? [rates] says exempt (E); Z is zero rate, AE reverse charge, K within the Union, G export, "
        "O outside the scope, NS not subject"
    )


def exempt_rate(draft: Draft) -> dict[str, Any]:
    """Return what stands for a rate of 0 % until somebody says why."""
    made: dict[str, Any] = {"percent": 0, "category": "E"}
    if not draft.named("exemption") and draft.of("tax.comment") is None:
        made["comment"] = "E1" if draft.seen.language in ("es", "ca") else "exempt"
    return made


def tax_name(draft: Draft) -> str:
    """Return the name of the tax that stands in names of columns or in codes; that of the language where none does."""
    key = draft.of("tax.key")
    texts = [column.name for column in draft.seen.columns] + ([] if key is None else key.texts)
    words = {word for text in texts for word in re.findall("[a-z]+", plain(text))}
    found = [name for name in ("IGIC", "IPSI", "IVA", "TVA") if name.casefold() in words]
    return found[0] if found else TAX_NAMES[draft.seen.language]


def holds_something(draft: Draft, start: str) -> bool:
    """Whether a column of such a field holds an amount."""
    return any(
        name.startswith(start) and any(amount for amount in draft.amounts[at] or [])
        for at, name in draft.taken.items()
    )


def rates_of_pairs(draft: Draft, rates: dict[str, Any]) -> None:
    """Ask why nothing is charged where a pair of columns is for 0 %."""
    zero = draft.of("base@0")
    if zero is not None:
        rates.setdefault("0", exempt_rate(draft))
        filled = [
            draft.seen.lines[row] for row, amount in enumerate(draft.amounts[zero.index] or []) if amount
        ]
        if filled:
            _ask_why_nothing_is_charged(draft, filled[0])


def rates_from_amounts(draft: Draft) -> None:
    """Propose rates from amounts of tax, where no column holds the rate."""
    names = draft.all_names()
    if any(name in ("tax.percent", "tax.key") or name.startswith("base@") for name in draft.taken.values()):
        return
    tax = draft.of("tax_total") or draft.of("tax.amount")
    net = draft.of("net") or draft.of("line.net")
    country = RATES[draft.seen.language]
    if tax is None or net is None:
        if "tax.percent" not in names and "tax_total" not in names:
            no_tax(draft, net)
        return
    taxes, nets = draft.amounts[tax.index] or [], draft.amounts[net.index] or []
    used: Counter[str] = Counter()
    unfit: list[int] = []
    zero: list[int] = []
    for row, (amount, base) in enumerate(zip(taxes, nets, strict=True)):
        if amount is None or base is None:
            continue
        if amount == 0:
            zero.append(draft.seen.lines[row])
            continue
        fits = [rate for rate in country if share(base, Decimal(rate)) == amount]
        if len(fits) == 1:
            used[fits[0]] += 1
        else:
            unfit.append(draft.seen.lines[row])
    allowed = [rate for rate in country if rate in used] or [rate for rate in country if rate != "0"]
    if zero:
        allowed.append("0")
        draft.settings.setdefault("rates", {})["0"] = exempt_rate(draft)
        draft.ask(f"there is no tax in line {zero[0]}: why? [rates] says exempt (E)")
    draft.settings.setdefault("rates_from_amounts", {})["tax"] = [
        short_rate(Decimal(rate)) for rate in allowed
    ]
    told = ", ".join(f"{rate} % in {count} row{'s' if count > 1 else ''}" for rate, count in used.items())
    draft.ask(
        f"no column holds the rate; these fit to the cent: {told or 'none'}. Shall the rates come from the amounts?"
    )
    if unfit:
        number = draft.of("number")
        name = number.cells[draft.seen.lines.index(unfit[0])] if number is not None else f"line {unfit[0]}"
        draft.ask(f"{name} (line {unfit[0]}): its tax is no single rate of {', '.join(country)} %, so there are several and the table can't say "
                 "which; leave it out with [skip], or give the table a row for each rate")  # fmt: skip


def withheld_from_amounts(draft: Draft) -> None:
    """Propose rates of withholdings where a column holds their amounts alone."""
    for tax in ("withholding", "surcharge"):
        amount = draft.of(f"{tax}.amount")
        if (
            amount is None
            or draft.of(f"{tax}.percent")
            or draft.of(f"{tax}.key")
            or not any(draft.amounts[amount.index] or [])
        ):
            continue
        rates = WITHHELD if tax == "withholding" else SURCHARGES
        draft.settings.setdefault("rates_from_amounts", {})[tax] = [
            short_rate(Decimal(rate)) for rate in rates
        ]
        draft.ask(f'"{amount.label}" holds what is {"withheld" if tax == "withholding" else "added"}, and no column the rate: shall it come '
                 f"from the amounts, if one of {', '.join(rates)} % fits to the cent?")  # fmt: skip


def no_tax(draft: Draft, net: Seen | None) -> None:
    """Ask for the tax that no column holds."""
    total = next((one for one in draft.named("total") if draft.is_amount(one)), None) or draft.of("total")
    about = ""
    if net is not None and total is not None:
        pairs = list(zip(draft.amounts[net.index] or [], draft.amounts[total.index] or [], strict=True))
        more = [
            (row, b - a, a) for row, (a, b) in enumerate(pairs) if a is not None and b is not None and a != b
        ]
        equal = len(pairs) - len(more)
        about = f": the total is the net amount in {equal} of {len(pairs)} rows"
        if more:
            row, difference, base = more[0]
            share_ = f", {(difference / base * 100).normalize():f} %" if base else ""
            about += f", and {difference} more in line {draft.seen.lines[row]}{share_[:9]}"
    draft.constants.setdefault("tax.percent", 0)
    draft.constants.setdefault("tax.category", "E")
    draft.constants.setdefault("tax.comment", exempt_rate(draft).get("comment", "exempt"))
    draft.ask(
        f"no column holds a tax{about}. Say the rate in [constants]; 0 % and exempt (E) stand there until you do"
    )


def rate_of_rows(
    rows: Sequence[int], nets: Sequence[Decimal | None] | None, taxes: Sequence[Decimal | None] | None
) -> Decimal | None:
    """Return the only rate that gives the tax of every row to the cent."""
    if nets is None or taxes is None:
        return None
    pairs = [(nets[row], taxes[row]) for row in rows]
    known = [(net, tax) for net, tax in pairs if net and tax]
    if not known:
        return None
    fits = [
        Decimal(rate) for rate in ALL_RATES if all(share(net, Decimal(rate)) == tax for net, tax in known)
    ]
    return fits[0] if len(fits) == 1 else None


def rate_in_text(text: str) -> Decimal | None:
    """Return the known rate that stands in a code: 21 in `s_iva_21`, `IVA 21%` or `s_iva21b`."""
    found = [
        Decimal(one.replace(",", "."))
        for one in re.findall(r"(?<![0-9.,])[0-9]{1,2}(?:[.,][0-9]{1,2})?(?![0-9])", text)
    ]
    known = [one for one in found if f"{one.normalize():f}" in {rate_key(rate) for rate in ALL_RATES} and one]
    if len(set(known)) == 1:
        return known[0]
    return (
        Decimal(0) if re.search(r"zero|exempt|exent|esente|exo", text, re.IGNORECASE) and not known else None
    )


def short_rate(value: Decimal) -> int | Decimal:
    """Return a rate without noughts behind the mark."""
    return int(value) if value == value.to_integral() else value.normalize()
