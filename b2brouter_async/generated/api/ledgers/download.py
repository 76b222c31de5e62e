"""GET /ledgers/{ledger_id}/download: Download a ledger"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Download, Operation, Options, Repeat, Reply, Request, download, expand

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> Download:
    """Read a reply of this operation."""
    return download(reply)


OPERATION: Operation[Download] = Operation(
    name="ledgers.download",
    method="GET",
    path="/ledgers/{ledger_id}/download",
    repeat=Repeat.SAFE,
    parse=parse,
    accept="*/*",
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
) -> Download:
    """Download a ledger.

    Args:
        ledger_id: Id of the ledger.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /ledgers/{ledger_id}/download, third-party.
    """
    request = build(ledger_id)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
