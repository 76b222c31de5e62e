"""What the arguments of an upload name: files, folders and tables, one after the other."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import anyio.to_thread
from attrs import define, field

from ...bulk.source import Document, Source
from ...errors import ConfigurationError
from ...tables import SUFFIXES, Table, read_mapping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from ...tables import TableInvoice

NAMES_KEPT = 1000
_AT_ONCE = 200


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
    skipped: Skipped = field(factory=Skipped)
    left_out: dict[str, int] = field(factory=dict[str, int])
    """Rows of tables that the mapping leaves out, by why."""

    @classmethod
    def named(cls, paths: Sequence[Path], mapping: Path | None, sheet: str | None = None) -> Sources:
        """Look at what was named.

        Args:
            paths: files, folders and tables.
            mapping: which column of a table is which field.
            sheet: the sheet of a spreadsheet.

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
            parts.append(Table(path, known, sheet=sheet) if is_table else path)
        for option, given in (("--map", mapping), ("--sheet", sheet)):
            if given is not None and not any(isinstance(part, Table) for part in parts):
                raise ConfigurationError(f"{option}: no table was named ({', '.join(sorted(SUFFIXES))})")
        return cls(parts)

    async def count(self, progress: Callable[[str, int], object] | None = None) -> int:
        """Judge the tables and return how many documents there are.

        Args:
            progress: called with a table's name and how many of its rows were read.

        Raises:
            TableError: a table needs a decision.
        """
        count = 0
        for part in self.parts:
            if isinstance(part, Table):
                judged = await anyio.to_thread.run_sync(
                    part.judge, _of(part, progress), abandon_on_cancel=True
                )
                count += judged.count
                for reason, rows in judged.left_out.items():
                    self.left_out[reason] = self.left_out.get(reason, 0) + rows
            else:
                source = Source(part, self.skipped.add)
                while await source.take() is not None:
                    count += 1
        return count

    async def read(self) -> AsyncIterator[Document | Path]:
        """Yield tables' invoices, and files and folders as they are."""
        for part in self.parts:
            if isinstance(part, Table):
                invoices = part.invoices()
                while batch := await anyio.to_thread.run_sync(_take, invoices):
                    for invoice in batch:
                        yield Document(
                            invoice.content, f"{part.path.name} {invoice.place}", invoice.totals.total
                        )
            else:
                yield part


def _of(table: Table, progress: Callable[[str, int], object] | None) -> Callable[[int], object] | None:
    if progress is None:
        return None
    return lambda rows: progress(table.path.name, rows)


def _take(invoices: Iterator[TableInvoice]) -> list[TableInvoice]:
    return list(itertools.islice(invoices, _AT_ONCE))
