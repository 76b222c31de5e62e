"""Which amounts there are; where a column can be two of them, both readings."""

from __future__ import annotations

import itertools
import re
from typing import Final

from ..words import plain
from .draft import Draft, rank

WITH_TAX: Final = re.compile(
    r"\b(ttc|brutt?o|gross|incl|inclusief|ivato|con iva|com iva|iva incluido|tax included|with tax|mit mwst|inkl)\b"
)


def amounts_by_name(draft: Draft) -> None:
    """Give columns of money their fields where the name leaves no choice, and note the readings where it does."""
    lines = draft.lines
    pairs = any(name.startswith("base@") for name in draft.taken.values())
    for name in (
        "withholding.percent",
        "surcharge.percent",
        "line.quantity",
        "line.discount_percent",
        "paid",
        "base@0",
    ):
        found = [one for one in draft.named(name) if draft.is_amount(one)]
        found = [one for one in found if one.filled] or found
        if not found and name.endswith(".percent"):
            keys = [one for one in draft.named(name, name.replace("percent", "amount")) if one.filled]
            if keys and "%" in keys[0].name:
                draft.take(keys[0], name.replace("percent", "key"), "codes for a rate")
                continue
        if found and (found[0].filled or name == "base@0" or name.endswith("percent")):
            draft.take(found[0], name, "by its name")
    for name in ("withholding.amount", "surcharge.amount"):
        found = [one for one in draft.named(name) if one.filled and draft.is_amount(one)]
        if found:
            column = found[0]
            charged = any(draft.amounts[column.index] or [])
            if (
                charged
                and draft.of(name.replace("amount", "percent")) is None
                and draft.all_rates(
                    column, ("1", "2", "5", "7", "9", "15", "19", "20", "24", "25", "35", "0")
                )
            ):
                percent = name.replace("amount", "percent")
                draft.readings.append([((column, percent),), ((column, name),)])
            else:
                draft.take(column, name, "by its name")
        else:
            keys = [one for one in draft.named(name) if one.filled and not draft.is_amount(one)]
            if keys:
                draft.take(keys[0], name.replace("amount", "key"), "codes for a rate")
    taxes_by_name(draft, pairs)
    prices_by_name(draft)
    discounts_by_name(draft, lines)
    net_amount(draft, lines, pairs)
    totals_by_name(draft, lines)


def taxes_by_name(draft: Draft, pairs: bool) -> None:
    """Find the rate and the amount of the tax; `IVA` alone can be either."""
    percents = [one for one in draft.named("tax.percent") if one.filled]
    numeric = [one for one in percents if draft.is_amount(one)]
    # `IVA` without anything beside it can be the rate, or the amount.
    plain_tax = [
        one for one in draft.named("tax.amount") if draft.is_amount(one) and one.filled and one not in numeric
    ]
    if numeric:
        draft.take(numeric[0], "tax.percent", "by its name")
    elif percents:
        draft.take(percents[0], "tax.key", "codes for a rate")
    for column in draft.named("tax.key"):
        if column.filled and draft.of("tax.percent") is None and draft.of("tax.key") is None:
            if draft.is_amount(column) and draft.all_rates(column):
                draft.take(column, "tax.percent", "its values are rates")
            else:
                draft.take(column, "tax.key", "codes or words for a rate")
    amounts = [one for one in plain_tax if one.index not in draft.taken]
    if not amounts:
        return
    amounts.sort(key=lambda one: rank(one, "tax.amount"))
    column = amounts[0]
    whole = (
        "tax_total"
        if pairs or (draft.repeated(column) and any(len(group) > 1 for group in draft.groups))
        else "tax.amount"
    )
    if draft.of("tax.percent") is None and draft.of("tax.key") is None and not pairs:
        if draft.all_rates(column):
            draft.readings.append([((column, "tax.percent"),), ((column, "tax_total"),)])
            return
        whole = "tax_total" if not draft.lines or draft.repeated(column) else "tax.amount"
    draft.take(column, whole, "by its name")


def prices_by_name(draft: Draft) -> None:
    """Find the price, which may be with tax or without, or the amount of the line."""
    column = next(
        (one for one in draft.named("line.price", "line.price_gross") if draft.is_amount(one) and one.filled),
        None,
    )
    if column is None:
        return
    names = draft.options[column.index]
    first = "line.price_gross" if "line.price_gross" in names and "line.price" not in names else "line.price"
    readings = (
        ["line.price", "line.price_gross"] if "cena netto" not in plain(column.name) else ["line.price"]
    )
    if draft.of("line.quantity") is not None:
        readings += ["line.net"]
    readings.sort(key=lambda one: one != first)
    draft.readings.append([((column, one),) for one in readings])


def discounts_by_name(draft: Draft, lines: bool) -> None:
    """Find shipping and discounts."""
    for word in ("shipping", "discount"):
        column = next((one for one in draft.named(word) if draft.is_amount(one) and one.filled), None)
        if column is None:
            continue
        amounts = [amount for amount in draft.amounts[column.index] or [] if amount]
        if not amounts:
            of_line = (
                word == "discount"
                and lines
                and not draft.repeated(column)
                and not draft.first_rows_only(column)
            )
            draft.noughts.append((column, word, of_line))
            continue
        if word == "discount" and lines and not draft.repeated(column):
            draft.readings.append([((column, "line.discount_percent"),), ((column, "line.discount"),)])
        else:
            draft.readings.append([((column, f"{word}.net"),), ((column, f"{word}.gross"),)])
            draft.ask(
                f'"{column.label}" belongs to the whole order, and becomes a line of its own; is that right?'
            )


def noughts(draft: Draft) -> None:
    """Give columns of noughts the side of the prices: with tax, or without."""
    for column, word, of_line in draft.noughts:
        side = "gross" if draft.of("line.price_gross") or draft.of("line.gross") else "net"
        draft.take(
            column,
            "line.discount" if of_line else f"{word}.{side}",
            "nothing but noughts; with or without tax like the prices",
        )


def net_amount(draft: Draft, lines: bool, pairs: bool) -> None:
    """Find the net amount, of the line or of the invoice."""
    columns = [one for one in draft.named("net") if draft.is_amount(one) and one.filled]
    if not columns:
        return
    columns.sort(key=lambda one: rank(one, "net"))
    column = columns[0]
    priced = any(
        one.endswith(("line.price", "line.price_gross"))
        for reading in draft.readings
        for option in reading
        for _, one in option
    )
    if pairs or (lines and draft.repeated(column)) or (priced and draft.first_rows_only(column)):
        draft.take(column, "net", "the same in all rows of an invoice" if lines else "the sum of the pairs")
        if priced and draft.first_rows_only(column):
            # A shop's subtotal is with tax where the prices are.
            draft.readings.append([((column, "net"),), ((column, ""),)])
            draft.taken.pop(column.index)
    elif lines:
        draft.take(column, "line.net", "differs from row to row")
        quantity = draft.of("line.quantity")
        quantities = (
            []
            if quantity is None
            else [one for one in draft.amounts[quantity.index] or [] if one not in (None, 1)]
        )
        if quantity is not None and quantities and not priced:
            draft.taken.pop(column.index)
            draft.readings.append([((column, "line.net"),), ((column, "line.price"),)])
            draft.ask(
                f'"{column.label}" is taken for the amount of the line and not for the price of one piece: price = amount ÷ quantity; is that right?'
            )
    else:
        draft.take(column, "net", "by its name")
    for other in columns[1:]:
        if other.index not in draft.taken and draft.amounts[other.index] == draft.amounts[column.index]:
            draft.take(other, "", f'the same as "{column.label}"')


def totals_by_name(draft: Draft, lines: bool) -> None:
    """Find what is paid, before or after withholdings."""
    columns = [one for one in draft.named("total") if draft.is_amount(one) and one.filled]
    if not columns:
        return
    columns.sort(key=lambda one: rank(one, "total"))
    column = columns[0]
    several = any(len(group) > 1 for group in draft.groups)
    held = set(draft.taken.values()) | {
        one for reading in draft.readings for option in reading for _, one in option
    }
    if lines and several and not draft.repeated(column):
        if WITH_TAX.search(plain(column.name)):
            draft.take(
                column, "line.gross", "its name says that it is with tax, and it differs from row to row"
            )
        elif "line.net" in draft.taken.values():
            draft.take(column, "line.gross", "differs from row to row of an invoice, beside the net amount")
        else:
            draft.readings.append([((column, "line.net"),), ((column, "line.gross"),)])
        return
    priced = held & {"net", "line.net", "line.price", "line.price_gross", "line.gross"}
    if len(columns) > 1 and not priced and not any(name.startswith("base@") for name in held):
        # Two names for a total and none for a net amount: one of them is it.
        draft.readings.append(
            [((one, "net"), (other, "total")) for one, other in itertools.permutations(columns[:3], 2)]
        )
        return
    readings = ["total"]
    if any(name.startswith("withholding.") for name in held):
        readings.append("total_before_withholding")
    if not held & {"net", "line.net", "line.price", "line.price_gross"} and not any(
        name.startswith("base@") for name in held
    ):
        readings = ["line.gross", "net"]
    if len(readings) == 1:
        draft.take(column, readings[0], "by its name")
    else:
        draft.readings.append([((column, one),) for one in readings])
