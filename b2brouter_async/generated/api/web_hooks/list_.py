"""GET /web_hooks: List web hooks"""

from __future__ import annotations

from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.pagination import Page, Pager, PageReader
from ...._core.requests import Argument
from ...models.web_hook import WebHook

OPERATION: Operation[Page[WebHook]] = Operation(
    name="web_hooks.list",
    method="GET",
    path="/web_hooks",
    repeat=Repeat.SAFE,
    parse=PageReader(WebHook, "web_hooks"),
    arguments=(
        Argument("offset", "query", "offset"),
        Argument("limit", "query", "limit"),
    ),
    evidence="inferred",
)


def list(
    client: Client, *, offset: int | None = None, limit: int | None = None, **options: Unpack[CallOptions]
) -> Pager[WebHook]:
    """List web hooks.

    Example:
        async for web_hook in client.web_hooks.list():
            print(web_hook)

    Args:
        offset: Index of the first object. Server's default: 0.
        limit: Page size; values above 500 are cut to 500. Server's default: 25.
        options: see `CallOptions`.

    Returns:
        A pager: await it for one page, iterate it for every item. Nothing is sent before.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /web_hooks, inferred.
    """
    request = OPERATION.request_from(locals())
    return Pager(client.caller, OPERATION, request, options, limit=limit, offset=offset)
