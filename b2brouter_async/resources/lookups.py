"""Look-ups whose answer takes its time: the directory of receivers, and checks of tax numbers."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, cast

from .. import einvoice  # loads the part that is used, when it is
from ..errors import UnparsableReplyError
from ..generated.resources import directory, tin_verifications

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._call.answers import Answers
    from ..generated.models.dictionaries import TinVerificationEntityDict
    from ..generated.models.directory_entry import DirectoryEntry
    from ..generated.models.tin_verification import TinVerification
    from ..generated.models.tin_verification_country import TinVerificationCountry
    from ..generated.models.tin_verification_entity import TinVerificationEntity
    from ..generated.models.tin_verification_result import TinVerificationResult
    from .reach import Reach
    from .waiting import Pace


class Directory(directory.Directory):
    """Operations on the directory of receivers.

    Example:
        entry = await client.directory.wait_for("be", "0214596464")
    """

    __slots__ = ()

    async def wait_for(
        self,
        country: str | None,
        identifier: str,
        *,
        scheme: str | None = None,
        timeout: float = 60.0,
        pace: Pace | None = None,
    ) -> DirectoryEntry:
        """Look a party up, and wait for the answer where it isn't there yet (behaviour 38).

        Example:
            entry = await client.directory.wait_for("be", "0214596464", scheme="0208")

        Args:
            country: two letters, lower case; may be None with a scheme.
            identifier: the identifier without its scheme: `0214596464`, not `0208:0214596464`.
            scheme: the identifier's scheme, for example `0208`.
            timeout: seconds to wait at most.
            pace: how often to ask.

        Raises:
            NotFoundError: the party is not registered.
            UnprocessableError: the identifier is not valid.
            WaitTimeout: the directory did not answer in time.
            ArgumentError: neither country nor scheme is there.
        """
        from .waiting import wait_for_directory

        return await wait_for_directory(self, country, identifier, scheme=scheme, timeout=timeout, pace=pace)

    async def reach(
        self,
        country: str,
        *identifiers: str,
        document_type: str = "Invoice",
        timeout: float = 60.0,
        pace: Pace | None = None,
    ) -> Reach:
        """Find out whether a party can be reached, and how.

        Example:
            way = await client.directory.reach("be", "BE 0214.596.464")
            print(way.reachable, way.transport_type_code, way.reason)

        The directory is asked for each identifier: under the scheme that stands in front of it, by the country alone,
        and under each scheme that a party of the country may have (`GET /schemes`), in the spellings that are usual
        there. What is pending (202) or fails (424) is asked again. It ends with the first way that nothing can better:
        a network, and for Peppol the address in it. E-mail is the last resort, and a transport `download` is none,
        since nothing is sent by it (behaviour 66).

        Args:
            country: of the party, two letters.
            identifiers: its numbers, one at least: `0208:0214596464` with a scheme, or `BE0214596464` without one.
            document_type: a kind of document (`Invoice`, `CreditNote`, `Order` …), or the code of a document type that
                the party must take, for example `xml.ubl.invoice.bis3`.
            timeout: seconds to wait at most.
            pace: how often to ask again.

        Returns:
            The way, with the reason and everything that was tried. Where `settled` is False some questions were not
            answered: what was not found may be there a minute later.

        Raises:
            ArgumentError: a country or an identifier is none; nothing was sent.
            APIStatusError: the key is refused.
        """
        from .reach import Identifier, reach

        numbers = [Identifier.parse(identifier) for identifier in identifiers]
        return await reach(self, country, numbers, document_type=document_type, timeout=timeout, pace=pace)


_MOST = 20_000
"""Numbers in one request (behaviour 39)."""
_ANSWERS = frozenset({"valid", "invalid"})
"""Outcomes that stay what they are for a day. Another one may be that of an authority that was away."""


class TinVerifications(tin_verifications.TinVerifications):
    """Operations on checks of tax numbers.

    Example:
        (result,) = await client.tin_verifications.verify([{"tin_value": "ESB12345678", "name": "Acme SL"}])
    """

    __slots__ = ()

    async def verify(
        self,
        entities: Sequence[TinVerificationEntity | TinVerificationEntityDict],
        *,
        country: TinVerificationCountry | str = "es",
        timeout: float = 600.0,
        pace: Pace | None = None,
    ) -> list[TinVerificationResult]:
        """Check tax numbers and wait for the outcomes.

        Example:
            (result,) = await client.tin_verifications.verify([{"tin_value": "ESB12345678", "name": "Acme SL"}])
            print(result.status)

        Each number costs a transaction where it succeeds. What this client has asked within the last 24 hours is not
        asked again (`CacheSettings`); the server keeps its results as long itself (behaviour 66).

        Args:
            entities: the numbers, each with the name it should belong to; any number of them, in requests of 20,000.
            country: whose numbers they are; Spain alone is known.
            timeout: seconds to wait at most for each request's outcomes.
            pace: how often to ask for them.

        Returns:
            An outcome for each number, in their order.

        Raises:
            WaitTimeout: the outcomes did not come in time.
            UnparsableReplyError: the server gave no outcome for one of them.
            ArgumentError: a number can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses.
            OutcomeUnknownError: it is not known whether the check was begun. Call again: what it has checked already is
                not charged twice.
        """
        from ..generated.api.tin_verifications.create import OPERATION
        from ..generated.models.tin_verification_entity import TinVerificationEntity
        from ..generated.models.tin_verification_result import TinVerificationResult

        request = OPERATION.request(entities=entities, country=country)
        assert request.body is not None
        given = cast("list[dict[str, object]]", request.body.value)
        keys = [_tin_key(one, str(country)) for one in given]
        answers: Answers | None = getattr(self.caller, "answers", None)
        found: dict[tuple[str, ...], dict[str, object]] = {}
        for key in keys:
            held = None if answers is None else answers.get("tin_results", key)
            if held is not None:
                found[key] = cast("dict[str, object]", held)
        missing = {key: one for key, one in zip(keys, given, strict=True) if key not in found}
        for begin in range(0, len(missing), _MOST):
            part = dict(list(missing.items())[begin : begin + _MOST])
            asked = [TinVerificationEntity.read_any(one) for one in part.values()]
            begun = await self.create(asked, country=country)
            if begun.id is None:
                raise UnparsableReplyError("the reply names no id to ask for the outcomes with")
            ended = await self.wait_for(begun.id, timeout=timeout, pace=pace)
            for key, result in zip(
                part, _in_order(part.values(), ended.results or [], str(country)), strict=True
            ):
                found[key] = result.to_dict()
                if answers is not None and result.status in _ANSWERS:
                    answers.put("tin_results", key, result.to_dict(), 512)
        return [TinVerificationResult.read_any(copy.deepcopy(found[key])) for key in keys]

    async def wait_for(
        self, tin_verification_id: int | str, *, timeout: float = 600.0, pace: Pace | None = None
    ) -> TinVerification:
        """Wait until a check of tax numbers is finished (behaviour 39).

        Example:
            check = await client.tin_verifications.wait_for("17")

        Args:
            tin_verification_id: Id of the check.
            timeout: seconds to wait at most.
            pace: how often to ask.

        Raises:
            WaitTimeout: it was not finished in time.
            APIStatusError: the server refuses.
        """
        from .waiting import wait_for_tin_verification

        return await wait_for_tin_verification(self, tin_verification_id, timeout=timeout, pace=pace)


def _tin_key(entity: Mapping[str, object], country: str) -> tuple[str, ...]:
    name = " ".join(str(entity.get("name") or "").casefold().split())
    return country, einvoice.bare_number(str(entity.get("tin_value") or ""), country), name


def _in_order(
    asked: Iterable[Mapping[str, object]], results: Sequence[TinVerificationResult], country: str
) -> list[TinVerificationResult]:
    """Return the outcome of each number that was asked for.

    Raises:
        UnparsableReplyError: one is missing.
    """
    wanted = [(einvoice.bare_number(str(one["tin_value"]), country), _tin_key(one, country)) for one in asked]
    numbers = [einvoice.bare_number(one.tin_value or "", country) for one in results]
    if len(numbers) == len(wanted) and all(
        here in ("", there) for here, (there, _) in zip(numbers, wanted, strict=True)
    ):
        return list(results)
    by_key = {_tin_key(one.to_dict(), country): one for one in results}
    by_number = dict(zip(numbers, results, strict=True))
    ordered: list[TinVerificationResult] = []
    for number, key in wanted:
        result = by_key.get(key) or (by_number.get(number) if numbers.count(number) == 1 else None)
        if result is None:
            raise UnparsableReplyError(f"the check gave no outcome for {number}")
        ordered.append(result)
    return ordered
