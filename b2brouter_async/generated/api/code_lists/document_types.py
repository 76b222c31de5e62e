"""GET /document_types: List document types"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read_list
from ...models.document_type import DocumentType

if TYPE_CHECKING:
    import builtins

OPERATION: Operation[list[DocumentType]] = Operation(
    name="code_lists.document_types",
    method="GET",
    path="/document_types",
    repeat=Repeat.SAFE,
    parse=partial(read_list, kind=DocumentType, key="document_types"),
    evidence="documented",
)


async def document_types(client: Client, **options: Unpack[CallOptions]) -> builtins.list[DocumentType]:
    """List document types.

    Example:
        for document_type in await client.code_lists.document_types():
            print(document_type)

    Args:
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /document_types, documented.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
