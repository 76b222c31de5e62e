"""`b2brouter journal postgresql://…`: what the ledger of many machines has, and what people may do about it."""

from __future__ import annotations

import csv
import datetime
import os
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import anyio
import attrs
from attrs import frozen

from ..config import refuse_misspelt
from ..errors import ArgumentError, ConfigurationError
from .error_texts import invalid_text
from .output import cell, duration, plural, print_json, print_table, printable, remarks, results, tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from ..bulk import Kind
    from ..fleet.overview import Filter, Overview, Seen, Sighting
    from ..fleet.retention import Purged
    from ..fleet.stats import Stats

ACTIONS = ("list", "show", "retry", "release", "export", "stats", "purge", "rotate")
SHOWN = 50
_MOST_DAYS = 36_500
KEYS_VARIABLE = "B2BROUTER_DOCUMENT_KEYS"


@frozen(kw_only=True)
class Asked:
    """What a command line asks of a ledger."""

    action: str | None
    documents: Sequence[int]
    which: Filter
    as_json: bool
    all: bool
    serve: bool
    host: str
    port: int
    names: Sequence[str]
    keep_documents: int | None
    keep_rows: int | None
    keys: str | None


def run(database: str, schema: str, asked: Asked) -> None:
    """Do what was asked.

    Raises:
        ConfigurationError: the database can't be read, or an option doesn't fit the action.
    """
    from ..bulk.journal.errors import JournalError
    from ..fleet.overview import Overview

    action = asked.action or "list"
    if action not in ACTIONS:
        raise ConfigurationError(f"{action!r} is none of {', '.join(ACTIONS)}")
    if asked.documents and action not in ("show", "retry", "release"):
        raise ConfigurationError(f"{action} takes no numbers of documents; show, retry and release do")
    if asked.serve and asked.action is not None:
        raise ConfigurationError(f"--serve, {action}: one of them at a time")
    if asked.names and not asked.serve:
        raise ConfigurationError("--name: this is for the page; add --serve")
    for option, kept in (("--keep-documents", asked.keep_documents), ("--keep-rows", asked.keep_rows)):
        if kept is not None and action != "purge":
            raise ConfigurationError(f"{option}: only purge deletes something; name it, or leave this out")
    overview = Overview(database, schema=schema)
    try:
        if asked.serve:
            _serve(overview, asked)
        else:
            _DO[action](overview, asked)
    except JournalError as error:
        raise ConfigurationError(str(error)) from None


def _serve(overview: Overview, asked: Asked) -> None:
    try:
        from .ledger_page import serve
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"--serve needs {error.name}; install it with: pip install 'b2brouter-async[cli,postgres,simulator]'"
        ) from None
    serve(overview, asked.host, asked.port, asked.names)


def _list(overview: Overview, asked: Asked) -> None:
    rows = overview.documents(asked.which)
    if asked.as_json:
        for row in rows:
            print_json(row.values)
        return
    shown = print_table(
        ("id", "account", "source", "number", "outcome", "invoice", "sent", "message"),
        (
            (
                row.id,
                row.values["account"],
                row.values["source"],
                row.values["number"],
                row.what,
                row.values["invoice_id"],
                row.values["attempts"],
                _why(row),
            )
            for row in (rows if asked.all else islice(rows, SHOWN))
        ),
        numbers=("id", "invoice", "sent"),
    )
    if next(rows, None) is not None:
        remarks().print(
            f"\nThe newest {shown}; --all shows every one, --kind, --failed, --open, --in-doubt, --account, --since, "
            "--until, --number and --source choose among them, export writes them all."
        )
    elif not shown:
        remarks().print("No document is like that.")


def _why(row: Seen) -> str | None:
    values = row.values
    if values["kind"] == "invalid" and values["message"]:
        return invalid_text(values["message"], values["code"])
    return row.why or values["state"]


def _show(overview: Overview, asked: Asked) -> None:
    if not asked.documents:
        raise ConfigurationError("show: name a document by its number in the list")
    for number in asked.documents:
        found = overview.document(number)
        if found is None:
            raise ConfigurationError(f"the ledger has no document {number}")
        if asked.as_json:
            _print_as_json(*found)
        else:
            _print_document(*found)


def _print_as_json(seen: Seen, sightings: Sequence[Sighting]) -> None:
    print_json(
        {
            **seen.values,
            "held_by": seen.held_by,
            "kept": seen.kept,
            "encrypted": seen.encrypted,
            "sightings": [attrs.asdict(one) for one in sightings],
        }
    )


def _print_document(seen: Seen, sightings: Sequence[Sighting]) -> None:
    console = results()
    console.print(f"document {seen.id}: {printable(seen.what)}\n", markup=False)
    print_table(
        ("", ""),
        [
            (name.replace("_", " "), _moment(value))
            for name, value in seen.values.items()
            if value is not None and name not in ("id", "holder")
        ],
    )
    if seen.held_by is not None:
        console.print(f"{printable(seen.held_by)} {seen.holding}", markup=False)
    console.print(_kept(seen), markup=False)
    for one in sightings:
        console.print(
            f"invoice {one.invoice_id} was seen by {printable(one.seen_by)} at {_moment(one.seen)}",
            markup=False,
        )
    problem = seen.retry_problem
    console.print("retry: possible" if problem is None else f"retry: {printable(problem)}", markup=False)


def _kept(seen: Seen) -> str:
    if seen.kept is None:
        return "the document itself is not kept here"
    if seen.kept == "reference":
        return "the application keeps the document"
    return f"the document is kept: {seen.size or 0:,} bytes, {'encrypted' if seen.encrypted else 'not encrypted'}"


def _steer(what: str, overview: Overview, asked: Asked) -> None:
    documents: Iterable[int] = asked.documents
    if not asked.documents:
        from ..fleet.overview import Filter

        chosen = asked.which
        if chosen == Filter():
            raise ConfigurationError(
                f"{what}: name documents by their numbers, or choose them with --kind, --failed, --open, "
                "--in-doubt, --account, --since, --until"
            )
        documents = [row.id for row in overview.documents(chosen)]
    done, problems = 0, 0
    for number in documents:
        try:
            (overview.retry if what == "retry" else overview.release)(number)
        except ArgumentError as error:
            problems += 1
            remarks().print(printable(error.problem), markup=False)
        else:
            done += 1
    word = "tried again" if what == "retry" else "released"
    results().print(
        f"{plural(done, 'document')} {word}{f', {problems:,} not' if problems else ''}", markup=False
    )
    if problems and not done:
        raise ConfigurationError(f"{what}: no document could be {word}")


def _retry(overview: Overview, asked: Asked) -> None:
    _steer("retry", overview, asked)


def _release(overview: Overview, asked: Asked) -> None:
    _steer("release", overview, asked)


def _export(overview: Overview, asked: Asked) -> None:
    from ..fleet.overview import COLUMNS

    if asked.as_json:
        _list(overview, asked)
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in overview.documents(asked.which):
        writer.writerow([cell(_moment(row.values[name])) for name in COLUMNS])


def _stats(overview: Overview, asked: Asked) -> None:
    stats = overview.stats(account=asked.which.account)
    if asked.as_json:
        print_json(_plain(stats))
        return
    _print_totals(stats)
    results().print()
    _print_processes(stats)
    results().print()
    _print_days(stats)


def _print_totals(stats: Stats) -> None:
    console = results()
    counts = tally(sorted(stats.counts.items()))
    console.print(f"{plural(stats.total, 'document')}{': ' + counts if counts else ''}", markup=False)
    limit = f" of {stats.limit:,} requests a minute that are allowed" if stats.limit else ""
    console.print(f"{stats.per_minute:.1f} documents a minute settled lately{limit}", markup=False)
    if stats.oldest_open is not None:
        age = (stats.now - stats.oldest_open).total_seconds()
        console.print(f"the oldest that is not settled was added {duration(age)} ago", markup=False)
    if stats.oldest_transaction is not None and stats.oldest_transaction > 60:
        console.print(
            f"a transaction is open for {duration(stats.oldest_transaction)}: as long as it is, nothing is cleaned up",
            markup=False,
        )
    open_ = f", {stats.unencrypted:,} of them not encrypted" if stats.unencrypted else ""
    console.print(
        f"{plural(stats.kept, 'document')} kept, {stats.kept_bytes:,} bytes{open_}"
        + (f"; {plural(stats.untold, 'outcome')} still to be told" if stats.untold else ""),
        markup=False,
    )


def _print_processes(stats: Stats) -> None:
    print_table(
        ("process", "since", "heard of", "lease", "works on"),
        (
            (one.name, _moment(one.began), f"{duration(one.silent)} ago", _left(one.left), one.held)
            for one in stats.processes
        ),
        numbers=("works on",),
    )


def _print_days(stats: Stats) -> None:
    kinds = sorted({name for day in stats.days for name in day.counts})
    print_table(
        ("day", "environment", "account", "direction", *(name.replace("_", " ") for name in kinds), "all"),
        (
            (
                day.day,
                day.environment,
                day.account,
                day.direction,
                *(day.counts.get(kind) for kind in kinds),
                day.total,
            )
            for day in stats.days
        ),
        numbers=(*(name.replace("_", " ") for name in kinds), "all"),
    )


def _left(seconds: float) -> str:
    return f"{duration(seconds)} left" if seconds > 0 else "over"


def _plain(stats: Stats) -> dict[str, Any]:
    return {**attrs.asdict(stats), "total": stats.total, "per_minute": stats.per_minute}


def _purge(overview: Overview, asked: Asked) -> None:
    from ..fleet import Retention

    if asked.keep_documents is None and asked.keep_rows is None:
        raise ConfigurationError(
            "purge: say what is kept, with --keep-documents DAYS and perhaps --keep-rows DAYS"
        )
    retention = Retention(
        documents=days(asked.keep_documents, "--keep-documents"),
        rows=days(asked.keep_rows, "--keep-rows"),
        kinds=cast("list[Kind] | None", asked.which.kinds),
    )

    async def purge() -> Purged:
        from ..bulk import Ledger

        async with await Ledger.open(
            overview.url, schema=overview.schema, name="b2brouter journal purge"
        ) as ledger:
            return await retention.purge(ledger)

    purged = anyio.run(purge)
    results().print(
        f"{plural(purged.documents, 'document')} purged, and all that was known of {purged.rows:,}",
        markup=False,
    )


def days(count: int | None, option: str) -> datetime.timedelta | None:
    """Return an age; None where none was named.

    Raises:
        ConfigurationError: it is more than anybody keeps.
    """
    if count is not None and count > _MOST_DAYS:
        raise ConfigurationError(f"{option}: {_MOST_DAYS:,} days at most; leave it out to keep them for ever")
    return None if count is None else datetime.timedelta(days=count)


def _rotate(overview: Overview, asked: Asked) -> None:
    from ..fleet import DocumentKeys

    if asked.keys is None:
        raise ConfigurationError("rotate: name the file of the keys with --document-keys, the newest first")
    turned = overview.rotate(DocumentKeys(asked.keys))
    results().print(f"{plural(turned, 'document')} encrypted with the newest key", markup=False)


def read_keys(file: Path | None) -> str | None:
    """Return the keys that documents are encrypted with: of a file, one a line, or of the environment variable.

    Raises:
        ConfigurationError: the file can't be read, or holds none; or the variable is misspelt.
    """
    if file is None:
        refuse_misspelt([KEYS_VARIABLE])
        said = os.environ.get(KEYS_VARIABLE)
        return None if said is None else _checked(said, KEYS_VARIABLE)
    try:
        lines = [line.strip() for line in file.read_text(encoding="ascii").splitlines()]
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"--document-keys: {file} can't be read: {type(error).__name__}") from None
    keys = [line for line in lines if line and not line.startswith("#")]
    if not keys:
        raise ConfigurationError(f"--document-keys: {file} holds no key")
    return _checked(",".join(keys), "--document-keys")


def _checked(keys: str, named_by: str) -> str:
    from ..fleet import DocumentKeys

    try:
        DocumentKeys(keys)
    except ConfigurationError as error:
        raise ConfigurationError(error.problem, argument=named_by) from None
    return keys


def _moment(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return value


_DO: dict[str, Callable[[Overview, Asked], None]] = {
    "list": _list,
    "show": _show,
    "retry": _retry,
    "release": _release,
    "export": _export,
    "stats": _stats,
    "purge": _purge,
    "rotate": _rotate,
}
