"""Ledgers: get, download, download_response, import_document"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Content, Download, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.ledger import Ledger


class Ledgers(Resource):
    """Operations on ledgers."""

    __slots__ = ()

    async def get(
        self,
        ledger_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Ledger:
        """Get a ledger.

        Args:
            ledger_id: Id of the ledger.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /ledgers/{ledger_id}, third-party.
        """
        from ..api.ledgers import get as operation

        return await operation.call(
            self._caller,
            ledger_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def download(
        self,
        ledger_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Download:
        """Download a ledger.

        Args:
            ledger_id: Id of the ledger.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /ledgers/{ledger_id}/download, third-party.
        """
        from ..api.ledgers import download as operation

        return await operation.call(
            self._caller,
            ledger_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def download_response(
        self,
        ledger_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Download | None:
        """Download the authority's answer to a ledger.

        Args:
            ledger_id: Id of the ledger.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /ledgers/{ledger_id}/download_response, third-party.
        """
        from ..api.ledgers import download_response as operation

        return await operation.call(
            self._caller,
            ledger_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def import_document(
        self,
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
        from ..api.ledgers import import_document as operation

        return await operation.call(
            self._caller,
            content,
            idempotency_key=idempotency_key,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )
