"""DELETE /accounts/{account}: Delete or archive an account"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional, read
from ...._core.requests import AccountId, Argument
from ...models.account import Account

OPERATION: Operation[Account | None] = Operation(
    name="accounts.delete",
    method="DELETE",
    path="/accounts/{account}",
    repeat=Repeat.IDEMPOTENT,
    parse=optional(partial(read, kind=Account, key="account")),
    arguments=(Argument("account", "path", "account", required=True),),
    evidence="documented",
)


async def delete(
    client: Client, account: AccountId | None = None, **options: Unpack[CallOptions]
) -> Account | None:
    """Delete or archive an account.

    An account with transactions is archived instead of deleted.

    Example:
        await client.accounts.delete(account=1234)

    Args:
        account: Id of the account; the client's own where it is left out.
        options: see `CallOptions`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: DELETE /accounts/{account}, documented.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
