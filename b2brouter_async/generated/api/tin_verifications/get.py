"""GET /tin_verifications/{tin_verification_id}: Get a check of tax numbers"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read
from ...models.tin_verification import TinVerification

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> TinVerification:
    """Read a reply of this operation."""
    return read(reply, TinVerification, "tin_verification", or_root=True)


OPERATION: Operation[TinVerification] = Operation(
    name="tin_verifications.get",
    method="GET",
    path="/tin_verifications/{tin_verification_id}",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="documented",
)


def build(tin_verification_id: str) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, tin_verification_id=tin_verification_id),
    )


async def call(
    caller: Caller,
    tin_verification_id: str,
    *,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> TinVerification:
    """Get a check of tax numbers.

    Args:
        tin_verification_id: Id of the request.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /tin_verifications/{tin_verification_id}, documented.
    """
    request = build(tin_verification_id)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
