"""GET /accounts: List accounts"""

from __future__ import annotations

from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.pagination import Page, Pager, PageReader
from ...._core.requests import Argument
from ...models.account import Account

OPERATION: Operation[Page[Account]] = Operation(
    name="accounts.list",
    method="GET",
    path="/accounts",
    repeat=Repeat.SAFE,
    parse=PageReader(Account, "accounts"),
    arguments=(
        Argument("offset", "query", "offset"),
        Argument("limit", "query", "limit"),
        Argument("query", "query", "query"),
    ),
    evidence="documented",
)


def list(
    client: Client,
    *,
    offset: int | None = None,
    limit: int | None = None,
    query: str | None = None,
    **options: Unpack[CallOptions],
) -> Pager[Account]:
    """List accounts.

    Accounts of the key's group. The reply was measured flat, without `meta`.

    Example:
        async for account in client.accounts.list():
            print(account)

    Args:
        offset: Index of the first object. Server's default: 0.
        limit: Page size; values above 500 are cut to 500. Server's default: 25.
        query: Filter with =, ~, >, <, >=, <=, -, AND, OR over tin_value, tin_scheme, cin_value, cin_scheme,
            country, name, identifier, created_at, status (9 is archived).
        options: see `CallOptions`.

    Returns:
        A pager: await it for one page, iterate it for every item. Nothing is sent before.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /accounts, documented.
    """
    request = OPERATION.request_from(locals())
    return Pager(client.caller, OPERATION, request, options, limit=limit, offset=offset)
