"""Days on the command line: `--from`, `--to` and `--month`."""

from __future__ import annotations

import datetime
from typing import Annotated

import typer

from ..errors import ArgumentError, ConfigurationError

FromOption = Annotated[
    str | None, typer.Option("--from", metavar="DAY", help="First day of issue: 2026-10-01.")
]
ToOption = Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day of issue: 2026-10-31.")]
MonthOption = Annotated[str | None, typer.Option("--month", metavar="MONTH", help="Month of issue: 2026-10.")]


def days(
    first: str | None, last: str | None, month: str | None = None
) -> tuple[datetime.date | None, datetime.date | None]:
    """Return the first and the last day that options say; None is no end.

    Raises:
        ConfigurationError: one of them is none, or they contradict each other.
    """
    if month is not None:
        from ..resources.saving import days_of

        if first is not None or last is not None:
            raise ConfigurationError("--month: it says the days already; leave --from and --to out")
        try:
            return days_of(month)
        except ArgumentError as error:
            raise ConfigurationError(f"--month: {error.problem}") from None
    begin, end = _day("--from", first), _day("--to", last)
    if begin is not None and end is not None and end < begin:
        raise ConfigurationError(f"--to: {end} lies before {begin}")
    return begin, end


def _day(option: str, text: str | None) -> datetime.date | None:
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text.strip())
    except ValueError:
        raise ConfigurationError(f"{option}: {text!r} is no day; write it as 2026-10-31") from None
