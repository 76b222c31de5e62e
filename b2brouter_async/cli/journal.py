"""`b2brouter journal`: show, filter and export what a journal knows. A run that writes to it is not disturbed."""

from __future__ import annotations

import csv
import sys
from itertools import islice
from pathlib import Path  # noqa: TC003 - Typer resolves the annotations
from typing import TYPE_CHECKING, Annotated, cast

import typer

from b2brouter_async.errors import ConfigurationError

from .error_texts import invalid_text
from .output import plural, print_json, print_table, printable, remarks, results

if TYPE_CHECKING:
    from collections.abc import Iterator

    from b2brouter_async.bulk.journal.reader import JournalReader
    from b2brouter_async.bulk.journal.row import Row
    from b2brouter_async.bulk.outcome import Kind, Outcome

SHOWN = 50


def journal(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The journal.")],
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only these outcomes, for example refused or unknown; may be given several times."),
    ] = None,
    failed: Annotated[
        bool,
        typer.Option("--failed", help="Only what needs attention: all outcomes but created and adopted."),
    ] = False,
    open_: Annotated[bool, typer.Option("--open", help="Only what the next run will take up again.")] = False,
    number: Annotated[str | None, typer.Option(help="Only this invoice number.")] = None,
    source: Annotated[str | None, typer.Option(help="Only files whose name holds this text.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, with every column.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV with every column.")] = False,
    all_: Annotated[bool, typer.Option("--all", help=f"Show every row, not the first {SHOWN}.")] = False,
) -> None:
    """Show, filter or export the journal of an upload."""
    if as_json and as_csv:
        raise ConfigurationError("--json, --csv: one of them at a time")
    # Here and not above: other commands don't pay for what this one needs.
    from b2brouter_async.bulk.journal.errors import JournalError
    from b2brouter_async.bulk.journal.reader import open_journal

    kinds = _kinds(kind or [], failed=failed)
    try:
        opening = open_journal(file)
    except JournalError as error:
        raise ConfigurationError(str(error)) from None
    with opening as opened:
        rows = opened.rows(kinds=kinds, number=number, source=source)
        if open_:
            rows = (row for row in rows if not row.settled)
        if as_json:
            for row in rows:
                print_json(row.columns())
        elif as_csv:
            _print_csv(rows)
        else:
            _show(
                opened, rows, most=None if all_ else SHOWN, filtered=bool(kinds or number or source or open_)
            )


def _kinds(given: list[str], *, failed: bool) -> list[Kind] | None:
    from b2brouter_async.bulk.outcome import KINDS

    from .upload.record import FINE

    wanted = [name.replace("-", "_").replace(" ", "_") for name in given]
    for name in wanted:
        if name not in KINDS:
            raise ConfigurationError(f"--kind: {name!r} is none of {', '.join(KINDS)}")
    if failed:
        wanted += [kind for kind in KINDS if kind not in FINE]
    return cast("list[Kind]", wanted) or None


def _print_csv(rows: Iterator[Row]) -> None:
    from b2brouter_async.bulk.journal.row import COLUMNS

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        columns = row.columns()
        writer.writerow([_cell(columns[name]) for name in COLUMNS])


def _cell(value: object) -> object:
    # A spreadsheet takes text that begins so for a formula, and the text comes from files and servers.
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return "" if value is None else value


def _show(opened: JournalReader, rows: Iterator[Row], *, most: int | None, filtered: bool) -> None:
    about = opened.about
    head = " · ".join(
        printable(part)
        for part in (
            f"account {about.get('account', '?')}",
            about.get("environment", ""),
            about.get("host", ""),
        )
        if part
    )
    console = results()
    console.print(head, markup=False)
    counts = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in opened.counts().items())
    console.print(f"{plural(len(opened), 'document')}{': ' + counts if counts else ''}\n", markup=False)
    shown = print_table(
        ("source", "number", "outcome", "invoice", "sent", "message"),
        (
            (one.source, one.number, _outcome(row), one.invoice_id, one.attempts, _why(one))
            for row in (rows if most is None else islice(rows, most))
            for one in (row.outcome,)
        ),
        numbers=("invoice", "sent"),
    )
    if next(rows, None) is not None:
        remarks().print(
            f"\nThe first {shown}; --all shows every one, --failed, --kind, --number and --source choose among them, "
            "--csv and --json export them."
        )
    elif not shown and filtered:
        remarks().print("No document is like that.")


def _outcome(row: Row) -> str:
    one = row.outcome
    # As long as nothing is known there is no message either: how far it has come says more.
    name = (row.stage if one.kind == "unknown" and one.message is None else one.kind).replace("_", " ")
    return name if row.settled else f"{name} (open)"


def _why(one: Outcome) -> str | None:
    parts = [one.code, f"({one.param})" if one.param else None]
    head = " ".join(part for part in parts if part)
    message = invalid_text(one.message, one.code) if one.kind == "invalid" else one.message
    return ": ".join(part for part in (head, message) if part) or one.state
