"""Waiting for the states that invoices end in."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from attrs import evolve

from .._core.backoff import Backoff
from .._reconcile.listing import ISSUED
from .._reconcile.states import FINAL
from ..errors import AuthenticationError, CallError, PermissionDeniedError, RateLimitTimeout
from .journal.errors import ClaimLostError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Collection

    from .account import AccountCalls
    from .journal.protocol import Journal
    from .journal.row import Row
    from .settings import Patience

_ROWS = 500
_SWEEPS = Backoff(first=1.0, factor=1.5, longest=15.0)


async def await_states(
    journal: Journal,
    account: AccountCalls,
    patience: Patience,
    pause: Callable[[float], Awaitable[bool]],
    ours: Collection[str] = (),
) -> AsyncGenerator[Row]:
    """Yield the journal's waiting documents as they reach a final state; in the end all the others.

    When time is up those are settled as they stand. When the run is stopped they wait on in the journal, for the next.
    The server's list of what has changed tells 500 states with one request, where asking for each invoice would cost
    one each.

    Args:
        journal: where they wait.
        account: whose they are.
        patience: how long to wait.
        pause: waits a number of seconds; returns whether the run goes on.
        ours: the keys of those that this run waits for. In a shared journal others may wait on for the rest.
    """
    ends = patience.clock() + patience.states
    goes_on = await pause(0)
    pauses = _SWEEPS.pauses()
    while goes_on and (since := await journal.waiting_since()) is not None:
        try:
            async for invoice in account.changed_since(_day_before(since), ISSUED):
                state = str(invoice.state)
                row = await journal.owner_of(invoice.id)
                if row is None or row.stage != "waiting" or row.outcome.state == state:
                    continue
                row = evolve(
                    row,
                    stage="done" if state in FINAL else "waiting",
                    outcome=evolve(row.outcome, state=state),
                )
                if await _recorded(journal, row) and row.stage == "done":
                    yield row
        except (AuthenticationError, PermissionDeniedError):
            raise
        except (CallError, RateLimitTimeout):
            pass  # the next sweep sees it again
        seconds = next(pauses)
        if await journal.waiting_since() is None or patience.clock() + seconds > ends:
            break
        goes_on = await pause(seconds)
    last = 0
    while rows := await journal.unsettled(last, _ROWS, "waiting"):
        for row in rows:
            last = row.id
            if journal.shared and row.key not in ours:
                continue
            if goes_on:
                row = evolve(row, stage="done")
                await _recorded(journal, row)
            yield row


async def _recorded(journal: Journal, row: Row) -> bool:
    """Write a row; return False where another run has the document and writes what becomes of it."""
    try:
        await journal.record(row)
    except ClaimLostError:
        return False
    return True


def _day_before(moment: str) -> str:
    """Return the day to list changes from: they are listed by the day, and nobody knows the server's time zone."""
    return (datetime.date.fromisoformat(moment[:10]) - datetime.timedelta(days=1)).isoformat()
