"""Where documents come from: bytes, paths, folders and invoices, one by one or from lists and generators."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

import anyio
import anyio.to_thread
from attrs import evolve, frozen

from ..errors import ArgumentError
from ..model import Model

if TYPE_CHECKING:
    from decimal import Decimal

    from ..generated.models.invoice_input import InvoiceInput

    Content: TypeAlias = (
        bytes | bytearray | memoryview | str | os.PathLike[str] | InvoiceInput | Mapping[str, object]
    )

SUFFIXES = frozenset({".xml", ".pdf", ".xsig", ".p7m"})
"""What is taken from a folder. A file named by itself is always taken."""


@frozen
class Document:
    """A document with a name of one's own, for what has none: bytes from a queue, rows of a table."""

    content: Content
    """The file's bytes, the path of a file, or an invoice."""
    name: str | None = None
    """What it is called in outcomes and in the journal."""
    total: Decimal | None = None
    """What the invoice must come to with taxes, for `verify_totals`, where the content doesn't say it."""


Item: TypeAlias = "Document | Content"
Documents: TypeAlias = "Item | Iterable[Item] | AsyncIterable[Item]"


async def each(
    documents: Documents, skipped: Callable[[], object]
) -> AsyncGenerator[Document | ArgumentError]:
    """Yield the documents of a source, folders opened up, one at a time as they are asked for.

    A folder is walked in the order of the names, subfolders after files; one folder's names are held at a time. Lists
    and generators are iterated here, in the event loop; folders in threads.

    Args:
        documents: the source.
        skipped: called for each file of a folder that is passed over.

    Yields:
        A document, or the error that says why an item is none.
    """
    if isinstance(documents, AsyncIterable):
        try:
            position = 0
            async for item in documents:
                position += 1
                async for document in _opened(item, position, skipped):
                    yield document
        finally:
            close = getattr(documents, "aclose", None)
            if close is not None:
                # It is ours to close as we don't always reach its end; nobody must wait for it for long.
                with anyio.move_on_after(5, shield=True):
                    await close()
    elif _is_one(documents) or not isinstance(documents, Iterable):
        async for document in _opened(documents, 1, skipped):
            yield document
    else:
        for position, one in enumerate(cast("Iterable[object]", documents), 1):
            async for document in _opened(one, position, skipped):
                yield document


def _is_one(documents: object) -> bool:
    return isinstance(documents, (Document, bytes, bytearray, memoryview, str, os.PathLike, Mapping, Model))


async def _opened(
    item: object, position: int, skipped: Callable[[], object]
) -> AsyncGenerator[Document | ArgumentError]:
    if not _is_one(item):
        yield ArgumentError(
            f"document {position} is a {type(item).__name__}; expected bytes, a path, an InvoiceInput or a mapping"
        )
        return
    document = item if isinstance(item, Document) else Document(cast("Content", item))
    content = document.content
    if isinstance(content, (str, os.PathLike)):
        path = Path(content)
        if await anyio.to_thread.run_sync(path.is_dir):
            async for name in _walk(path, skipped):
                yield Document(path / name, name)
            return
        document = evolve(document, content=path, name=document.name or path.name)
    yield document if document.name else evolve(document, name=f"document {position}")


async def _walk(folder: Path, skipped: Callable[[], object]) -> AsyncGenerator[str]:
    """Yield the files below a folder, by their names relative to it."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        files, folders, passed = await anyio.to_thread.run_sync(_scan, folder, below)
        for _ in range(passed):
            skipped()
        for name in files:
            yield below + name
        waiting += [f"{below}{name}/" for name in reversed(folders)]


def _scan(folder: Path, below: str) -> tuple[list[str], list[str], int]:
    files: list[str] = []
    folders: list[str] = []
    passed = 0
    with os.scandir(folder / below) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                passed += 1
            elif entry.is_dir(follow_symlinks=False):  # links between folders may go in circles
                folders.append(entry.name)
            elif os.path.splitext(entry.name)[1].lower() in SUFFIXES:
                files.append(entry.name)
            else:
                passed += 1
    files.sort()
    folders.sort()
    return files, folders, passed


@contextlib.asynccontextmanager
async def closing(
    documents: AsyncGenerator[Document | ArgumentError],
) -> AsyncGenerator[AsyncGenerator[Document | ArgumentError]]:
    """Close what `each` gave, also when the work is cancelled before its end."""
    try:
        yield documents
    finally:
        with anyio.move_on_after(5, shield=True):
            await documents.aclose()
