"""`b2brouter journal`: show, filter and export what a journal knows. A run that writes to it is not disturbed."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - Typer resolves the annotations
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ..errors import ConfigurationError
from .error_texts import invalid_text
from .output import plural, print_csv, print_json, print_table, printable, remarks, results, tally
from .rows import check_forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..bulk.journal.reader import JournalReader
    from ..bulk.journal.row import Row
    from ..bulk.outcome import Kind, Outcome

SHOWN = 50
_LEDGER = "A ledger in a database"


def journal(
    journal: Annotated[
        str,
        typer.Argument(
            metavar="JOURNAL", help="The file of an upload, or postgresql://… for a ledger of many machines."
        ),
    ],
    action: Annotated[
        str | None,
        typer.Argument(
            metavar="ACTION",
            help="With a ledger: list, show, retry, release, export, stats, purge or rotate.",
        ),
    ] = None,
    documents: Annotated[
        list[int] | None,
        typer.Argument(metavar="NUMBERS", help="With show, retry and release: the documents' numbers."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="Only these outcomes, for example refused or unknown; may be given several times.",
        ),
    ] = None,
    failed: Annotated[
        bool,
        typer.Option("--failed", help="Only what needs attention: all outcomes but created and adopted."),
    ] = False,
    open_: Annotated[bool, typer.Option("--open", help="Only what the next run will take up again.")] = False,
    number: Annotated[
        str | None, typer.Option("--number", metavar="NUMBER", help="Only this invoice number.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only files whose name holds this text.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, with every column.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV with every column.")] = False,
    all_: Annotated[bool, typer.Option("--all", help=f"Show every row, not the first {SHOWN}.")] = False,
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this account.", rich_help_panel=_LEDGER)
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DAY",
            help="Only what was added on this day or later, in UTC: 2026-10-01.",
            rich_help_panel=_LEDGER,
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DAY",
            help="Only what was added on this day or before.",
            rich_help_panel=_LEDGER,
        ),
    ] = None,
    in_doubt: Annotated[
        bool, typer.Option("--in-doubt", help="Only what is perhaps on the server.", rich_help_panel=_LEDGER)
    ] = False,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve", help="Show it as a page in a browser, until interrupted.", rich_help_panel=_LEDGER
        ),
    ] = False,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where the page is served. It asks for no password: anywhere but here, put what does before it.",
            rich_help_panel=_LEDGER,
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            metavar="PORT",
            rich_help_panel=_LEDGER,
            help="The page's port; 0 takes any free one.",
        ),
    ] = 8765,
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            metavar="NAME",
            help="What browsers may call the page by, for example behind a proxy; this machine's name and addresses "
            "are known. May be given several times.",
            rich_help_panel=_LEDGER,
        ),
    ] = None,
    keep_documents: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="DAYS",
            help="With purge: documents settled longer ago go.",
            rich_help_panel=_LEDGER,
        ),
    ] = None,
    keep_rows: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="DAYS",
            help="With purge: and later all that is known of them.",
            rich_help_panel=_LEDGER,
        ),
    ] = None,
    document_keys: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With rotate: keys that documents are encrypted with, one a line, the newest first. Without it "
            "B2BROUTER_DOCUMENT_KEYS is read.",
            rich_help_panel=_LEDGER,
        ),
    ] = None,
    schema: Annotated[
        str, typer.Option(metavar="NAME", help="The schema that the tables are in.", rich_help_panel=_LEDGER)
    ] = "b2brouter",
) -> None:
    """Show, filter, export or steer what a journal has."""
    check_forms(as_json, as_csv)
    # Here and not above: other commands don't pay for what this one needs.
    from .._postgres.url import is_database

    if is_database(journal):
        from ..fleet.overview import Filter
        from . import ledger

        asked = ledger.Asked(
            action="export" if as_csv and action is None else action,
            documents=documents or (),
            which=Filter(
                account=account,
                kinds=_kinds(kind or [], failed=failed),
                open=open_,
                in_doubt=in_doubt,
                number=number,
                source=source,
                since=None if since is None else since.date(),
                until=None if until is None else until.date(),
            ),
            as_json=as_json,
            all=all_,
            serve=serve,
            host=host,
            port=port,
            names=names or (),
            keep_documents=keep_documents,
            keep_rows=keep_rows,
            keys=ledger.read_keys(document_keys),
        )
        ledger.run(journal, schema, asked)
        return
    of_a_ledger = {
        action: action,
        "--serve": serve,
        "--account": account,
        "--since": since,
        "--until": until,
        "--in-doubt": in_doubt,
        "--name": names,
        "--keep-documents": keep_documents is not None,
        "--keep-rows": keep_rows is not None,
        "--document-keys": document_keys,
    }
    for name, given in of_a_ledger.items():
        if given:
            raise ConfigurationError(
                f"{name}: this is for a ledger in a database, postgresql://…; a file is shown and exported"
            )
    from ..bulk.journal.errors import JournalError
    from ..bulk.journal.reader import open_journal

    file = Path(journal)
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
    from ..bulk.outcome import KINDS
    from .upload.record import FINE

    wanted = [name.replace("-", "_").replace(" ", "_") for name in given]
    for name in wanted:
        if name not in KINDS:
            raise ConfigurationError(f"--kind: {name!r} is none of {', '.join(KINDS)}")
    if failed:
        wanted += [kind for kind in KINDS if kind not in FINE]
    return cast("list[Kind]", wanted) or None


def _print_csv(rows: Iterator[Row]) -> None:
    from ..bulk.journal.row import COLUMNS

    columns = (row.columns() for row in rows)
    print_csv(COLUMNS, ([row[name] for name in COLUMNS] for row in columns))


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
    counts = tally(opened.counts().items())
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
