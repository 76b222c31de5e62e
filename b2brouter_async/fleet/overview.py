"""The ledger as people see it: what is there, what is in doubt and why, and what they may do about it.

Read on a connection of its own, which takes no lease and ends with each question: an old transaction anywhere keeps the
database from cleaning up.
"""

# ruff: noqa: S608 - the schema's name is checked, and every value is bound

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import field, frozen

from .._keywords import tells_misspelt
from .._postgres.connecting import connect
from .._postgres.failures import told
from .._postgres.schema import SCHEMA, do, installed, quoted
from .._postgres.url import DatabaseURL, driver
from ..bulk.journal.errors import JournalError
from ..bulk.journal.postgres.row import storable
from ..bulk.outcome import KINDS, THERE, Kind
from ..errors import ArgumentError, ConfigurationError
from .encryption import DocumentKeys
from .stats import DOUBT, DOUBT_IN_SQL, read_stats

if TYPE_CHECKING:
    import datetime
    from collections.abc import Generator, Iterator, Mapping, Sequence

    import psycopg

    from .._core.requests import AccountId
    from .stats import Stats

_FENCE_BITS: Final = 61
_AT_ONCE: Final = 500

COLUMNS: Final = (
    "id", "environment", "account", "direction", "source", "number", "series", "year", "stage", "kind", "invoice_id",
    "state", "attempts", "claims", "status", "code", "param", "message", "request_id", "send", "sha256", "host",
    "holder", "due", "added", "began", "changed", "settled",
)  # fmt: skip
"""What is known of a document, by the names that exports have."""


def _as_text(account: AccountId | None) -> str | None:
    return None if account is None else str(account)


def _as_kinds(kinds: Sequence[str] | None) -> Sequence[str] | None:
    if kinds is None:
        return None
    # A text is a sequence, too: of letters.
    named = [kinds] if isinstance(kinds, str) else list(kinds)
    for kind in named:
        if kind not in KINDS:
            raise ArgumentError(f"{kind!r} is none of {', '.join(KINDS)}", argument="kinds")
    return named


@tells_misspelt
@frozen(kw_only=True)
class Filter:
    """Which documents.

    Example:
        bad = Filter(account="1234", kinds=["refused", "invalid"], since=datetime.date(2026, 11, 1))
        documents = list(Overview("postgresql://…").documents(bad))

    Raises:
        ArgumentError: a kind is no outcome.
    """

    account: str | None = field(default=None, converter=_as_text)
    kinds: Sequence[str] | None = field(default=None, converter=_as_kinds)
    """Outcomes."""
    open: bool = False
    """Only what is not settled."""
    in_doubt: bool = False
    """Only what is perhaps on the server and not settled."""
    number: str | None = None
    source: str | None = None
    """Part of its name."""
    since: datetime.date | None = None
    """The first day on which they were added, in UTC."""
    until: datetime.date | None = None
    """The last day."""


@frozen(kw_only=True)
class Seen:
    """One document, as people see it."""

    id: int
    values: Mapping[str, Any] = field(repr=False)
    """By `COLUMNS`."""
    held_by: str | None
    """The process that has it."""
    left: bool = False
    """Whether that process's lease is over, so that it is dead, or paused for too long."""
    kept: str | None
    """What the ledger has of the document itself: `file`, `invoice`, `reference`; None where it was purged."""
    size: int | None
    """Bytes that it takes there."""
    encrypted: bool

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.values["settled"] is not None

    @property
    def in_doubt(self) -> bool:
        """Whether it is perhaps on the server."""
        return not self.settled and self.values["stage"] in DOUBT

    @property
    def what(self) -> str:
        """What became of it, or how far it has come, in words."""
        if self.settled:
            return str(self.values["kind"]).replace("_", " ")
        if self.held_by is not None:
            return "left by a dead process" if self.left else "being worked on"
        return "in doubt" if self.in_doubt else "waiting"

    @property
    def holding(self) -> str:
        """What the process that has it does, in words behind its name."""
        if not self.left:
            return "works on it"
        return "had it, and its lease is over: any worker takes it over, and at once if it is released"

    @property
    def why(self) -> str | None:
        """Why it is not where it should be."""
        head = " ".join(
            part
            for part in (self.values["code"], f"({self.values['param']})" if self.values["param"] else None)
            if part
        )
        return ": ".join(part for part in (head, self.values["message"]) if part) or None

    @property
    def retry_problem(self) -> str | None:
        """Why it can't be tried again; None where it can."""
        kind = self.values["kind"]
        if self.settled and kind in THERE:
            if kind == "created_with_errors":
                return f"it is on the server as invoice {self.values['invoice_id']}, and is not sent twice: mend it there"
            return f"it is on the server as invoice {self.values['invoice_id']}"
        if self.values["stage"] == "waiting":
            return f"it is on the server as invoice {self.values['invoice_id']}, and its final state is waited for"
        if self.held_by is not None:
            return f"{self.held_by} {self.holding}"
        if self.kept is None:
            return "the document itself was purged, or is with the upload that it came from: run that again"
        return None


@frozen(kw_only=True)
class Sighting:
    """An invoice that somebody saw of a document."""

    invoice_id: int
    state: str | None
    seen_by: str
    seen: datetime.datetime


class Overview:
    """Looks at a ledger, and does to it what is safe. Blocks.

    Example:
        overview = Overview("postgresql://…")
        print(overview.stats(days=7))

    Args:
        database: its address, `postgresql://…`.
        schema: where the tables are.
    """

    def __init__(self, database: str | DatabaseURL, *, schema: str = SCHEMA) -> None:
        """Remember the address; each question has a connection of its own."""
        self.url: DatabaseURL = database if isinstance(database, DatabaseURL) else DatabaseURL(database)
        self.schema: str = quoted(schema)

    def documents(self, which: Filter | None = None, *, most: int | None = None) -> Iterator[Seen]:
        """Return documents, the newest first.

        Example:
            for one in Overview("postgresql://…").documents(Filter(open=True), most=50):
                print(one)

        Args:
            which: left out, all of them.
            most: how many at most.

        Raises:
            JournalError: the database can't be read.
        """
        condition, values = _condition(which or Filter())
        below: int | None = None
        left = most
        # Page by page, each in a transaction of its own.
        while left is None or left > 0:
            page = _AT_ONCE if left is None else min(left, _AT_ONCE)
            question = (
                f"{self._select()} WHERE {condition}"
                f"{' AND d.id < %(below)s' if below is not None else ''} ORDER BY d.id DESC LIMIT %(page)s"
            )
            with self._connected() as connection:
                rows = connection.execute(
                    question.encode(), {**values, "below": below, "page": page}
                ).fetchall()
            for row in rows:
                seen = _seen(row)
                below = seen.id
                yield seen
            if len(rows) < page:
                return
            left = None if left is None else left - len(rows)

    def document(self, number: int) -> tuple[Seen, Sequence[Sighting]] | None:
        """Return one document and what was seen of it; None where there is none.

        Example:
            found = Overview("postgresql://…").document(17)

        Args:
            number: its id.

        Raises:
            JournalError: the database can't be read.
        """
        with self._connected() as connection:
            row = connection.execute(
                f"{self._select()} WHERE d.id = %(id)s".encode(), {"id": number}
            ).fetchone()
            if row is None:
                return None
            sightings = connection.execute(
                f"SELECT invoice_id, state, seen_by, seen FROM {self.schema}.sightings"
                " WHERE document = %(id)s ORDER BY id".encode(),
                {"id": number},
            ).fetchall()
        return _seen(row), [
            Sighting(invoice_id=invoice, state=state, seen_by=by, seen=at)
            for invoice, state, by, at in sightings
        ]

    def stats(self, *, days: int = 14, account: AccountId | None = None) -> Stats:
        """Return how the ledger stands.

        Example:
            print(Overview("postgresql://…").stats(days=7, account="1234"))

        Args:
            days: how many days are told by account.
            account: one account alone.

        Raises:
            JournalError: the database can't be read.
        """
        with self._connected() as connection:
            return read_stats(connection, self.schema, days=days, account=_as_text(account))

    def retry(self, number: int) -> None:
        """Have a document tried again. It is delivered as any other: claimed by one, looked for first where that is possible.

        Example:
            def again(number: int) -> None:
                Overview("postgresql://…").retry(number)

        What was refused is looked for before it is sent once more, so that pressing twice, or after somebody has sent it by
        other ways, makes no second invoice.

        Args:
            number: its id.

        Raises:
            ArgumentError: there is no such document, or it can't be tried again; the text says why.
            JournalError: the database can't be written.
        """
        s = self.schema
        psycopg: Any = driver()
        with self._connected(write=True) as connection:
            seen = self._locked(connection, number)
            problem = seen.retry_problem
            if problem is not None:
                raise ArgumentError(f"{number}: {problem}", argument="document")
            doubt = seen.in_doubt or (seen.settled and seen.values["kind"] != "invalid")
            stage = seen.values["stage"] if not seen.settled else "sending" if doubt else "open"
            try:
                # With another fence: whoever still writes with the old one comes too late.
                connection.execute(
                    f"UPDATE {s}.documents SET stage = %(stage)s, kind = 'unknown', settled = NULL, message = NULL,"
                    " code = NULL, param = NULL, status = NULL, holder = NULL, fence = %(fence)s,"
                    " began = coalesce(began, clock_timestamp()), changed = clock_timestamp(),"
                    " due = clock_timestamp() + interval '30 seconds' WHERE id = %(id)s".encode(),
                    {"id": number, "stage": stage, "fence": secrets.randbits(_FENCE_BITS)},
                )
            except psycopg.errors.UniqueViolation:
                raise ArgumentError(
                    f"{number}: another document with its number is under way; try it again when that is settled",
                    argument="document",
                ) from None
            connection.execute(f"SELECT {s}.wake(%(id)s, %(doubt)s)".encode(), {"id": number, "doubt": doubt})

    def release(self, number: int) -> None:
        """Let a document be taken up at once: from a process whose lease is over, or from the pause after a failure.

        Example:
            def release(number: int) -> None:
                Overview("postgresql://…").release(number)

        A process that lives is not interrupted: stop it, or wait until its lease is over.

        Args:
            number: its id.

        Raises:
            ArgumentError: there is no such document, it is settled, or a process that lives has it.
            JournalError: the database can't be written.
        """
        s = self.schema
        with self._connected(write=True) as connection:
            connection.execute(
                f"UPDATE {s}.holders SET buried = clock_timestamp() WHERE buried IS NULL AND ends < clock_timestamp()"
                f" AND id = (SELECT holder FROM {s}.documents WHERE id = %(id)s)".encode(),
                {"id": number},
            )
            seen = self._locked(connection, number)
            if seen.settled:
                raise ArgumentError(f"{number}: it is settled: {seen.what}", argument="document")
            if seen.held_by is not None:
                raise ArgumentError(
                    f"{number}: {seen.held_by} lives and works on it; stop that process, or wait until its lease is over",
                    argument="document",
                )
            connection.execute(
                f"UPDATE {s}.documents SET holder = NULL, due = clock_timestamp(), changed = clock_timestamp()"
                " WHERE id = %(id)s".encode(),
                {"id": number},
            )
            if seen.kept is not None:
                connection.execute(
                    f"SELECT {s}.wake(%(id)s, %(doubt)s)".encode(), {"id": number, "doubt": seen.in_doubt}
                )

    def rotate(self, keys: DocumentKeys) -> int:
        """Encrypt anew what is encrypted with an older key, and what lies open; return how many documents that were.

        Example:
            keys = DocumentKeys(DocumentKeys.generate())
            changed = Overview("postgresql://…").rotate(keys)

        Args:
            keys: the newest first.

        Raises:
            ConfigurationError: something is encrypted with another key.
            JournalError: the database can't be written.
        """
        s = self.schema
        after, turned = 0, 0
        while True:
            with self._connected(write=True) as connection:
                rows = connection.execute(
                    f"SELECT document, body, encryption FROM {s}.contents WHERE document > %(after)s AND body IS NOT NULL"
                    " ORDER BY document LIMIT 50 FOR UPDATE".encode(),
                    {"after": after},
                ).fetchall()
                for document, body, encryption in rows:
                    after = document
                    data = bytes(body)
                    if encryption == "none":
                        sealed = keys.encrypt(data)
                    elif encryption != DocumentKeys.SCHEME or keys.is_newest(data):
                        continue
                    else:
                        try:
                            sealed = keys.rotate(data)
                        except ConfigurationError as error:
                            raise ConfigurationError(
                                f"document {document}: {error.problem}", argument="keys"
                            ) from None
                    turned += 1
                    connection.execute(
                        f"UPDATE {s}.contents SET body = %(body)s, encryption = %(scheme)s WHERE document = %(id)s".encode(),
                        {"body": sealed, "scheme": DocumentKeys.SCHEME, "id": document},
                    )
            if not rows:
                return turned

    def _locked(self, connection: psycopg.Connection[Any], number: int) -> Seen:
        row = connection.execute(
            f"{self._select()} WHERE d.id = %(id)s FOR UPDATE OF d".encode(), {"id": number}
        ).fetchone()
        if row is None:
            raise ArgumentError(f"the ledger has no document {number}", argument="document")
        return _seen(row)

    def _select(self) -> str:
        s = self.schema
        of_journal = ("environment", "account", "direction", "host")
        columns = ", ".join(f"{'j' if name in of_journal else 'd'}.{name}" for name in COLUMNS)
        return (
            f"SELECT {columns}, h.name, coalesce(h.ends < clock_timestamp(), false), c.kind, octet_length(c.body), c.encryption"
            f" FROM {s}.documents d JOIN {s}.journals j ON j.id = d.journal"
            f" LEFT JOIN {s}.holders h ON h.id = d.holder AND h.buried IS NULL"
            f" LEFT JOIN {s}.contents c ON c.document = d.id"
        )

    @contextlib.contextmanager
    def _connected(self, *, write: bool = False) -> Generator[psycopg.Connection[Any]]:
        psycopg: Any = driver()
        problem = ""
        try:
            with connect(self.url, application_name="b2brouter journal") as connection:
                connection.read_only = not write
                if do(connection, installed(self.schema)).version < 2:
                    raise JournalError(
                        f"{self.url} has no tables of this version in the schema {self.schema}: make them with "
                        "'b2brouter migrate'"
                    )
                # Nobody waits for people, and people for nobody.
                connection.execute("SET LOCAL lock_timeout = '3s'; SET LOCAL statement_timeout = '60s'")
                if write:
                    connection.execute("SET LOCAL synchronous_commit = on")
                yield connection
                return
        except psycopg.Error as error:
            problem = told(self.url, error, self.schema)
        raise JournalError(f"{self.url}: {problem}")


def _condition(which: Filter) -> tuple[str, dict[str, object]]:
    parts = {
        "account": (which.account, "j.account = %(account)s"),
        "number": (which.number, "d.number = %(number)s"),
        "source": (which.source, "strpos(lower(d.source), lower(%(source)s)) > 0"),
        "since": (which.since, "d.added >= %(since)s::timestamp AT TIME ZONE 'UTC'"),
        "until": (which.until, "d.added < (%(until)s::date + 1)::timestamp AT TIME ZONE 'UTC'"),
        "kinds": (
            None if which.kinds is None else list(which.kinds),
            "d.kind = ANY(%(kinds)s) AND (d.settled IS NOT NULL OR d.message IS NOT NULL)",
        ),
    }
    # Looked for as it was stored.
    values: dict[str, object] = {
        name: storable(value) if isinstance(value, str) else value
        for name, (value, _) in parts.items()
        if value is not None
    }
    conditions = [text for value, text in parts.values() if value is not None]
    if which.open or which.in_doubt:
        conditions.append("d.settled IS NULL")
    if which.in_doubt:
        conditions.append(DOUBT_IN_SQL)
    return " AND ".join(conditions) or "true", values


def _seen(row: Sequence[Any]) -> Seen:
    *values, held_by, left, kept, size, encryption = row
    known: dict[str, Any] = dict(zip(COLUMNS, values, strict=True))
    return Seen(
        id=known["id"],
        values=known,
        held_by=held_by,
        left=left,
        kept=kept,
        size=size,
        encrypted=encryption not in (None, "none"),
    )


NEEDS_A_PERSON: Final = cast("tuple[Kind, ...]", ("refused", "invalid", "duplicate", "created_with_errors"))
"""Outcomes that nobody but a person gets on with."""
