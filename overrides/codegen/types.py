"""Types and codecs of generated code, as source, from the properties that the generator parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openapi_python_client.parser.properties import EnumProperty, ModelProperty

from .placeholders import real

if TYPE_CHECKING:
    from collections.abc import Iterable

PLAIN = {
    "StringProperty": ("str", "TEXT"),
    "IntProperty": ("int", "INTEGER"),
    "BooleanProperty": ("bool", "BOOLEAN"),
    "FloatProperty": ("Decimal", "DECIMAL"),
    "DateProperty": ("datetime.date", "DATE"),
    "DateTimeProperty": ("datetime.datetime", "DATETIME"),
    "UuidProperty": ("uuid.UUID", "UUID"),
    "AnyProperty": ("object", "ANYTHING"),
    "FileProperty": ("FormFile", "FILE"),
    "NoneProperty": ("None", "NULL"),
}


def members(prop: Any) -> list[Any]:
    """Return the kinds of value a property allows; one for anything but a union."""
    if type(prop).__name__ != "UnionProperty":
        return [prop]
    flat: list[Any] = []
    for inner in prop.inner_properties:
        flat.extend(members(inner))
    return flat


def is_map(prop: Any) -> bool:
    """Whether a property is an object with free keys only."""
    # The generator fills in a model's fields after it made the properties that refer to it, so the schema is asked.
    return isinstance(prop, ModelProperty) and not prop.data.properties


def annotation(prop: Any, *, request: bool = False, argument: bool = False) -> str:
    """Return the type of a property as source.

    Args:
        prop: a property of the generator.
        request: a caller fills it in, so kin of the type are taken as well.
        argument: it is an argument of a method.
    """
    found: list[str] = []
    for one in members(prop):
        text = _annotation(one, request=request, argument=argument)
        found.extend(part for part in text if part not in found)
    if "object" in found:
        return "object"
    return " | ".join([name for name in found if name != "None"] + (["None"] if "None" in found else []))


def _annotation(prop: Any, *, request: bool, argument: bool) -> list[str]:
    if isinstance(prop, EnumProperty):
        name = str(prop.class_info.name)
        return [name, prop.value_type.__name__] if request else [name]
    if isinstance(prop, ModelProperty):
        if is_map(prop):
            extra = prop.additional_properties
            inner = "object" if extra is None else annotation(extra, request=request)
            return [f"Mapping[str, {inner}]" if request else f"dict[str, {inner}]"]
        name = str(prop.class_info.name)
        return [name, f"{name}Dict"] if request else [name]
    if type(prop).__name__ == "ListProperty":
        inner = annotation(prop.inner_property, request=request)
        return [f"{'Sequence' if request else 'list'}[{inner}]"]
    text = PLAIN[type(prop).__name__][0]
    if request and text == "Decimal":
        return ["Decimal", "int"]
    if argument and text == "datetime.date":
        return ["datetime.date", "str"]
    return [text]


def codec(prop: Any) -> str:
    """Return the codec of a property as source."""
    inner = [_codec(one) for one in members(prop)]
    null = "NULL" in inner
    inner = list(dict.fromkeys(one for one in inner if one != "NULL"))
    if not inner:
        return "NULL"
    text = inner[0] if len(inner) == 1 else f"union({', '.join(inner)})"
    return f"nullable({text})" if null and text != "ANYTHING" else text


def _codec(prop: Any) -> str:
    if isinstance(prop, EnumProperty):
        return f"enumeration({prop.class_info.name})"
    if isinstance(prop, ModelProperty):
        if not is_map(prop):
            return f"model(lambda: models.{prop.class_info.name})"
        return (
            f"map_of({codec(prop.additional_properties)})"
            if prop.additional_properties is not None
            else "map_of(ANYTHING)"
        )
    if type(prop).__name__ == "ListProperty":
        return f"list_of({codec(prop.inner_property)})"
    return PLAIN[type(prop).__name__][1]


def _raw(value: Any) -> Any:
    return value.get_untrusted_value() if hasattr(value, "get_untrusted_value") else value


DICTIONARIES = "dictionaries"
"""The module of the types of dictionaries that may stand in the place of models."""


def classes(prop: Any, *, request: bool = False) -> Iterable[tuple[str, str]]:
    """Yield module and name of every generated class a property speaks of.

    Args:
        prop: a property of the generator.
        request: a caller fills it in, so dictionaries in the place of models are taken as well.
    """
    for one in members(prop):
        if isinstance(one, EnumProperty) or (isinstance(one, ModelProperty) and not is_map(one)):
            yield str(one.class_info.module_name), str(one.class_info.name)
            if request and isinstance(one, ModelProperty):
                yield DICTIONARIES, f"{one.class_info.name}Dict"
        elif isinstance(one, ModelProperty) and one.additional_properties is not None:
            yield from classes(one.additional_properties, request=request)
        elif type(one).__name__ == "ListProperty":
            yield from classes(one.inner_property, request=request)


def wire_name(prop: Any) -> str:
    """Return the key or the parameter's name as the server spells it."""
    return real(str(_raw(prop.name)))


def described(prop: Any) -> str:
    """Return what the spec says of a property."""
    return str(_raw(prop.description) or "") if prop.description is not None else ""
