"""Rows of one kind, as a table for people, as JSON lines for programs, as CSV for spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Generic, TypeVar

import typer
from attrs import frozen

from ..errors import ConfigurationError
from .output import print_csv, print_json, print_table, remarks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .._core.model import Model
    from .._core.pagination import Pager

T = TypeVar("T", bound="Model")

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line, amounts digit by digit.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Every column as CSV.")]
MostOption = Annotated[int, typer.Option("--limit", min=1, metavar="N", help="How many at most.")]
AllOption = Annotated[bool, typer.Option("--all", help="Every one, however many.")]
MOST = 100


@frozen
class Column(Generic[T]):
    """A column: its name, and its value in a row."""

    name: str
    value: Callable[[T], object]
    number: bool = False
    """Written flush right."""
    in_table: bool = True
    """For people, too; otherwise in CSV alone."""


def check_forms(as_json: bool, as_csv: bool) -> None:
    """Refuse two forms at once.

    Raises:
        ConfigurationError: both are asked for.
    """
    if as_json and as_csv:
        raise ConfigurationError("--json, --csv: one of them at a time")


async def gather(rows: Pager[T], most: int | None, fits: Callable[[T], bool] | None = None) -> list[T]:
    """Return the rows that fit, up to a number of them; None is every one."""
    found: list[T] = []
    async for row in rows:
        if fits is not None and not fits(row):
            continue
        found.append(row)
        if len(found) == most:
            break
    return found


def print_rows(
    rows: Sequence[T],
    columns: Sequence[Column[T]],
    *,
    as_json: bool = False,
    as_csv: bool = False,
    most: int | None = None,
) -> None:
    """Print rows in one of the three forms.

    Args:
        rows: what to print.
        columns: what of each.
        as_json: whole, one a line.
        as_csv: every column.
        most: how many were asked for; where there are so many, the rest is told of.
    """
    if as_json:
        for row in rows:
            print_json(row.to_dict())
    elif as_csv:
        print_csv(
            [one.name.replace(" ", "_") for one in columns],
            ([one.value(row) for one in columns] for row in rows),
        )
    else:
        shown = [one for one in columns if one.in_table]
        print_table(
            [one.name for one in shown],
            ([one.value(row) for one in shown] for row in rows),
            numbers=[one.name for one in shown if one.number],
        )
    if most is not None and len(rows) == most:
        remarks().print(f"The first {most}; --limit shows more. Every one: --all")
