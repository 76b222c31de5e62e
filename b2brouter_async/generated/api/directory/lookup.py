"""GET /directory/{country}/{identifier}: Look up a party by country"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import by_status, read
from ...._core.requests import Argument
from ...models.directory_entry import DirectoryEntry
from ...models.directory_pending import DirectoryPending

OPERATION: Operation[DirectoryEntry | DirectoryPending] = Operation(
    name="directory.lookup",
    method="GET",
    path="/directory/{country}/{identifier}",
    repeat=Repeat.SAFE,
    parse=by_status(202, partial(read, kind=DirectoryPending), partial(read, kind=DirectoryEntry)),
    arguments=(
        Argument("country", "path", "country", required=True),
        Argument("identifier", "path", "identifier", required=True),
    ),
    evidence="measured",
)


async def lookup(
    client: Client, country: str, identifier: str, **options: Unpack[CallOptions]
) -> DirectoryEntry | DirectoryPending:
    """Look up a party by country.

    Example:
        entry = await client.directory.lookup("be", "0214596464")

    Args:
        country: Country, ISO 3166-1 alpha-2 in lower case.
        identifier: Identifier without scheme.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /directory/{country}/{identifier}, measured.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
