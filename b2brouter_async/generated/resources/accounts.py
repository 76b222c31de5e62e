"""Accounts: list, create, get, update, delete, unarchive, upload_logo, delete_logo"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import AccountId, Content, Options, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._core.pagination import Pager
    from ..models.account import Account
    from ..models.account_input import AccountInput
    from ..models.account_update_input import AccountUpdateInput


class Accounts(Resource):
    """Operations on accounts."""

    __slots__ = ()

    def list(
        self,
        *,
        offset: int | None = None,
        limit: int | None = None,
        query: str | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Pager[Account]:
        """List accounts.

        Accounts of the key's group. The reply was measured flat, without `meta`.

        Args:
            offset: Index of the first object. Server's default: 0.
            limit: Page size; values above 500 are cut to 500. Server's default: 25.
            query: Filter with =, ~, >, <, >=, <=, -, AND, OR over tin_value, tin_scheme, cin_value,
                cin_scheme, country, name, identifier, created_at, status (9 is archived).
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            A pager: await it for one page, iterate it for every item. Nothing is sent before.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /accounts, documented.
        """
        from ..._core.pagination import Pager
        from ..api.accounts import list_ as operation

        request = operation.build(query=query)
        options = Options(
            timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
        )
        return Pager(self._caller, operation.OPERATION, request, options, limit=limit, offset=offset)

    async def create(
        self,
        *,
        details: AccountInput | Mapping[str, object],
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Account:
        """Create an account.

        Only for eDocSync subscriptions.

        Args:
            details: Account to create. Phone, province and tin_value are called required by one source and
                left out by others.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /accounts, documented.
        """
        from ..api.accounts import create as operation

        return await operation.call(
            self._caller,
            details=details,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def get(
        self,
        account: AccountId | None = None,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Account:
        """Get an account.

        Args:
            account: Id of the account; the client's own where it is left out.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /accounts/{account}, sdk.
        """
        from ..api.accounts import get as operation

        return await operation.call(
            self._caller,
            account,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def update(
        self,
        account: AccountId | None = None,
        *,
        details: AccountUpdateInput | Mapping[str, object],
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Account | None:
        """Update an account.

        Args:
            account: Id of the account; the client's own where it is left out.
            details: Fields of an account to change. The tax identification number is fixed.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: PUT /accounts/{account}, documented.
        """
        from ..api.accounts import update as operation

        return await operation.call(
            self._caller,
            account,
            details=details,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def delete(
        self,
        account: AccountId | None = None,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Account | None:
        """Delete or archive an account.

        An account with transactions is archived instead of deleted.

        Args:
            account: Id of the account; the client's own where it is left out.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: DELETE /accounts/{account}, documented.
        """
        from ..api.accounts import delete as operation

        return await operation.call(
            self._caller,
            account,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def unarchive(
        self,
        account: AccountId | None = None,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Account:
        """Restore an archived account.

        Args:
            account: Id of the account; the client's own where it is left out.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /accounts/{account}/unarchive, sdk.
        """
        from ..api.accounts import unarchive as operation

        return await operation.call(
            self._caller,
            account,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def upload_logo(
        self,
        account: AccountId | None = None,
        *,
        content: Content,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Account:
        """Upload the logo.

        Args:
            account: Id of the account; the client's own where it is left out.
            content: see Content
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /accounts/{account}/logo, sdk.
        """
        from ..api.accounts import upload_logo as operation

        return await operation.call(
            self._caller,
            account,
            content=content,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def delete_logo(
        self,
        account: AccountId | None = None,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Account | None:
        """Remove the logo.

        Args:
            account: Id of the account; the client's own where it is left out.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: DELETE /accounts/{account}/logo, sdk.
        """
        from ..api.accounts import delete_logo as operation

        return await operation.call(
            self._caller,
            account,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )
