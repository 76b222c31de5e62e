"""GET /accounts/{account}/contacts: List contacts"""

from __future__ import annotations

from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.pagination import Page, Pager, PageReader
from ...._core.requests import AccountId, Argument
from ...models.contact import Contact

OPERATION: Operation[Page[Contact]] = Operation(
    name="contacts.list",
    method="GET",
    path="/accounts/{account}/contacts",
    repeat=Repeat.SAFE,
    parse=PageReader(Contact, "contacts"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("offset", "query", "offset"),
        Argument("limit", "query", "limit"),
        Argument("name", "query", "name"),
        Argument("is_client", "query", "is_client"),
        Argument("is_provider", "query", "is_provider"),
        Argument("integration_code", "query", "integration_code"),
    ),
    evidence="sdk",
)


def list(
    client: Client,
    account: AccountId | None = None,
    *,
    offset: int | None = None,
    limit: int | None = None,
    name: str | None = None,
    is_client: bool | None = None,
    is_provider: bool | None = None,
    integration_code: str | None = None,
    **options: Unpack[CallOptions],
) -> Pager[Contact]:
    """List contacts.

    Example:
        async for contact in client.contacts.list(account=1234):
            print(contact)

    Args:
        account: Id of the account; the client's own where it is left out.
        offset: Index of the first object. Server's default: 0.
        limit: Page size; values above 500 are cut to 500. Server's default: 25.
        name: Searches name, address and tax number.
        is_client: Customers only, or none.
        is_provider: Suppliers only, or none.
        integration_code: Exact code in the caller's system.
        options: see `CallOptions`.

    Returns:
        A pager: await it for one page, iterate it for every item. Nothing is sent before.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /accounts/{account}/contacts, sdk.
    """
    account = client.caller.account_or_default(account)
    request = OPERATION.request_from(locals())
    return Pager(client.caller, OPERATION, request, options, limit=limit, offset=offset)
