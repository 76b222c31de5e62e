"""POST /ledgers/import: Import a ledger"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import (
    Caller,
    Content,
    Operation,
    Options,
    Repeat,
    Reply,
    Request,
    expand,
    header_pairs,
    raw_body,
)
from ...._core.replies import read
from ...models.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> Ledger:
    """Read a reply of this operation."""
    return read(reply, Ledger, "ledger")


OPERATION: Operation[Ledger] = Operation(
    name="ledgers.import_document",
    method="POST",
    path="/ledgers/import",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="third-party",
)


def build(content: Content, *, idempotency_key: str | None = None) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path),
        headers=header_pairs((("Idempotency-Key", idempotency_key),)),
        body=raw_body(content, "application/octet-stream"),
    )


async def call(
    caller: Caller,
    content: Content,
    *,
    idempotency_key: str | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> Ledger:
    """Import a ledger.

    Named by one client as documented, with its idempotency header. Body and reply are assumed.

    Args:
        content: see Content
        idempotency_key: Key that makes a repeat harmless; keys above 64 characters are hashed.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /ledgers/import, third-party.
    """
    request = build(content, idempotency_key=idempotency_key)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
