"""GET /document_types: List document types"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read_list
from ...models.document_type import DocumentType

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> list[DocumentType]:
    """Read a reply of this operation."""
    return read_list(reply, DocumentType, "document_types")


OPERATION: Operation[list[DocumentType]] = Operation(
    name="code_lists.document_types",
    method="GET",
    path="/document_types",
    repeat=Repeat.SAFE,
    parse=parse,
    evidence="documented",
)


def build() -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path),
    )


async def call(
    caller: Caller,
    *,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> list[DocumentType]:
    """List document types.

    Args:
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /document_types, documented.
    """
    request = build()
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
