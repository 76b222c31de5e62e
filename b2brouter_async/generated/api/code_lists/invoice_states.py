"""GET /invoice_states: List invoice states"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read_list
from ...models.invoice_state_info import InvoiceStateInfo

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> list[InvoiceStateInfo]:
    """Read a reply of this operation."""
    return read_list(reply, InvoiceStateInfo, "invoice_states")


OPERATION: Operation[list[InvoiceStateInfo]] = Operation(
    name="code_lists.invoice_states",
    method="GET",
    path="/invoice_states",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="third-party",
)


def build() -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path),
    )


async def call(
    caller: Caller,
    *,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> list[InvoiceStateInfo]:
    """List invoice states.

    Args:
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /invoice_states, third-party.
    """
    request = build()
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
