"""Contacts: list, create, get, update, delete"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import AccountId, Options, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._core.pagination import Pager
    from ..models.contact import Contact
    from ..models.contact_input import ContactInput
    from ..models.contact_update_input import ContactUpdateInput


class Contacts(Resource):
    """Operations on contacts."""

    __slots__ = ()

    def list(
        self,
        account: AccountId | None = None,
        *,
        offset: int | None = None,
        limit: int | None = None,
        name: str | None = None,
        is_client: bool | None = None,
        is_provider: bool | None = None,
        integration_code: str | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Pager[Contact]:
        """List contacts.

        Args:
            account: Id of the account; the client's own where it is left out.
            offset: Index of the first object. Server's default: 0.
            limit: Page size; values above 500 are cut to 500. Server's default: 25.
            name: Searches name, address and tax number.
            is_client: Customers only, or none.
            is_provider: Suppliers only, or none.
            integration_code: Exact code in the caller's system.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            A pager: await it for one page, iterate it for every item. Nothing is sent before.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /accounts/{account}/contacts, sdk.
        """
        from ..._core.pagination import Pager
        from ..api.contacts import list_ as operation

        request = operation.build(
            self._caller.account_or_default(account),
            name=name,
            is_client=is_client,
            is_provider=is_provider,
            integration_code=integration_code,
        )
        options = Options(
            timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
        )
        return Pager(self._caller, operation.OPERATION, request, options, limit=limit, offset=offset)

    async def create(
        self,
        account: AccountId | None = None,
        *,
        contact: ContactInput | Mapping[str, object],
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Contact:
        """Create a contact.

        Args:
            account: Id of the account; the client's own where it is left out.
            contact: Contact to create.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /accounts/{account}/contacts, documented.
        """
        from ..api.contacts import create as operation

        return await operation.call(
            self._caller,
            account,
            contact=contact,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def get(
        self,
        contact_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Contact:
        """Get a contact.

        Args:
            contact_id: Id of the contact.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /contacts/{contact_id}, sdk.
        """
        from ..api.contacts import get as operation

        return await operation.call(
            self._caller,
            contact_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def update(
        self,
        contact_id: int,
        *,
        contact: ContactUpdateInput | Mapping[str, object],
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Contact | None:
        """Update a contact.

        Args:
            contact_id: Id of the contact.
            contact: Fields of a contact to change.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: PUT /contacts/{contact_id}, sdk.
        """
        from ..api.contacts import update as operation

        return await operation.call(
            self._caller,
            contact_id,
            contact=contact,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def delete(
        self,
        contact_id: int,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Contact | None:
        """Delete a contact.

        Args:
            contact_id: Id of the contact.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: DELETE /contacts/{contact_id}, sdk.
        """
        from ..api.contacts import delete as operation

        return await operation.call(
            self._caller,
            contact_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )
