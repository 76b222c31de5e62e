"""PUT /contacts/{contact_id}: Update a contact"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional, read
from ...._core.requests import Argument
from ....invoicing.checks import check_contact
from ... import models
from ...models.contact import Contact

if TYPE_CHECKING:
    from ...models.contact_update_input import ContactUpdateInput
    from ...models.dictionaries import ContactUpdateInputDict

OPERATION: Operation[Contact | None] = Operation(
    name="contacts.update",
    method="PUT",
    path="/contacts/{contact_id}",
    repeat=Repeat.IDEMPOTENT,
    parse=optional(partial(read, kind=Contact, key="contact")),
    arguments=(
        Argument("contact_id", "path", "contact_id", required=True),
        Argument("contact", "body", "contact", model(lambda: models.ContactUpdateInput), required=True),
    ),
    evidence="sdk",
    check=check_contact,
)


async def update(
    client: Client,
    contact_id: int,
    *,
    contact: ContactUpdateInput | ContactUpdateInputDict,
    **options: Unpack[CallOptions],
) -> Contact | None:
    """Update a contact.

    Example:
        await client.contacts.update(77, contact={"email": "invoices@acme.example"})

    Args:
        contact_id: Id of the contact.
        contact: Fields of a contact to change.
        options: see `CallOptions`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: PUT /contacts/{contact_id}, sdk.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
