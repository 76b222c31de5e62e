"""GET /schemes: List identifier schemes"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read_list
from ...models.scheme import Scheme

if TYPE_CHECKING:
    import builtins

OPERATION: Operation[list[Scheme]] = Operation(
    name="code_lists.schemes",
    method="GET",
    path="/schemes",
    repeat=Repeat.SAFE,
    parse=partial(read_list, kind=Scheme, key="schemes"),
    evidence="documented",
)


async def schemes(client: Client, **options: Unpack[CallOptions]) -> builtins.list[Scheme]:
    """List identifier schemes.

    Example:
        for scheme in await client.code_lists.schemes():
            print(scheme)

    Args:
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /schemes, documented.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
