"""How rows are shown: a table for people, columns of equal width when not at a terminal, JSON Lines for programs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from .console import results
from .words import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_BOUNDLESS = 1_000_000


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
        # Nobody's window: who reads this wants whole values, a row a line. A table takes only what it needs.
        console.width = _BOUNDLESS
    console.print(table)
    return table.row_count
