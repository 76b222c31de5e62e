"""How a ledger stands: documents by outcome, day and minute, processes, and what is kept."""

# ruff: noqa: S608 - the schema's name is checked, and every value is bound

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from ..bulk.journal.postgres.row import storable
from ..generated.platform import ENVIRONMENTS

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    import psycopg

DOUBT: Final = ("sending", "draft", "dispatching")
"""Stages of a document that is perhaps on the server."""
DOUBT_IN_SQL: Final = f"d.stage IN ({', '.join(map(repr, DOUBT))})"

_FATE: Final = (
    f"CASE WHEN d.settled IS NOT NULL THEN d.kind WHEN {DOUBT_IN_SQL} THEN 'in doubt' ELSE 'open' END"
)
_LATELY: Final = "d.settled > clock_timestamp() - interval '15 minutes'"


@frozen(kw_only=True)
class Process:
    """A process that works on the ledger, or did."""

    id: int
    name: str
    began: datetime.datetime
    silent: float
    """Seconds since it was last heard of."""
    left: float
    """Seconds until its lease is over; below 0 where it is."""
    held: int
    """Documents that it has."""


@frozen(kw_only=True)
class Day:
    """One account's documents that were added on a day, in UTC."""

    day: datetime.date
    environment: str
    account: str
    direction: str
    counts: Mapping[str, int]
    """By outcome; `open` and `in doubt` of what is not settled."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@frozen(kw_only=True)
class Stats:
    """How the ledger stands."""

    now: datetime.datetime
    counts: Mapping[str, int]
    """Documents by outcome; `open` and `in doubt` of what is not settled."""
    days: Sequence[Day]
    """The last days, newest first."""
    minutes: Sequence[int]
    """Documents that were settled in each of the last fifteen minutes, the newest last."""
    limit: int | None
    """Requests a minute that the environments allow, those together that have unsettled or fresh documents."""
    processes: Sequence[Process]
    oldest_open: datetime.datetime | None
    """When the oldest document was added that is not settled."""
    oldest_transaction: float | None
    """Seconds that the oldest transaction of the database is open: as long as it is, nothing is cleaned up."""
    untold: int
    """Outcomes that the application is still to be told of."""
    kept: int
    """Documents whose bytes are kept."""
    kept_bytes: int
    unencrypted: int
    """Of those, how many lie open."""

    @property
    def total(self) -> int:
        """All documents."""
        return sum(self.counts.values())

    @property
    def per_minute(self) -> float:
        """Documents settled a minute, over the last five whole minutes."""
        return sum(self.minutes[-6:-1]) / 5


def read_stats(connection: psycopg.Connection[Any], schema: str, *, days: int, account: str | None) -> Stats:
    """Return how the ledger stands.

    Args:
        connection: to its database.
        schema: where the tables are, quoted where it must be.
        days: how many days are told by account.
        account: one account alone; None means all.

    Raises:
        psycopg.Error: the database can't be read.
    """
    ledger = _Reader(
        connection, schema, {"account": None if account is None else storable(account), "days": days}
    )
    kept, kept_bytes, unencrypted = ledger.kept()
    return Stats(
        now=ledger.now(),
        counts=ledger.counts(),
        days=ledger.days(),
        minutes=ledger.minutes(),
        limit=ledger.limit(),
        processes=ledger.processes(),
        oldest_open=ledger.oldest_open(),
        oldest_transaction=ledger.oldest_transaction(),
        untold=ledger.untold(),
        kept=kept,
        kept_bytes=kept_bytes,
        unencrypted=unencrypted,
    )


@frozen
class _Reader:
    """Asks for each figure."""

    connection: psycopg.Connection[Any]
    schema: str
    values: Mapping[str, object]

    def documents(self, condition: str = "true") -> str:
        """Return what stands behind FROM: the documents that are asked about, and of them those of a condition."""
        of_account = "" if self.values["account"] is None else " AND j.account = %(account)s"
        return (
            f"{self.schema}.documents d JOIN {self.schema}.journals j ON j.id = d.journal"
            f" WHERE ({condition}){of_account}"
        )

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(question.encode(), self.values).fetchall()

    def only(self, question: str) -> Any:
        ((value,),) = self.ask(question)
        return value

    def now(self) -> datetime.datetime:
        now: datetime.datetime = self.only("SELECT clock_timestamp()")
        return now

    def counts(self) -> dict[str, int]:
        return dict(self.ask(f"SELECT {_FATE}, count(*) FROM {self.documents()} GROUP BY 1"))

    def days(self) -> list[Day]:
        rows = self.ask(
            f"SELECT (d.added AT TIME ZONE 'UTC')::date, j.environment, j.account, j.direction, {_FATE}, count(*)"
            f" FROM {self.documents('d.added > clock_timestamp() - make_interval(days => %(days)s)')}"
            " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1 DESC, 2, 3, 4"
        )
        counts: dict[tuple[Any, ...], dict[str, int]] = {}
        for *which, fate, count in rows:
            counts.setdefault(tuple(which), {})[fate] = count
        return [
            Day(day=day, environment=environment, account=account, direction=direction, counts=of_day)
            for (day, environment, account, direction), of_day in counts.items()
        ]

    def minutes(self) -> list[int]:
        settled = dict(
            self.ask(
                "SELECT floor(extract(epoch FROM clock_timestamp() - d.settled) / 60)::int, count(*)"
                f" FROM {self.documents(_LATELY)} GROUP BY 1"
            )
        )
        return [settled.get(ago, 0) for ago in range(14, -1, -1)]

    def limit(self) -> int | None:
        rows = self.ask(
            f"SELECT DISTINCT j.environment FROM {self.documents('d.settled IS NULL OR ' + _LATELY)}"
        )
        limits = [ENVIRONMENTS[name][1] for (name,) in rows if name in ENVIRONMENTS]
        return sum(limits) if limits else None

    def processes(self) -> list[Process]:
        rows = self.ask(
            "SELECT h.id, h.name, h.began, extract(epoch FROM clock_timestamp() - h.beaten)::float8,"
            " extract(epoch FROM h.ends - clock_timestamp())::float8,"
            f" (SELECT count(*) FROM {self.schema}.documents d WHERE d.holder = h.id)"
            f" FROM {self.schema}.holders h WHERE h.buried IS NULL ORDER BY h.id"
        )
        return [
            Process(id=number, name=name, began=began, silent=silent, left=left, held=held)
            for number, name, began, silent, left, held in rows
        ]

    def oldest_open(self) -> datetime.datetime | None:
        oldest: datetime.datetime | None = self.only(
            f"SELECT min(d.added) FROM {self.documents('d.settled IS NULL')}"
        )
        return oldest

    def oldest_transaction(self) -> float | None:
        seconds: float | None = self.only(
            "SELECT extract(epoch FROM max(clock_timestamp() - xact_start))::float8 FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return seconds

    def untold(self) -> int:
        count: int = self.only(f"SELECT count(*) FROM {self.schema}.untold")
        return count

    def kept(self) -> tuple[int, int, int]:
        (row,) = self.ask(
            "SELECT count(*), coalesce(sum(octet_length(body)), 0)::bigint,"
            f" count(*) FILTER (WHERE encryption = 'none' AND body IS NOT NULL) FROM {self.schema}.contents"
        )
        return row[0], row[1], row[2]
