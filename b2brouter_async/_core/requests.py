"""From a call's arguments to a request: path, query, headers and body, each checked before anything is sent.

Forms (`multipart/form-data`, `application/x-www-form-urlencoded`) stand ready for the vendor's own spec; today's has
none. A form is written whole and the same each time: its boundary is made from what stands in it, so that what is sent
again is what was sent.
"""

from __future__ import annotations

import datetime
import enum
import hashlib
import os
from collections.abc import AsyncIterable, Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Literal, Protocol, TypeAlias, cast
from urllib.parse import quote, urlencode

from ..errors import ArgumentError
from .exact_json import dump_json, dump_plain, plain
from .record import Record

if TYPE_CHECKING:
    from .codecs import Codec
    from .known_words import UnknownWord
    from .problems import Problem

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

FormFile: TypeAlias = bytes | tuple[str, bytes]
"""A file in a form: its bytes, or its name and its bytes."""

Place: TypeAlias = Literal["path", "query", "header", "body", "value", "content", "form"]
"""Where an argument goes: a key of the JSON body is `body`, a JSON value that is the whole body `value`, and bytes that
are sent as they are `content`."""

MULTIPART = "multipart/form-data"


class Body(Record):
    """What a request carries."""

    content: Content
    media_type: str
    value: object = None
    """The JSON value behind `content`, where the body is JSON."""


class Request(Record):
    """One call's worth of input for an operation, checked and ready to be sent."""

    path: str
    """Expanded and percent-encoded; starts with a slash."""
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: Body | None = None
    account: str | None = None
    """The account the call is about, where the path names one."""
    unknown_words: tuple[UnknownWord, ...] = ()
    """Words in path and query that are none of the known ones."""
    guard: Callable[[], None] | None = None
    """Called before each step of sending it and before each piece of its body. What it raises ends the request there."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with it; whether that stops it may depend on the version that it is sent to."""

    @property
    def invoice_number(self) -> str | None:
        """The invoice's number, where the body is an invoice as JSON."""
        value = None if self.body is None else self.body.value
        invoice = cast("Mapping[str, object]", value).get("invoice") if isinstance(value, Mapping) else None
        number = cast("Mapping[str, object]", invoice).get("number") if isinstance(invoice, Mapping) else None
        return number if isinstance(number, str) else None


class Argument(Record):
    """One argument of an operation: its name in Python, where it goes, and how it is written there."""

    name: str
    place: Place
    key: str
    """Its name on the wire."""
    codec: Codec | None = None
    """How its value is written. A query, a header or a path without one takes every value that has a form as text."""
    required: bool = False
    words: tuple[str, ...] = ()
    """Words it is known to take, where the spec lets it be any text."""


def request_of(
    path: str, arguments: Sequence[Argument], values: Mapping[str, object], media_type: str
) -> Request:
    """Return the request that some values make. None is left out.

    Args:
        path: with its parameters in braces.
        arguments: what there is to be given.
        values: name of the argument → value.
        media_type: of the body, where there is one.

    Raises:
        ArgumentError: a value doesn't fit its place, for example a float for an amount, or is required and missing.
    """
    segments: dict[str, object] = {}
    query: list[tuple[str, str]] = []
    headers: list[tuple[str, str]] = []
    named: list[tuple[str, object]] = []
    body: Body | None = None
    has_keys = False
    unknown: list[UnknownWord] = []
    for argument in arguments:
        name, place, key = argument.name, argument.place, argument.key
        value = values.get(name)
        if argument.words and isinstance(value, str) and value not in argument.words:
            unknown.append(_unknown_word(name, str(value), argument.words))
        if place == "path":
            segments[key] = value
            continue
        has_keys = has_keys or place in ("body", "form")
        if value is None and not argument.required:
            continue
        written = _written(argument, value)
        if place == "query":
            items = cast("Sequence[object]", written) if isinstance(written, (list, tuple)) else (written,)
            query += [(key, as_text(name, item)) for item in items]
        elif place == "header":
            headers.append((key, _header_text(name, written)))
        elif place in ("body", "form"):
            named.append((key, written))
        elif place == "value":
            body = Body(dump_plain(written), media_type, written)
        else:
            body = Body(cast("Content", value), media_type)
    if has_keys:
        body = form_body(named, media_type) if media_type != "application/json" else _object(named)
    account = values.get("account") if "account" in segments else None
    return Request(
        expand(path, **segments),
        tuple(query),
        tuple(headers),
        body,
        None if account is None else str(account),
        tuple(unknown),
    )


def _unknown_word(name: str, word: str, known: tuple[str, ...]) -> UnknownWord:
    from .known_words import UnknownWord  # few requests have one

    return UnknownWord(name, word, known)


def unknown_words(arguments: Iterable[Argument], request: Request) -> list[UnknownWord]:
    """Return the words of a request that are none of the known ones.

    Args:
        arguments: those of the operation.
        request: what they made.
    """
    from .known_words import words_in  # only what the server refuses is looked through

    found = list(request.unknown_words)
    body: object = None if request.body is None else request.body.value
    keys: Mapping[str, object] = cast("Mapping[str, object]", body) if isinstance(body, Mapping) else {}
    for argument in arguments:
        if argument.codec is not None and argument.place == "body":
            found += words_in(argument.codec, keys.get(argument.key), argument.name)
        elif argument.codec is not None and argument.place == "value" and request.body is not None:
            found += words_in(argument.codec, request.body.value, argument.name)
    return found


def with_extra(
    request: Request, query: Mapping[str, object] | None, body: Mapping[str, object] | None
) -> Request:
    """Return a request with what the spec doesn't have.

    Args:
        request: what the arguments made.
        query: further parameters of the query; None is left out, a list repeats its name.
        body: further keys of the JSON body; None is sent as null.

    Raises:
        ArgumentError: a name is there already, or the request carries something else than a JSON object.
    """
    if query:
        _check_new(query, {name for name, _ in request.query}, "extra_query")
        pairs = [(name, value) for name, value in query.items() if value is not None]
        request = request.changed(query=request.query + text_pairs(pairs, "extra_query"))
    if body:
        value: object = {} if request.body is None else request.body.value
        if not isinstance(value, Mapping):
            raise ArgumentError("this request carries no JSON object to put keys into", argument="extra_body")
        there = cast("Mapping[str, object]", value)
        _check_new(body, there, "extra_body")
        try:
            extra = cast("Mapping[str, object]", plain(dict(body)))
            request = request.changed(body=_object([*there.items(), *extra.items()]))
        except ArgumentError as error:
            raise ArgumentError(str(error), argument="extra_body") from None
    return request


def _check_new(extra: Mapping[str, object], there: Collection[str], option: str) -> None:
    for name in extra:
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(f"names are text, got {type(name).__name__}", argument=option)
        if name in there:
            raise ArgumentError(
                f"{name!r} is sent already; say it with the call's own argument", argument=option
            )


def text_pairs(pairs: Iterable[tuple[str, object]], argument: str) -> tuple[tuple[str, str], ...]:
    """Return pairs of a query as text; a list repeats its name.

    Raises:
        ArgumentError: a value has no form as text.
    """
    return tuple(
        (name, as_text(f"{argument}: {name}", item))
        for name, value in pairs
        for item in (cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else (value,))
    )


def _written(argument: Argument, value: object) -> object:
    codec = argument.codec
    if value is None and (codec is None or not codec.nullable):
        raise ArgumentError("a value is required", argument=argument.name)
    if codec is None:
        return value
    try:
        return codec.dump(value)
    except ArgumentError as error:
        raise ArgumentError(str(error), argument=argument.name) from None


def _object(pairs: Iterable[tuple[str, object]]) -> Body:
    """Return the JSON object of what codecs made, or `plain`."""
    value = dict(pairs)
    return Body(dump_plain(value), "application/json", value)


def expand(path: str, **segments: object) -> str:
    """Fill the parameters of a path, each as exactly one segment.

    Raises:
        ArgumentError: a segment is empty, `.` or `..`, or of a type that no id has.
    """
    encoded: dict[str, str] = {}
    for name, value in segments.items():
        if type(value) is int and value > 0:  # nearly every id; its digits need no encoding
            encoded[name] = str(value)
            continue
        if isinstance(value, enum.Enum):
            value = value.value
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise ArgumentError(
                f"expected an id or a code (int or str), got {type(value).__name__}", argument=name
            )
        text = str(value)
        if isinstance(value, int) and value < 1:
            raise ArgumentError(f"{value} is no id; ids are above 0", argument=name)
        if not text.strip() or text in (".", ".."):
            raise ArgumentError(
                f"{text!r} can't stand in a path; pass the id or the code itself", argument=name
            )
        if text != text.strip():
            raise ArgumentError(f"{text!r} has a space around it; pass it stripped", argument=name)
        encoded[name] = quote(text, safe="")
    return path.format_map(encoded)


def as_text(name: str, value: object) -> str:
    """Return a value as text, for a query or a header.

    Raises:
        ArgumentError: its type has no form as text; the error names the argument.
    """
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
            raise ArgumentError(
                "a date-time needs a time zone, for example datetime.timezone.utc", argument=name
            )
        return value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise ArgumentError(f"{type(value).__name__} has no form in a query", argument=name)


def _header_text(name: str, value: object) -> str:
    text = as_text(name, value)
    if not text.isprintable() or not text.isascii():
        raise ArgumentError(f"{text!r} can't stand in a header; use printable ASCII", argument=name)
    return text


def form_body(pairs: Sequence[tuple[str, object]], media_type: str) -> Body:
    """Return a form: a list repeats its name, an object is JSON.

    Args:
        pairs: name and value of each field.
        media_type: `multipart/form-data` or `application/x-www-form-urlencoded`.
    """
    flat: list[tuple[str, object]] = []
    for name, value in pairs:
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        flat += [(name, item) for item in items]
    if media_type == MULTIPART:
        return _multipart(flat)
    content = urlencode([(name, _text(value)) for name, value in flat])
    return Body(content=content.encode(), media_type=media_type)


def _multipart(pairs: Sequence[tuple[str, object]]) -> Body:
    parts: list[bytes] = []
    for name, value in pairs:
        head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
        if isinstance(value, (bytes, tuple)):
            filename, content = (
                ("file", value) if isinstance(value, bytes) else cast("tuple[str, bytes]", value)
            )
            head += f'; filename="{_quoted(filename)}"\r\nContent-Type: application/octet-stream'
        else:
            content = _text(value)
            if isinstance(value, Mapping):
                head += "\r\nContent-Type: application/json"
        parts.append(head.encode() + b"\r\n\r\n" + content + b"\r\n")
    boundary = hashlib.sha256(b"".join(parts)).hexdigest()
    begin = b"--" + boundary.encode()
    whole = b"".join([begin + b"\r\n" + part for part in parts]) + begin + b"--\r\n"
    return Body(content=whole, media_type=f"{MULTIPART}; boundary={boundary}")


def _quoted(name: str) -> str:
    """Write a name as browsers do, so that it can't break out of its header."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _text(value: object) -> bytes:
    """Write what is no file: text as it is, anything else as JSON writes it."""
    return value.encode() if isinstance(value, str) else dump_json(value)
