"""GET /directory/{country}/{scheme}/{identifier}: Look up a party by country and scheme"""

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
    name="directory.lookup_by_country_and_scheme",
    method="GET",
    path="/directory/{country}/{scheme}/{identifier}",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="documented",
)


def build(country: str, scheme: str, identifier: str) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, country=country, scheme=scheme, identifier=identifier),
    )


async def call(
    caller: Caller,
    country: str,
    scheme: str,
    identifier: str,
    *,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> DirectoryEntry | DirectoryPending:
    """Look up a party by country and scheme.

    Args:
        country: Country, ISO 3166-1 alpha-2 in lower case.
        scheme: Scheme, EAS code of four digits.
        identifier: Identifier without scheme.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /directory/{country}/{scheme}/{identifier}, documented.
    """
    request = build(country, scheme, identifier)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
