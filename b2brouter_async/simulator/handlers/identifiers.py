"""Checks on the three identifiers of a party: tin (tax), cin (company) and pin (routing)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..server.errors import blank, inclusion
from ..server.versions import APRIL
from ..state.codes import SCHEMES

if TYPE_CHECKING:
    from ..state.store import JsonObject


_SCHEMES = ("tin_scheme", "cin_scheme", "pin_scheme")


def tidy(fields: JsonObject) -> JsonObject:
    """Return fields as they are kept: schemes of four digits (`88` is `0088`), countries in lower case."""
    kept = dict(fields)
    for name, value in fields.items():
        if name in _SCHEMES and value:
            kept[name] = str(value).strip().zfill(4)
        elif name.endswith("country") and value:
            kept[name] = str(value).strip().lower()
    return kept


def check_schemes(fields: JsonObject) -> None:
    """Refuse a scheme that the list of schemes doesn't have."""
    for name in _SCHEMES:
        scheme = fields.get(name)
        if scheme and str(scheme) not in SCHEMES:
            raise inclusion(name)


def check_party(fields: JsonObject, version: str) -> None:
    """Refuse a party without tin and cin, as since 2026-04-20, or with a scheme nobody knows (behaviours 22 and 59)."""
    check_schemes(fields)
    if version >= APRIL and not filled(fields, "tin_value") and not filled(fields, "cin_value"):
        raise blank("tin_value")


def filled(fields: JsonObject, name: str) -> bool:
    """Tell whether a field is there and not blank."""
    return bool(str(fields.get(name) or "").strip())


def bare(value: str | None) -> str:
    """Return an identifier as it is compared: without spaces, dots and dashes, in capitals."""
    return "".join(letter for letter in value or "" if letter.isalnum()).upper()


def same(one: str | None, other: str | None) -> bool:
    """Tell whether two tax numbers are one: the country prefix may be left out of either."""
    left, right = bare(one), bare(other)
    if not left or not right:
        return False
    return left == right or left[2:] == right or left == right[2:]
