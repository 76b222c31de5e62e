"""GET /web_hooks/{web_hook_id}: Get a web hook"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument
from ...models.web_hook import WebHook

OPERATION: Operation[WebHook] = Operation(
    name="web_hooks.get",
    method="GET",
    path="/web_hooks/{web_hook_id}",
    repeat=Repeat.SAFE,
    parse=partial(read, kind=WebHook, key="web_hook"),
    arguments=(Argument("web_hook_id", "path", "web_hook_id", required=True),),
    evidence="inferred",
)


async def get(client: Client, web_hook_id: int, **options: Unpack[CallOptions]) -> WebHook:
    """Get a web hook.

    Example:
        web_hook = await client.web_hooks.get(5)

    Args:
        web_hook_id: Id of the web hook.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /web_hooks/{web_hook_id}, inferred.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
