"""GET /contacts/{contact_id}: Get a contact"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument
from ...models.contact import Contact

OPERATION: Operation[Contact] = Operation(
    name="contacts.get",
    method="GET",
    path="/contacts/{contact_id}",
    repeat=Repeat.SAFE,
    parse=partial(read, kind=Contact, key="contact"),
    arguments=(Argument("contact_id", "path", "contact_id", required=True),),
    evidence="sdk",
)


async def get(client: Client, contact_id: int, **options: Unpack[CallOptions]) -> Contact:
    """Get a contact.

    Example:
        contact = await client.contacts.get(77)

    Args:
        contact_id: Id of the contact.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /contacts/{contact_id}, sdk.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
