"""Where and how the command line writes: results on standard output, everything else on standard error."""

from __future__ import annotations

import csv
import math
import os
import sys
from decimal import Decimal
from typing import TYPE_CHECKING
from unicodedata import category

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

# Nobody's window: who reads a pipe or a file wants whole values, a row a line. A table takes only what it needs.
_WIDTH_OF_A_PIPE = 1_000_000


def results() -> Console:
    """Return a console for what was asked for."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def remarks() -> Console:
    """Return a console for progress, warnings and errors."""
    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def print_error(problem: str) -> None:
    """Say what went wrong, in one sentence, or in a line for each of several problems."""
    text = "\n".join(map(printable, problem.split("\n")))
    remarks().print(f"b2brouter: {text}", markup=False, style="red")


def print_json(row: Mapping[str, object]) -> None:
    """Print an object on a line of its own, amounts digit by digit."""
    import simplejson  # the standard library can't write a Decimal exactly

    line: str = simplejson.dumps(row, use_decimal=True, default=str)
    sys.stdout.write(line + "\n")


def print_table(
    heads: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Sequence[str] = ()
) -> int:
    """Print a table and return how many rows it had.

    Args:
        heads: what stands over the columns.
        rows: their values; None is left empty.
        numbers: the columns that are written flush right.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for head in heads:
        table.add_column(head, justify="right" if head in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if value is None else printable(str(value))) for value in row))
    console = results()
    if not sys.stdout.isatty():
        console.width = _WIDTH_OF_A_PIPE
    console.print(table)
    return table.row_count


def print_csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows for a spreadsheet, amounts digit by digit; text of others steers neither it nor a terminal.

    Args:
        heads: what stands over the columns.
        rows: their values; None is left empty.
    """
    reconfigured(sys.stdout, encoding="utf-8")  # a name must not lose a letter in a file
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow(map(cell, row))


_FORMULAS = ("=", "+", "-", "@", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
             "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip


def cell(value: object) -> object:
    """Return a value as a spreadsheet may have it: text of others is no formula there, and steers no terminal."""
    if value is None or isinstance(value, (int, Decimal)):
        return "" if value is None else value
    text = printable(str(value))
    # A spreadsheet takes text that begins so for a formula, spaces before it or not.
    begins = text.lstrip(" \N{NO-BREAK SPACE}\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if begins.startswith(_FORMULAS) else text


def reconfigured(stream: object, **how: str) -> None:
    """Change how a stream writes its text, where it is one of the system's."""
    change = getattr(stream, "reconfigure", None)
    if change is not None:
        change(**how)


def write_file(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a file.

    Args:
        path: where to.
        content: its bytes.
        replace: whether a file that is there may be replaced: what a server or an invoice named must replace nothing.

    Raises:
        ConfigurationError: it is there already, or can't be written.
    """
    try:
        with path.open("wb" if replace else "xb") as opened:
            opened.write(content)
    except FileExistsError:
        raise ConfigurationError(f"{path} is there already; say where to with --output") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}") from None


def silence_stdout() -> None:
    """Write standard output to nowhere from now on: its reader has gone, and the interpreter must not fail on it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def printable(text: str) -> str:
    """Return text of others (a file name, a server's words) without anything that steers a terminal."""
    # Python takes no space but one for printable; French amounts have others.
    return "".join(
        char if char.isprintable() or category(char) == "Zs" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def plural(count: int, one: str, many: str = "") -> str:
    """Return `1 document`, `2,000 documents`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def tally(counts: Iterable[tuple[str, int]]) -> str:
    """Return how many there are of each kind: `1,200 created, 3 refused`."""
    return ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in counts if count)


def duration(seconds: float) -> str:
    """Return a time as people say it: `0.4 s`, `12 s`, `6:05`, `1:02:03`."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(part: float, whole: float) -> str:
    """Return a share, rounded down so that only what is whole says 100 %."""
    if whole <= 0:
        return "0 %"
    share = 100 * part / whole
    return f"{math.floor(share)} %" if share >= 10 or share == 0 else f"{math.floor(10 * share) / 10:.1f} %"
