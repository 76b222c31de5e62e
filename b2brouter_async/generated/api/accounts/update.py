"""PUT /accounts/{account}: Update an account"""

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
from ...models.account import Account
from ...models.account_update_input import AccountUpdateInput

if TYPE_CHECKING:
    from collections.abc import Mapping

ARGUMENTS = (Field("details", "account", model(AccountUpdateInput), required=True),)


def parse(reply: Reply) -> Account | None:
    """Read a reply of this operation."""
    if reply.status == 204 or not reply.content:
        return None
    return read(reply, Account, "account")


OPERATION: Operation[Account | None] = Operation(
    name="accounts.update",
    method="PUT",
    path="/accounts/{account}",
    repeat=Repeat.IDEMPOTENT,
    parse=parse,
    evidence="documented",
)


def build(account: AccountId, *, details: AccountUpdateInput | Mapping[str, object]) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account),
        body=object_body(ARGUMENTS, details=details),
        account=str(account),
    )


async def call(
    caller: Caller,
    account: AccountId | None = None,
    *,
    details: AccountUpdateInput | Mapping[str, object],
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Account | None:
    """Update an account.

    Args:
        account: Id of the account; the client's own where it is left out.
        details: Fields of an account to change. The tax identification number is fixed.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: PUT /accounts/{account}, documented.
    """
    request = build(caller.account_or_default(account), details=details)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
