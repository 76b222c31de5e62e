"""Checks on the three identifiers of a party: tin (tax), cin (company) and pin (routing)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..server.errors import blank, inclusion

if TYPE_CHECKING:
    from ..state.store import JsonObject
    from ..state.world import World


def check_schemes(world: World, fields: JsonObject) -> None:
    """Refuse a scheme that the list of schemes doesn't have."""
    for name in ("tin_scheme", "cin_scheme", "pin_scheme"):
        scheme = fields.get(name)
        if scheme is not None and str(scheme) not in world.schemes:
            raise inclusion(name)


def check_party(world: World, fields: JsonObject) -> None:
    """Refuse a party without tin and cin, or with a scheme nobody knows (behaviour 22)."""
    check_schemes(world, fields)
    if not filled(fields, "tin_value") and not filled(fields, "cin_value"):
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
