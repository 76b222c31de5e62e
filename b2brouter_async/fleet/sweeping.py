"""What a queue forgot: documents that nobody works on and that are due, job or no job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from .._postgres.schema import quoted

if TYPE_CHECKING:
    from collections.abc import Collection

    from .._postgres.session import Steps
    from ..bulk.journal.postgres.ledger import Ledger

MOST: Final = 500
"""So many documents are taken up by one look."""
_NEXT = 60.0
"""Seconds until a document is swept again: whoever was woken for it has so long to claim it."""


@frozen
class Due:
    """A document that is to be delivered, and that nobody works on."""

    id: int
    in_doubt: bool
    """Whether it is perhaps on the server, so that it is looked for first: that takes a while."""


async def due(ledger: Ledger, *, most: int = MOST) -> list[Due]:
    """Return documents to deliver that nobody works on, for a queue of your own, to be asked every few seconds.

    Example:
        for one in await due(ledger):
            deliver_task.delay(one.id)

    What is returned once is not returned again for a minute. Documents of an upload, which it has and the ledger has not,
    are left to it.

    Args:
        ledger: what this process has of the database.
        most: how many at most.

    Raises:
        JournalError: the database can't be reached.
    """
    return await ledger.do(lambda: _due(ledger, most, wake=False))


async def sweep(ledger: Ledger, *, engine: bool = True, leave: Collection[int] = ()) -> int | None:
    """Wake workers for documents that are due and forgotten, and clear away jobs of workers that died.

    Example:
        woken = await sweep(ledger, engine=False)

    Args:
        ledger: what this process has of the database.
        engine: whether the engine's tables are there.
        leave: journals whose documents are left alone.

    Returns:
        For how many documents somebody was woken; None where another process sweeps just now.

    Raises:
        JournalError: the database can't be reached.
    """
    return await ledger.do(lambda: _sweep(ledger, engine, leave))


def _sweep(ledger: Ledger, engine: bool, leave: Collection[int]) -> Steps[int | None]:
    # To the transaction's end: a session's lock would be left with a pooler.
    ((alone,),) = yield (
        b"SELECT pg_try_advisory_xact_lock(hashtextextended(%(name)s, 0))",
        {"name": f"b2brouter.sweep.{ledger.schema}"},
    )
    if not alone:
        return None
    if engine:
        yield f"SELECT {quoted(ledger.schema)}.clear_jobs()".encode(), {}
    return len((yield from _due(ledger, MOST, wake=engine, leave=leave)))


def _due(ledger: Ledger, most: int, *, wake: bool, leave: Collection[int] = ()) -> Steps[list[Due]]:
    s = quoted(ledger.schema)
    yield ledger.steps.sql["bury_all"], {}
    rows = yield (
        f"""
        WITH due AS MATERIALIZED (
            SELECT d.id, d.stage <> 'open' AS in_doubt FROM {s}.documents d
            WHERE d.stage IN ('open', 'sending', 'draft', 'dispatching') AND d.due <= clock_timestamp()
            AND d.journal <> ALL(%(leave)s)
            AND NOT EXISTS (SELECT FROM {s}.holders h WHERE h.id = d.holder AND h.buried IS NULL)
            AND EXISTS (SELECT FROM {s}.contents c WHERE c.document = d.id)
            ORDER BY d.due, d.id LIMIT %(most)s FOR UPDATE SKIP LOCKED
        ), moved AS (
            UPDATE {s}.documents d SET due = clock_timestamp() + make_interval(secs => %(next)s)
            FROM due WHERE d.id = due.id RETURNING d.id
        )
        SELECT due.id, due.in_doubt{f", {s}.wake(due.id, due.in_doubt)" if wake else ""}
        FROM due JOIN moved USING (id)
        """.encode(),  # noqa: S608
        {"most": most, "next": _NEXT, "leave": list(leave)},
    )
    return [Due(row[0], row[1]) for row in rows]
