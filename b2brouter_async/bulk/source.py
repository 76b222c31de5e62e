"""Where documents come from: bytes, paths, folders and invoices, one by one or from lists and generators."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

import anyio
import anyio.to_thread
from attrs import evolve, field, frozen

from .._core.codecs import DECIMAL
from .._core.model import Model
from .._keywords import tells_misspelt
from ..errors import ArgumentError
from .journal.row import writable

if TYPE_CHECKING:
    from decimal import Decimal

    from .._core.requests import AccountId
    from ..einvoice import DocumentFacts
    from ..generated.models.invoice_input import InvoiceInput

    Content: TypeAlias = (
        bytes | bytearray | memoryview | str | os.PathLike[str] | InvoiceInput | Mapping[str, object]
    )

SUFFIXES = frozenset({".xml", ".pdf", ".xsig", ".p7m"})
"""What is taken from a folder. A file named by itself is always taken."""


def _is_amount(instance: Document, attribute: object, value: Decimal | None) -> None:
    if value is None:
        return
    try:
        DECIMAL.dump(value)
    except ArgumentError as error:
        raise ArgumentError(error.problem, argument="total") from None


@tells_misspelt
@frozen
class Document:
    """A document with a name of one's own, for what has none: bytes from a queue, rows of a table.

    Example:
        rows = [Document(Path("invoice.xml").read_bytes(), name="order 17", total=Decimal("121.00"))]
        summary = await upload_many(client.account(1234), rows, journal="run.db")
    """

    content: Content
    """The file's bytes, the path of a file, or an invoice."""
    name: str | None = None
    """What it is called in outcomes and in the journal."""
    total: Decimal | None = field(default=None, validator=_is_amount)
    """What the invoice must come to with taxes, for `verify_totals`, where the content doesn't say it."""
    account: AccountId | None = None
    """Whose it is. An upload to another account refuses it, and a group sends it to this one."""


@frozen
class Seen:
    """The content of a document that was looked at before its upload, to tell whose it is."""

    content: bytes | Path
    """A file of some size is read once more instead of being held: many may wait for their turn."""
    sha256: str
    facts: DocumentFacts


class NoDocument(ArgumentError):
    """An item of a source that is no document, or a folder that can't be read."""

    def __init__(self, name: str, problem: str) -> None:
        """Tell what is wrong.

        Args:
            name: what it is called in outcomes.
            problem: why it is none.
        """
        super().__init__(problem)
        self.name = name


Item: TypeAlias = "Document | Content"
Documents: TypeAlias = "Item | Iterable[Item] | AsyncIterable[Item]"


class Source:
    """Hands out the documents of a source, folders opened up, one at a time as they are asked for.

    A folder is walked in the order of the names, subfolders after files; one folder's names are held at a time. Lists
    and generators are iterated here, in the event loop; folders in threads.
    """

    def __init__(self, documents: Documents, skipped: Callable[[Sequence[str]], object]) -> None:
        """Take a source, and nothing from it yet.

        Args:
            documents: the source.
            skipped: called with the names of the files of a folder that are passed over, seen from the source.
        """
        self._skipped = skipped
        self._position = 0
        self._stream: AsyncIterator[object] | None = None
        self._list: Iterator[object] = iter(())
        self._folder: _Folder | None = None
        self._listed = isinstance(documents, (list, tuple))
        if isinstance(documents, AsyncIterable):
            self._stream = aiter(cast("AsyncIterable[object]", documents))
        elif _is_one(documents) or not isinstance(documents, Iterable):
            self._list = iter([documents])
        else:
            self._list = iter(cast("Iterable[object]", documents))

    @property
    def at_hand(self) -> bool:
        """Whether the next one is named already: in a folder, whose names are known, or in a list.

        A generator is none: it may take its time for each, perhaps until what it gave is settled.
        """
        return self._listed or (self._folder is not None and self._folder.named)

    def take_named(self) -> Document | None:
        """Return the next document of a folder whose names are known; None where it must be waited for."""
        return None if self._folder is None else self._folder.take_named()

    async def take(self) -> Document | NoDocument | None:
        """Return the next document, the error that says why an item is none, or None at the end."""
        while True:
            if self._folder is not None:
                try:
                    document = await self._folder.take(self._skipped)
                except OSError as error:
                    folder, name = self._folder.here
                    return NoDocument(
                        name, f"the folder {writable(str(folder))} can't be read: {error.strerror or error}"
                    )
                if document is not None:
                    return document
                self._folder = None
            try:
                item = next(self._list) if self._stream is None else await anext(self._stream)
            except (StopIteration, StopAsyncIteration):
                return None
            self._position += 1
            if not _is_one(item):
                return NoDocument(
                    f"document {self._position}",
                    f"document {self._position} is a {type(item).__name__}; expected bytes, a path, an InvoiceInput "
                    "or a mapping",
                )
            document = item if isinstance(item, Document) else Document(cast("Content", item))
            content: object = document.content
            if isinstance(content, os.PathLike):
                content = os.fspath(content)
            if not isinstance(content, str):
                return document if document.name else evolve(document, name=f"document {self._position}")
            path = Path(content)
            if not await anyio.to_thread.run_sync(os.path.isdir, path):
                return evolve(document, content=path, name=document.name or path.name)
            self._folder = _Folder(path)

    async def aclose(self) -> None:
        """Close a generator that may not have come to its end: nobody else does, and it may hold a cursor."""
        close = getattr(self._list if self._stream is None else self._stream, "aclose", None)
        if close is not None:
            with anyio.move_on_after(5, shield=True):  # nobody must wait for it for long
                await close()


def _is_one(documents: object) -> bool:
    return isinstance(documents, (Document, bytes, bytearray, memoryview, str, os.PathLike, Mapping, Model))


class _Folder:
    """A walk through a folder."""

    def __init__(self, path: Path) -> None:
        self._path = self._here = path
        self._below: str = ""
        self._names = _Names(bytearray())
        self._waiting: list[str] = [""]

    @property
    def here(self) -> tuple[Path, str]:
        """The folder it stands in, and what that is called seen from where the walk began."""
        return self._here, self._below or f"{self._path.name}/"

    @property
    def named(self) -> bool:
        """Whether the name of the next one is known."""
        return self._names.left

    def take_named(self) -> Document | None:
        name = next(self._names, None)
        return None if name is None else Document(self._here / name, self._below + name)

    async def take(self, skipped: Callable[[Sequence[str]], object]) -> Document | None:
        while True:
            document = self.take_named()
            if document is not None:
                return document
            if not self._waiting:
                return None
            self._below = self._waiting.pop()
            self._here = self._path / self._below
            files, folders, passed = await anyio.to_thread.run_sync(_scan, self._here)
            if passed:
                skipped([self._below + name for name in passed])
            self._names = _Names(files)
            self._waiting.extend(f"{self._below}{name}/" for name in reversed(folders))


def _scan(folder: Path) -> tuple[bytearray, list[str], list[str]]:
    files: list[bytes] = []
    folders: list[str] = []
    passed: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                passed.append(entry.name)
            elif entry.is_dir(follow_symlinks=False):  # links between folders may go in circles
                folders.append(entry.name)
            # Not from a pipe or a socket, which one may wait for for ever. A link that leads nowhere is an outcome.
            elif os.path.splitext(entry.name)[1].lower() in SUFFIXES and (
                entry.is_file(follow_symlinks=False)  # known without asking the disk for each
                or os.path.isfile(entry.path)
                or not os.path.exists(entry.path)
            ):
                files.append(os.fsencode(entry.name))
            else:
                passed.append(entry.name)
    files.sort(reverse=True)
    folders.sort()
    passed.sort()
    names = bytearray()
    while files:
        names += files.pop() + b"\0"
    return names, folders, passed


class _Names(Iterator[str]):
    """Names that stand in one block: as texts they take seven times the room, and `Path` keeps a note of each."""

    def __init__(self, block: bytearray) -> None:
        self._block = block
        self._begin = 0

    @property
    def left(self) -> bool:
        return self._begin < len(self._block)

    def __next__(self) -> str:
        if not self.left:
            raise StopIteration
        end = self._block.index(b"\0", self._begin)
        name = os.fsdecode(bytes(self._block[self._begin : end]))
        self._begin = end + 1
        return name
