"""Content on its way out: bytes, paths, open files and streams, read in pieces and again where that can be done."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import aclosing
from inspect import iscoroutinefunction
from typing import IO, TYPE_CHECKING, TypeGuard, cast
from urllib.parse import quote

import anyio
import anyio.to_thread

from ..errors import ArgumentError

if TYPE_CHECKING:
    from .._core.requests import AsyncFile, Content

_CHUNK = 65536
_GUARDED = 16384
_AT_ONCE = 1024 * 1024
"""Bytes up to this are handed on as they are. Of more, what the connection can't take yet would be copied, and copied again."""
_TEXT_FILE = "the file is open as text; open it with mode 'rb'"


class RequestContent:
    """A request's content, ready to be sent, and sent again where the source can be rewound."""

    def __init__(self, content: Content) -> None:
        """Take content of any kind the SDK accepts.

        Raises:
            ArgumentError: it is of no such kind.
        """
        self._content = content
        self._start: int | None = None
        self._begun = False
        if isinstance(content, (bytes, bytearray, memoryview, os.PathLike)):
            self._rewindable = True
        elif isinstance(content, io.TextIOBase):
            raise ArgumentError(_TEXT_FILE, argument="content")
        elif _is_async_file(content):
            self._rewindable = False
        elif _is_file(content):
            self._start = _position(content)
            self._rewindable = self._start is not None
        elif isinstance(content, AsyncIterable):
            self._rewindable = False
        else:
            raise ArgumentError(
                f"expected bytes, a path, a binary file or an async stream of bytes, got "
                f"{type(content).__name__}{_way_out(content)}",
                argument="content",
            )

    @property
    def repeatable(self) -> bool:
        """Whether the content can still be sent whole."""
        return self._rewindable or not self._begun

    async def open(self) -> tuple[bytes | AsyncIterator[bytes], int | None]:
        """Return the content from its start, and its length in bytes where it is known.

        Raises:
            ArgumentError: a path leads to no readable file.
        """
        content = self._content
        if isinstance(content, (bytes, bytearray, memoryview)):
            data = bytes(content)
            return data if len(data) <= _AT_ONCE else _cut(data), len(data)
        if isinstance(content, os.PathLike):
            path = anyio.Path(content)
            try:
                # Opened here once already: what can't be read must be told before a byte of the request has left.
                async with await anyio.open_file(path, "rb") as file:
                    length = await file.seek(0, os.SEEK_END)
            except OSError as error:
                raise ArgumentError(f"{path}: {error.strerror or error}", argument="content") from None
            return self._from_path(path), length
        if _is_async_file(content):
            return self._from_stream(_pieces(content)), None
        if _is_file(content):
            start = self._start
            known = None if start is None else await anyio.to_thread.run_sync(_rewind, content, start)
            return self._from_file(content), known
        return self._from_stream(cast("AsyncIterable[bytes]", content)), None

    async def _from_path(self, path: anyio.Path) -> AsyncIterator[bytes]:
        async with await anyio.open_file(path, "rb") as file:
            while chunk := await file.read(_CHUNK):
                yield chunk

    async def _from_file(self, file: IO[bytes]) -> AsyncIterator[bytes]:
        self._begun = True
        while chunk := await anyio.to_thread.run_sync(file.read, _CHUNK):
            if not isinstance(chunk, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise ArgumentError(_TEXT_FILE, argument="content")
            yield chunk

    async def _from_stream(self, stream: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        self._begun = True
        async for chunk in stream:
            if not isinstance(chunk, (bytes, bytearray, memoryview)):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise ArgumentError(f"the stream gives {type(chunk).__name__}, not bytes", argument="content")
            yield bytes(chunk)


async def _cut(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _CHUNK):
        yield data[start : start + _CHUNK]


async def guarded(content: bytes | AsyncIterator[bytes], guard: Callable[[], None]) -> AsyncIterator[bytes]:
    """Pass content on in pieces, and call the guard before each: what it raises keeps the rest from being sent."""
    if isinstance(content, bytes):
        for start in range(0, len(content), _GUARDED):
            guard()
            yield content[start : start + _GUARDED]
        return
    async with aclosing(cast("AsyncGenerator[bytes]", content)) as pieces:
        async for piece in pieces:
            guard()
            yield piece


async def read_content(content: Content) -> bytes:
    """Return content whole, as bytes. A stream or an open file is at its end afterwards.

    Raises:
        ArgumentError: it is of a kind that can't be uploaded, or a path leads to no readable file.
    """
    opened, _length = await RequestContent(content).open()
    if isinstance(opened, bytes):
        return opened
    return b"".join([chunk async for chunk in opened])


def data_uri(content: bytes, filename: str, media_type: str = "application/octet-stream") -> bytes:
    """Return a document as the body of an import that keeps the file's name (behaviour 18).

    Example:
        content = data_uri(Path("invoice.xml").read_bytes(), "invoice.xml", "application/xml")
        invoice = await client.invoices.import_document(1234, content=content)

    Args:
        content: the document.
        filename: the name the server shall know it by; a folder in front of it is left out.
        media_type: for example `application/xml` or `application/pdf`.

    Returns:
        `data:<media type>;name=<file name>;base64,<data>`, for `invoices.import_document(content=…)`.

    Raises:
        ArgumentError: the name is empty, or the media type is none.
    """
    name = filename.replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not name or not name.isprintable():
        raise ArgumentError(f"{filename!r} is no file name", argument="filename")
    kind, slash, subtype = media_type.partition("/")
    if not (kind and slash and subtype) or not all(
        "!" <= char <= "~" and char not in ",;" for char in media_type
    ):
        raise ArgumentError(f"{media_type!r} is none; write it as application/xml", argument="media_type")
    # A comma or a semicolon would end the name early, and what isn't ASCII can't stand in a URI.
    head = f"data:{media_type};name={quote(name, safe='')};base64,"
    return head.encode("ascii") + base64.b64encode(content)


def _is_async_file(content: object) -> TypeGuard[AsyncFile]:
    return iscoroutinefunction(getattr(content, "read", None)) and not isinstance(content, AsyncIterable)


async def _pieces(file: AsyncFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(_CHUNK):
        yield chunk


def _is_file(content: object) -> TypeGuard[IO[bytes]]:
    return callable(getattr(content, "read", None)) and not isinstance(content, AsyncIterable)


def _way_out(content: object) -> str:
    return "; wrap a path in pathlib.Path(), encode a text" if isinstance(content, str) else ""


def _position(file: object) -> int | None:
    try:
        return cast("IO[bytes]", file).tell() if cast("IO[bytes]", file).seekable() else None
    except (AttributeError, OSError):
        return None


def _rewind(file: IO[bytes], start: int) -> int:
    end = file.seek(0, os.SEEK_END)
    file.seek(start)
    return max(end - start, 0)
