"""PUT /web_hooks/{web_hook_id}: Update a web hook"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional, read
from ...._core.requests import Argument
from ... import models
from ...models.web_hook import WebHook

if TYPE_CHECKING:
    from ...models.dictionaries import WebHookInputDict
    from ...models.web_hook_input import WebHookInput

OPERATION: Operation[WebHook | None] = Operation(
    name="web_hooks.update",
    method="PUT",
    path="/web_hooks/{web_hook_id}",
    repeat=Repeat.IDEMPOTENT,
    parse=optional(partial(read, kind=WebHook, key="web_hook")),
    arguments=(
        Argument("web_hook_id", "path", "web_hook_id", required=True),
        Argument("web_hook", "body", "web_hook", model(lambda: models.WebHookInput), required=True),
    ),
    evidence="inferred",
)


async def update(
    client: Client,
    web_hook_id: int,
    *,
    web_hook: WebHookInput | WebHookInputDict,
    **options: Unpack[CallOptions],
) -> WebHook | None:
    """Update a web hook.

    The page is documented; verb and path are assumed.

    Example:
        await client.web_hooks.update(
            5, web_hook={"url": "https://acme.example/hook", "events": ["tax_report.state_change"]}
        )

    Args:
        web_hook_id: Id of the web hook.
        web_hook: Web hook to create or change.
        options: see `CallOptions`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: PUT /web_hooks/{web_hook_id}, inferred.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
