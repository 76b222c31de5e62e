"""The SQLite journal's schema, version 1. docs/bulk.md explains it for people with an SQLite tool in their hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_type_hints

from ..outcome import KINDS, Outcome
from .row import COLUMNS, KNOWN, STAGES, UNREAD, Row, writable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

VERSION: Final = 1
APPLICATION_ID: Final = 0x62326272
"""`b2br`: tells a journal from any other SQLite file, for us and for `file(1)`."""

SELECTED: Final = ", ".join(COLUMNS)


def _sql_type(name: str, hints: Mapping[str, object]) -> str:
    if name == "sha256":
        return "TEXT NOT NULL UNIQUE"
    hint = str(hints[name])
    return next((sql for kind, sql in (("int", "INTEGER"), ("float", "REAL")) if kind in hint), "TEXT")


def _schema() -> tuple[str, ...]:
    hints = get_type_hints(Outcome)
    known = ", ".join(f"{name} {_sql_type(name, hints)}" for name in KNOWN)
    return (
        "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        f"CREATE TABLE documents (id INTEGER PRIMARY KEY, stage TEXT NOT NULL, {known}, began TEXT, changed TEXT)",
        "CREATE INDEX documents_by_invoice ON documents (invoice_id) WHERE invoice_id IS NOT NULL",
        "CREATE INDEX documents_unsettled ON documents (stage, id) WHERE stage != 'done'",
    )


SCHEMA: Final = _schema()


def read_row(values: tuple[object, ...]) -> Row:
    """Make a row of the values of SELECTED.

    Raises:
        ValueError: the row was not written by this package.
    """
    row = dict(zip(COLUMNS, values, strict=True))
    if row["stage"] not in STAGES or row["kind"] not in KINDS:
        raise ValueError(f"document {row['id']} has stage {row['stage']!r} and kind {row['kind']!r}")
    outcome = {name: row.pop(name) for name in KNOWN}
    if str(outcome["sha256"]).startswith(UNREAD):
        outcome["sha256"] = None
    return Row(outcome=Outcome(**outcome), **row)  # type: ignore[arg-type]


def find(connection: sqlite3.Connection, key: str) -> Row | None:
    """Return the row of a document."""
    values = connection.execute(f"SELECT {SELECTED} FROM documents WHERE sha256 = ?", (key,)).fetchone()  # noqa: S608
    return None if values is None else read_row(values)


_WRITTEN: Final = COLUMNS[1:]
# What it was called first stays, and when it was begun, unless it is begun anew.
_CHANGED: Final = tuple(name for name in _WRITTEN if name not in ("sha256", "source", "began"))
_PUT: Final = (
    f"INSERT INTO documents ({', '.join(_WRITTEN)}) VALUES ({', '.join('?' * len(_WRITTEN))})"  # noqa: S608
    f" ON CONFLICT (sha256) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _CHANGED)}"
)


def put(connection: sqlite3.Connection, row: Row, now: str, *, begin: bool = False) -> None:
    """Write a row, new or changed.

    Args:
        connection: where to.
        row: what is to stand there.
        now: the time.
        begin: whether the document is begun with this, anew perhaps.
    """
    values = {**row.columns(), "began": now, "changed": now}
    written = [values[name] for name in _WRITTEN]
    connection.execute(
        f"{_PUT}, began = excluded.began" if begin else _PUT,
        [writable(value) if isinstance(value, str) else value for value in written],
    )
