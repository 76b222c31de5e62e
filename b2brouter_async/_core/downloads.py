"""Files in replies: whole, or as they come. Loaded with the first operation that gives one."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from attrs import define, field, frozen

from ..errors import ArgumentError
from .files import write_whole, written_whole

if TYPE_CHECKING:
    import os
    from collections.abc import Awaitable, Callable, Mapping

    from .replies import Reply

T = TypeVar("T")


@frozen
class Download:
    """A file from the API: its bytes, and what the server says they are (behaviour 37).

    Example:
        file = await client.invoices.download(5, "pdf.invoice")
        print(file.media_type, file.filename, len(file.content))
    """

    content: bytes = field(repr=False)
    media_type: str
    """As in Content-Type, without parameters, in lower case; `application/octet-stream` where none was given."""
    filename: str | None = None

    def __len__(self) -> int:
        """Return the size in bytes."""
        return len(self.content)

    @property
    def extension(self) -> str:
        """The ending that its name should have, with its dot: `.pdf`, `.xml` …; `.bin` where nothing tells."""
        from .media import extension_of

        return extension_of(self.content, self.media_type, self.filename)

    async def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the file to disk, in one step: whatever happens, nobody finds half of it.

        Example:
            file = await client.invoices.download(5, "pdf.invoice")
            path = await file.save("invoice.pdf")

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
    path = _place(path, file.filename)
    write_whole(path, file.content)
    return path


def _place(path: Path, filename: str | None) -> Path:
    """Return where a file is saved."""
    if not path.is_dir():
        return path
    if filename is None:
        raise ArgumentError(
            f"{path} is a folder, and the server gave the file no name; add one", argument="path"
        )
    return path / filename


@define(eq=False)
class DownloadStream:
    """A file from the API that is read while it comes, once, inside the block that opened it.

    Example:
        async with client.invoices.stream_download(5, "pdf.invoice") as file:
            async for piece in file:
                print(len(piece))
    """

    media_type: str
    """As in Content-Type, without parameters, in lower case; `application/octet-stream` where none was given."""
    filename: str | None
    size: int | None
    """Bytes of the whole file; None where the server doesn't tell, or compresses it."""
    _next_piece: Callable[[], Awaitable[bytes | None]] = field(repr=False)
    received: int = field(default=0, init=False)
    """Bytes that were read so far."""

    def __aiter__(self) -> DownloadStream:
        return self

    async def __anext__(self) -> bytes:
        """Return the next piece.

        Raises:
            APIConnectionError: the file broke off; what came is not all of it.
            DeadlineExceeded: the call's time was over.
            ResponseTooLargeError: it is larger than the client's `max_response_bytes`.
            RuntimeError: the block was left, or reading has failed before.
        """
        piece = await self._next_piece()
        if piece is None:
            raise StopAsyncIteration
        self.received += len(piece)
        return piece

    async def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the file to disk while it comes; nobody finds it there before it is whole.

        Example:
            async with client.invoices.stream_download(5, "pdf.invoice") as file:
                path = await file.save("invoice.pdf")

        Args:
            path: where to. In a folder it gets the name that the server gave it. What stood there is replaced.

        Returns:
            Where it is now.

        Raises:
            ArgumentError: the path is a folder, and the server gave the file no name.
            OSError: it could not be written; what stood there is as it was.
            APIConnectionError: the file broke off; what stood there is as it was. And all that reading it raises.
            RuntimeError: some of it was read already.
        """
        if self.received:
            raise RuntimeError("some of the file was read already, and the rest alone is none; open it again")
        import anyio
        from anyio import to_thread

        place = await to_thread.run_sync(_place, Path(path), self.filename)
        writing = written_whole(place)
        opened = await to_thread.run_sync(writing.__enter__)
        try:
            async for piece in self:
                await to_thread.run_sync(opened.write, piece)
        except BaseException as error:
            with anyio.CancelScope(shield=True), suppress(type(error)):
                await to_thread.run_sync(writing.__exit__, type(error), error, error.__traceback__)
            raise
        await to_thread.run_sync(writing.__exit__, None, None, None)
        return place


def read_file(reply: Reply) -> Download:
    """Read a file, with the name that the server gives it."""
    return Download(reply.content, _media_type(reply.headers), _filename(reply.headers))


def open_file(reply: Reply, next_piece: Callable[[], Awaitable[bytes | None]]) -> DownloadStream:
    """Return the file that a reply begins.

    Args:
        reply: without its content.
        next_piece: returns the next piece of it; None at the end.
    """
    announced = reply.headers.get("content-length", "")
    # Of what is compressed it is the size on the wire.
    known = announced.isdecimal() and len(announced) < 20 and "content-encoding" not in reply.headers
    size = int(announced) if known else None
    return DownloadStream(_media_type(reply.headers), _filename(reply.headers), size, next_piece)


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


def _media_type(headers: Mapping[str, str]) -> str:
    named = headers.get("content-type", "").split(";", 1)[0].strip().lower()
    return named or "application/octet-stream"


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
