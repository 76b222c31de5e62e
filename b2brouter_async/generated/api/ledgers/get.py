"""GET /ledgers/{ledger_id}: Get a ledger"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument
from ...models.ledger import Ledger

OPERATION: Operation[Ledger] = Operation(
    name="ledgers.get",
    method="GET",
    path="/ledgers/{ledger_id}",
    repeat=Repeat.SAFE,
    parse=partial(read, kind=Ledger, key="ledger"),
    arguments=(Argument("ledger_id", "path", "ledger_id", required=True),),
    evidence="third-party",
)


async def get(client: Client, ledger_id: int, **options: Unpack[CallOptions]) -> Ledger:
    """Get a ledger.

    Example:
        ledger = await client.ledgers.get(5)

    Args:
        ledger_id: Id of the ledger.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /ledgers/{ledger_id}, third-party.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
