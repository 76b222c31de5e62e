"""POST /documents/validate: Check a document file"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument, Content
from ...models.invoice_validation import InvoiceValidation

OPERATION: Operation[InvoiceValidation] = Operation(
    name="documents.validate",
    method="POST",
    path="/documents/validate",
    repeat=Repeat.SAFE,
    parse=partial(read, kind=InvoiceValidation),
    arguments=(Argument("content", "content", "body", required=True),),
    media_type="application/octet-stream",
    evidence="third-party",
)


async def validate(client: Client, content: Content, **options: Unpack[CallOptions]) -> InvoiceValidation:
    """Check a document file.

    An invalid document gives 400.

    Example:
        invoice_validation = await client.documents.validate(Path("invoice.xml"))

    Args:
        content: see Content
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: POST /documents/validate, third-party.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
