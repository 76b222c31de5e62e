"""GET /ledgers/{ledger_id}: Get a ledger"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read
from ...models.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> Ledger:
    """Read a reply of this operation."""
    return read(reply, Ledger, "ledger")


OPERATION: Operation[Ledger] = Operation(
    name="ledgers.get",
    method="GET",
    path="/ledgers/{ledger_id}",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="third-party",
)


def build(ledger_id: int) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, ledger_id=ledger_id),
    )


async def call(
    caller: Caller,
    ledger_id: int,
    *,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Ledger:
    """Get a ledger.

    Args:
        ledger_id: Id of the ledger.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /ledgers/{ledger_id}, third-party.
    """
    request = build(ledger_id)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
