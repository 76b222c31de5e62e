"""POST /accounts: Create an account"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument
from ....invoicing.checks import check_account
from ... import models
from ...models.account import Account

if TYPE_CHECKING:
    from ...models.account_input import AccountInput
    from ...models.dictionaries import AccountInputDict

OPERATION: Operation[Account] = Operation(
    name="accounts.create",
    method="POST",
    path="/accounts",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=Account, key="account"),
    arguments=(Argument("details", "body", "account", model(lambda: models.AccountInput), required=True),),
    evidence="documented",
    check=check_account,
)


async def create(
    client: Client, *, details: AccountInput | AccountInputDict, **options: Unpack[CallOptions]
) -> Account:
    """Create an account.

    Only for eDocSync subscriptions.

    Example:
        account = await client.accounts.create(
            details={
                "name": "Acme SL",
                "tin_value": "ESB00000018",
                "country": "es",
                "address": "Calle Mayor 1",
                "city": "Madrid",
                "postalcode": "28001",
                "email": "invoices@acme.example",
            }
        )

    Args:
        details: Account to create. Phone, province and tin_value are called required by one source and left
            out by others.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts, documented.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
