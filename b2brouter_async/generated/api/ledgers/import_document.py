"""POST /accounts/{account}/ledgers/import: Import a ledger"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import AccountId, Argument, Content
from ...models.ledger import Ledger

OPERATION: Operation[Ledger] = Operation(
    name="ledgers.import_document",
    method="POST",
    path="/accounts/{account}/ledgers/import",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=Ledger, key="ledger"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("idempotency_key", "header", "Idempotency-Key"),
        Argument("content", "content", "body", required=True),
    ),
    media_type="application/octet-stream",
    evidence="inferred",
)


async def import_document(
    client: Client,
    account: AccountId | None = None,
    *,
    content: Content,
    idempotency_key: str | None = None,
    **options: Unpack[CallOptions],
) -> Ledger:
    """Import a ledger.

    The account in the path, the raw XML in the body and the replies 406 and 422 are documented. The path
    itself is not printed and follows the import of invoices. One client sends the idempotency header.

    Example:
        ledger = await client.ledgers.import_document(
            account=1234,
            content=Path("invoice.xml"),
        )

    Args:
        account: Id of the account; the client's own where it is left out.
        content: see Content
        idempotency_key: Key that makes a repeat harmless; keys above 64 characters are hashed.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/ledgers/import, inferred.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
