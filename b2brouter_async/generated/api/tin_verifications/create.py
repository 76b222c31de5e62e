"""POST /tin_verifications: Check tax numbers"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import list_of, model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import Argument
from ... import models
from ...models.tin_verification import TinVerification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...models.dictionaries import TinVerificationEntityDict
    from ...models.tin_verification_country import TinVerificationCountry
    from ...models.tin_verification_entity import TinVerificationEntity

OPERATION: Operation[TinVerification] = Operation(
    name="tin_verifications.create",
    method="POST",
    path="/tin_verifications",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=TinVerification, key="tin_verification", or_root=True),
    arguments=(
        Argument("country", "query", "country", required=True),
        Argument(
            "entities", "value", "body", list_of(model(lambda: models.TinVerificationEntity)), required=True
        ),
    ),
    evidence="inferred",
)


async def create(
    client: Client,
    entities: Sequence[TinVerificationEntity | TinVerificationEntityDict],
    *,
    country: TinVerificationCountry | str,
    **options: Unpack[CallOptions],
) -> TinVerification:
    """Check tax numbers.

    The page is documented; the path follows the documented one for polling. Results of the last 24 hours
    are used again.

    Example:
        check = await client.tin_verifications.create(
            [{"tin_value": "ESB12345678", "name": "Acme SL"}], country="es"
        )

    Args:
        entities: see Sequence[TinVerificationEntity | TinVerificationEntityDict]
        country: see TinVerificationCountry | str
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /tin_verifications, inferred.
    """
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
