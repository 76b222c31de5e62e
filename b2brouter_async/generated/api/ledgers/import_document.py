"""POST /ledgers/import: Import a ledger"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument, Content
from ...models.ledger import Ledger

OPERATION: Operation[Ledger] = Operation(
    name="ledgers.import_document",
    method="POST",
    path="/ledgers/import",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=Ledger, key="ledger"),
    arguments=(
        Argument("idempotency_key", "header", "Idempotency-Key"),
        Argument("content", "content", "body", required=True),
    ),
    media_type="application/octet-stream",
    evidence="third-party",
)


async def import_document(
    client: Client, content: Content, *, idempotency_key: str | None = None, **options: Unpack[CallOptions]
) -> Ledger:
    """Import a ledger.

    Named by one client as documented, with its idempotency header. Body and reply are assumed.

    Args:
        content: see Content
        idempotency_key: Key that makes a repeat harmless; keys above 64 characters are hashed.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /ledgers/import, third-party.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
