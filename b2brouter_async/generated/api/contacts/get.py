"""GET /contacts/{contact_id}: Get a contact"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read
from ...models.contact import Contact

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> Contact:
    """Read a reply of this operation."""
    return read(reply, Contact, "contact")


OPERATION: Operation[Contact] = Operation(
    name="contacts.get",
    method="GET",
    path="/contacts/{contact_id}",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="sdk",
)


def build(contact_id: int) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, contact_id=contact_id),
    )


async def call(
    caller: Caller,
    contact_id: int,
    *,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Contact:
    """Get a contact.

    Args:
        contact_id: Id of the contact.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /contacts/{contact_id}, sdk.
    """
    request = build(contact_id)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
