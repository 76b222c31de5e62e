"""A reader for each model, compiled once from its fields, as attrs compiles `__init__`.

It reads JSON objects whose values are of the usual types, straight through, and gives up at the first that is not: then
the object is read again with care, which tells what is wrong, if anything (model.py). No text of a spec gets into the
source: it is made of attribute names, which are identifiers, and everything else is handed in by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from .codecs import UnusualError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .codecs import Field

T = TypeVar("T")


def reader_of(model: type[T], fields: tuple[Field, ...]) -> Callable[[dict[str, object]], T]:
    """Return the function that reads a model's usual JSON objects.

    Args:
        model: a class of attrs with these fields, `additional_properties` and `_read`.
        fields: those of the spec.

    Returns:
        A function that raises UnusualError or ShapeError, without the place, where a value is not of its usual type.
    """
    if not _is_as_generated(model, fields):
        return _give_up
    names: dict[str, Any] = {
        "new": object.__new__,
        "model": model,
        "missing": object(),
        "known": frozenset(item.key for item in fields),
        "UnusualError": UnusualError,
    }
    lines = ["def read(value):", " result = new(model)", " get = value.get", " kept = {}"]
    for number, item in enumerate(fields):
        lines += _lines(item, number, names)
    lines += [
        " result.additional_properties = (",
        "  {} if known.issuperset(value) else {key: one for key, one in value.items() if key not in known}",
        " )",
        " result._read = kept",
        " return result",
    ]
    exec("\n".join(lines), names)  # noqa: S102 - of identifiers and words of our own
    read: Callable[[dict[str, object]], T] = names["read"]
    return read


def _lines(item: Field, number: int, names: dict[str, Any]) -> list[str]:
    """Return the source that reads one field, and put what it speaks of into `names`."""
    codec, usual = item.codec, item.codec.usual
    names |= {f"key{number}": item.key, f"name{number}": item.attribute, f"load{number}": codec.load}
    target, keep = f"result.{item.attribute}", f"kept[name{number}] = one"
    cases: list[tuple[str, list[str]]] = []
    if usual is not None:
        names |= {f"type{number}": usual.type, f"usual{number}": usual.load}
        taken = "one" if usual.load is None else f"usual{number}(one)"
        cases.append(
            (f"type(one) is type{number}", [f"{target} = {taken}", *([] if usual.exact else [keep])])
        )
    cases.append(("one is missing", ["raise UnusualError" if item.required else f"{target} = None"]))
    if codec.nullable:
        cases.append(("one is None", [f"{target} = None", keep]))
    # Objects are read with care once, and not at each level above them again.
    rest = ["raise UnusualError"] if codec.holds_objects else [f"{target} = load{number}(one)", keep]
    lines = [f" one = get(key{number}, missing)"]
    for word, (condition, steps) in zip(["if", *["elif"] * len(cases)], cases, strict=False):
        lines += [f" {word} {condition}:", *(f"  {step}" for step in steps)]
    return [*lines, " else:", *(f"  {step}" for step in rest)]


def _is_as_generated(model: type[Any], fields: tuple[Field, ...]) -> bool:
    """Whether nothing but the fields has to be set: a subclass of somebody else's may have more."""
    attributes = {one.name: one for one in attrs.fields(model)}
    names = [item.attribute for item in fields]
    return (
        attributes.keys() == {*names, "additional_properties", "_read"}
        and all(name.isidentifier() and attributes[name].default in (None, attrs.NOTHING) for name in names)
        and not hasattr(model, "__attrs_post_init__")
        and not any(one.converter or one.validator for one in attributes.values())
    )


def _give_up(value: dict[str, object]) -> Any:
    raise UnusualError
