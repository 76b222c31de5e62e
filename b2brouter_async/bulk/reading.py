"""Documents are read in a thread, several at a time: going there and back costs as much as reading one."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from attrs import define, evolve

from .prepare import LARGE, ReadApart, changed, prepare, too_large, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from .journal.row import Row
    from .prepare import Prepared, Rules
    from .source import Document

_AT_ONCE = 8
"""So few that nobody waits long for one that takes its time, a PDF for example."""
_PIECE = 64 * 1024


@define(eq=False)
class _Reading:
    document: Document
    found: Prepared | Row | None = None
    error: Exception | None = None


class Reader:
    """Makes documents ready to be sent. Whoever comes first has those read that came until then; the next gather meanwhile."""

    def __init__(self, rules: Rules, settled: Callable[[str], Row | None]) -> None:
        """Take what every document is held to, and what knows those that earlier runs have settled."""
        self._rules = rules
        self._settled = settled
        self._gathering: list[_Reading] = []
        self._turn = anyio.Lock()

    async def read(self, document: Document) -> Prepared | Row:
        """Return a document ready to be sent, or its row where there is nothing left to do about it.

        Raises:
            Invalid: it can't be sent as it is.
            ReadApart: its file is large, or none that can be read at once: see `read_apart`.
            Exception: whatever else reading it raises.
        """
        mine = _Reading(document)
        self._gathering.append(mine)
        async with self._turn:
            # In the order of coming: mine is among the first now, behind those of others that were cancelled.
            while mine.found is None and mine.error is None:
                batch, self._gathering = self._gathering[:_AT_ONCE], self._gathering[_AT_ONCE:]
                try:
                    await anyio.to_thread.run_sync(self._read, batch)
                except BaseException:
                    self._gathering = [one for one in batch if one is not mine] + self._gathering
                    raise
        if mine.error is not None:
            raise mine.error
        assert mine.found is not None
        return mine.found

    async def read_apart(self, document: Document) -> Prepared | Row:
        """Do the same by itself, for a file that others must not wait for."""
        try:
            return await anyio.to_thread.run_sync(prepare, document, self._rules, self._settled, sys.maxsize)
        except ReadApart:
            if not isinstance(document.content, Path):
                raise changed() from None
            content = await read_stream(document.content, self._rules.settings.max_bytes)
            document = evolve(document, content=content)
            return await anyio.to_thread.run_sync(prepare, document, self._rules, self._settled)

    def _read(self, batch: list[_Reading]) -> None:
        for one in batch:
            try:
                one.found = prepare(one.document, self._rules, self._settled, LARGE)
            except Exception as error:
                one.error = error


async def read_stream(path: Path, max_bytes: int) -> bytes:
    """Read what is no plain file: a named pipe, for example.

    Not in a thread: one that waits for somebody who writes couldn't be ended, and the program neither.

    Args:
        path: what it is called.
        max_bytes: how many bytes it may have.

    Raises:
        Invalid: it can't be read, or is too large.
    """
    data = bytearray()
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            while len(data) <= max_bytes:
                with contextlib.suppress(PermissionError):  # a device of which nobody is kept waiting
                    await anyio.wait_readable(descriptor)
                with contextlib.suppress(BlockingIOError):
                    part = os.read(descriptor, _PIECE)
                    if not part:
                        return bytes(data)
                    data += part
        finally:
            os.close(descriptor)
    except OSError as error:
        raise unreadable(error) from None
    raise too_large(max_bytes)
