"""What the table does not say at all, and columns that nothing uses."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from ..cells import CODES, SIGNS
from ..words import holds_money, plain, word_of
from .kinds import credit_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..survey import Seen
    from .draft import Draft
    from .proposal import Guess


_BOOKING_WORDS: Final = frozenset(
    {"debit", "credit", "soll", "haben", "debe", "haber", "dare", "avere", "wn", "ma", "sollkonto", "habenkonto", "konto soll"}
)  # fmt: skip

_ORDER_WORDS: Final = ("lineitem", "financial status", "shipping", "billing", "order")

_NEGATIVE_IN_CREDIT_NOTES: Final = frozenset(
    {"total", "net", "line.net", "line.gross", "tax_total", "line.quantity", "line.price"}
)


def currency_of(draft: Draft) -> None:
    """Find the currency, or ask for it."""
    column = draft.of("currency")
    if column is None:
        _currency_without_column(draft)
        return
    codes = {text: SIGNS.get(text, text.upper()) for text in dict.fromkeys(column.texts)}
    odd = [text for text, code in codes.items() if code not in CODES]
    if odd:
        draft.ask(f'"{column.label}" says {", ".join(odd)}; say in [currencies] which codes they are')
    said = set(codes.values())
    for sign in draft.seen.signs:
        if SIGNS.get(sign, sign) not in said:
            only = next(iter(said)) if len(said) == 1 else "EUR"
            draft.settings.setdefault("currencies", {})[sign] = only
            draft.ask(
                f'amounts carry {sign}, and "{column.label}" says {", ".join(codes)}: which currency? [currencies] takes {sign} for {only}'
            )
    if any(column.cells[group[0]] is None for group in draft.groups):
        draft.ask(f'"{column.label}" is empty in some invoices; say currency in [constants] for those')


def _currency_without_column(draft: Draft) -> None:
    """Propose what stands in the names of columns, beside amounts, in the account's settings, or the language's own."""
    names = [one.name for one in draft.seen.columns]
    in_names = next((code for sign, code in SIGNS.items() if any(sign in name for name in names)), None)
    in_names = in_names or next(
        (code for code in CODES if any(re.search(rf"\b{code}\b", name) for name in names)), None
    )
    sign = next(iter(draft.seen.signs), None)
    by_sign = None if sign is None else SIGNS.get(sign, sign if sign in CODES else None)
    of_language = "PLN" if draft.seen.language == "pl" else "EUR"
    proposal = in_names or by_sign or draft.account_currency or of_language
    where = ""
    if in_names:
        where = " (it stands in the names)"
    elif by_sign:
        where = f" ({sign} stands beside amounts)"
    draft.constants["currency"] = proposal
    draft.ask(
        f"currency: no column says it; [constants] says {proposal}{where}",
        ("constants", "currency"),
        proposal,
    )


def what_is_missing(draft: Draft) -> None:
    """Ask for what no column says: descriptions, what is negative, names that stand twice."""
    _reference(draft)
    _description(draft)
    _unit(draft)
    _negative_rows(draft)
    _names_that_stand_twice(draft)
    if _looks_like_orders(draft):
        draft.ask("this looks like the orders of a shop: are their numbers and days those of the invoices?")
        _refunds(draft)
    if len(_BOOKING_WORDS & {plain(one.name) for one in draft.seen.columns}) >= 2:
        draft.ask(
            "this looks like bookings (debit and credit): these are no invoices, and can't be uploaded as such"
        )


def _reference(draft: Draft) -> None:
    """Take a reference for the corrected invoice where credit notes name invoices of the table, else for nothing."""
    reference = next((one for one in draft.named("reference") if one.filled), None)
    if reference is None:
        return
    numbers = (draft.of("number") or reference).texts
    has_credit_notes = not {"credit_note", "correction"}.isdisjoint(draft.settings.get("kinds", {}).values())
    if has_credit_notes and not set(numbers).isdisjoint(reference.texts):
        draft.take(reference, "ponumber|corrects.number", "names an invoice of this table in credit notes")
        draft.ask(
            f'"{reference.label}" is the order on invoices, and the corrected invoice on credit notes; is that right?'
        )
    else:
        draft.take(reference, "", "a reference; of what?")
        draft.ask(
            f'"{reference.label}" ({", ".join(reference.samples[:2])}) is not used; map it to ponumber or the like if it should be'
        )


def _description(draft: Draft) -> None:
    if draft.of("line.description") is None:
        draft.constants["line.description"] = "Services"
        draft.ask(
            "no column describes the lines; [constants] says what stands on each",
            ("constants", "line.description"),
            "Services",
        )


def _unit(draft: Draft) -> None:
    unit = draft.of("line.unit")
    if unit is not None and not all(re.fullmatch("[0-9]+", text) for text in unit.texts):
        draft.take(unit, "", "words for units; the server wants its own numbers for them")


def _negative_rows(draft: Draft) -> None:
    """Ask what negative amounts mean where no column says what a row is."""
    found = None if "kind" in draft.taken.values() else _first_negative(draft)
    if found is None:
        return
    row, text = found
    negative = "correction" if draft.seen.language in ("es", "ca") else "credit_note"
    draft.settings["negative"] = negative
    number = draft.of("number")
    name = number.cells[row] if number is not None else "a row"
    draft.ask(
        f"{name} (line {draft.seen.lines[row]}) is negative ({text}): is it a correction, and of which invoice? `negative` says "
        f"{negative}; map a column to corrects.number if one has it",
        ("negative",),
        negative,
    )
    credit_notes(draft)


def _first_negative(draft: Draft) -> tuple[int, str] | None:
    """Return the first row with an amount below 0, and what stands there."""
    for column in draft.seen.columns:
        fields = {draft.taken.get(column.index, "")} | {
            name for reading in draft.readings for option in reading for one, name in option if one is column
        }
        if fields.isdisjoint(_NEGATIVE_IN_CREDIT_NOTES):
            continue
        for row, amount in enumerate(draft.amounts[column.index] or []):
            if amount is not None and amount < 0:
                return row, str(column.cells[row])
    return None


def _names_that_stand_twice(draft: Draft) -> None:
    names = Counter(one.name for one in draft.seen.columns if one.name)
    for name, count in names.items():
        if count > 1:
            labels = ", ".join(
                f'"{one.label}" is {draft.taken.get(one.index) or "not used"}'
                for one in draft.seen.columns
                if one.name == name
            )
            draft.ask(
                f'"{name}" names {count} columns, which are known by their places: {labels}; is that right?'
            )


def _looks_like_orders(draft: Draft) -> bool:
    """Whether these are orders of a shop."""
    names = " ".join(plain(one.name) for one in draft.seen.columns)
    return sum(word in names for word in _ORDER_WORDS) >= 2


def _refunds(draft: Draft) -> None:
    """Ask what was given back."""
    for column in draft.seen.columns:
        if "refund" in plain(column.name) and any(draft.amounts[column.index] or []):
            draft.ask(
                f'"{column.label}" holds amounts: some orders were refunded; leave them out with [skip] if they are no invoices'
            )


def unused(draft: Draft, guesses: Sequence[Guess]) -> None:
    """Say why a column is not used; ask where it holds amounts."""
    for guess in guesses:
        column = guess.column
        if guess.field or column.index in draft.taken:
            continue
        listed = draft.settings.get("first_filled", {}).get("contact.name", [])
        if column.label in listed:
            guess.why = "see [first_filled]"
            continue
        told = [text for text in dict.fromkeys(column.texts) if word_of(text) in ("credit_note", "leave_out")]
        if told and "kind" not in draft.taken.values():
            draft.ask(
                f'"{column.label}" says {", ".join(told[:4])}: are these rows invoices? If not, leave them out with [skip], or map the '
                "column to kind"
            )
        if not column.filled:
            guess.why = "empty"
        elif any(draft.amounts[column.index] or []) and (holds_money(column.name) or _shows_cents(column)):
            guess.why = "holds amounts"
            draft.ask(
                f'"{column.label}" holds amounts ({", ".join(column.samples)}), and is not used; what is it?'
            )
        else:
            guess.why = guess.why or "not part of an invoice, as far as its name says"


def _shows_cents(column: Seen) -> bool:
    """Whether its cells look like money: most have two digits behind the mark."""
    cents = [text for text in column.texts if re.search(r"[0-9][.,][0-9]{2}(?![0-9])", text)]
    floats = [cell for cell in column.filled if isinstance(cell, (float, Decimal)) and cell != int(cell)]
    return 2 * (len(cents) + len(floats)) >= len(column.filled) > 0
