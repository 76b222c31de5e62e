"""Waiting for the states that invoices end in."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from attrs import evolve

from ..errors import AuthenticationError, CallError, PermissionDeniedError, RateLimitTimeout
from .prepare import ISSUED

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .api import Api
    from .journal import Journal
    from .patience import Patience
    from .schema import Row

FINAL = frozenset(
    {"registered", "accepted", "refused", "allegedly_paid", "paid", "closed", "error", "invalid", "discarded",
     "annulled", "cancelled", "expired"}
)  # fmt: skip
"""States after which nothing decides any more whether the invoice has arrived. `sent` is none of them: a network may
still answer with `error`. An unknown state is one under way (behaviour 31)."""

_ROWS = 500


async def await_states(journal: Journal, api: Api, patience: Patience) -> AsyncGenerator[Row]:
    """Yield the journal's waiting documents as they reach a final state; when time is up, all the others.

    The server's list of what has changed tells 500 states with one request, where asking for each invoice would cost
    one each.
    """
    ends = patience.clock() + patience.states
    # State changes are listed by the day; a day more, as nobody knows the server's time zone.
    since = (datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=1)).isoformat()
    pause = 1.0
    while await journal.unsettled(0, 1, "waiting"):
        try:
            async for invoice in api.changed_since(since, ISSUED):
                state = str(invoice.state)
                row = await journal.owner_of(invoice.id)
                if row is None or row.stage != "waiting" or row.state == state:
                    continue
                row = evolve(row, stage="done" if state in FINAL else "waiting", state=state)
                await journal.record(row)
                if row.stage == "done":
                    yield row
        except (AuthenticationError, PermissionDeniedError):
            raise
        except (CallError, RateLimitTimeout):
            pass  # the next sweep sees it again
        if patience.clock() + pause > ends:
            break
        await patience.sleep(pause)
        pause = min(pause * 1.5, 15.0)
    last = 0
    while rows := await journal.unsettled(last, _ROWS, "waiting"):
        for row in rows:
            last = row.id
            row = evolve(row, stage="done")
            await journal.record(row)
            yield row
