"""POST /accounts/{account}/contacts: Create a contact"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.codecs import model
from ...._core.model import Field
from ...._core.operation import (
    AccountId,
    Caller,
    Operation,
    Options,
    Repeat,
    Reply,
    Request,
    expand,
    object_body,
)
from ...._core.replies import read
from ...models.contact import Contact
from ...models.contact_input import ContactInput

if TYPE_CHECKING:
    from collections.abc import Mapping

ARGUMENTS = (Field("contact", "contact", model(ContactInput), required=True),)


def parse(reply: Reply) -> Contact:
    """Read a reply of this operation."""
    return read(reply, Contact, "contact")


OPERATION: Operation[Contact] = Operation(
    name="contacts.create",
    method="POST",
    path="/accounts/{account}/contacts",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="documented",
)


def build(account: AccountId, *, contact: ContactInput | Mapping[str, object]) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account),
        body=object_body(ARGUMENTS, contact=contact),
        account=str(account),
    )


async def call(
    caller: Caller,
    account: AccountId | None = None,
    *,
    contact: ContactInput | Mapping[str, object],
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Contact:
    """Create a contact.

    Args:
        account: Id of the account; the client's own where it is left out.
        contact: Contact to create.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/contacts, documented.
    """
    request = build(caller.account_or_default(account), contact=contact)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
