"""GET /tin_verifications/{tin_verification_id}: Get a check of tax numbers"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument
from ...models.tin_verification import TinVerification

OPERATION: Operation[TinVerification] = Operation(
    name="tin_verifications.get",
    method="GET",
    path="/tin_verifications/{tin_verification_id}",
    repeat=Repeat.SAFE,
    parse=partial(read, kind=TinVerification, key="tin_verification", or_root=True),
    arguments=(Argument("tin_verification_id", "path", "tin_verification_id", required=True),),
    evidence="documented",
)


async def get(client: Client, tin_verification_id: str, **options: Unpack[CallOptions]) -> TinVerification:
    """Get a check of tax numbers.

    Example:
        check = await client.tin_verifications.get("17")

    Args:
        tin_verification_id: Id of the request.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /tin_verifications/{tin_verification_id}, documented.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
