"""WebHooks: list, create, get, update, delete"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Options, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._core.pagination import Pager
    from ..models.web_hook import WebHook
    from ..models.web_hook_input import WebHookInput


class WebHooks(Resource):
    """Operations on web hooks."""

    __slots__ = ()

    def list(
        self,
        *,
        offset: int | None = None,
        limit: int | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Pager[WebHook]:
        """List web hooks.

        Args:
            offset: Index of the first object. Server's default: 0.
            limit: Page size; values above 500 are cut to 500. Server's default: 25.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            A pager: await it for one page, iterate it for every item. Nothing is sent before.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /web_hooks, inferred.
        """
        from ..._core.pagination import Pager
        from ..api.web_hooks import list_ as operation

        request = operation.build()
        options = Options(
            timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
        )
        return Pager(self._caller, operation.OPERATION, request, options, limit=limit, offset=offset)

    async def create(
        self,
        *,
        web_hook: WebHookInput | Mapping[str, object],
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> WebHook:
        """Create a web hook.

        Args:
            web_hook: Web hook to create or change.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /web_hooks, third-party.
        """
        from ..api.web_hooks import create as operation

        return await operation.call(
            self._caller,
            web_hook=web_hook,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def get(
        self,
        web_hook_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> WebHook:
        """Get a web hook.

        Args:
            web_hook_id: Id of the web hook.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /web_hooks/{web_hook_id}, inferred.
        """
        from ..api.web_hooks import get as operation

        return await operation.call(
            self._caller,
            web_hook_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def update(
        self,
        web_hook_id: int,
        *,
        web_hook: WebHookInput | Mapping[str, object],
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> WebHook | None:
        """Update a web hook.

        The page is documented; verb and path are assumed.

        Args:
            web_hook_id: Id of the web hook.
            web_hook: Web hook to create or change.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: PUT /web_hooks/{web_hook_id}, inferred.
        """
        from ..api.web_hooks import update as operation

        return await operation.call(
            self._caller,
            web_hook_id,
            web_hook=web_hook,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def delete(
        self,
        web_hook_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> WebHook | None:
        """Delete a web hook.

        Args:
            web_hook_id: Id of the web hook.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: DELETE /web_hooks/{web_hook_id}, inferred.
        """
        from ..api.web_hooks import delete as operation

        return await operation.call(
            self._caller,
            web_hook_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )
