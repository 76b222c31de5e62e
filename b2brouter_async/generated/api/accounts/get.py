"""GET /accounts/{account}: Get an account"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import AccountId, Argument
from ...models.account import Account

OPERATION: Operation[Account] = Operation(
    name="accounts.get",
    method="GET",
    path="/accounts/{account}",
    repeat=Repeat.SAFE,
    parse=partial(read, kind=Account, key="account"),
    arguments=(Argument("account", "path", "account", required=True),),
    evidence="sdk",
)


async def get(client: Client, account: AccountId | None = None, **options: Unpack[CallOptions]) -> Account:
    """Get an account.

    Example:
        account = await client.accounts.get(account=1234)

    Args:
        account: Id of the account; the client's own where it is left out.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /accounts/{account}, sdk.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
