"""Where the names of the columns stand in a file, and which column a name means."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from attrs import frozen

from ..errors import ConfigurationError
from .files import HEAD_ROWS, plain_name, shown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .files import Row, Rows

_PLACED = re.compile(r"\(([0-9]+)\) ?(.*)", re.DOTALL)


@frozen
class Heading:
    """The names of the columns."""

    names: tuple[str, ...]
    """As they stand in the file, spaces made plain; where two lines hold names, the lower one's first."""
    line: int
    """The line of the last of them; what stands below is the table."""

    def label(self, index: int) -> str:
        """Return what a column is called in a mapping: with its place, where its name stands there twice."""
        name = self.names[index] if index < len(self.names) else ""
        return f"({index + 1}) {name}".rstrip() if not name or self.names.count(name) > 1 else name

    def find(self, wanted: str) -> int | None:
        """Return the place of a column, None where there is none.

        Raises:
            ConfigurationError: several have this name.
        """
        plain = plain_name(wanted)
        compared = [plain_name(name) for name in self.names]
        places = [index for index, name in enumerate(compared) if name == plain]
        if len(places) == 1:
            return places[0]
        if len(places) > 1:
            ways = " or ".join(repr(f"({index + 1}) {self.names[index]}") for index in places)
            raise ConfigurationError(
                f"{len(places)} columns are called {self.names[places[0]]!r}; say which by its place: {ways}"
            )
        placed = _PLACED.fullmatch(plain)
        if placed:
            index = int(placed[1]) - 1
            if 0 <= index < len(compared) and compared[index] == plain_name(placed[2]):
                return index
        return None


def heading_at(rows: Rows, lines: Sequence[int]) -> Heading:
    """Return the names that stand in these lines.

    Raises:
        ConfigurationError: nothing stands there.
    """
    found = {row.line: row for row in islice(rows.rows(), HEAD_ROWS) if row.line in lines}
    missing = [line for line in lines if line not in found]
    if missing:
        raise ConfigurationError(f"{rows.name}: names: there is nothing in line {missing[0]}")
    return joined([found[line] for line in lines])


def heading_with(rows: Rows, wanted: Iterable[str]) -> Heading:
    """Return the first line, or two lines, that hold all these names.

    Raises:
        ConfigurationError: none does; or one name stands there twice.
    """
    names = list(wanted)
    before: Row | None = None
    best: tuple[int, Heading] | None = None
    for row in islice(rows.rows(), HEAD_ROWS):
        for heading in [joined([row])] + ([joined([before, row])] if before is not None else []):
            found = [name for name in names if _is_there(heading, name)]
            if len(found) == len(names):
                for name in names:
                    heading.find(name)
                return heading
            if best is None or len(found) > best[0]:
                best = (len(found), heading)
        before = row
    if best is None or not any(best[1].names):
        raise ConfigurationError(f"{rows.name}: the file is empty; its first line must name the columns")
    missing = next(name for name in names if not _is_there(best[1], name))
    there = ", ".join(repr(best[1].label(index)) for index in range(len(best[1].names)))
    raise ConfigurationError(f"{rows.name}: there is no column {missing!r}; its columns are {there}")


def first_heading(rows: Rows) -> Heading:
    """Return the names in the first line that holds any.

    Raises:
        ConfigurationError: there is none.
    """
    row = next(rows.rows(), None)
    if row is None:
        raise ConfigurationError(f"{rows.name}: the file is empty; its first line must name the columns")
    return joined([row])


def joined(rows: Sequence[Row]) -> Heading:
    """Return the names of one line, or of two: where the lower line holds none, the upper one does."""
    width = max(len(row.cells) for row in rows)
    names = [""] * width
    for row in rows:
        for index, cell in enumerate(row.cells):
            if cell is not None and plain_name(cell):
                names[index] = shown_name(cell)
    while names and not names[-1]:
        names.pop()
    return Heading(tuple(names), rows[-1].line)


def _is_there(heading: Heading, name: str) -> bool:
    try:
        return heading.find(name) is not None
    except ConfigurationError:
        return True
