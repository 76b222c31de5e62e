"""PUT /contacts/{contact_id}: Update a contact"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.codecs import model
from ...._core.model import Field
from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand, object_body
from ...._core.replies import read
from ...models.contact import Contact
from ...models.contact_update_input import ContactUpdateInput

if TYPE_CHECKING:
    from collections.abc import Mapping

ARGUMENTS = (Field("contact", "contact", model(ContactUpdateInput), required=True),)


def parse(reply: Reply) -> Contact | None:
    """Read a reply of this operation."""
    if reply.status == 204 or not reply.content:
        return None
    return read(reply, Contact, "contact")


OPERATION: Operation[Contact | None] = Operation(
    name="contacts.update",
    method="PUT",
    path="/contacts/{contact_id}",
    repeat=Repeat.IDEMPOTENT,
    parse=parse,
    evidence="sdk",
)


def build(contact_id: int, *, contact: ContactUpdateInput | Mapping[str, object]) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, contact_id=contact_id),
        body=object_body(ARGUMENTS, contact=contact),
    )


async def call(
    caller: Caller,
    contact_id: int,
    *,
    contact: ContactUpdateInput | Mapping[str, object],
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Contact | None:
    """Update a contact.

    Args:
        contact_id: Id of the contact.
        contact: Fields of a contact to change.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: PUT /contacts/{contact_id}, sdk.
    """
    request = build(contact_id, contact=contact)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
