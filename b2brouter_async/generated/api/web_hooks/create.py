"""POST /web_hooks: Create a web hook"""

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


def parse(reply: Reply) -> WebHook:
    """Read a reply of this operation."""
    return read(reply, WebHook, "web_hook")


OPERATION: Operation[WebHook] = Operation(
    name="web_hooks.create",
    method="POST",
    path="/web_hooks",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="third-party",
)


def build(*, web_hook: WebHookInput | Mapping[str, object]) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path),
        body=object_body(ARGUMENTS, web_hook=web_hook),
    )


async def call(
    caller: Caller,
    *,
    web_hook: WebHookInput | Mapping[str, object],
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> WebHook:
    """Create a web hook.

    Args:
        web_hook: Web hook to create or change.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /web_hooks, third-party.
    """
    request = build(web_hook=web_hook)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
