"""CodeLists: document_types, transport_types, invoice_states, schemes"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping

    from ..models.document_type import DocumentType
    from ..models.invoice_state_info import InvoiceStateInfo
    from ..models.scheme import Scheme
    from ..models.transport_type import TransportType


class CodeLists(Resource):
    """Operations on code lists."""

    __slots__ = ()

    async def document_types(
        self,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> builtins.list[DocumentType]:
        """List document types.

        Args:
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /document_types, documented.
        """
        from ..api.code_lists import document_types as operation

        return await operation.call(
            self._caller,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def transport_types(
        self,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> builtins.list[TransportType]:
        """List transport types.

        Args:
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /transport_types, third-party.
        """
        from ..api.code_lists import transport_types as operation

        return await operation.call(
            self._caller,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def invoice_states(
        self,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> builtins.list[InvoiceStateInfo]:
        """List invoice states.

        Args:
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /invoice_states, third-party.
        """
        from ..api.code_lists import invoice_states as operation

        return await operation.call(
            self._caller,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def schemes(
        self,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> builtins.list[Scheme]:
        """List identifier schemes.

        Args:
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /schemes, third-party.
        """
        from ..api.code_lists import schemes as operation

        return await operation.call(
            self._caller,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )
