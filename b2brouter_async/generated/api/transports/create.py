"""POST /accounts/{account}/transports: Create a transport"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import AccountId, Argument
from ... import models
from ...models.transport import Transport

if TYPE_CHECKING:
    from ...models.dictionaries import TransportInputDict
    from ...models.transport_input import TransportInput

OPERATION: Operation[Transport] = Operation(
    name="transports.create",
    method="POST",
    path="/accounts/{account}/transports",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=Transport, key="transport"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("transport", "body", "transport", model(lambda: models.TransportInput), required=True),
    ),
    evidence="third-party",
)


async def create(
    client: Client,
    account: AccountId | None = None,
    *,
    transport: TransportInput | TransportInputDict,
    **options: Unpack[CallOptions],
) -> Transport:
    """Create a transport.

    Example:
        transport = await client.transports.create(
            account=1234,
            transport={"code": "b2brouter", "pin_scheme": "9920", "pin_value": "ESB00000018"},
        )

    Args:
        account: Id of the account; the client's own where it is left out.
        transport: Transport to create.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/transports, third-party.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
