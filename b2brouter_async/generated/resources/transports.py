"""Transports: list, create"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import AccountId, Options, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._core.pagination import Pager
    from ..models.transport import Transport
    from ..models.transport_input import TransportInput


class Transports(Resource):
    """Operations on transports."""

    __slots__ = ()

    def list(
        self,
        account: AccountId | None = None,
        *,
        offset: int | None = None,
        limit: int | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Pager[Transport]:
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
        from ..._core.pagination import Pager
        from ..api.transports import list_ as operation

        request = operation.build(self._caller.account_or_default(account))
        options = Options(
            timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
        )
        return Pager(self._caller, operation.OPERATION, request, options, limit=limit, offset=offset)

    async def create(
        self,
        account: AccountId | None = None,
        *,
        transport: TransportInput | Mapping[str, object],
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Transport:
        """Create a transport.

        Args:
            account: Id of the account; the client's own where it is left out.
            transport: Transport to create.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /accounts/{account}/transports, third-party.
        """
        from ..api.transports import create as operation

        return await operation.call(
            self._caller,
            account,
            transport=transport,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )
