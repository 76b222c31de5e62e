"""GET /ledgers/{ledger_id}/download: Download a ledger"""

from __future__ import annotations

from typing import Unpack

from ...._core.downloads import Download, read_file
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.requests import Argument

OPERATION: Operation[Download] = Operation(
    name="ledgers.download",
    method="GET",
    path="/ledgers/{ledger_id}/download",
    repeat=Repeat.SAFE,
    parse=read_file,
    arguments=(Argument("ledger_id", "path", "ledger_id", required=True),),
    accept="*/*",
    evidence="third-party",
)


async def download(client: Client, ledger_id: int, **options: Unpack[CallOptions]) -> Download:
    """Download a ledger.

    Example:
        file = await client.ledgers.download(5)
        await file.save(f"ledgers-5{file.extension}")

    Args:
        ledger_id: Id of the ledger.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /ledgers/{ledger_id}/download, third-party.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
