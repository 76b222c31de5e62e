"""DELETE /web_hooks/{web_hook_id}: Delete a web hook"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional, read
from ...._core.requests import Argument
from ...models.web_hook import WebHook

OPERATION: Operation[WebHook | None] = Operation(
    name="web_hooks.delete",
    method="DELETE",
    path="/web_hooks/{web_hook_id}",
    repeat=Repeat.IDEMPOTENT,
    parse=optional(partial(read, kind=WebHook, key="web_hook")),
    arguments=(Argument("web_hook_id", "path", "web_hook_id", required=True),),
    evidence="inferred",
)


async def delete(client: Client, web_hook_id: int, **options: Unpack[CallOptions]) -> WebHook | None:
    """Delete a web hook.

    Example:
        await client.web_hooks.delete(5)

    Args:
        web_hook_id: Id of the web hook.
        options: see `CallOptions`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: DELETE /web_hooks/{web_hook_id}, inferred.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
