"""JSON bodies, with every number as a Decimal, digit by digit."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

import simplejson

from . import errors

JSON = "application/json"
# Amounts beyond this occur in no invoice, and would make exact arithmetic arbitrarily slow.
LARGEST = Decimal(10) ** 18
_SMALLEST_EXPONENT = -18
_MOST_DIGITS = 19


def is_list(value: Any) -> bool:
    """Tell whether a value of parsed JSON is a list, without telling type checkers that its entries are unknown."""
    return isinstance(value, list)


def parse(content: bytes) -> Any:
    """Return a JSON body with its numbers as Decimal, or refuse it."""
    try:
        return _DECODER.decode(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise errors.bad_request("The body is not well-formed JSON.") from error


def render(body: Any) -> bytes:
    """Return JSON, every Decimal written digit by digit."""
    return _ENCODER.encode(body).encode("ascii")


def read_amount(text: str) -> Decimal:
    """Return a number of a request as Decimal, or refuse one that can be no amount."""
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    if not (
        value.is_finite()
        and value.copy_abs() < LARGEST
        and isinstance(exponent, int)
        and exponent >= _SMALLEST_EXPONENT
    ):
        raise _out_of_range()
    return value


def _out_of_range() -> errors.Refusal:
    # Which field it is for isn't known yet.
    return errors.Refusal(422, "parameter_inclusion", "A number in the body is out of range")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # What is kept of 100,000 requests has the same few names: each is kept once.
    return {sys.intern(name): value for name, value in pairs}


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > _MOST_DIGITS:
        raise _out_of_range()
    return int(text)


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


# Made once: making one takes as long as reading or writing with it.
_DECODER = simplejson.JSONDecoder(
    parse_float=read_amount, parse_int=_whole, parse_constant=_constant, object_pairs_hook=_object
)
# Nothing is a named tuple, and asking of each value whether it is one takes half the time of writing.
_ENCODER = simplejson.JSONEncoder(use_decimal=True, separators=(",", ":"), namedtuple_as_object=False)
