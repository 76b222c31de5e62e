"""POST /accounts: Create an account"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.codecs import model
from ...._core.model import Field
from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand, object_body
from ...._core.replies import read
from ...models.account import Account
from ...models.account_input import AccountInput

if TYPE_CHECKING:
    from collections.abc import Mapping

ARGUMENTS = (Field("details", "account", model(AccountInput), required=True),)


def parse(reply: Reply) -> Account:
    """Read a reply of this operation."""
    return read(reply, Account, "account")


OPERATION: Operation[Account] = Operation(
    name="accounts.create",
    method="POST",
    path="/accounts",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="documented",
)


def build(*, details: AccountInput | Mapping[str, object]) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path),
        body=object_body(ARGUMENTS, details=details),
    )


async def call(
    caller: Caller,
    *,
    details: AccountInput | Mapping[str, object],
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Account:
    """Create an account.

    Only for eDocSync subscriptions.

    Args:
        details: Account to create. Phone, province and tin_value are called required by one source and left
            out by others.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts, documented.
    """
    request = build(details=details)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
