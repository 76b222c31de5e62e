"""GET /accounts: List accounts"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand, query_pairs
from ...._core.pagination import Page, page_of
from ...models.account import Account

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> Page[Account]:
    """Read a reply of this operation."""
    return page_of("accounts", Account)(reply)


OPERATION: Operation[Page[Account]] = Operation(
    name="accounts.list",
    method="GET",
    path="/accounts",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="documented",
)


def build(*, offset: int | None = None, limit: int | None = None, query: str | None = None) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path),
        query=query_pairs(
            (
                ("offset", offset),
                ("limit", limit),
                ("query", query),
            )
        ),
    )


async def call(
    caller: Caller,
    *,
    offset: int | None = None,
    limit: int | None = None,
    query: str | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Page[Account]:
    """List accounts.

    Accounts of the key's group. The reply was measured flat, without `meta`.

    Args:
        offset: Index of the first object. Server's default: 0.
        limit: Page size; values above 500 are cut to 500. Server's default: 25.
        query: Filter with =, ~, >, <, >=, <=, -, AND, OR over tin_value, tin_scheme, cin_value, cin_scheme,
            country, name, identifier, created_at, status (9 is archived).
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        A pager: await it for one page, iterate it for every item. Nothing is sent before.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /accounts, documented.
    """
    request = build(offset=offset, limit=limit, query=query)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
