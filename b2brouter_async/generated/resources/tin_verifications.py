"""TinVerifications: create, get"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..models.tin_verification import TinVerification
    from ..models.tin_verification_country import TinVerificationCountry
    from ..models.tin_verification_entity import TinVerificationEntity


class TinVerifications(Resource):
    """Operations on tin verifications."""

    __slots__ = ()

    async def create(
        self,
        entities: Sequence[TinVerificationEntity | Mapping[str, object]],
        *,
        country: TinVerificationCountry | str,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> TinVerification:
        """Check tax numbers.

        The page is documented; the path follows the documented one for polling. Results of the last 24
        hours are used again.

        Args:
            entities: see Sequence[TinVerificationEntity | Mapping[str, object]]
            country: see TinVerificationCountry | str
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /tin_verifications, inferred.
        """
        from ..api.tin_verifications import create as operation

        return await operation.call(
            self._caller,
            entities,
            country=country,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def get(
        self,
        tin_verification_id: str,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> TinVerification:
        """Get a check of tax numbers.

        Args:
            tin_verification_id: Id of the request.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /tin_verifications/{tin_verification_id}, documented.
        """
        from ..api.tin_verifications import get as operation

        return await operation.call(
            self._caller,
            tin_verification_id,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )
