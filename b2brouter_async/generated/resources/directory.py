"""Directory: lookup, lookup_by_scheme, lookup_by_country_and_scheme"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.directory_entry import DirectoryEntry
    from ..models.directory_pending import DirectoryPending


class Directory(Resource):
    """Operations on directory."""

    __slots__ = ()

    async def lookup(
        self,
        country: str,
        identifier: str,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> DirectoryEntry | DirectoryPending:
        """Look up a party by country.

        Args:
            country: Country, ISO 3166-1 alpha-2 in lower case.
            identifier: Identifier without scheme.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /directory/{country}/{identifier}, measured.
        """
        from ..api.directory import lookup as operation

        return await operation.call(
            self._caller,
            country,
            identifier,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def lookup_by_scheme(
        self,
        scheme: str,
        identifier: str,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> DirectoryEntry | DirectoryPending:
        """Look up a party by scheme.

        Args:
            scheme: Scheme, EAS code of four digits.
            identifier: Identifier without scheme.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /directory/{scheme}/{identifier}, third-party.
        """
        from ..api.directory import lookup_by_scheme as operation

        return await operation.call(
            self._caller,
            scheme,
            identifier,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def lookup_by_country_and_scheme(
        self,
        country: str,
        scheme: str,
        identifier: str,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> DirectoryEntry | DirectoryPending:
        """Look up a party by country and scheme.

        Args:
            country: Country, ISO 3166-1 alpha-2 in lower case.
            scheme: Scheme, EAS code of four digits.
            identifier: Identifier without scheme.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /directory/{country}/{scheme}/{identifier}, documented.
        """
        from ..api.directory import lookup_by_country_and_scheme as operation

        return await operation.call(
            self._caller,
            country,
            scheme,
            identifier,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )
