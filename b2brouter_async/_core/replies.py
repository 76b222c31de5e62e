"""From a reply to what a call returns: a model out of its wrapper, or a list of models. Files: downloads.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from attrs import field, frozen

from ..errors import ShapeError
from .exact_json import json_type, load_json

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

    from .model import Model

T = TypeVar("T")
U = TypeVar("U")
M = TypeVar("M", bound="Model")


@frozen
class Reply:
    """What the server answered, before it is parsed.

    Example:
        reply = await client.request("GET", "/accounts/1234")
        print(reply.status, reply.request_id, reply.headers["content-type"])
    """

    status: int
    headers: Mapping[str, str]
    """Header names in lower case."""
    content: bytes = field(repr=False)
    request_id: str | None = None

    def json(self) -> object:
        """Return the body as JSON with every fractional number as `Decimal`.

        Example:
            reply = await client.request("GET", "/accounts/1234")
            print(reply.json())

        Raises:
            NotJSONError: the body is not JSON.
        """
        return load_json(self.content)


def read(reply: Reply, kind: type[M], key: str | None = None, *, or_root: bool = False) -> M:
    """Read one object.

    Args:
        reply: what the server answered.
        kind: the model of the object.
        key: where the object stands in the reply, if it is wrapped.
        or_root: take the reply itself for the object where the key is not there.

    Raises:
        ShapeError: the reply is not what the spec says, with the JSON path of the place.
    """
    value = reply.json()
    if key is None:
        return kind.read_any(value)
    if not isinstance(value, Mapping):
        raise ShapeError(f"expected an object, got {json_type(value)}")
    wrapped = cast("Mapping[str, object]", value)
    if key not in wrapped:
        if or_root:
            return kind.read_any(wrapped)
        raise ShapeError("the key is missing", (key,))
    try:
        return kind.read_any(wrapped[key])
    except ShapeError as error:
        raise error.below(key) from None


def read_list(reply: Reply, kind: type[M], key: str) -> list[M]:
    """Read a list that comes whole.

    Raises:
        ShapeError: the reply has no such list (behaviour 17), or an item is not what the spec says.
    """
    return items_of(reply.json(), kind, key)


def items_of(value: object, kind: type[M], key: str) -> list[M]:
    """Read the list that stands under a key.

    Raises:
        ShapeError: there is no such list, or an item is not what the spec says.
    """
    return read_rows(rows_of(value, key), kind, key)


def rows_of(value: object, key: str) -> list[object]:
    """Return the list that stands under a key, its items as they are.

    Raises:
        ShapeError: there is no such list.
    """
    if not isinstance(value, Mapping):
        raise ShapeError(f"expected an object with {key!r}, got {json_type(value)}")
    wrapped = cast("Mapping[str, object]", value)
    if key not in wrapped:
        raise ShapeError("the list is missing", (key,))
    rows = wrapped[key]
    if not isinstance(rows, list):
        raise ShapeError(f"expected a list, got {json_type(rows)}", (key,))
    return cast("list[object]", rows)


def read_rows(rows: list[object], kind: type[M], key: str, begin: int = 0) -> list[M]:
    """Read some items of a list.

    Args:
        rows: the items.
        kind: their model.
        key: where the list stands, for the error's path.
        begin: where in the list the first of them stands.

    Raises:
        ShapeError: an item is not what the spec says.
    """
    items: list[M] = []
    for index, row in enumerate(rows, begin):
        try:
            items.append(kind.read_any(row))
        except ShapeError as error:
            raise error.below(index).below(key) from None
    return items


def date_of(reply: Reply) -> datetime.datetime | None:
    """Return when the server answered, by its own clock; None where it doesn't tell."""
    import datetime  # few replies are asked
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(reply.headers["date"])
    except (KeyError, ValueError):
        return None
    return date.astimezone(datetime.UTC) if date.tzinfo is not None else date.replace(tzinfo=datetime.UTC)


def read_nothing(reply: Reply) -> None:
    """Take a reply that says no more than its status."""


def optional(parse: Callable[[Reply], T]) -> Callable[[Reply], T | None]:
    """Return a parser that gives None for a reply without a body (behaviour 34)."""

    def parse_or_none(reply: Reply) -> T | None:
        return None if reply.status == 204 or not reply.content else parse(reply)

    return parse_or_none


def by_status(
    status: int, parse: Callable[[Reply], T], other: Callable[[Reply], U]
) -> Callable[[Reply], T | U]:
    """Return a parser that reads replies of one status in one way, and all others in another."""

    def parse_by_status(reply: Reply) -> T | U:
        return parse(reply) if reply.status == status else other(reply)

    return parse_by_status
