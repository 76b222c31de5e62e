"""How one cell is read: amounts, days, yes and no, texts. What can be read in two ways is refused."""

from __future__ import annotations

import datetime
import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import Final

from attrs import define

from .errors import CellError

FIRST_YEAR: Final = 1990
YEARS_AHEAD: Final = 10
DAYS_AHEAD: Final = 366
"""How far ahead the day of an invoice may lie."""

SIGNS: Final = {"€": "EUR", "£": "GBP", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "₺": "TRY", "₣": "CHF"}
"""Signs of money that mean one currency. `$` and `kr` mean several."""
_SEVERAL: Final = ("$", "kr", "lei", "¥")
CODES: Final = [
    "EUR",
    "USD",
    "GBP",
    "CHF",
    "PLN",
    "SEK",
    "NOK",
    "DKK",
    "CZK",
    "HUF",
    "RON",
    "BGN",
    "ISK",
    "TRY",
    "CAD",
    "AUD",
    "NZD",
    "JPY",
    "CNY",
    "INR",
    "BRL",
    "MXN",
    "ARS",
    "CLP",
    "COP",
    "PEN",
    "UYU",
    "MAD",
    "ZAR",
    "AED",
    "SAR",
    "ILS",
    "HKD",
    "SGD",
    "KRW",
    "THB",
    "UAH",
    "RSD",
    "RUB",
    "ALL",
    "BAM",
    "MKD",
    "GEL",
]
"""Codes of currencies that may stand beside an amount."""
_AFFIX = "|".join(re.escape(sign) for sign in (*SIGNS, *_SEVERAL, *CODES))
_BEFORE = re.compile(rf"({_AFFIX})[  ]*(?=[-+(0-9.,])")
_BEHIND = re.compile(rf"(?<=[0-9)\-+.,])[  ]*({_AFFIX})$")
_MINUS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-"))
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000", " "))
_LONGEST = 40
_DIGITS = {
    mark: re.compile(rf"(?:[0-9]+|[0-9]{{1,3}}(?:(?P<sep>[{other}'\u2019 ])[0-9]{{3}})(?:(?P=sep)[0-9]{{3}})*)"
                     rf"(?:{re.escape(mark)}[0-9]+)?")
    for mark, other in ((".", ","), (",", "."))
}  # fmt: skip
_SIMPLE = {
    None: re.compile(r"(-?[0-9]{1,15})(?:\.([0-9]{1,2}))?"),
    ".": re.compile(r"(-?[0-9]{1,15})(?:\.([0-9]{1,9}))?"),
    ",": re.compile(r"(-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,15}))(?:,([0-9]{1,9}))?"),
}
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_THREE = re.compile(r"[0-9]{1,3}\.[0-9]{3}")
_SCIENTIFIC = re.compile(r"[0-9]([.,][0-9]+)?[eE][+-][0-9]+|[0-9][.,][0-9]+[eE][0-9]+")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_KEPT = frozenset("\n\r\t")
_ERROR = re.compile(
    "#[¡¿]?(?:REF|BEZUG|RIF|VERW|ADR|(?:DIV|DEEL|DZIEL)/0|VALUE|VALOR|VALORE|VALEUR|WERT|WAARDE|ARG|NAME|NOMBRE|NOM|NOME|NAAM|NAZWA"
    "|NUM|NÚM|ZAHL|GETAL|LICZBA|NULL|NULO|NUL|NULLO|LEEG|ZERO|SPILL|CALC|FIELD|BLOCKED|CONNECT|BUSY|UNKNOWN)[!?]"
    "|#N/[ADBV]|#NV|#GETTING_DATA|#{3,}|Err:[0-9]{3}",
    re.IGNORECASE,
)
"""What spreadsheets write where there is no value, in their languages; `###` is a column that was too narrow."""

YES: Final = frozenset(
    {"true", "yes", "y", "1", "si", "sí", "oui", "vrai", "ja", "wahr", "sim", "tak", "prawda", "x"}
)
NO: Final = frozenset(
    {"false", "no", "n", "0", "non", "faux", "nein", "falsch", "nee", "onwaar", "não", "nao", "nie"}
)


@define
class Amount:
    """A number of a table, and what stood beside it."""

    value: Decimal
    sign: str | None = None
    """The sign or code of a currency, as it is written."""
    percent: bool = False
    """Whether a `%` stood behind it."""
    unsure: bool = False
    """`1.234` where nobody said the decimal mark: a thousand, or one and a bit."""
    decimals: bool = False
    """Whether it shows that the decimal mark is a point."""


def clean(text: str) -> str:
    """Return text with plain spaces and without those around it."""
    return text.translate(_SPACES).strip()


@lru_cache(maxsize=65536)
def read_amount(text: str, mark: str | None) -> Amount:
    """Read a number digit by digit.

    Args:
        text: as it stands in the table: `1.234,50`, `(1,234.50)`, `1'234.50-`, `12,5 %`, `96.00 $`.
        mark: the decimal mark. Where it is None, a point is the mark, and nothing may stand between thousands.

    Raises:
        CellError: it is none, or can be read in two ways.
    """
    if simple := _SIMPLE[mark].fullmatch(text):
        # Most amounts look so, and a table has many.
        whole, fraction = simple[1], simple[2]
        if mark == ",":
            whole = whole.replace(".", "")
        value = Decimal(f"{whole}.{fraction}" if fraction else whole)
        return Amount(value, decimals=bool(fraction) and len(fraction) != 3)
    rest = clean(text).translate(_MINUS)
    if len(rest) > _LONGEST:
        raise CellError(f"{shown(text)} is no amount")
    percent = rest.endswith("%")
    rest = rest.removesuffix("%").rstrip()
    negative = False
    if rest.startswith("(") and rest.endswith(")"):
        negative, rest = True, rest[1:-1].strip()
    sign: str | None = None
    signed = False
    for _ in range(2):  # the sign of the money and the minus come in either order
        if sign is None and (found := _BEFORE.match(rest)):
            sign, rest = found[1], rest[found.end() :]
        elif sign is None and (found := _BEHIND.search(rest)):
            sign, rest = found[1], rest[: found.start()]
        rest = rest.strip()
        if rest.startswith("(") and rest.endswith(")") and not negative:
            negative, rest = True, rest[1:-1].strip()
        if not signed and not negative and rest[:1] in ("-", "+"):
            signed, negative, rest = True, rest[0] == "-", rest[1:].lstrip()
        elif not signed and not negative and rest[-1:] in ("-", "+"):
            signed, negative, rest = True, rest[-1] == "-", rest[:-1].rstrip()
    pattern = _PLAIN if mark is None else _DIGITS[mark]
    if not pattern.fullmatch(rest):
        hint = (
            '; say decimal = "," or "." in the mapping'
            if mark is None and re.search(r"[0-9][,' .]", rest)
            else ""
        )
        raise CellError(f"{shown(text)} is no amount{hint}")
    whole, _, fraction = rest.partition(mark or ".")
    whole = re.sub(r"[^0-9]", "", whole)
    value = Decimal(f"{'-' if negative else ''}{whole}{'.' + fraction if fraction else ''}")
    return Amount(
        value,
        sign,
        percent,
        unsure=mark is None and bool(_THREE.fullmatch(rest)) and rest[0] != "0",
        decimals=bool(fraction) and len(fraction) != 3,
    )


def exact(value: float) -> Decimal:
    """Return a number of a spreadsheet as it is shown there: with fifteen digits, like the program that wrote it."""
    return Decimal(f"{value:.15g}") if value != int(value) or abs(value) >= 1e15 else Decimal(int(value))


def check_date_format(form: str) -> None:
    """Refuse a form of dates that doesn't name whole days, or that Python doesn't know.

    Raises:
        CellError: see above.
    """
    for day in (
        datetime.datetime(2003, 7, 25),
        datetime.datetime(2024, 2, 29),
        datetime.datetime(2031, 12, 1),
    ):
        moment = day.replace(tzinfo=datetime.UTC)
        # Where no year is read, Python 3.13 warns of the day beside it: it is read with one, and refused then.
        without_year = moment.strftime(form) == moment.replace(year=moment.year + 4).strftime(form)
        whole = f"{form} %Y" if without_year else form
        try:
            read = datetime.datetime.strptime(moment.strftime(whole), whole)
        except (ValueError, re.error):
            raise CellError(f"{form!r} is no form of dates that Python knows, like %d/%m/%Y") from None
        if without_year or read.date() != day.date():
            raise CellError(
                f"{form!r} names no whole day; it needs the day, the month and the year, like %d/%m/%Y"
            )


@lru_cache(maxsize=16384)
def read_date(text: str, form: str | None, last: datetime.date, today: datetime.date) -> datetime.date:
    """Read a day.

    Args:
        text: as it stands in the table.
        form: as in strftime; YYYY-MM-DD where it is None.
        last: the last day it may be.
        today: today.

    Raises:
        CellError: it is none, or lies where no invoice is.
    """
    text = clean(text)
    try:
        if form is None:
            found = _ISO_DAY.fullmatch(text)
            if found is None:
                raise ValueError
            day = datetime.date(int(found[1]), int(found[2]), int(found[3]))
        else:
            day = datetime.datetime.strptime(text, form).date()
    except ValueError:
        hint = "" if form else '; say date = "%d/%m/%Y" or the like in the mapping'
        raise CellError(f"{shown(text)} is no date written as {form or 'YYYY-MM-DD'}{hint}") from None
    return check_day(day, last, today)


def check_day(day: datetime.date, last: datetime.date, today: datetime.date) -> datetime.date:
    """Return a day if an invoice can have it.

    Raises:
        CellError: it is before 1990, or far ahead.
    """
    if day.year < FIRST_YEAR:
        raise CellError(f"{day} is before {FIRST_YEAR}; is the year right?")
    if day > last:
        raise CellError(f"{day} is far ahead of today, {today}; is the year right?")
    return day


def read_flag(text: str) -> bool:
    """Read yes or no in any of the eight languages.

    Raises:
        CellError: it is neither.
    """
    word = clean(text).casefold()
    if word in YES or word in NO:
        return word in YES
    raise CellError(f"{shown(text)} is neither yes nor no")


@lru_cache(maxsize=65536)
def read_text(text: str, *, several_lines: bool = False) -> str:
    """Return a text.

    Args:
        text: as it stands in the table.
        several_lines: line breaks may stand in it.

    Raises:
        CellError: something in it can't be seen, or could not be read.
    """
    text = text.translate(_SPACES).strip()
    if not text.isprintable():
        for char in text:
            if several_lines and char in _KEPT:
                continue
            if unicodedata.category(char) in ("Cc", "Cs", "Cn", "Zl", "Zp"):
                name = "a line break" if char in "\n\r" else f"the control character U+{ord(char):04X}"
                raise CellError(f"{name} stands in {shown(text)}; take it out")
    if text[:1] in ("#", "E") and _ERROR.fullmatch(text):
        raise CellError(
            f"{shown(text)} stands there in the place of a value: mend it where the table was made"
        )
    if "\N{REPLACEMENT CHARACTER}" in text:
        raise CellError(f"{shown(text)} holds a letter that was lost; say the right encoding in the mapping")
    return text


def read_code(text: str) -> str:
    """Return a text that names something: a number of an invoice, of a tax payer, a post code.

    Raises:
        CellError: a spreadsheet has turned it into a number, or something in it can't be seen.
    """
    text = read_text(text)
    if text.isascii() and text.isprintable() and text[:1] != "'" and not ("e" in text or "E" in text):
        return text
    if _SCIENTIFIC.fullmatch(text):
        raise CellError(
            f"{shown(text)} is what a spreadsheet makes of a long number: its digits are lost; export the column as text"
        )
    for char in text:
        if unicodedata.category(char) == "Cf":
            raise CellError(
                f"a sign that can't be seen (U+{ord(char):04X}) stands in {shown(text)}; take it out"
            )
    if re.fullmatch(r"'[0-9]+", text):
        raise CellError(
            f"{shown(text)} begins with an apostrophe, by which spreadsheets keep numbers as text; "
            'say apostrophes = "remove" in the mapping if it is no part of it'
        )
    return text


def shown(text: str) -> str:
    """Return a cell for an error text."""
    return repr(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
