"""PUT /web_hooks/{web_hook_id}: Update a web hook"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.codecs import model
from ...._core.model import Field
from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand, object_body
from ...._core.replies import read
from ...models.web_hook import WebHook
from ...models.web_hook_input import WebHookInput

if TYPE_CHECKING:
    from collections.abc import Mapping

ARGUMENTS = (Field("web_hook", "web_hook", model(WebHookInput), required=True),)


def parse(reply: Reply) -> WebHook | None:
    """Read a reply of this operation."""
    if reply.status == 204 or not reply.content:
        return None
    return read(reply, WebHook, "web_hook")


OPERATION: Operation[WebHook | None] = Operation(
    name="web_hooks.update",
    method="PUT",
    path="/web_hooks/{web_hook_id}",
    repeat=Repeat.IDEMPOTENT,
    parse=parse,
    evidence="inferred",
)


def build(web_hook_id: int, *, web_hook: WebHookInput | Mapping[str, object]) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, web_hook_id=web_hook_id),
        body=object_body(ARGUMENTS, web_hook=web_hook),
    )


async def call(
    caller: Caller,
    web_hook_id: int,
    *,
    web_hook: WebHookInput | Mapping[str, object],
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> WebHook | None:
    """Update a web hook.

    The page is documented; verb and path are assumed.

    Args:
        web_hook_id: Id of the web hook.
        web_hook: Web hook to create or change.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: PUT /web_hooks/{web_hook_id}, inferred.
    """
    request = build(web_hook_id, web_hook=web_hook)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
