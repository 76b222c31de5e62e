"""What the arguments of an upload name: files, folders and tables, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread
from attrs import define, field

from b2brouter_async.bulk.source import Document, Source
from b2brouter_async.errors import ConfigurationError

from .mapping import read_mapping
from .table import SUFFIXES, Table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path


NAMES_KEPT = 1000


@define
class Skipped:
    """Files of folders that were passed over."""

    count: int = 0
    names: list[str] = field(factory=list[str])
    """The first of them."""

    def add(self, names: Sequence[str]) -> None:
        """Take in the files of one folder."""
        self.count += len(names)
        self.names.extend(names[: NAMES_KEPT - len(self.names)])


@define
class Sources:
    """Files, folders and tables, in the order they were named."""

    parts: list[Path | Table]
    skipped: Skipped = field(factory=lambda: Skipped())

    @classmethod
    def named(cls, paths: list[Path], mapping: Path | None) -> Sources:
        """Look at what was named.

        Args:
            paths: files, folders and tables.
            mapping: which column of a table is which field.

        Raises:
            ConfigurationError: a path is not there, or a table can't be read as it is mapped.
        """
        known = None if mapping is None else read_mapping(mapping)
        parts: list[Path | Table] = []
        for path in paths:
            if not path.exists():
                raise ConfigurationError(f"{path}: there is no such file or folder")
            if not path.is_file() and not path.is_dir():
                # Reading one may wait for ever, or never come to an end.
                raise ConfigurationError(f"{path} is no file and no folder; write it to a file first")
            is_table = path.is_file() and path.suffix.lower() in SUFFIXES
            parts.append(Table(path, known) if is_table else path)
        if known is not None and not any(isinstance(part, Table) for part in parts):
            raise ConfigurationError(f"--map: no table was named ({', '.join(sorted(SUFFIXES))})")
        return cls(parts)

    async def count(self) -> int:
        """Return how many documents there are.

        Raises:
            ConfigurationError: a table's rows are not in order.
        """
        count = 0
        for part in self.parts:
            if isinstance(part, Table):
                count += await anyio.to_thread.run_sync(part.count)
            else:
                source = Source(part, self.skipped.add)
                while await source.take() is not None:
                    count += 1
        return count

    async def read(self) -> AsyncIterator[Document | Path]:
        """Yield tables' invoices, and files and folders as they are."""
        for part in self.parts:
            if isinstance(part, Table):
                async for document in part.read():
                    yield document
            else:
                yield part
