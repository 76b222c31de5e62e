"""DELETE /web_hooks/{web_hook_id}: Delete a web hook"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read
from ...models.web_hook import WebHook

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> WebHook | None:
    """Read a reply of this operation."""
    if reply.status == 204 or not reply.content:
        return None
    return read(reply, WebHook, "web_hook")


OPERATION: Operation[WebHook | None] = Operation(
    name="web_hooks.delete",
    method="DELETE",
    path="/web_hooks/{web_hook_id}",
    repeat=Repeat.IDEMPOTENT,
    parse=parse,
    evidence="inferred",
)


def build(web_hook_id: int) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, web_hook_id=web_hook_id),
    )


async def call(
    caller: Caller,
    web_hook_id: int,
    *,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> WebHook | None:
    """Delete a web hook.

    Args:
        web_hook_id: Id of the web hook.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: DELETE /web_hooks/{web_hook_id}, inferred.
    """
    request = build(web_hook_id)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
