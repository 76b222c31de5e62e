"""The journal's schema, version 1. docs/bulk.md explains it for people with an SQLite tool in their hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from ..outcome import KINDS, Kind, Outcome

if TYPE_CHECKING:
    import sqlite3

VERSION: Final = 1
APPLICATION_ID: Final = 0x62326272
"""`b2br`: tells a journal from any other SQLite file, for us and for `file(1)`."""

SCHEMA: Final = """
CREATE TABLE about (
  name  TEXT PRIMARY KEY,          -- account, host, environment, direction, send, made
  value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE documents (
  id         INTEGER PRIMARY KEY,  -- in the order they were first taken from a source
  sha256     TEXT NOT NULL UNIQUE, -- of the file, or of the invoice as JSON; 'unread:' and the name if there is none
  source     TEXT NOT NULL,        -- the file's name
  number     TEXT,
  series     TEXT,
  year       INTEGER,
  stage      TEXT NOT NULL,        -- sending, draft, dispatching, waiting, done, open
  kind       TEXT,                 -- the outcome; unknown goes with any stage but done
  invoice_id INTEGER,
  state      TEXT,                 -- the invoice's, when it was last seen
  attempts   INTEGER NOT NULL DEFAULT 0,
  seconds    REAL NOT NULL DEFAULT 0,
  request_id TEXT,
  status     INTEGER,              -- HTTP status, code, param and message of a refusal
  code       TEXT,
  param      TEXT,
  message    TEXT,
  began      TEXT NOT NULL,        -- UTC, when it was last begun
  changed    TEXT NOT NULL         -- UTC, when this row was last written
);
CREATE INDEX documents_by_invoice ON documents (invoice_id) WHERE invoice_id IS NOT NULL;
CREATE INDEX documents_unsettled ON documents (stage, id) WHERE stage != 'done';
"""

STAGES: Final = ("sending", "draft", "dispatching", "waiting", "done", "open")
"""sending: perhaps under way. draft: created, nothing else asked of it yet. dispatching: the server was perhaps asked
to send it. waiting: done but for its final state. done: settled. open: begun, and provably not on the server."""

COLUMNS: Final = (
    "id, sha256, source, number, series, year, stage, kind, invoice_id, state, attempts, seconds, request_id, status, "
    "code, param, message, began, changed"
)


@frozen(kw_only=True)
class Row:
    """One document in a journal."""

    id: int = 0
    """In the order the documents were first taken from a source."""
    sha256: str
    source: str
    number: str | None = None
    series: str | None = None
    year: int | None = None
    stage: str
    """sending, draft, dispatching, waiting, done or open, see docs/bulk.md."""
    kind: Kind | None = None
    """The outcome; None as long as there is none."""
    invoice_id: int | None = None
    state: str | None = None
    attempts: int = 0
    seconds: float = 0.0
    request_id: str | None = None
    status: int | None = None
    code: str | None = None
    param: str | None = None
    message: str | None = None
    began: str = ""
    """UTC, ISO 8601: when the document was last begun."""
    changed: str = ""
    """UTC, ISO 8601: when the row was last written."""

    @property
    def settled(self) -> bool:
        """Whether there is nothing left to do about it."""
        return self.stage == "done"

    @property
    def maybe_sent(self) -> bool:
        """Whether the document may be on the server without our knowing: then it is looked for, not sent."""
        return self.stage == "sending"

    def outcome(self) -> Outcome:
        """Return what the journal says became of the document; `unknown` where it says nothing yet."""
        return Outcome(
            kind=self.kind or "unknown",
            source=self.source,
            sha256=None if self.sha256.startswith(UNREAD) else self.sha256,
            number=self.number,
            series=self.series,
            year=self.year,
            invoice_id=self.invoice_id,
            state=self.state,
            attempts=self.attempts,
            seconds=self.seconds,
            request_id=self.request_id,
            status=self.status,
            code=self.code,
            param=self.param,
            message=self.message,
        )

    def with_outcome(self, outcome: Outcome, stage: str = "done") -> Row:
        """Return the row as an outcome leaves it."""
        return evolve(
            self,
            stage=stage,
            kind=outcome.kind,
            invoice_id=outcome.invoice_id,
            state=outcome.state,
            attempts=outcome.attempts,
            seconds=outcome.seconds,
            request_id=outcome.request_id,
            status=outcome.status,
            code=outcome.code,
            param=outcome.param,
            message=outcome.message,
        )


UNREAD: Final = "unread:"
"""Begins the key of a document whose content could not be read, so that it has no hash."""


def read_row(values: tuple[object, ...]) -> Row:
    """Make a row of the values of COLUMNS.

    Raises:
        ValueError: the row was not written by this package.
    """
    row = Row(**dict(zip(COLUMNS.split(", "), values, strict=True)))  # type: ignore[arg-type]
    if row.stage not in STAGES or (row.kind is not None and row.kind not in KINDS):
        raise ValueError(f"document {row.id} has stage {row.stage!r} and kind {row.kind!r}")
    return row


def find(connection: sqlite3.Connection, sha256: str) -> Row | None:
    """Return the row of a document."""
    values = connection.execute(f"SELECT {COLUMNS} FROM documents WHERE sha256 = ?", (sha256,)).fetchone()  # noqa: S608
    return None if values is None else read_row(values)


def writable(text: str) -> str:
    """Return text as UTF-8 can hold it: a file's name, or a server's words, may have halves of characters."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def put(connection: sqlite3.Connection, row: Row, now: str) -> None:
    """Write a row, new or changed. What it was called first stays."""
    connection.execute(
        "INSERT INTO documents (sha256, source, number, series, year, stage, kind, invoice_id, state, attempts, seconds,"
        " request_id, status, code, param, message, began, changed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (sha256) DO UPDATE SET number = excluded.number, series = excluded.series, year = excluded.year,"
        " stage = excluded.stage, kind = excluded.kind, invoice_id = excluded.invoice_id, state = excluded.state,"
        " attempts = excluded.attempts, seconds = excluded.seconds, request_id = excluded.request_id,"
        " status = excluded.status, code = excluded.code, param = excluded.param, message = excluded.message,"
        # Without an outcome it is begun, anew perhaps; with one it is being finished.
        " began = CASE WHEN excluded.kind IS NULL THEN excluded.began ELSE began END, changed = excluded.changed",
        [writable(value) if isinstance(value, str) else value for value in (
            row.sha256, row.source, row.number, row.series, row.year, row.stage, row.kind, row.invoice_id, row.state,
            row.attempts, row.seconds, row.request_id, row.status, row.code, row.param, row.message, now, now)],
    )  # fmt: skip
