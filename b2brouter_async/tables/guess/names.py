"""Where the names stand, which field each column's name means, and what a row is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..survey import Seen, pair_of
from ..words import WORDS, plain

if TYPE_CHECKING:
    from .draft import Draft

NET_WORDS: Final = frozenset(plain(word) for word in WORDS["net"].split(", ")) | {
    "base",
    "omzet",
    "neto",
    "ht",
    "netto",
}

TAX_WORDS: Final = frozenset(plain(word) for word in WORDS["tax.amount"].split(", "))

AMOUNTS: Final = frozenset(
    {"net", "tax.percent", "tax.amount", "withholding.percent", "withholding.amount", "surcharge.percent", "surcharge.amount",
     "total", "line.price", "line.price_gross", "line.quantity", "line.discount_percent", "discount", "shipping", "paid", "base@0"}
)  # fmt: skip

WEAK_NUMBERS: Final = ("nummer", "numer", "name", "reference", "nº", "id", "no", "nr", "factura", "facture", "rechnung", "factuur", "fattura", "faktura", "fatura",
                        "invoice", "document", "documento", "order number", "order id", "order", "bestellnummer", "pedido", "commande")  # fmt: skip

_CENTS: Final = re.compile(r"[.,][0-9]{2}$")


def file_settings(draft: Draft) -> None:
    """Say how the file is read, and what of it is unsure."""
    seen = draft.seen
    if seen.delimiter is not None:
        draft.settings["delimiter"] = seen.delimiter
    if seen.encoding is not None:
        draft.settings["encoding"] = seen.encoding
        if seen.encoding_words:
            read = "; ".join(
                f"{name} reads {', '.join(words)}" for name, words in seen.encoding_words.items()
            )
            draft.ask(f"the bytes are no UTF-8, and can't tell which encoding they are in: {read}. Is {seen.encoding} right?",
                     ("encoding",), seen.encoding)  # fmt: skip
    if seen.decimal is not None:
        draft.settings["decimal"] = seen.decimal
    if seen.decimal_unsure:
        draft.ask(
            "amounts can be read with a point and with a comma for the decimals; which is right?",
            ("decimal",),
            seen.decimal,
        )
    if len(seen.names) > 1 or (seen.names and seen.names[0] > 1):
        draft.settings["names"] = list(seen.names) if len(seen.names) > 1 else seen.names[0]
        lines = " and ".join(map(str, seen.names))
        draft.ask(f"the names of the columns stand in line {lines}; is that right?")
    for line, label, text in seen.total_rows:
        skip = draft.settings.setdefault("skip", {}).setdefault(label, [])
        if text not in skip:
            skip.append(text)
        draft.ask(
            f"line {line} looks like a row of totals ({text}), and is left out by [skip]; is that right?"
        )


def name_columns(draft: Draft) -> None:
    """Give each column the field of its name where one alone is left; amounts are decided later."""
    wanted: dict[str, list[tuple[int, Seen]]] = {}
    for column in draft.seen.columns:
        pair = pair_of(column.name)
        if pair is not None and pair.rest and draft.is_amount(column):
            words = pair.rest.split()
            side = (
                "base" if pair.rest in NET_WORDS or any(word in NET_WORDS for word in words)
                else "tax" if any(word in TAX_WORDS for word in words) else None
            )  # fmt: skip
            if side is not None:
                draft.taken[column.index] = f"{side}@{pair.rate}"
                draft.why[column.index] = "the rate stands in its name"
                continue
        options = draft.candidates(column)
        draft.options[column.index] = options
        for option in options:
            if option not in AMOUNTS:
                wanted.setdefault(option, []).append((options.index(option), column))
    for name, columns in wanted.items():
        if name in ("reference", "status", "exemption", "kind", "number", "date"):
            continue
        free = [(rank, one) for rank, one in columns if one.index not in draft.taken]
        if name in ("contact.tin_value", "contact.cin_value"):
            free = [(rank, one) for rank, one in free if not any(_CENTS.search(text) for text in one.texts)]
        # An empty column may be filled in next month's file.
        free = [(rank, one) for rank, one in free if one.filled] or free
        if not free:
            continue
        free.sort(key=lambda item: (item[0], -len(item[1].filled), -item[1].distinct))
        best = free[0][1]
        draft.take(best, name, "by its name")


def number_column(draft: Draft) -> None:
    """Find the number of the invoice."""
    columns = draft.seen.columns
    found = [one for one in draft.named("number") if one.filled]
    why = "by its name"
    if not found:
        like = re.compile(r"#?[A-Z]{0,6}[-/ ]?[0-9]+([-/.][0-9A-Z]+)*", re.IGNORECASE)
        for name in WEAK_NUMBERS:
            named = [
                one for one in columns
                if draft.taken.get(one.index) in (None, "ponumber") and (plain(one.name) == plain(name) or "reference" in draft.options.get(one.index, []))
                and one.filled and all(like.fullmatch(text) for text in one.texts) and not draft.repeats_apart(one)
            ]  # fmt: skip
            if named:
                found, why = (
                    named[:1],
                    "its values look like numbers of invoices, and no column has a better name",
                )
                draft.ask(
                    f'is "{named[0].label}" the number of the invoice ({", ".join(named[0].samples)})? No other column can be'
                )
                break
    if not found:
        draft.ask('no column looks like the number of the invoice; map one to "number"')
        return
    found.sort(key=lambda one: (-len(one.filled), -one.distinct))
    best = found[0]
    if (
        len(found) > 1
        and len(found[0].filled) == len(found[1].filled)
        and found[0].distinct == found[1].distinct
    ):
        draft.ask(f'is the number of the invoice "{found[0].label}" or "{found[1].label}"?')
    draft.take(best, "number", why)
    if any(re.fullmatch(r"[0-9][.,]?[0-9]*[eE]\+[0-9]+", text) for text in best.texts):
        draft.ask(
            f'"{best.label}" holds numbers that a spreadsheet has shortened ({best.samples[0]}); export it again as text'
        )


def row_meaning(draft: Draft) -> None:
    """Find out whether a row is an invoice or a line, and what only the first row of an invoice has."""
    number = draft.of("number")
    count = len(draft.seen.lines)
    if number is None:
        draft.groups = [[row] for row in range(count)]
        return
    last: object = object()
    for row in range(count):
        cell = number.cells[row]
        if draft.groups and (cell is None or cell == last):
            draft.groups[-1].append(row)
        else:
            draft.groups.append([row])
        last = cell if cell is not None else last
    empty = [draft.seen.lines[row] for row in range(count) if number.cells[row] is None]
    if empty:
        draft.settings["fill"] = ["number"]
        lines = ", ".join(map(str, empty[:3])) + (" …" if len(empty) > 3 else "")
        draft.ask(
            f"line{'s' if len(empty) > 1 else ''} {lines} {'have' if len(empty) > 1 else 'has'} no number: do they belong to the invoice above, as fill says?"
        )
    draft.lines = any(len(group) > 1 for group in draft.groups) or any(
        "line.quantity" in draft.options.get(one.index, []) for one in draft.seen.columns if one.filled
    )
    if draft.repeats_apart(number):
        draft.ask("rows with one number stand apart; sort the table by its number first")
    final = [
        one for one in draft.seen.columns if plain(one.name) in ("numero final", "n final") and one.filled
    ]
    if final:
        draft.ask(
            f'"{final[0].label}" is filled in some rows ({", ".join(final[0].samples)}): a range of tickets is no invoice; leave these rows out by [kinds] or [skip]'
        )
