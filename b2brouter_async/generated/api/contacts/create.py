"""POST /accounts/{account}/contacts: Create a contact"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import AccountId, Argument
from ....invoicing.checks import check_contact
from ... import models
from ...models.contact import Contact

if TYPE_CHECKING:
    from ...models.contact_input import ContactInput
    from ...models.dictionaries import ContactInputDict

OPERATION: Operation[Contact] = Operation(
    name="contacts.create",
    method="POST",
    path="/accounts/{account}/contacts",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=Contact, key="contact"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("contact", "body", "contact", model(lambda: models.ContactInput), required=True),
    ),
    evidence="documented",
    check=check_contact,
)


async def create(
    client: Client,
    account: AccountId | None = None,
    *,
    contact: ContactInput | ContactInputDict,
    **options: Unpack[CallOptions],
) -> Contact:
    """Create a contact.

    Example:
        contact = await client.contacts.create(
            account=1234, contact={"name": "Acme SL", "tin_value": "ESB12345678", "country": "es"}
        )

    Args:
        account: Id of the account; the client's own where it is left out.
        contact: Contact to create.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/contacts, documented.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
