"""Reads what comes in by the spec, as a Rails server does, and refuses what doesn't fit, with the server's codes.

Where a cast is harmless it is made (behaviour 64): text that holds a number for a number, a number for text, `1`, `0`,
`"true"` and their kin for true and false, an empty text for null, an object with the keys `"0"`, `"1"`, … for a list.

A wrong shape or type is 400 `invalid_request_params`; a required value that is missing or blank 422
`parameter_blank`; null where the schema has none 422 `parameter_empty` (behaviour 21); a value outside an
enumeration 422 `parameter_inclusion`. Unknown fields pass: the server ignores them without a word.
"""

from __future__ import annotations

import datetime
import functools
import re
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from . import errors
from .bodies import is_list, read_amount

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..spec import Operation, Parameter, Schema, Spec

# Takes a value and its place ("invoice.date"), returns the value as its schema has it, or raises a Refusal. Values are
# parsed JSON, hence Any.
Read: TypeAlias = "Callable[[Any, str], Any]"

_INT64 = 2**63
# What Rails takes for true and false. It takes any other text for true, too, where this server is strict.
_TRUE = frozenset(("true", "TRUE", "t", "T", "1", "on", "ON"))
_FALSE = frozenset(("false", "FALSE", "f", "F", "0", "off", "OFF"))
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
_NO = object()


@functools.lru_cache(maxsize=8)
def checks_of(spec: Spec) -> Checks:
    """Return the checks of a spec: compiled once, for every simulator that answers by it."""
    return Checks(spec)


class Checks:
    """Compiles and keeps what reads the bodies and parameters of one spec; safe to use from any thread."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._lock = threading.Lock()
        self._compiled: dict[str, Read] = {}
        self._bodies: dict[tuple[str, str], Read] = {}

    def body(self, operation: Operation, value: Any) -> Any:
        """Return a parsed JSON body as the spec has it; the wrapper (`{"invoice": ...}`) must be there, and an object."""
        name = operation.method, operation.template
        read = self._bodies.get(name)
        if read is None:
            with self._lock:
                read = self._bodies[name] = self._read(operation.body["application/json"])
        return read(value, "")

    def query(self, operation: Operation, given: dict[str, str]) -> dict[str, Any]:
        """Return the query parameters of `operation` as values of their types; unknown ones are left out."""
        values: dict[str, Any] = {}
        for parameter in operation.parameters:
            if parameter.location != "query":
                continue
            if parameter.name in given:
                value = self.parameter(parameter, given[parameter.name])
                if value is not None:
                    values[parameter.name] = value
            elif parameter.required:
                raise errors.bad_request(f"{parameter.name} is missing", param=parameter.name)
        return values

    def parameter(self, parameter: Parameter, text: str) -> Any:
        """Return the text of a query parameter as a value of its type; None for an empty text that is none."""
        schema, name = parameter.schema, parameter.name
        kind = schema.get("type")
        value: Any = text
        if kind in _CASTS and text == "" and not parameter.required:
            return None
        if kind == "integer":
            if text in _TRUE | _FALSE and set(schema.get("enum", ())) == {0, 1}:
                text = "1" if text in _TRUE else "0"
            if not re.fullmatch(r"-?[0-9]{1,100}", text):
                raise errors.bad_request(f"{name} is not a number", param=name)
            value = int(text)
            if schema.get("format") == "int64" and not -_INT64 <= value < _INT64:
                raise errors.bad_request(f"{name} is out of range", param=name)
        elif kind == "boolean":
            value = _to_boolean(text)
            if value is _NO:
                raise errors.bad_request(f"{name} is neither true nor false", param=name)
        elif schema.get("format") == "date" and not _is_date(text):
            raise errors.bad_request(f"{name} is not a date (YYYY-MM-DD)", param=name)
        if "enum" in schema and value not in schema["enum"]:
            raise errors.bad_request(f"{name} is not included in the list", param=name)
        return value

    def _read(self, schema: Schema) -> Read:
        reference = schema.get("$ref")
        if reference is None:
            return self._compile(schema)
        if reference not in self._compiled:
            # A schema may contain itself: the entry is made before it is filled.
            inner: list[Read] = []
            self._compiled[reference] = lambda value, place: inner[0](value, place)
            inner.append(self._compile(self._spec.resolve(schema)))
            self._compiled[reference] = inner[0]
        return self._compiled[reference]

    def _compile(self, schema: Schema) -> Read:
        parts: list[Read] = []
        kinds = schema.get("type")
        if kinds is not None:
            parts.append(_reads_type([kinds] if isinstance(kinds, str) else list(kinds)))
        if "enum" in schema:
            parts.append(_checks_enum(schema["enum"]))
        if schema.get("format") == "date":
            parts.append(_checks_date)
        if "maxLength" in schema:
            parts.append(_checks_length(schema["maxLength"]))
        if "maxItems" in schema:
            parts.append(_checks_count(schema["maxItems"]))
        if "properties" in schema or "required" in schema:
            parts.append(self._reads_object(schema))
        if "items" in schema:
            parts.append(_reads_items(self._read(schema["items"])))
        alternatives = schema.get("anyOf") or schema.get("oneOf")
        if alternatives:
            parts.append(_reads_any([self._read(one) for one in alternatives]))
        parts.extend(self._read(one) for one in schema.get("allOf", []))
        if len(parts) == 1:
            return parts[0]

        def every(value: Any, place: str) -> Any:
            for part in parts:
                value = part(value, place)
            return value

        return every

    def _reads_object(self, schema: Schema) -> Read:
        fields = {name: self._read(entry) for name, entry in schema.get("properties", {}).items()}
        required: list[str] = schema.get("required", [])

        def read(value: Any, place: str) -> Any:
            if not isinstance(value, dict):
                return value
            given = cast("dict[str, Any]", value)
            for name in required:
                if name in given:
                    continue
                if place == "":
                    raise errors.bad_request(f"{name} is missing", param=name)
                raise errors.blank(name)
            for name, entry in given.items():
                one = fields.get(name)
                if one is not None:
                    given[name] = one(entry, f"{place}.{name}" if place else name)
            return given

        return read


def _reads_type(kinds: list[str]) -> Read:
    tests = [_TYPES[kind] for kind in kinds]
    casts = [_CASTS[kind] for kind in kinds if kind in _CASTS]
    nullable = "null" in kinds
    wanted = " or ".join(kind for kind in kinds if kind != "null")

    def read(value: Any, place: str) -> Any:
        for test in tests:
            if test(value):
                return value
        if value == "":
            value = None
        if value is None and nullable:
            return None
        if value is None and "." in place:
            raise errors.empty(_name(place))
        for cast_to in casts if "." in place or not isinstance(value, list) else ():
            found = cast_to(value)
            if found is not _NO:
                return found
        raise errors.bad_request(f"{place or 'the body'} is not of type {wanted}", param=_name(place) or None)

    return read


def _is_integer(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, Decimal):
        # 3.0 is an integer in JSON Schema.
        return bool(value.is_finite() and value == value.to_integral_value() and abs(value) < _INT64)
    return isinstance(value, int) and -_INT64 <= value < _INT64


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": is_list,
    "number": _is_number,
    "integer": _is_integer,
    "null": lambda value: value is None,
}


def _to_integer(value: Any) -> Any:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        number = int(value)
        return number if -_INT64 <= number < _INT64 else _NO
    return _NO


def _to_number(value: Any) -> Any:
    return read_amount(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else _NO


def _to_boolean(value: Any) -> Any:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return True if text in _TRUE else False if text in _FALSE else _NO


def _to_text(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else str(value) if _is_number(value) else _NO


def to_list(value: Any) -> Any:
    """Return the values of `{"0": ..., "1": ...}` as a list, and anything else as it is.

    PHP writes a list with a gap as such an object, and Rails takes nested attributes either way.
    """
    if not isinstance(value, dict):
        return value
    entries = cast("dict[str, Any]", value)
    return list(entries.values()) if entries and all(key.isdigit() for key in entries) else entries


def _to_list(value: Any) -> Any:
    found = to_list(value)
    return found if is_list(found) else _NO


def _to_object(value: Any) -> Any:
    # PHP writes an empty array for an empty object.
    return dict[str, Any]() if is_list(value) and not value else _NO


_CASTS: dict[str, Callable[[Any], Any]] = {
    "integer": _to_integer,
    "number": _to_number,
    "boolean": _to_boolean,
    "string": _to_text,
    "array": _to_list,
    "object": _to_object,
}


def _checks_enum(allowed: list[Any]) -> Read:
    def read(value: Any, place: str) -> Any:
        if isinstance(value, bool) or not any(value == one for one in allowed):
            raise errors.inclusion(_name(place))
        return value

    return read


def _is_date(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _checks_date(value: Any, place: str) -> Any:
    if isinstance(value, str) and not _is_date(value):
        raise errors.bad_request(f"{place} is not a date (YYYY-MM-DD)", param=_name(place))
    return value


def _checks_length(most: int) -> Read:
    def read(value: Any, place: str) -> Any:
        if isinstance(value, str) and len(value) > most:
            raise errors.bad_request(f"{place} is longer than {most} characters", param=_name(place))
        return value

    return read


def _checks_count(most: int) -> Read:
    def read(value: Any, place: str) -> Any:
        if is_list(value) and len(value) > most:
            raise errors.bad_request(
                f"{place or 'the body'} has more than {most} items", param=_name(place) or None
            )
        return value

    return read


def _reads_items(item: Read) -> Read:
    def read(value: Any, place: str) -> Any:
        if is_list(value):
            return [item(entry, f"{place}.{number}") for number, entry in enumerate(value)]
        return value

    return read


def _reads_any(alternatives: list[Read]) -> Read:
    def read(value: Any, place: str) -> Any:
        refusal: errors.Refusal | None = None
        fits: list[Any] = []
        for one in alternatives:
            try:
                found = one(value, place)
            except errors.Refusal as error:
                refusal = refusal or error
            else:
                # What fits as it is comes before what would have to be cast.
                if type(found) is type(value):
                    return found
                fits.append(found)
        if fits:
            return fits[0]
        if refusal is not None:
            raise refusal
        return value

    return read


def _name(place: str) -> str:
    """The name of the field itself, as the server's `param` gives it: `number` for `invoice.number`."""
    parts = [part for part in place.split(".") if not part.isdigit()]
    return parts[-1] if parts else ""
