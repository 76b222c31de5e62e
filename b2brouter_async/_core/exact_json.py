"""JSON read and written digit by digit: every number with a fraction is a `Decimal`, and a float is refused."""

from __future__ import annotations

import datetime
import enum
import functools
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from ..errors import ArgumentError, ShapeError

if TYPE_CHECKING:
    import json


def json_type(value: object) -> str:
    """Return what JSON calls a value, for error texts."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float, Decimal)):
        return f"the number {value}"
    if isinstance(value, str):
        return "text"
    return "an object" if isinstance(value, Mapping) else "a list"


class NotJSONError(ShapeError):
    """The bytes are no JSON at all, so that perhaps it is not the API that answered."""


def moment(value: object) -> str:
    """Return a date and time as the API writes it: milliseconds, and Z for UTC.

    Raises:
        ArgumentError: it is none, or has no time zone.
    """
    if not isinstance(value, datetime.datetime):
        raise ArgumentError(f"expected datetime.datetime, got {type(value).__name__}")
    if value.tzinfo is None:
        raise ArgumentError("the date and time needs a time zone, for example tzinfo=datetime.UTC")
    text = value.isoformat(timespec="milliseconds" if value.microsecond % 1000 == 0 else "microseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def same(one: object, other: object) -> bool:
    """Whether two JSON values are spelled alike: 1, 1.0 and true are three, though Python calls them equal."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        mine, theirs = cast("dict[str, object]", one), cast("dict[str, object]", other)
        return mine.keys() == theirs.keys() and all(same(mine[key], theirs[key]) for key in mine)
    if isinstance(one, list):
        items, others = cast("list[object]", one), cast("list[object]", other)
        return len(items) == len(others) and all(map(same, items, others))
    return str(one) == str(other)


def plain(value: object, place: str = "") -> object:
    """Return a value as plain JSON: models as dictionaries, enums as their values, dates as text.

    Raises:
        ArgumentError: something in it has no exact form in JSON; the text names the place. Or it is nested too deeply.
    """
    try:
        return _plain(value, place)
    except RecursionError:
        # Parsers go deeper than what writes: a reply may hold what can't be written again.
        raise ArgumentError(f"{place or 'value'}: it is nested too deeply to be written") from None


def _plain(value: object, place: str) -> object:
    if value is None or isinstance(value, (bool, Decimal)):
        if isinstance(value, Decimal) and not value.is_finite():
            raise ArgumentError(f"{place or 'value'}: {value} is not an amount")
        return value
    if isinstance(value, enum.Enum):
        return _plain(value.value, place)
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        raise ArgumentError(
            f"{place or 'value'}: a float can't hold an amount exactly; pass Decimal({str(value)!r}), or an int"
        )
    if isinstance(value, datetime.datetime):
        return moment(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        mapping = cast("Mapping[object, object]", value)
        return {
            str(key): _plain(item, f"{place}.{key}" if place else str(key)) for key, item in mapping.items()
        }
    if isinstance(value, (list, tuple)):
        items = cast("Sequence[object]", value)
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(items)]
    to_dict: Any = getattr(value, "to_dict", None)
    if callable(to_dict):
        return to_dict()
    from uuid import UUID  # few values are one, and no program should load it for the others

    if isinstance(value, UUID):
        return str(value)
    raise ArgumentError(f"{place or 'value'}: {type(value).__name__} has no form in JSON")


def dump_json(value: object) -> bytes:
    """Write JSON with every `Decimal` digit by digit.

    Raises:
        ArgumentError: something in the value has no exact form in JSON, for example a float.
    """
    return dump_plain(plain(value))


def dump_plain(value: object) -> bytes:
    """Write what is plain JSON already, as `plain` and the codecs make it."""
    try:
        text: str = _encoder(ascii_alone=False).encode(value)
        return text.encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair, which JSON can carry and UTF-8 can't; it goes back escaped, as it came.
        text = _encoder(ascii_alone=True).encode(value)
        return text.encode()


def to_json(value: object, *, indent: int | None = None) -> str:
    """Return the JSON text of models, dictionaries and lists of them, amounts digit by digit.

    Example:
        invoice = await client.invoices.get(5)
        print(to_json(invoice.to_dict(), indent=2))

    Args:
        value: models, mappings, lists, texts, numbers, `Decimal`, dates, enums.
        indent: spaces for each level, for people to read; left out, the text is one line.

    Raises:
        ArgumentError: something has no exact form in JSON, for example a float; the text names the place.
    """
    return json_text(plain(value), indent=indent)


def json_text(value: object, *, indent: int | None = None) -> str:
    """Write what is plain JSON already as text.

    Args:
        value: as `plain` and the codecs make it.
        indent: spaces for each level; left out, all stands on one line.
    """
    text: str = _encoder(ascii_alone=False, indent=indent).encode(value)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = _encoder(ascii_alone=True, indent=indent).encode(value)
    return text


@functools.cache
def _encoder(*, ascii_alone: bool, indent: int | None = None) -> Any:
    import simplejson  # the standard library can read numbers as Decimal, but can't write them exactly

    return simplejson.JSONEncoder(
        use_decimal=True,
        allow_nan=False,
        ensure_ascii=ascii_alone,
        indent=indent,
        separators=(",", ":") if indent is None else (",", ": "),
    )


def load_json(content: str | bytes, *, once: bool = False) -> object:
    """Read JSON with every fractional number as `Decimal`, digit by digit.

    Args:
        content: the text.
        once: refuse an object with a key that is there twice. Of replies the last one counts, as everywhere.

    Raises:
        NotJSONError: the content is not JSON.
        ShapeError: it is JSON, but nested too deeply to be read, or a key is there twice.
    """
    try:
        return _decoder(once=once).decode(content if isinstance(content, str) else _text(content))
    except ShapeError:
        raise
    except InvalidOperation:
        raise NotJSONError("not JSON: a number is beyond any amount") from None
    except RecursionError:
        raise ShapeError("the JSON is nested too deeply") from None
    except ValueError as error:
        raise NotJSONError(f"not JSON: {error}") from None


def _text(content: bytes) -> str:
    """Return the text of JSON, which may be UTF-8, UTF-16 or UTF-32, with half of a surrogate pair in it."""
    import json

    if not isinstance(content, (bytes, bytearray)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"expected JSON as text or bytes, got {type(content).__name__}")
    return content.decode(json.detect_encoding(content), "surrogatepass")


@functools.cache
def _decoder(*, once: bool) -> json.JSONDecoder:
    import json

    hook = _each_once if once else None
    return json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=hook)


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ShapeError(f"the key {twice!r} is there twice; which one is meant?")
    return found


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")
