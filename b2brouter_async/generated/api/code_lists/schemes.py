"""GET /schemes: List identifier schemes"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read_list
from ...models.scheme import Scheme

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> list[Scheme]:
    """Read a reply of this operation."""
    return read_list(reply, Scheme, "schemes")


OPERATION: Operation[list[Scheme]] = Operation(
    name="code_lists.schemes",
    method="GET",
    path="/schemes",
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
) -> list[Scheme]:
    """List identifier schemes.

    Args:
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /schemes, third-party.
    """
    request = build()
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
