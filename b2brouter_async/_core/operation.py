"""The record that describes an operation: what generated code and the runtime share.

A generated endpoint module holds one `Operation` and a `build` function that turns arguments into a `Request`.
The runtime sends the request and hands the reply to `Operation.parse`. Neither knows more of the other than this.
"""

from __future__ import annotations

import datetime
import enum
import os
from collections.abc import AsyncIterable, Callable, Coroutine, Mapping
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar, cast
from urllib.parse import quote

from attrs import field, frozen

from ..errors import ArgumentError
from .exact_json import dump_json, load_json, plain
from .files import write_whole

if TYPE_CHECKING:
    from .codecs import Codec
    from .model import Field

T = TypeVar("T")

AccountId: TypeAlias = int | str
"""An account's id: the number that B2Brouter shows, or the same as text."""


class AsyncFile(Protocol):
    """A file that is read with `await`, for example the upload of a form in Starlette or FastAPI."""

    async def read(self, size: int, /) -> bytes:
        """Return the next bytes, none at the end."""
        ...


Content: TypeAlias = (
    bytes | bytearray | memoryview | os.PathLike[str] | IO[bytes] | AsyncFile | AsyncIterable[bytes]
)
"""What can be uploaded: bytes, a path, an open binary file, or an async stream of bytes.

Bytes, paths and seekable files can be sent again when that is safe; a stream, or a file read with `await`, can't.
"""


class Repeat(enum.Enum):
    """Whether sending an operation a second time can do harm."""

    SAFE = "safe"
    """Reads: repeating changes nothing."""
    IDEMPOTENT = "idempotent"
    """PUT and DELETE: twice is the same as once."""
    WRITE = "write"
    """POST and PATCH: twice may be two. Repeated only when the first provably did not happen."""
    RECONCILABLE = "reconcilable"
    """A write whose fate can be looked up afterwards (an invoice, by its number; behaviour 24)."""


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
            ShapeError: the body is not JSON.
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


@frozen
class Body:
    """What a request carries."""

    content: Content = field(repr=False)
    media_type: str
    value: object = field(default=None, repr=False)
    """The JSON value behind `content`, where the body is JSON."""


@frozen
class Request:
    """One call's worth of input for an operation, checked and ready to be sent."""

    path: str
    """Expanded and percent-encoded; starts with a slash."""
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: Body | None = None
    account: str | None = None
    """The account the call is about, where the path names one."""

    @property
    def invoice_number(self) -> str | None:
        """The invoice's number, where the body is an invoice as JSON."""
        value = None if self.body is None else self.body.value
        invoice = cast("Mapping[str, object]", value).get("invoice") if isinstance(value, Mapping) else None
        number = cast("Mapping[str, object]", invoice).get("number") if isinstance(invoice, Mapping) else None
        return number if isinstance(number, str) else None


@frozen
class Operation(Generic[T]):
    """One operation of the API, as overrides/operations.yaml and the document describe it."""

    name: str
    """Resource and method in the SDK, for example `invoices.create`."""
    method: str
    path: str
    """The path with its parameters in braces, for example `/accounts/{account}/invoices`."""
    repeat: Repeat
    parse: Callable[[Reply], T] = field(repr=False)
    accept: str = "application/json"
    evidence: str = "unstated"
    """How well the operation is known: documented, measured, sdk, third-party, inferred."""
    deprecated: bool = False


@frozen
class Options:
    """Per-call options, the same on every method. None takes the client's setting."""

    timeout: float | None = None
    """Seconds one attempt may wait for the server."""
    deadline: float | None = None
    """Seconds the whole call may take: queueing, every attempt and the waits between."""
    headers: Mapping[str, str] | None = None
    """Further headers. The key and the version can't be set here."""
    priority: int | None = None
    """1 passes everything that waits with 0; uploads in bulk use 0."""
    max_attempts: int | None = None
    """How often the call may be sent at most; 1 never repeats."""


class Caller(Protocol):
    """What generated code needs from the client."""

    def account_or_default(self, account: AccountId | None) -> AccountId:
        """Return the account given, or the one the client was made for."""
        ...

    def call(self, operation: Operation[T], request: Request, options: Options) -> Coroutine[Any, Any, T]:
        """Send a request the whole way and return what the operation's parse makes of the reply."""
        ...


class Resource:
    """A group of operations that a client offers under one name."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        """Bind the operations to the client that sends them."""
        self._caller = caller


def expand(path: str, **segments: object) -> str:
    """Fill the parameters of a path, each as exactly one segment.

    Raises:
        ArgumentError: a segment is empty, `.` or `..`, or of a type that no id has.
    """
    encoded: dict[str, str] = {}
    for name, value in segments.items():
        if isinstance(value, enum.Enum):
            value = value.value
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise ArgumentError(
                f"expected an id or a code (int or str), got {type(value).__name__}", argument=name
            )
        text = str(value)
        if not text.strip() or text in (".", ".."):
            raise ArgumentError(
                f"{text!r} can't stand in a path; pass the id or the code itself", argument=name
            )
        encoded[name] = quote(text, safe="")
    return path.format_map(encoded)


def encode_query(**arguments: object) -> tuple[tuple[str, str], ...]:
    """Turn query arguments into pairs of text; None is left out, a list repeats its name."""
    return query_pairs(tuple(arguments.items()))


def query_pairs(arguments: tuple[tuple[str, object], ...]) -> tuple[tuple[str, str], ...]:
    """Turn pairs of wire name and value into pairs of text; None is left out, a list repeats its name.

    Raises:
        ArgumentError: a value has a type that has no place in a query.
    """
    pairs: list[tuple[str, str]] = []
    for name, value in arguments:
        if value is None:
            continue
        for item in value if isinstance(value, (list, tuple)) else (value,):  # pyright: ignore[reportUnknownVariableType]
            pairs.append((name, _query_text(name, item)))  # pyright: ignore[reportUnknownArgumentType]
    return tuple(pairs)


def header_pairs(arguments: tuple[tuple[str, object], ...]) -> tuple[tuple[str, str], ...]:
    """Return headers that an operation takes as arguments; None is left out.

    Raises:
        ArgumentError: a value has no form in a header, or would break out of it.
    """
    pairs = tuple((name, _query_text(name, value)) for name, value in arguments if value is not None)
    for name, value in pairs:
        if not value.isprintable() or not value.isascii():
            raise ArgumentError(f"{name}: {value!r} can't stand in a header; use printable ASCII")
    return pairs


def _query_text(name: str, value: object) -> str:
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise ArgumentError(f"{name}: a date-time needs a time zone, for example datetime.timezone.utc")
        return value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise ArgumentError(f"{name}: {type(value).__name__} has no form in a query")


def as_flag(value: bool | int | None) -> int | None:
    """Return a flag the way the API counts it, 1 or 0 (behaviour 15)."""
    return None if value is None else int(value)


def as_date(name: str, value: datetime.date | str | None) -> str | None:
    """Return a day as YYYY-MM-DD.

    Raises:
        ArgumentError: the text is no such date, or a time stands beside it.
    """
    if value is None:
        return None
    if isinstance(value, datetime.datetime):
        raise ArgumentError(f"{name}: expected a day, got a date and time; pass value.date()")
    if isinstance(value, str):
        try:
            value = datetime.date.fromisoformat(value)
        except ValueError:
            raise ArgumentError(f"{name}: {value!r} is not a date; write it as YYYY-MM-DD") from None
    return value.isoformat()


def json_body(value: object) -> Body:
    """Return a JSON body of plain values, models already turned into dictionaries.

    Raises:
        ArgumentError: a value has no exact form in JSON, for example a float.
    """
    value = plain(value)
    return Body(content=dump_json(value), media_type="application/json", value=value)


def object_body(fields: tuple[Field, ...], **arguments: object) -> Body:
    """Return a JSON object made of a method's arguments; None is left out.

    Raises:
        ArgumentError: an argument doesn't fit its field, for example a float for an amount.
    """
    value: dict[str, object] = {}
    for item in fields:
        argument = arguments[item.attribute]
        if argument is None:
            continue
        try:
            value[item.key] = item.codec.dump(argument)
        except ArgumentError as error:
            raise ArgumentError(f"{item.attribute}: {error}") from None
    return Body(content=dump_json(value), media_type="application/json", value=value)


def value_body(name: str, codec: Codec, argument: object) -> Body:
    """Return a JSON body that is one argument, for example a list.

    Raises:
        ArgumentError: the argument doesn't fit.
    """
    try:
        value = codec.dump(argument)
    except ArgumentError as error:
        raise ArgumentError(f"{name}: {error}") from None
    return Body(content=dump_json(value), media_type="application/json", value=value)


def raw_body(content: Content, media_type: str = "application/octet-stream") -> Body:
    """Return a body that is sent as it is."""
    return Body(content=content, media_type=media_type)


def download(reply: Reply) -> Download:
    """Read a file from a reply."""
    media_type = (
        reply.headers.get("content-type", "application/octet-stream").split(";", 1)[0].strip().lower()
    )
    return Download(reply.content, media_type or "application/octet-stream", _filename(reply.headers))


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
