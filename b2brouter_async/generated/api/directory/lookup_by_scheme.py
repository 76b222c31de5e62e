"""GET /directory/{scheme}/{identifier}: Look up a party by scheme"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read
from ...models.directory_entry import DirectoryEntry
from ...models.directory_pending import DirectoryPending

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> DirectoryEntry | DirectoryPending:
    """Read a reply of this operation."""
    if reply.status == 202:
        return read(reply, DirectoryPending)
    return read(reply, DirectoryEntry)


OPERATION: Operation[DirectoryEntry | DirectoryPending] = Operation(
    name="directory.lookup_by_scheme",
    method="GET",
    path="/directory/{scheme}/{identifier}",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="third-party",
)


def build(scheme: str, identifier: str) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, scheme=scheme, identifier=identifier),
    )


async def call(
    caller: Caller,
    scheme: str,
    identifier: str,
    *,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> DirectoryEntry | DirectoryPending:
    """Look up a party by scheme.

    Args:
        scheme: Scheme, EAS code of four digits.
        identifier: Identifier without scheme.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /directory/{scheme}/{identifier}, third-party.
    """
    request = build(scheme, identifier)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
