"""DELETE /accounts/{account}/logo: Remove the logo"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import AccountId, Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read
from ...models.account import Account

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> Account | None:
    """Read a reply of this operation."""
    if reply.status == 204 or not reply.content:
        return None
    return read(reply, Account, "account")


OPERATION: Operation[Account | None] = Operation(
    name="accounts.delete_logo",
    method="DELETE",
    path="/accounts/{account}/logo",
    repeat=Repeat.IDEMPOTENT,
    parse=parse,
    evidence="sdk",
)


def build(account: AccountId) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account),
        account=str(account),
    )


async def call(
    caller: Caller,
    account: AccountId | None = None,
    *,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Account | None:
    """Remove the logo.

    Args:
        account: Id of the account; the client's own where it is left out.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: DELETE /accounts/{account}/logo, sdk.
    """
    request = build(caller.account_or_default(account))
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
