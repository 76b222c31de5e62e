"""Checks of what comes in against the spec: schemas compiled to functions, errors with the server's codes.

A wrong shape or type is 400 `invalid_request_params`; a required value that is missing or blank 422
`parameter_blank`; null where the schema has none 422 `parameter_empty` (behaviour 21); a value outside an
enumeration 422 `parameter_inclusion`. Unknown fields pass: the server ignores them without a word.
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from . import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..spec import Operation, Parameter, Schema, Spec

# A check takes a value and its place ("invoice.date") and raises a Refusal. Values are parsed JSON, hence Any.
Check: TypeAlias = "Callable[[Any, str], None]"

_INT64 = 2**63


class Checks:
    """Compiles and keeps the checks of one spec."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._compiled: dict[str, Check] = {}
        self._parameters: dict[int, Callable[[str], Any]] = {}

    def body(self, operation: Operation, value: Any) -> None:
        """Check a parsed JSON body; the wrapper (`{"invoice": ...}`) must be there, whole and an object."""
        self._check(operation.body["application/json"])(value, "")

    def query(self, operation: Operation, given: dict[str, str]) -> dict[str, Any]:
        """Return the query parameters of `operation` as values of their types; unknown ones are left out."""
        values: dict[str, Any] = {}
        for parameter in operation.parameters:
            if parameter.location != "query":
                continue
            if parameter.name in given:
                values[parameter.name] = self.read(parameter, given[parameter.name])
            elif parameter.required:
                raise errors.bad_request(f"{parameter.name} is missing", param=parameter.name)
        return values

    def read(self, parameter: Parameter, text: str) -> Any:
        """Return the text of a path or query parameter as a value of its type."""
        schema = parameter.schema
        kind = schema.get("type")
        value: Any = text
        if kind == "integer":
            if not re.fullmatch(r"-?[0-9]{1,100}", text):
                raise errors.bad_request(f"{parameter.name} is not a number", param=parameter.name)
            value = int(text)
            if schema.get("format") == "int64" and not -_INT64 <= value < _INT64:
                raise errors.bad_request(f"{parameter.name} is out of range", param=parameter.name)
        elif kind == "boolean":
            if text not in ("true", "false"):
                raise errors.bad_request(f"{parameter.name} is neither true nor false", param=parameter.name)
            value = text == "true"
        elif schema.get("format") == "date" and not _is_date(text):
            raise errors.bad_request(f"{parameter.name} is not a date (YYYY-MM-DD)", param=parameter.name)
        if "enum" in schema and value not in schema["enum"]:
            raise errors.bad_request(f"{parameter.name} is not included in the list", param=parameter.name)
        return value

    def _check(self, schema: Schema) -> Check:
        reference = schema.get("$ref")
        if reference is None:
            return self._compile(schema)
        if reference not in self._compiled:
            # A schema may contain itself: the entry is made before it is filled.
            inner: list[Check] = []
            self._compiled[reference] = lambda value, place: inner[0](value, place)
            inner.append(self._compile(self._spec.resolve(schema)))
            self._compiled[reference] = inner[0]
        return self._compiled[reference]

    def _compile(self, schema: Schema) -> Check:
        parts: list[Check] = []
        kinds = schema.get("type")
        if kinds is not None:
            parts.append(_type_check([kinds] if isinstance(kinds, str) else list(kinds)))
        if "enum" in schema:
            parts.append(_enum_check(schema["enum"]))
        if schema.get("format") == "date":
            parts.append(_date_check)
        if "maxLength" in schema:
            parts.append(_length_check(schema["maxLength"]))
        if "maxItems" in schema:
            parts.append(_items_count_check(schema["maxItems"]))
        if "properties" in schema or "required" in schema:
            parts.append(self._object_check(schema))
        if "items" in schema:
            parts.append(_items_check(self._check(schema["items"])))
        alternatives = schema.get("anyOf") or schema.get("oneOf")
        if alternatives:
            parts.append(_any_check([self._check(one) for one in alternatives]))
        parts.extend(self._check(one) for one in schema.get("allOf", []))
        if len(parts) == 1:
            return parts[0]

        def every(value: Any, place: str) -> None:
            for part in parts:
                part(value, place)

        return every

    def _object_check(self, schema: Schema) -> Check:
        checks = {name: self._check(entry) for name, entry in schema.get("properties", {}).items()}
        required: list[str] = schema.get("required", [])

        def check(value: Any, place: str) -> None:
            if not isinstance(value, dict):
                return
            fields = cast("dict[str, Any]", value)
            for name in required:
                if name in fields:
                    continue
                if place == "":
                    raise errors.bad_request(f"{name} is missing", param=name)
                raise errors.blank(name)
            for name, entry in fields.items():
                one = checks.get(name)
                if one is not None:
                    one(entry, f"{place}.{name}" if place else name)

        return check


def _type_check(kinds: list[str]) -> Check:
    tests = [_TYPES[kind] for kind in kinds]
    nullable = "null" in kinds
    wanted = " or ".join(kind for kind in kinds if kind != "null")

    def check(value: Any, place: str) -> None:
        for test in tests:
            if test(value):
                return
        if value is None and not nullable and "." in place:
            raise errors.empty(_name(place))
        raise errors.bad_request(f"{place or 'the body'} is not of type {wanted}", param=_name(place) or None)

    return check


def _is_integer(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, Decimal):
        # 3.0 is an integer in JSON Schema.
        return bool(value.is_finite() and value == value.to_integral_value() and abs(value) < _INT64)
    return isinstance(value, int) and -_INT64 <= value < _INT64


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": _is_list,
    "number": lambda value: isinstance(value, int | Decimal) and not isinstance(value, bool),
    "integer": _is_integer,
    "null": lambda value: value is None,
}


def _enum_check(allowed: list[Any]) -> Check:
    def check(value: Any, place: str) -> None:
        if isinstance(value, bool) or not any(value == one for one in allowed):
            raise errors.inclusion(_name(place))

    return check


def _is_date(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _date_check(value: Any, place: str) -> None:
    if isinstance(value, str) and not _is_date(value):
        raise errors.bad_request(f"{place} is not a date (YYYY-MM-DD)", param=_name(place))


def _length_check(most: int) -> Check:
    def check(value: Any, place: str) -> None:
        if isinstance(value, str) and len(value) > most:
            raise errors.bad_request(f"{place} is longer than {most} characters", param=_name(place))

    return check


def _items_count_check(most: int) -> Check:
    def check(value: Any, place: str) -> None:
        if _is_list(value) and len(value) > most:
            raise errors.bad_request(
                f"{place or 'the body'} has more than {most} items", param=_name(place) or None
            )

    return check


def _items_check(item: Check) -> Check:
    def check(value: Any, place: str) -> None:
        if _is_list(value):
            for number, entry in enumerate(value):
                item(entry, f"{place}.{number}")

    return check


def _any_check(alternatives: list[Check]) -> Check:
    def check(value: Any, place: str) -> None:
        refusal: errors.Refusal | None = None
        for one in alternatives:
            try:
                return one(value, place)
            except errors.Refusal as error:
                refusal = refusal or error
        if refusal is not None:
            raise refusal

    return check


def _name(place: str) -> str:
    """The name of the field itself, as the server's `param` gives it: `number` for `invoice.number`."""
    parts = [part for part in place.split(".") if not part.isdigit()]
    return parts[-1] if parts else ""
