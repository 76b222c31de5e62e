"""POST /tin_verifications: Check tax numbers"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.codecs import list_of, model
from ...._core.operation import (
    Caller,
    Operation,
    Options,
    Repeat,
    Reply,
    Request,
    expand,
    query_pairs,
    value_body,
)
from ...._core.replies import read
from ...models.tin_verification import TinVerification
from ...models.tin_verification_entity import TinVerificationEntity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...models.tin_verification_country import TinVerificationCountry


def parse(reply: Reply) -> TinVerification:
    """Read a reply of this operation."""
    return read(reply, TinVerification, "tin_verification", or_root=True)


OPERATION: Operation[TinVerification] = Operation(
    name="tin_verifications.create",
    method="POST",
    path="/tin_verifications",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="inferred",
)


def build(
    entities: Sequence[TinVerificationEntity | Mapping[str, object]], *, country: TinVerificationCountry | str
) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path),
        query=query_pairs((("country", country),)),
        body=value_body("entities", list_of(model(TinVerificationEntity)), entities),
    )


async def call(
    caller: Caller,
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

    The page is documented; the path follows the documented one for polling. Results of the last 24 hours
    are used again.

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
    request = build(entities, country=country)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
