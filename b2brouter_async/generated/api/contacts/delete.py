"""DELETE /contacts/{contact_id}: Delete a contact"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional, read
from ...._core.requests import Argument
from ...models.contact import Contact

OPERATION: Operation[Contact | None] = Operation(
    name="contacts.delete",
    method="DELETE",
    path="/contacts/{contact_id}",
    repeat=Repeat.IDEMPOTENT,
    parse=optional(partial(read, kind=Contact, key="contact")),
    arguments=(Argument("contact_id", "path", "contact_id", required=True),),
    evidence="sdk",
)


async def delete(client: Client, contact_id: int, **options: Unpack[CallOptions]) -> Contact | None:
    """Delete a contact.

    Example:
        await client.contacts.delete(77)

    Args:
        contact_id: Id of the contact.
        options: see `CallOptions`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: DELETE /contacts/{contact_id}, sdk.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
