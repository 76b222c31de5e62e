"""Whose invoice it is, and of which day."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..words import COUNTRIES, plain
from .draft import Draft, rank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..survey import Seen

_TAX_ID: Final = re.compile(r"[A-Z]{0,3}[0-9]{7,14}[A-Z]?|[A-Z][0-9]{7}[0-9A-Z]", re.IGNORECASE)

_DAY_WORDS: Final = re.compile(r"date|fecha|data|datum|created")
_CUSTOMER_WORDS: Final = re.compile(r"partner|customer|cliente|client|kunde")
_COMPANY_NAMES: Final = ("billing company", "company", "empresa", "societe", "firma", "company name")
_NUMBERS_OF_A_PROGRAM: Final = "numbers of the program, no names"


def days(draft: Draft) -> None:
    """Find the day of the invoice, and the form of days."""
    named = [one for one in draft.named("date") if one.filled and _holds_days(draft, one)]
    named = named or _perhaps_days(draft)
    if named:
        _take_day(draft, named)
    else:
        draft.ask('no column looks like the day of the invoice; map one to "date"')
    for name in ("due_date", "tax_point_date"):
        column = draft.of(name)
        if column is not None and not _holds_days(draft, column):
            draft.taken.pop(column.index)
            draft.why[column.index] = "its cells are no days"
    _form_of_days(draft)


def _holds_days(draft: Draft, column: Seen) -> bool:
    typed = bool(column.filled) and all(not isinstance(cell, (str, int, float)) for cell in column.filled)
    return typed or _fits_a_form(draft, column)


def _fits_a_form(draft: Draft, column: Seen) -> bool:
    return any(column.fits(form) for form in draft.seen.dates)


def _perhaps_days(draft: Draft) -> list[Seen]:
    """Return columns that hold days and have a word for it in their names; ask whether the first is the right one."""
    found = [
        one
        for one in draft.seen.columns
        if one.index not in draft.taken
        and one.filled
        and _fits_a_form(draft, one)
        and _DAY_WORDS.search(plain(one.name))
    ]
    found = [one for one in found if len(one.filled) >= len(draft.groups)] or found
    if found:
        draft.ask(f'is "{found[0].label}" the day of the invoice ({", ".join(found[0].samples[:2])})?')
    return found


def _take_day(draft: Draft, named: Sequence[Seen]) -> None:
    chosen, *rest = sorted(named, key=lambda one: rank(one, "date"))
    other = next((one for one in rest if one.texts != chosen.texts), None)
    if other is not None:
        draft.ask(f'is the day of the invoice "{chosen.label}" or "{other.label}"?')
    draft.take(chosen, "date", draft.why.get(chosen.index, "by its name"))


def _form_of_days(draft: Draft) -> None:
    forms = draft.seen.dates
    if not forms:
        return
    first = forms[0]
    if first != "%Y-%m-%d":
        draft.settings["date"] = first
    day = draft.of("date")
    if len(forms) > 1 and {first[:2], forms[1][:2]} == {"%d", "%m"} and "." not in first:
        samples = ", ".join((day or draft.seen.columns[0]).samples)
        draft.ask(
            f"nothing in the table says whether the day or the month stands first ({samples})",
            ("date",),
            first,
        )
    if day is not None and "%H" in first and day.fits(first):
        draft.ask(f'"{day.label}" has a time of day: is it the day of the invoice, or of an order?')


def party(draft: Draft) -> None:
    """Find the customer: name, tax number, country."""
    _company_or_person(draft, _names_of_customers(draft))
    _tax_number(draft)
    if draft.of("contact.name") is None and "first_filled" not in draft.settings:
        draft.ask(
            "no column holds the name of the customers; add one, or delete this line if their number is enough"
        )
    if draft.of("contact.tin_value") is None and draft.of("contact.cin_value") is None:
        draft.ask(
            "no column holds the tax number of the customers, and the server refuses those without one; add it, or delete this line"
        )
    _own_number(draft)
    _countries(draft)
    _apostrophes(draft)


def _names_of_customers(draft: Draft) -> Seen | None:
    """Take the column of names; one that holds the numbers of customers is none."""
    name = draft.of("contact.name")
    if name is None or not all(re.fullmatch(r"[0-9]{1,9}", text) for text in name.texts):
        return name
    draft.take(name, "", _NUMBERS_OF_A_PROGRAM)
    for other in draft.named("contact.name"):
        if other.filled and not all(re.fullmatch("[0-9]+", text) for text in other.texts):
            draft.take(other, "contact.name", "by its name")
            return other
    draft.ask(
        f'"{name.label}" holds only the customers\' numbers ({", ".join(name.samples)}), and no column their names'
    )
    return None


def _company_or_person(draft: Draft, name: Seen | None) -> None:
    """Take the column of companies, which stands before that of names where it is filled."""
    company = next(
        (
            one
            for one in draft.seen.columns
            if plain(one.name) in _COMPANY_NAMES and one.index not in draft.taken
        ),
        None,
    )
    if company is None or not company.filled:
        return
    if name is None:
        draft.take(company, "contact.name", "by its name")
        return
    draft.taken.pop(name.index)
    draft.why[name.index] = draft.why[company.index] = "the first of them that is filled"
    draft.settings["first_filled"] = {"contact.name": [company.label, name.label]}
    draft.ask(f'the customer is "{company.label}" where it is filled, else "{name.label}"; is that right?')


def _tax_number(draft: Draft) -> None:
    if draft.of("contact.tin_value") is not None:
        return
    for column in draft.seen.columns:
        if (
            column.index not in draft.taken
            and column.filled
            and _CUSTOMER_WORDS.search(plain(column.name))
            and all(_TAX_ID.fullmatch(text) for text in column.texts)
        ):
            draft.take(column, "contact.tin_value", "its values look like tax numbers")
            draft.ask(
                f'does "{column.label}" hold the tax numbers of the customers ({", ".join(column.samples[:2])})?'
            )
            return


def _own_number(draft: Draft) -> None:
    tin = draft.of("contact.tin_value")
    if tin is not None and any(_is_own(draft, text) for text in tin.texts):
        draft.ask(
            f'"{tin.label}" holds your own tax number in some rows: are those purchases, or is it the column of the seller?'
        )


def _countries(draft: Draft) -> None:
    """Turn names of countries into codes; leave the column out where a name is not known."""
    column = draft.of("contact.country")
    if column is None or all(_is_country_code(text) for text in column.texts):
        return
    codes = {text: _country_code(text) for text in dict.fromkeys(column.texts)}
    unknown = [text for text, code in codes.items() if not code]
    if unknown:
        draft.take(column, "", "names of countries")
        draft.ask(
            f'"{column.label}" holds {", ".join(unknown[:3])}, which must become codes of countries; say them in [values]'
        )
        return
    draft.settings.setdefault("values", {})[column.label] = codes
    examples = ", ".join(f"{text} is {code}" for text, code in list(codes.items())[:3])
    draft.ask(f'"{column.label}" holds names of countries: {examples}; is that right?')


def _country_code(text: str) -> str:
    return COUNTRIES.get(plain(text)) or (text.lower() if _is_country_code(text) else "")


def _is_country_code(text: str) -> bool:
    return re.fullmatch("[A-Za-z]{2}", text) is not None


def _apostrophes(draft: Draft) -> None:
    codes = [
        draft.seen.columns[at]
        for at, name in draft.taken.items()
        if name == "number" or name.startswith("contact.")
    ]
    if any(re.fullmatch(r"'[0-9]+", text) for column in codes for text in column.texts):
        draft.settings["apostrophes"] = "remove"
        draft.ask(
            "an apostrophe stands before some numbers, as spreadsheets keep text; it is taken off, is that right?"
        )


def _is_own(draft: Draft, text: str) -> bool:
    """Whether an identifier is that of who issues the invoices."""
    plain_id = re.sub(r"[^0-9A-Z]", "", text.upper())
    return bool(plain_id) and any(plain_id in (one, one[2:]) or one == plain_id[2:] for one in draft.own_ids)
