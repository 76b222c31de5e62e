"""GET /transport_types: List transport types"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read_list
from ...models.transport_type import TransportType

if TYPE_CHECKING:
    import builtins

OPERATION: Operation[list[TransportType]] = Operation(
    name="code_lists.transport_types",
    method="GET",
    path="/transport_types",
    repeat=Repeat.SAFE,
    parse=partial(read_list, kind=TransportType, key="transport_types"),
    evidence="third-party",
)


async def transport_types(client: Client, **options: Unpack[CallOptions]) -> builtins.list[TransportType]:
    """List transport types.

    Example:
        for transport_type in await client.code_lists.transport_types():
            print(transport_type)

    Args:
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /transport_types, third-party.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
