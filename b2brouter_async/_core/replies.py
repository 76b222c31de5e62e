"""From a reply to what a call returns: a model out of its wrapper, a list of models, a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from attrs import field, frozen

from ..errors import ArgumentError, ShapeError
from .exact_json import json_type, load_json
from .files import write_whole

if TYPE_CHECKING:
    import os

    from .model import Model

T = TypeVar("T")
U = TypeVar("U")
M = TypeVar("M", bound="Model")


@frozen
class Reply:
    """What the server answered, before it is parsed."""

    status: int
    headers: Mapping[str, str]
    """Header names in lower case."""
    content: bytes = field(repr=False)
    request_id: str | None = None

    def json(self) -> object:
        """Return the body as JSON with every fractional number as `Decimal`.

        Raises:
            NotJSONError: the body is not JSON.
        """
        return load_json(self.content)


@frozen
class Download:
    """A file from the API: its bytes, and what the server says they are (behaviour 37)."""

    content: bytes = field(repr=False)
    media_type: str
    """As in Content-Type, without parameters, in lower case; `application/octet-stream` where none was given."""
    filename: str | None = None

    def __len__(self) -> int:
        """Return the size in bytes."""
        return len(self.content)

    async def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the file to disk, in one step: whatever happens, nobody finds half of it.

        Args:
            path: where to. In a folder it gets the name that the server gave it. What stood there is replaced.

        Returns:
            Where it is now.

        Raises:
            ArgumentError: the path is a folder, and the server gave the file no name.
            OSError: it could not be written, for example because the disk is full; what stood there is as it was.
        """
        from anyio import to_thread  # the models and the simulator do without

        return await to_thread.run_sync(_save, Path(path), self)


def _save(path: Path, file: Download) -> Path:
    if path.is_dir():
        if file.filename is None:
            raise ArgumentError(f"path: {path} is a folder, and the server gave the file no name; add one")
        path = path / file.filename
    write_whole(path, file.content)
    return path


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
        ShapeError: the reply has no such list (behaviour 17), or an item is not what the spec says.
    """
    return items_of(reply.json(), kind, key)


def items_of(value: object, kind: type[M], key: str) -> list[M]:
    """Read the list that stands under a key.

    Raises:
        ShapeError: there is no such list, or an item is not what the spec says.
    """
    if not isinstance(value, Mapping):
        raise ShapeError(f"expected an object with {key!r}, got {json_type(value)}")
    wrapped = cast("Mapping[str, object]", value)
    if key not in wrapped:
        raise ShapeError("the list is missing", (key,))
    rows = wrapped[key]
    if not isinstance(rows, list):
        raise ShapeError(f"expected a list, got {json_type(rows)}", (key,))
    items: list[M] = []
    for index, row in enumerate(cast("list[object]", rows)):
        try:
            items.append(kind.from_dict(row))
        except ShapeError as error:
            raise error.below(index).below(key) from None
    return items


def read_file(reply: Reply) -> Download:
    """Read a file, with the name that the server gives it."""
    media_type = (
        reply.headers.get("content-type", "application/octet-stream").split(";", 1)[0].strip().lower()
    )
    return Download(reply.content, media_type or "application/octet-stream", _filename(reply.headers))


def read_nothing(reply: Reply) -> None:
    """Take a reply that says no more than its status."""


def optional(parse: Callable[[Reply], T]) -> Callable[[Reply], T | None]:
    """Return a parser that gives None for a reply without a body (behaviour 34)."""

    def parse_or_none(reply: Reply) -> T | None:
        return None if reply.status == 204 or not reply.content else parse(reply)

    return parse_or_none


def file_or(parse: Callable[[Reply], T]) -> Callable[[Reply], Download | T]:
    """Return a parser that takes a reply for a file, and reads what is JSON: it says why there is none."""

    def parse_or_file(reply: Reply) -> Download | T:
        file = read_file(reply)
        is_json = file.media_type == "application/json" or file.media_type.endswith("+json")
        # Whatever the header says: no XML and no PDF begins like this.
        if is_json or reply.content.lstrip()[:1] in (b"{", b"["):
            return parse(reply)
        return file

    return parse_or_file


def by_status(
    status: int, parse: Callable[[Reply], T], other: Callable[[Reply], U]
) -> Callable[[Reply], T | U]:
    """Return a parser that reads replies of one status in one way, and all others in another."""

    def parse_by_status(reply: Reply) -> T | U:
        return parse(reply) if reply.status == status else other(reply)

    return parse_by_status


def _filename(headers: Mapping[str, str]) -> str | None:
    disposition = headers.get("content-disposition")
    if disposition is None:
        return None
    from email.message import Message  # parses RFC 2231 and quoted forms; only needed when a file comes

    message = Message()
    message["content-disposition"] = disposition
    name = message.get_filename()
    # Only a name: a server must not choose the folder a file is saved in.
    last = name.replace("\\", "/").rsplit("/", 1)[-1] if name else ""
    return last if last.strip(". ") and last.isprintable() else None
