"""Whose invoice it is, and of which day."""

from __future__ import annotations

import re
from typing import Final

from ..words import (
    COUNTRIES,
    plain,
)
from .draft import Draft, rank

TAX_ID: Final = re.compile(r"[A-Z]{0,3}[0-9]{7,14}[A-Z]?|[A-Z][0-9]{7}[0-9A-Z]", re.IGNORECASE)


def days(draft: Draft) -> None:
    """Find the day of the invoice, and the form of days."""
    seen = draft.seen
    typed = [
        one
        for one in seen.columns
        if one.filled and all(not isinstance(cell, (str, int, float)) for cell in one.filled)
    ]
    named = [
        one
        for one in draft.named("date")
        if one.filled and (one in typed or any(one.fits(form) for form in seen.dates))
    ]
    if not named:
        named = [one for one in seen.columns
                 if one.index not in draft.taken and one.filled and any(one.fits(form) for form in seen.dates)
                 and re.search(r"date|fecha|data|datum|created", plain(one.name))]  # fmt: skip
        named = [one for one in named if len(one.filled) >= len(draft.groups)] or named
        if named:
            draft.ask(f'is "{named[0].label}" the day of the invoice ({", ".join(named[0].samples[:2])})?')
    if not named:
        draft.ask('no column looks like the day of the invoice; map one to "date"')
    else:
        chosen = named[0]
        if len(named) > 1:
            ranks = {one.index: rank(one, "date") for one in named}
            named.sort(key=lambda one: ranks[one.index])
            chosen = named[0]
            others = [one for one in named[1:] if one.texts != chosen.texts]
            if others:
                draft.ask(f'is the day of the invoice "{chosen.label}" or "{others[0].label}"?')
        draft.take(
            chosen,
            "date",
            "by its name" if draft.why.get(chosen.index) is None else draft.why[chosen.index],
        )
    for name in ("due_date", "tax_point_date"):
        column = draft.of(name)
        if column is not None and not (column in typed or any(column.fits(form) for form in seen.dates)):
            draft.taken.pop(column.index)
            draft.why[column.index] = "its cells are no days"
    forms = seen.dates
    if forms and forms[0] != "%Y-%m-%d":
        draft.settings["date"] = forms[0]
    first = forms[0] if forms else ""
    if len(forms) > 1 and {first[:2], forms[1][:2]} == {"%d", "%m"} and "." not in first:
        samples = ", ".join((draft.of("date") or seen.columns[0]).samples)
        draft.ask(
            f"nothing in the table says whether the day or the month stands first ({samples})",
            ("date",),
            first,
        )
    day = draft.of("date")
    if day is not None and "%H" in first and day.fits(first):
        draft.ask(f'"{day.label}" has a time of day: is it the day of the invoice, or of an order?')


def party(draft: Draft) -> None:
    """Find the customer: name, tax number, country."""
    name, columns = draft.of("contact.name"), draft.seen.columns
    others = [
        one
        for one in draft.named("contact.name")
        if one.filled and not all(re.fullmatch("[0-9]+", text) for text in one.texts)
    ]
    if name is not None and others and all(re.fullmatch(r"[0-9]{1,9}", text) for text in name.texts):
        draft.take(name, "", "numbers of the program, no names")
        name = others[0]
        draft.take(name, "contact.name", "by its name")
    if name is not None and all(re.fullmatch(r"[0-9]{1,9}", text) for text in name.texts):
        draft.take(name, "", "numbers of the program, no names")
        draft.ask(
            f'"{name.label}" holds only the customers\' numbers ({", ".join(name.samples)}), and no column their names'
        )
        name = None
    number = draft.of("number")
    if name is not None and number is not None and name.index == number.index:
        name = None
    company = next((one for one in columns if plain(one.name) in ("billing company", "company", "empresa", "societe", "firma", "company name")
                    and one.index not in draft.taken), None)  # fmt: skip
    if company is not None and company.filled:
        if name is None:
            draft.take(company, "contact.name", "by its name")
        else:
            draft.taken.pop(name.index)
            draft.why[name.index] = draft.why[company.index] = "the first of them that is filled"
            draft.settings["first_filled"] = {"contact.name": [company.label, name.label]}
            draft.ask(
                f'the customer is "{company.label}" where it is filled, else "{name.label}"; is that right?'
            )
    if draft.of("contact.tin_value") is None:
        like = next((one for one in columns if one.index not in draft.taken and one.filled
                     and re.search(r"partner|customer|cliente|client|kunde", plain(one.name))
                     and all(TAX_ID.fullmatch(text) for text in one.texts)), None)  # fmt: skip
        if like is not None:
            draft.take(like, "contact.tin_value", "its values look like tax numbers")
            draft.ask(
                f'does "{like.label}" hold the tax numbers of the customers ({", ".join(like.samples[:2])})?'
            )
    if draft.of("contact.name") is None and "first_filled" not in draft.settings:
        draft.ask(
            "no column holds the name of the customers; add one, or delete this line if their number is enough"
        )
    if draft.of("contact.tin_value") is None and draft.of("contact.cin_value") is None:
        draft.ask(
            "no column holds the tax number of the customers, and the server refuses those without one; add it, or delete this line"
        )
    tin = draft.of("contact.tin_value")
    if tin is not None and draft.own_ids and any(is_own(draft, text) for text in tin.texts):
        draft.ask(
            f'"{tin.label}" holds your own tax number in some rows: are those purchases, or is it the column of the seller?'
        )
    country = draft.of("contact.country")
    if country is not None and any(not re.fullmatch("[A-Za-z]{2}", text) for text in country.texts):
        words = {text: COUNTRIES.get(plain(text)) for text in dict.fromkeys(country.texts)}
        known = {
            text: code or (text.lower() if re.fullmatch("[A-Za-z]{2}", text) else "")
            for text, code in words.items()
        }
        unknown = [text for text, code in known.items() if not code]
        if unknown:
            draft.take(country, "", "names of countries")
            draft.ask(
                f'"{country.label}" holds {", ".join(unknown[:3])}, which must become codes of countries; say them in [values]'
            )
        else:
            draft.settings.setdefault("values", {})[country.label] = known
            told = ", ".join(f"{text} is {code}" for text, code in list(known.items())[:3])
            draft.ask(f'"{country.label}" holds names of countries: {told}; is that right?')
    codes = [
        one
        for one in columns
        if draft.taken.get(one.index, "").startswith("contact.") or draft.taken.get(one.index) == "number"
    ]
    if any(re.fullmatch(r"'[0-9]+", text) for one in codes for text in one.texts):
        draft.settings["apostrophes"] = "remove"
        draft.ask(
            "an apostrophe stands before some numbers, as spreadsheets keep text; it is taken off, is that right?"
        )


def is_own(draft: Draft, text: str) -> bool:
    """Whether an identifier is that of who issues the invoices."""
    plain_id = re.sub(r"[^0-9A-Z]", "", text.upper())
    return bool(plain_id) and any(plain_id in (one, one[2:]) or one == plain_id[2:] for one in draft.own_ids)
