"""GET /accounts/{account}/transports: List transports"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import (
    AccountId,
    Caller,
    Operation,
    Options,
    Repeat,
    Reply,
    Request,
    expand,
    query_pairs,
)
from ...._core.pagination import Page, page_of
from ...models.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> Page[Transport]:
    """Read a reply of this operation."""
    return page_of("transports", Transport)(reply)


OPERATION: Operation[Page[Transport]] = Operation(
    name="transports.list",
    method="GET",
    path="/accounts/{account}/transports",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="measured",
)


def build(account: AccountId, *, offset: int | None = None, limit: int | None = None) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account),
        query=query_pairs(
            (
                ("offset", offset),
                ("limit", limit),
            )
        ),
        account=str(account),
    )


async def call(
    caller: Caller,
    account: AccountId | None = None,
    *,
    offset: int | None = None,
    limit: int | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Page[Transport]:
    """List transports.

    Args:
        account: Id of the account; the client's own where it is left out.
        offset: Index of the first object. Server's default: 0.
        limit: Page size; values above 500 are cut to 500. Server's default: 25.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        A pager: await it for one page, iterate it for every item. Nothing is sent before.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /accounts/{account}/transports, measured.
    """
    request = build(caller.account_or_default(account), offset=offset, limit=limit)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
