"""POST /web_hooks: Create a web hook"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument
from ... import models
from ...models.web_hook import WebHook

if TYPE_CHECKING:
    from ...models.dictionaries import WebHookInputDict
    from ...models.web_hook_input import WebHookInput

OPERATION: Operation[WebHook] = Operation(
    name="web_hooks.create",
    method="POST",
    path="/web_hooks",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=WebHook, key="web_hook"),
    arguments=(Argument("web_hook", "body", "web_hook", model(lambda: models.WebHookInput), required=True),),
    evidence="third-party",
)


async def create(
    client: Client, *, web_hook: WebHookInput | WebHookInputDict, **options: Unpack[CallOptions]
) -> WebHook:
    """Create a web hook.

    Example:
        web_hook = await client.web_hooks.create(
            web_hook={"url": "https://acme.example/hook", "events": ["issued_invoice.state_change"]}
        )

    Args:
        web_hook: Web hook to create or change.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /web_hooks, third-party.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
