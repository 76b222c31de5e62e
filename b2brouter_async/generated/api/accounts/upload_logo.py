"""POST /accounts/{account}/logo: Upload the logo"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import AccountId, Argument, Content
from ...models.account import Account

OPERATION: Operation[Account] = Operation(
    name="accounts.upload_logo",
    method="POST",
    path="/accounts/{account}/logo",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=Account, key="account"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("content", "content", "body", required=True),
    ),
    media_type="application/octet-stream",
    evidence="sdk",
)


async def upload_logo(
    client: Client, account: AccountId | None = None, *, content: Content, **options: Unpack[CallOptions]
) -> Account:
    """Upload the logo.

    Example:
        await client.accounts.upload_logo(account=1234, content=Path("logo.png"))

    Args:
        account: Id of the account; the client's own where it is left out.
        content: see Content
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/logo, sdk.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
