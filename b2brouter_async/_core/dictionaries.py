"""A dictionary in the place of a model: held to the same fields, so that a misspelt key is never sent and lost.

The server ignores keys that it doesn't know (behaviour 21): an invoice with `prize` would be one of 0.00.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from ..errors import ArgumentError
from .exact_json import plain
from .spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .codecs import Field

EXTRA = "additional_properties"
"""The key under which a dictionary holds what the spec doesn't have, as the attribute of a model does."""


def write_dictionary(
    kind: str,
    known: Mapping[str, Field],
    given: Mapping[str, object],
    about: Callable[[str, object], str | None] = lambda key, value: None,
) -> dict[str, object]:
    """Return a dictionary as it is sent: its keys are those of the wire, None stands for "not there".

    Args:
        kind: name of the model in whose place it stands.
        known: the model's fields by their keys.
        given: the dictionary. What stands under `additional_properties` is sent as it is, beside the rest.
        about: tells what is known of a key that no field has, or of a value that doesn't fit.

    Raises:
        ArgumentError: a key is none of the model's, or a value doesn't fit its field.
    """
    written: dict[str, object] = {}
    for key, value in given.items():
        if key == EXTRA and key not in known:
            continue
        field = known.get(key)
        if field is None:
            said = about(key, value)
            raise ArgumentError(said, argument=key) if said else _unknown(kind, key, value, given, known)
        if value is None and not (field.required and field.codec.nullable):
            if field.required:
                raise _required(key, about)
            continue
        try:
            written[key] = field.codec.dump(value)
        except ArgumentError as error:
            said = about(key, value)
            told = ArgumentError(f"{error.problem}; {said}", argument=error.argument) if said else error
            raise told.below(key) from None
    for key, field in known.items():
        if field.required and key not in given:
            raise _required(key, about)
    written.update(_extra(given.get(EXTRA), written))
    return written


def _required(key: str, about: Callable[[str, object], str | None]) -> ArgumentError:
    said = about(key, None)
    return ArgumentError(f"a value is required{f'; {said}' if said else ''}", argument=key)


def _extra(extra: object, written: Mapping[str, object]) -> dict[str, object]:
    if extra is None:
        return {}
    if not isinstance(extra, Mapping):
        raise ArgumentError(f"expected a dictionary, got {type(extra).__name__}", argument=EXTRA)
    values = cast("Mapping[str, object]", extra)
    for key in values:
        if key in written:
            raise ArgumentError(f"{key!r} is given beside it, too", argument=EXTRA)
    return cast("dict[str, object]", plain(dict(values), EXTRA))


def _unknown(
    kind: str, key: object, value: object, given: Mapping[str, object], known: Collection[str]
) -> ArgumentError:
    """Tell what is wrong with a key that is none of the model's, and the way out."""
    if not isinstance(key, str):
        return ArgumentError(f"a key is text, got {type(key).__name__} {key!r}")
    if isinstance(value, Mapping) and any(inner in known for inner in cast("Mapping[object, object]", value)):
        beside = [repr(other) for other in given if other != key and other not in known]
        rest = f"; {', '.join(beside)} may be an argument of the call" if beside else ""
        return ArgumentError(f"it is wrapped twice: pass what stands under {key!r}{rest}")
    return unknown_key(kind, key, known, f"the spec doesn't have goes under {EXTRA!r}")


def check_keys(
    kind: str, known: Collection[str], given: Mapping[str, object], about: Callable[[str], str | None]
) -> None:
    """Hold a dictionary to the keys of the model in whose place it stands, as `write_dictionary` does.

    Args:
        kind: name of the model.
        known: its keys.
        given: the dictionary; what stands under `additional_properties` is not held to anything.
        about: tells what is known of a key that is none of them.

    Raises:
        ArgumentError: a key is none of the model's.
    """
    for key, value in given.items():
        if key not in known and key != EXTRA:
            said = about(key) if isinstance(key, str) else None  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(said, argument=key) if said else _unknown(kind, key, value, given, known)


def unknown_key(kind: str, key: str, known: Collection[str], way_out: str) -> ArgumentError:
    """Tell that a key is none of a model's, and which one was probably meant.

    Args:
        kind: name of the model.
        key: what was written.
        known: the model's keys.
        way_out: what is done with a key that is meant as it is; the sentence begins with "what".
    """
    meant = nearest(key, known)
    hint = f"did you mean {meant!r}? What" if meant else "what"
    return ArgumentError(f"{kind} has no such key; {hint} {way_out}", argument=key)
