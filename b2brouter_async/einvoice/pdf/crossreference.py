"""Where a PDF's objects are: its cross-reference tables and streams, newest first (ISO 32000-1, 7.5.4 to 7.5.8).

A section is looked up where it stands; no table of all objects is made, which would cost the more the more there are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from .objects import Stream, Value
from .streams import packed, unpack
from .work import DamagedPdf

if TYPE_CHECKING:
    from .objects import Objects

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of all cross-reference streams together, unpacked. One of five bytes an object has room for a million."""


@frozen
class At:
    """An object that begins at a place in the file."""

    position: int


@frozen
class Compressed:
    """An object inside an object stream."""

    stream: int
    """Number of the object stream."""


@frozen
class Free:
    """A number that no object has."""


Place: TypeAlias = At | Compressed | Free


@frozen
class Run:
    """Objects with numbers that follow one another."""

    first: int
    count: int
    start: int
    """Where the first one's entry is, in bytes."""


_ENTRY = re.compile(rb"([0-9]{10}) [0-9]{5} ([nf])")
_ENTRY_BYTES = 20
_RUN = re.compile(rb"[\0\t\n\f\r ]*([0-9]{1,10})[\t ]+([0-9]{1,10})[\t ]*(?:\r\n|\r|\n)[\0\t\f ]*")


@frozen
class Table:
    """A section in plain text."""

    objects: Objects
    runs: list[Run]

    def find(self, number: int) -> Place | None:
        """Return where an object is; None where the section doesn't say."""
        run = _run_of(number, self.runs)
        if run is None:
            return None
        start = run.start + (number - run.first) * _ENTRY_BYTES
        entry = _ENTRY.match(self.objects.data, start)
        if entry is None:
            raise DamagedPdf("the table of objects has an entry that is none")
        return At(int(entry[1])) if entry[2] == b"n" else Free()


@frozen
class Rows:
    """A section in a stream."""

    rows: bytes
    widths: tuple[int, int, int]
    runs: list[Run]

    def find(self, number: int) -> Place | None:
        """Return where an object is; None where the section doesn't say."""
        run = _run_of(number, self.runs)
        if run is None:
            return None
        size = sum(self.widths)
        start = run.start + (number - run.first) * size
        row = self.rows[start : start + size]
        if len(row) < size:
            return None
        kind, second = self.widths[0], self.widths[0] + self.widths[1]
        what = int.from_bytes(row[:kind], "big") if kind else 1
        value = int.from_bytes(row[kind:second], "big")
        if what == 0:
            return Free()
        return At(value) if what == 1 else Compressed(value) if what == 2 else None


def _run_of(number: int, runs: list[Run]) -> Run | None:
    return next((run for run in runs if run.first <= number < run.first + run.count), None)


@frozen
class CrossReference:
    """All sections of a file, the newest first, and what the trailers say."""

    sections: list[Table | Rows]
    trailer: dict[bytes, Value]

    def find(self, number: int, objects: Objects) -> Place | None:
        """Return where an object is; None where no section says."""
        for section in self.sections:
            objects.work.spend(1 + len(section.runs) // 8)
            # In a file for old and new readers, what a table calls free may be in the stream beside it.
            place = section.find(number)
            if place is not None and not (isinstance(place, Free) and isinstance(section, Table)):
                return place
        return None


def read_cross_reference(objects: Objects) -> CrossReference:
    """Read the sections from the end of the file on.

    Raises:
        DamagedPdf: there is none, or one is broken.
        TooMuchWork: they go on and on.
    """
    start = objects.data.rfind(b"startxref")
    if start < 0:
        raise DamagedPdf("it has no end")
    position, _ = objects.read(start + len(b"startxref"))
    sections: list[Table | Rows] = []
    trailer: dict[bytes, Value] = {}
    seen: set[int] = set()
    left = MAX_BYTES
    todo = [position]
    section: Table | Rows
    while todo:
        position = todo.pop()
        if not isinstance(position, int) or not 0 <= position < len(objects.data):
            raise DamagedPdf("a table of objects is not where the file says")
        if position in seen:
            continue
        seen.add(position)
        objects.work.spend(20)
        position = objects.skip_blank(position)
        if objects.data.startswith(b"xref", position):
            section, entries = _table(objects, position + len(b"xref"))
        else:
            rows, entries = _rows(objects, position, left)
            section = rows
            left -= len(rows.rows)
        sections.append(section)
        trailer = {**entries, **trailer}
        # The stream beside a table comes before what is older.
        todo += [value for key in (b"Prev", b"XRefStm") if (value := entries.get(key)) is not None]
    return CrossReference(sections, trailer)


def _table(objects: Objects, position: int) -> tuple[Table, dict[bytes, Value]]:
    runs: list[Run] = []
    while (found := _RUN.match(objects.data, position)) is not None:
        objects.work.spend(2)
        run = Run(int(found[1]), int(found[2]), found.end())
        runs.append(run)
        position = run.start + run.count * _ENTRY_BYTES
        if run.count and _ENTRY.match(objects.data, position - _ENTRY_BYTES) is None:
            raise DamagedPdf("the table of objects is cut off, or its lines are not 20 bytes long")
    position = objects.skip_blank(position)
    if not objects.data.startswith(b"trailer", position):
        raise DamagedPdf("the table of objects has no trailer")
    entries, _ = objects.read(position + len(b"trailer"))
    if not isinstance(entries, dict):
        raise DamagedPdf("the trailer is no dictionary")
    return Table(objects, runs), entries


def _rows(objects: Objects, position: int, most: int) -> tuple[Rows, dict[bytes, Value]]:
    _, stream = objects.indirect(position)
    if not isinstance(stream, Stream):
        raise DamagedPdf("a table of objects is not where the file says")
    entries = stream.entries
    widths = entries.get(b"W")
    if not isinstance(widths, list) or len(widths) != 3:
        raise DamagedPdf("the table of objects has no columns")
    one, two, three = (width if isinstance(width, int) and 0 <= width <= 8 else -1 for width in widths)
    size = one + two + three
    if min(one, two, three) < 0 or not size:
        raise DamagedPdf("the table of objects has columns of an impossible width")
    numbers = entries.get(b"Index") or [0, entries.get(b"Size")]
    if not isinstance(numbers, list) or not all(isinstance(each, int) and each >= 0 for each in numbers):
        raise DamagedPdf("the table of objects has no numbers")
    whole = [each for each in numbers if isinstance(each, int)]
    runs: list[Run] = []
    start = 0
    for first, count in zip(whole[::2], whole[1::2], strict=False):
        runs.append(Run(first, count, start))
        start += count * size
    data = unpack(
        packed(stream, objects.data, _direct, objects.work), entries, _direct, objects.work, most=most
    )
    return Rows(data, (one, two, three), runs), entries


def _direct(value: Value) -> Value:
    # The table of objects can't say where things are that are needed to read it.
    return value
