"""GET /directory/{scheme}/{identifier}: Look up a party by scheme"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import by_status, read
from ...._core.requests import Argument
from ...models.directory_entry import DirectoryEntry
from ...models.directory_pending import DirectoryPending

OPERATION: Operation[DirectoryEntry | DirectoryPending] = Operation(
    name="directory.lookup_by_scheme",
    method="GET",
    path="/directory/{scheme}/{identifier}",
    repeat=Repeat.SAFE,
    parse=by_status(202, partial(read, kind=DirectoryPending), partial(read, kind=DirectoryEntry)),
    arguments=(
        Argument("scheme", "path", "scheme", required=True),
        Argument("identifier", "path", "identifier", required=True),
    ),
    evidence="third-party",
)


async def lookup_by_scheme(
    client: Client, scheme: str, identifier: str, **options: Unpack[CallOptions]
) -> DirectoryEntry | DirectoryPending:
    """Look up a party by scheme.

    Example:
        entry = await client.directory.lookup_by_scheme("0208", "0214596464")

    Args:
        scheme: Scheme, EAS code of four digits.
        identifier: Identifier without scheme.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /directory/{scheme}/{identifier}, third-party.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
