"""What is done to the ledger, each in one transaction. All of it may be done twice: see `Steps`."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import frozen

from ...._postgres.url import driver
from ..errors import another_run
from ..protocol import Claim
from .row import Entry, LedgerRow, read_entry, read_row, storable
from .statements import statements

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ...._postgres.session import Rows, Steps
    from ...outcome import Kind
    from ..row import Row, Stage

_TRIES: Final = 5
"""How often a claim is tried where others change the row between its reading and its writing."""
_LONG_AGO: Final = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


@frozen
class Failover:
    """Another server leads, or an old copy was brought back: some of what was committed may be gone."""

    at: datetime.datetime
    """When it was noticed, on the database's clock. What was last written before was perhaps sent since."""
    since: datetime.datetime
    """The last moment that is known to be kept."""


@frozen
class _Known:
    """A row, and who has it."""

    row: LedgerRow
    name: str | None
    alive: bool
    overdue: bool

    @property
    def held(self) -> str | None:
        """Who works on it; None where nobody does."""
        return f"process {self.name}" if self.alive else None


def _known(rows: Rows) -> _Known | None:
    if not rows:
        return None
    *values, name, alive, overdue = rows[0]
    return _Known(read_row(tuple(values)), name, alive, overdue)


def _row(rows: Rows) -> LedgerRow | None:
    return read_row(rows[0]) if rows else None


@frozen(kw_only=True)
class Ask:
    """A claim that is asked for."""

    journal: int
    name: str
    """Of the journal, for messages."""
    row: Row
    send: bool
    again: Collection[Kind]
    holder: int
    fence: int
    since: datetime.datetime | None = None
    """When the run began: what another has given up on since then is not struggled for once more."""
    failover: Failover | None = None

    @property
    def values(self) -> dict[str, object]:
        """Everything by the names in the statements."""
        return {
            **values_of(self.row),
            "journal": self.journal,
            "send": self.send,
            # What is done with when it is written belongs to nobody.
            "holder": self.holder if self.row.stage == "sending" else None,
            "fence": self.fence,
        }


def values_of(row: Row) -> dict[str, object]:
    """Return a row's columns as the database can hold them."""
    return {name: _writable(value) for name, value in row.columns().items()}


def _writable(value: object) -> object:
    return storable(value) if isinstance(value, str) else value


class LedgerSteps:
    """What is done to the tables of one schema."""

    def __init__(self, schema: str) -> None:
        """Write the statements out."""
        self.sql: Mapping[str, bytes] = statements(schema)

    def claim(self, ask: Ask) -> Steps[Claim]:
        """Claim a document, unless it is settled or somebody has it."""
        values = ask.values
        for _ in range(_TRIES):
            known = _known((yield self.sql["find"], values))
            try:
                if known is None:
                    rows = yield self.sql["begin"], values
                else:
                    answer = self._standing(ask, known)
                    if answer is not None:
                        return answer
                    if known.alive and not (yield self.sql["bury"], {"holder": known.row.holder}):
                        return Claim(known.row, granted=False, held=known.held)
                    rows = yield self._taking(ask, known)
            except _errors().UniqueViolation:
                answer = yield from self._same_number(ask)
                if answer is not None:
                    return answer
                continue
            except _errors().LockNotAvailable:
                return Claim(ask.row, granted=False, held="somebody's open transaction")
            row = _row(rows)
            if row is not None:
                return Claim(row, granted=row.fresh)
        return Claim(ask.row, granted=False, held="somebody who was quicker")

    def _standing(self, ask: Ask, known: _Known) -> Claim | None:
        """Return the answer that the row itself gives; None where it may be claimed."""
        row = known.row
        if row.fence == ask.fence:
            # Claimed by this very claim: its commit stood, and only the reply was lost.
            return Claim(row, granted=row.fresh)
        if row.send != ask.send:
            raise another_run(ask.name, "send", _yes(row.send), _yes(ask.send))
        if row.stage in ("done", "waiting") and row.outcome.kind not in ask.again:
            return Claim(row, granted=False)
        if known.alive and not known.overdue:
            return Claim(row, granted=False, held=known.held)
        if not known.alive and ask.since is not None and _given_up(row, ask.since):
            return Claim(row, granted=False, given_up=True)
        return None

    def _taking(self, ask: Ask, known: _Known) -> tuple[bytes, dict[str, object]]:
        row = known.row
        values = {**ask.values, "id": row.id, "known": row.fence, "was": row.stage}
        if row.stage == "open" or row.outcome.kind in ask.again:
            failover = ask.failover
            if failover is None or ask.row.stage != "sending" or (row.written or _LONG_AGO) > failover.at:
                return self.sql["begin_anew"], values
            return self.sql["doubt"], {**values, "began": failover.since}
        return self.sql["take_over"], values

    def _same_number(self, ask: Ask) -> Steps[Claim | None]:
        other = _known((yield self.sql["same_number"], ask.values))
        if other is None:
            return None  # it was this document, by another claim; or it is settled meanwhile
        what = f"document {other.row.id} ({other.row.outcome.source}), which has its number"
        if other.alive and not other.overdue:
            return Claim(ask.row, granted=False, held=f"{what}, and {other.held} works on it")
        return Claim(ask.row, granted=False, held=what, first=other.row)

    def record(self, row: LedgerRow, *, seen_by: str) -> Steps[bool]:
        """Write a document's row; False where another has it. What was seen on the server is kept in any case."""
        outcome = row.outcome
        let_go = row.stage in ("done", "open", "waiting") or outcome.kind == "unknown"
        values = {**values_of(row), "fence": row.fence, "let_go": let_go, "seen_by": seen_by}
        if (yield self.sql["record"], values):
            return True
        if outcome.there and outcome.invoice_id is not None:
            yield self.sql["add_sighting"], values
        return False

    def decide_again(self, row: LedgerRow, attempts: int) -> Steps[tuple[bool, int | None]]:
        """Decide that a document is sent once more. Returns whether it may be, and an invoice of it that was seen."""
        values = {"id": row.id, "fence": row.fence, "attempts": attempts}
        if (yield self.sql["decide_again"], values):
            return True, None
        seen = yield self.sql["sightings"], values
        return False, seen[0][0] if seen else None

    def let_go(self, journal: int, sha256: str, fence: int, *, unsent: bool) -> Steps[None]:
        """Say that nobody here works on a document any more."""
        values = {"journal": journal, "sha256": _writable(sha256), "fence": fence, "unsent": unsent}
        yield self.sql["let_go"], values

    def take_over(
        self,
        journal: int,
        stages: Sequence[Stage],
        after: int,
        most: int,
        *,
        holder: int,
        fence: int,
        since: datetime.datetime,
    ) -> Steps[list[LedgerRow]]:
        """Claim documents that nobody works on, in the order of their numbers."""
        yield self.sql["bury_all"], {}
        values: dict[str, object] = {
            "journal": journal,
            "stages": list(stages),
            "after": after,
            "most": most,
            "holder": holder,
            "fence": fence,
            "since": since,
        }
        rows = yield self.sql["take_over_some"], values
        return sorted((read_row(row) for row in rows), key=lambda row: row.id)

    def rows_in(self, journal: int, stages: Sequence[Stage], after: int, most: int) -> Steps[list[LedgerRow]]:
        """Return documents, in the order of their numbers, and leave them to whoever has them."""
        values: dict[str, object] = {"journal": journal, "stages": list(stages), "after": after, "most": most}
        return [read_row(row) for row in (yield self.sql["rows_in"], values)]

    def find(self, journal: int, sha256: str) -> Steps[LedgerRow | None]:
        """Return what is known of a document."""
        known = _known((yield self.sql["find"], {"journal": journal, "sha256": _writable(sha256)}))
        return None if known is None else known.row

    def entry(self, document: int) -> Steps[Entry | None]:
        """Return a document with all that is needed to deliver it; None where there is no such document."""
        rows = yield self.sql["entry"], {"id": document}
        return read_entry(rows[0]) if rows else None

    def owner_of(self, journal: int, invoice_id: int) -> Steps[LedgerRow | None]:
        """Return the document that an invoice was made from, by its row or by what somebody saw."""
        values = {"journal": journal, "invoice_id": invoice_id}
        return _row((yield self.sql["owner"], values)) or _row((yield self.sql["owner_by_sighting"], values))

    def waiting_since(self, journal: int) -> Steps[datetime.datetime | None]:
        """Return when the first document was begun that waits for its final state."""
        ((began,),) = yield self.sql["waiting_since"], {"journal": journal}
        return cast("datetime.datetime | None", began)

    def others_at_work(self, journal: int, holder: int) -> Steps[dict[int, datetime.datetime]]:
        """Return the other processes that have documents under way, and when each was last heard of."""
        yield self.sql["bury_all"], {}
        return dict((yield self.sql["others_at_work"], {"journal": journal, "holder": holder}))

    def journal(self, about: Mapping[str, str]) -> Steps[tuple[int, bool]]:
        """Return the number of a journal, made where it isn't there, and whether it has documents."""
        rows = yield self.sql["find_journal"], about
        while not rows:
            yield self.sql["make_journal"], about
            rows = yield self.sql["find_journal"], about
        ((number,),) = rows
        return number, bool((yield self.sql["has_rows"], {"journal": number}))

    def look_at_timeline(self, identity: str) -> Steps[Failover | None]:
        """Note which server it is; return when it last was another one.

        Args:
            identity: of the server as it is now.
        """
        about: dict[str, str] = dict((yield self.sql["about"], {}))
        if about.get("timeline") != identity:
            yield self.sql["lock_about"], {}
            about = dict((yield self.sql["about"], {}))
        known = about.get("timeline")
        if known is None:
            yield self.sql["note"], {"name": "timeline", "value": identity}
        elif known != identity:
            ((last, now),) = yield self.sql["last_beat"], {}
            about["failover_at"] = now.isoformat()
            # What was lost came after the last thing that was kept, and a beat was kept every few seconds.
            about["failover_since"] = ((last or now) - datetime.timedelta(minutes=5)).isoformat()
            for name in ("failover_at", "failover_since"):
                yield self.sql["note"], {"name": name, "value": about[name]}
            yield self.sql["note"], {"name": "timeline", "value": identity}
        if "failover_at" not in about:
            return None
        return Failover(
            *(datetime.datetime.fromisoformat(about[f"failover_{end}"]) for end in ("at", "since"))
        )


def _given_up(row: LedgerRow, since: datetime.datetime) -> bool:
    given_up = row.outcome.kind == "unknown" and row.outcome.message is not None
    return given_up and row.written is not None and row.written > since


def _errors() -> Any:
    return driver().errors


def _yes(value: bool) -> str:
    return "yes" if value else "no"
