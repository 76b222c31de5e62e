"""Documents: validate"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Content, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.invoice_validation import InvoiceValidation


class Documents(Resource):
    """Operations on documents."""

    __slots__ = ()

    async def validate(
        self,
        content: Content,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> InvoiceValidation:
        """Check a document file.

        An invalid document gives 400.

        Args:
            content: see Content
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: POST /documents/validate, third-party.
        """
        from ..api.documents import validate as operation

        return await operation.call(
            self._caller,
            content,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )
