"""GET /ledgers/{ledger_id}/download_response: Download the authority's answer to a ledger"""

from __future__ import annotations

from typing import Unpack

from ...._core.downloads import Download, read_file
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional
from ...._core.requests import Argument

OPERATION: Operation[Download | None] = Operation(
    name="ledgers.download_response",
    method="GET",
    path="/ledgers/{ledger_id}/download_response",
    repeat=Repeat.SAFE,
    parse=optional(read_file),
    arguments=(Argument("ledger_id", "path", "ledger_id", required=True),),
    accept="*/*",
    evidence="third-party",
)


async def download_response(
    client: Client, ledger_id: int, **options: Unpack[CallOptions]
) -> Download | None:
    """Download the authority's answer to a ledger.

    Example:
        await client.ledgers.download_response(5)

    Args:
        ledger_id: Id of the ledger.
        options: see `CallOptions`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /ledgers/{ledger_id}/download_response, third-party.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
