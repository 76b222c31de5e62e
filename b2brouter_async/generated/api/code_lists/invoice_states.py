"""GET /invoice_states: List invoice states"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read_list
from ...models.invoice_state_info import InvoiceStateInfo

if TYPE_CHECKING:
    import builtins

OPERATION: Operation[list[InvoiceStateInfo]] = Operation(
    name="code_lists.invoice_states",
    method="GET",
    path="/invoice_states",
    repeat=Repeat.SAFE,
    parse=partial(read_list, kind=InvoiceStateInfo, key="invoice_states"),
    evidence="third-party",
)


async def invoice_states(client: Client, **options: Unpack[CallOptions]) -> builtins.list[InvoiceStateInfo]:
    """List invoice states.

    Example:
        for invoice_state in await client.code_lists.invoice_states():
            print(invoice_state)

    Args:
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /invoice_states, third-party.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
