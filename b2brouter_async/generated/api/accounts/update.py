"""PUT /accounts/{account}: Update an account"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional, read
from ...._core.requests import AccountId, Argument
from ....invoicing.checks import check_account
from ... import models
from ...models.account import Account

if TYPE_CHECKING:
    from ...models.account_update_input import AccountUpdateInput
    from ...models.dictionaries import AccountUpdateInputDict

OPERATION: Operation[Account | None] = Operation(
    name="accounts.update",
    method="PUT",
    path="/accounts/{account}",
    repeat=Repeat.IDEMPOTENT,
    parse=optional(partial(read, kind=Account, key="account")),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("details", "body", "account", model(lambda: models.AccountUpdateInput), required=True),
    ),
    evidence="documented",
    check=check_account,
)


async def update(
    client: Client,
    account: AccountId | None = None,
    *,
    details: AccountUpdateInput | AccountUpdateInputDict,
    **options: Unpack[CallOptions],
) -> Account | None:
    """Update an account.

    Example:
        await client.accounts.update(account=1234, details={"phone": "+34 910 000 000"})

    Args:
        account: Id of the account; the client's own where it is left out.
        details: Fields of an account to change. The tax identification number is fixed.
        options: see `CallOptions`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: PUT /accounts/{account}, documented.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
