"""GET /directory/{country}/{identifier}: Look up a party by country"""

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
    name="directory.lookup",
    method="GET",
    path="/directory/{country}/{identifier}",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="measured",
)


def build(country: str, identifier: str) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, country=country, identifier=identifier),
    )


async def call(
    caller: Caller,
    country: str,
    identifier: str,
    *,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> DirectoryEntry | DirectoryPending:
    """Look up a party by country.

    Args:
        country: Country, ISO 3166-1 alpha-2 in lower case.
        identifier: Identifier without scheme.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /directory/{country}/{identifier}, measured.
    """
    request = build(country, identifier)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
