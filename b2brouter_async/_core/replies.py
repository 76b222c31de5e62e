"""How generated code reads a JSON reply: taken out of its wrapper, as a model or a list of models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from ..errors import ShapeError
from .exact_json import json_type
from .model import Model

if TYPE_CHECKING:
    from .operation import Reply

M = TypeVar("M", bound=Model)


def read(reply: Reply, kind: type[M], key: str | None = None, *, or_root: bool = False) -> M:
    """Read one object.

    Args:
        reply: what the server answered.
        kind: the model of the object.
        key: where the object stands in the reply, if it is wrapped.
        or_root: take the reply itself for the object where the key is not there.

    Raises:
        ShapeError: the reply is not what the document says, with the JSON path of the place.
    """
    value = reply.json()
    if key is None:
        return kind.from_dict(value)
    if not isinstance(value, Mapping):
        raise ShapeError(f"expected an object, got {json_type(value)}")
    wrapped = cast("Mapping[str, object]", value)
    if key not in wrapped:
        if or_root:
            return kind.from_dict(wrapped)
        raise ShapeError("the key is missing", (key,))
    try:
        return kind.from_dict(wrapped[key])
    except ShapeError as error:
        raise error.below(key) from None


def read_list(reply: Reply, kind: type[M], key: str) -> list[M]:
    """Read a list that comes whole.

    Raises:
        ShapeError: the reply has no such list (behaviour 17), or an item is not what the document says.
    """
    value = reply.json()
    if not isinstance(value, Mapping):
        raise ShapeError(f"expected an object, got {json_type(value)}")
    wrapped = cast("Mapping[str, object]", value)
    if key not in wrapped:
        raise ShapeError("the list is missing", (key,))
    items = wrapped[key]
    if not isinstance(items, list):
        raise ShapeError(f"expected a list, got {json_type(items)}", (key,))
    read: list[M] = []
    for index, item in enumerate(cast("list[object]", items)):
        try:
            read.append(kind.from_dict(item))
        except ShapeError as error:
            raise error.below(index).below(key) from None
    return read
