"""Whether a party can be reached: the directory asked under every scheme the party may have (behaviours 38 and 52)."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from attrs import define, evolve, field, frozen

from .._core.backoff import Backoff
from ..einvoice import bare_number
from ..errors import (
    APIConnectionError,
    ArgumentError,
    AuthenticationError,
    BadRequestError,
    CallError,
    DeadlineExceeded,
    FailedDependencyError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    RateLimitTimeout,
    ServerError,
    ShapeError,
    UnparsableReplyError,
    UnprocessableError,
)
from ..generated.api.code_lists.schemes import schemes as list_schemes
from ..generated.api.directory.lookup import lookup
from ..generated.api.directory.lookup_by_country_and_scheme import lookup_by_country_and_scheme
from ..generated.api.directory.lookup_by_scheme import lookup_by_scheme
from ..generated.models.directory_document import DirectoryDocument
from ..generated.models.directory_pending import DirectoryPending

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._core.operation import CallOptions, Client
    from ..generated.models.directory_entry import DirectoryEntry
    from ..generated.models.scheme import Scheme
    from .waiting import Pace

_log = logging.getLogger("b2brouter_async.directory")

Answer: TypeAlias = Literal["found", "not registered", "not valid", "pending", "failed"]
"""What the directory said: 200, 404, 422, 202, and 424 or no answer at all. The last two may change in a minute."""

_OPEN: frozenset[Answer] = frozenset({"pending", "failed"})
_ROUND = Backoff(first=1.0, factor=1.6, longest=20.0)
_SCHEMED = re.compile(r"\s*([0-9]{4}):(.*)", re.DOTALL)
_GLN, _LEI = "0088", "0199"
_ANY_TAX_NUMBER = "9999"
_LAST_RESORTS = ("b2brouter", "email")
"""Transports that are taken where nothing better is there; every other one is a network that says what becomes of a
document."""
_COUNTRIES = {"el": "gr", "uk": "gb", "xi": "gb"}
"""Letters that stand for a country without being its code."""
_PREFIXES = {"gr": "EL", "ch": "CHE"}
"""What stands before a country's tax numbers where that is not its code."""
_NEVER_SENT = "download"
"""An invoice by this transport is made and never sent (behaviour 66)."""
PEPPOL = "peppol"


@frozen
class Tried:
    """One question to the directory, and its answer.

    Example:
        way = await client.directory.reach("be", "0208:0214596464")
        for one in way.tried:
            print(one.scheme, one.identifier, one.answer)
    """

    identifier: str
    scheme: str | None
    """None is the question by country alone."""
    answer: Answer
    detail: str | None = None
    """The server's words, or the transport that was found."""

    def __str__(self) -> str:
        name = self.identifier if self.scheme is None else f"{self.scheme}:{self.identifier}"
        return f"{name}: {self.answer}" + (f" ({self.detail})" if self.detail else "")


@frozen(kw_only=True)
class Reach:
    """How a party can be reached, and how that was found out.

    Example:
        way = await client.directory.reach("be", "0208:0214596464")
        print(way.reachable, way.transport_type_code, way.reason)
    """

    country: str
    document_type: str
    """As it was asked for: a kind of document, or the code of a document type."""
    reason: str
    """Why it is so, in a sentence."""
    tried: tuple[Tried, ...]
    """Every question that was asked, in its order."""
    transport_type_code: str | None = None
    """The transport to use; None where there is none."""
    document_type_code: str | None = None
    """The document type to send by it."""
    other_document_type_codes: tuple[str, ...] = ()
    """Others that the party takes; B2Brouter may not be able to make all of them."""
    scheme: str | None = None
    """Under which the party was found; None where it was found by its country alone."""
    identifier: str | None = None
    """Under which the party was found."""
    name: str | None = None
    """The party's name in the directory: compare it with the one you have."""
    settled: bool = True
    """Whether every question was answered. Otherwise ask again later: what was not found may be there."""

    @property
    def reachable(self) -> bool:
        """Whether there is a transport."""
        return self.transport_type_code is not None


@frozen
class Identifier:
    """A number of the party, with what is known of it."""

    value: str
    scheme: str | None = None
    is_tax: bool | None = None
    """Whether it is a tax number; None where that isn't known."""

    @classmethod
    def parse(cls, text: object) -> Identifier:
        """Read `0208:0214596464`, or a number alone.

        Raises:
            ArgumentError: this is no identifier.
        """
        if not isinstance(text, str) or not re.search(r"[0-9A-Za-z]", text):
            raise ArgumentError(
                f"{text!r} is no identifier; pass text like 0208:0214596464 or 0214596464",
                argument="identifiers",
            )
        schemed = _SCHEMED.fullmatch(text)
        if schemed is None:
            return cls(text.strip())
        if not re.search(r"[0-9A-Za-z]", schemed[2]):
            raise ArgumentError(f"{text!r} has a scheme and nothing behind it", argument="identifiers")
        return cls(schemed[2].strip(), schemed[1])


@define
class _Question:
    """What is asked of the directory, until it has answered."""

    identifier: str
    scheme: str | None
    scheme_alone: bool = False
    answer: Answer = "pending"
    detail: str | None = None
    entry: DirectoryEntry | None = None
    asked: bool = False

    async def ask(self, client: Client, country: str, options: CallOptions) -> None:
        """Ask once."""
        self.asked = True
        try:
            if self.scheme is None:
                reply = await lookup(client, country, self.identifier, **options)
            elif self.scheme_alone:
                reply = await lookup_by_scheme(client, self.scheme, self.identifier, **options)
            else:
                reply = await lookup_by_country_and_scheme(
                    client, country, self.scheme, self.identifier, **options
                )
        except NotFoundError:
            self.answer, self.detail = "not registered", None
        except (UnprocessableError, BadRequestError) as error:
            if error.status == 400 and error.code != "invalid_request_params":
                raise
            self.answer, self.detail = "not valid", error.message or None
        except (FailedDependencyError, ServerError, RateLimitedError, APIConnectionError) as error:
            self.answer, self.detail = "failed", error.problem
        except (UnparsableReplyError, DeadlineExceeded, RateLimitTimeout) as error:
            # One odd entry must not keep the others from being found.
            self.answer, self.detail = "failed", str(error)
        else:
            if isinstance(reply, DirectoryPending):
                self.answer, self.detail = "pending", None
            else:
                self.answer, self.detail, self.entry = "found", None, reply


async def reach(
    client: Client,
    country: str,
    identifiers: Sequence[Identifier],
    *,
    document_type: str = "Invoice",
    timeout: float = 60.0,
    pace: Pace | None = None,
) -> Reach:
    """Find out how a party can be reached. See `Directory.reach`."""
    if not re.fullmatch(r"[A-Za-z]{2}", country or ""):
        raise ArgumentError(f"{country!r} is no country; pass two letters like be", argument="country")
    if not identifiers:
        raise ArgumentError("pass one at least, for example 0208:0214596464", argument="identifiers")
    if not document_type.strip():
        raise ArgumentError(
            "name a kind of document, or the code of a document type", argument="document_type"
        )
    if not timeout > 0:
        raise ArgumentError(f"{timeout} seconds is no time to wait", argument="timeout")
    waiting = client.caller.waiting
    sleep, clock = (pace.sleep, pace.clock) if pace is not None else (waiting.sleep, waiting.clock)
    ends = clock() + timeout
    country = _COUNTRIES.get(country.lower(), country.lower())
    found = _Search(country, document_type)
    schemes = await found.schemes(client, timeout)
    found.questions = _questions(country, identifiers, schemes)
    for pause in (pace.backoff if pace is not None else _ROUND).pauses():
        for question in found.questions:
            left = ends - clock()
            if left <= 0:
                break
            if question.answer in _OPEN:
                await question.ask(client, country, {"deadline": left})
                if found.is_good(question):
                    return found.result()
        if not any(question.answer in _OPEN for question in found.questions) or ends - clock() <= 0:
            break
        await sleep(min(pause, max(ends - clock(), 0.0)))
    return found.result()


@define
class _Search:
    """What was asked, and what is to be made of the answers."""

    country: str
    document_type: str
    questions: list[_Question] = field(factory=list[_Question])
    problem: str | None = None
    """Why the list of schemes could not be read."""

    async def schemes(self, client: Client, timeout: float) -> list[Scheme]:
        try:
            return await list_schemes(client, deadline=timeout)
        except (AuthenticationError, PermissionDeniedError):
            raise
        except (CallError, RateLimitTimeout) as error:
            # What has a scheme already, and the country by itself, can be asked for all the same.
            self.problem = f"the list of schemes could not be read: {error}"
            return []

    def is_good(self, question: _Question) -> bool:
        """Tell whether nothing better can come."""
        way = self._way(question)
        return way is not None and self._rank(question, way) == (0, 0)

    def result(self) -> Reach:
        """Return the best of what was found."""
        best: tuple[_Question, DirectoryDocument] | None = None
        for question in self.questions:
            way = self._way(question)
            if way is not None and (best is None or self._rank(question, way) < self._rank(*best)):
                best = question, way
        tried = tuple(
            Tried(one.identifier, one.scheme, one.answer, one.detail) for one in self.questions if one.asked
        )
        unsettled = self.problem is not None or any(question.answer in _OPEN for question in self.questions)
        base = Reach(
            country=self.country,
            document_type=self.document_type,
            reason="",
            tried=tried,
            settled=not unsettled,
        )
        if best is None:
            return evolve(base, name=self._name(), reason=self._why_not(unsettled))
        question, way = best
        at = question.identifier if question.scheme is None else f"{question.scheme}:{question.identifier}"
        name = question.entry.name if question.entry is not None else None
        return evolve(
            base,
            reason=f"{name or 'the party'} takes {way.document_type_code or self.document_type} by "
            f"{way.transport_type_code}, as {at} in the directory",
            transport_type_code=way.transport_type_code,
            document_type_code=way.document_type_code,
            other_document_type_codes=tuple(way.other_document_type_codes or ()),
            scheme=question.scheme,
            identifier=question.identifier,
            name=name,
            settled=not unsettled or self._rank(question, way) == (0, 0),
        )

    def _way(self, question: _Question) -> DirectoryDocument | None:
        """Return how a party that was found takes the document; None where it doesn't."""
        if question.entry is None:
            return None
        documents = _documents(question.entry)
        if "." in self.document_type:
            for document in documents.values():
                codes = _distinct(document.document_type_code, *(document.other_document_type_codes or ()))
                if self.document_type in codes and _sends(document):
                    others = [code for code in codes if code != self.document_type]
                    return evolve(
                        document,
                        document_type_code=self.document_type,
                        other_document_type_codes=others,
                    )
            return None
        of_kind = documents.get(_plain_kind(self.document_type))
        return of_kind if of_kind is not None and _sends(of_kind) else None

    def _rank(self, question: _Question, way: DirectoryDocument) -> tuple[int, int]:
        """Return how good a way is, the best first: a network before an e-mail, and Peppol with its address."""
        transport = str(way.transport_type_code)
        network = _LAST_RESORTS.index(transport) + 1 if transport in _LAST_RESORTS else 0
        return network, int(transport == PEPPOL and question.scheme is None)

    def _name(self) -> str | None:
        return next((one.entry.name for one in self.questions if one.entry is not None), None)

    def _why_not(self, unsettled: bool) -> str:
        entries = [question.entry for question in self.questions if question.entry is not None]
        if entries:
            documents = _documents(entries[0])
            taken = ", ".join(
                f"{kind} as {one.document_type_code} by {one.transport_type_code}"
                for kind, one in documents.items()
            )
            return (
                f"{entries[0].name or 'the party'} is in the directory, but takes no {self.document_type}: "
                f"it takes {taken or 'nothing'}"
            )
        if unsettled:
            last = self.problem or next(
                (
                    str(Tried(one.identifier, one.scheme, one.answer, one.detail))
                    for one in self.questions
                    if one.answer in _OPEN
                ),
                "",
            )
            return f"the directory has not answered every question; ask again later ({last})"
        return f"the directory knows the party under none of the {len(self.questions)} identifiers that were tried"


def _documents(entry: DirectoryEntry) -> dict[str, DirectoryDocument]:
    """Return how a party takes each kind of document, by the kind in small letters without spaces."""
    found: dict[str, DirectoryDocument] = {}
    if entry.invoice is not None:
        found["invoice"] = entry.invoice
    for kind, value in entry.additional_properties.items():
        if isinstance(value, Mapping) and "transport_type_code" in value:
            try:
                found[_plain_kind(kind)] = DirectoryDocument.read_any(cast("object", value))
            except ShapeError:
                _log.debug("the directory's %s of a party can't be read", kind)
    return found


def _distinct(*values: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _plain_kind(kind: str) -> str:
    return re.sub(r"[^a-z]", "", kind.lower())


def _sends(document: DirectoryDocument) -> bool:
    return bool(document.transport_type_code) and document.transport_type_code != _NEVER_SENT


def _questions(country: str, identifiers: Iterable[Identifier], schemes: Sequence[Scheme]) -> list[_Question]:
    """Return what to ask, the most telling first, each question once."""
    by_code = {str(scheme.code).zfill(4): scheme for scheme in schemes}
    asked: dict[tuple[str, str | None, bool], _Question] = {}

    def put(value: str, scheme: str | None = None, *, alone: bool = False) -> None:
        asked.setdefault((value, scheme, alone), _Question(value, scheme, alone))

    numbers = list(identifiers)
    for one in numbers:
        code = None if one.scheme is None else one.scheme.zfill(4)
        if code is not None and code != _ANY_TAX_NUMBER:
            known = by_code.get(code)
            is_tax = one.is_tax if known is None else known.taxcode
            for value in _spellings(one.value, country, is_tax):
                put(value, code)
            if code in (_GLN, _LEI) or (known is not None and known.country is None):
                put(one.value, code, alone=True)  # such a number is of no country
    for one in numbers:
        for value in _spellings(one.value, country, None):
            put(value)
    for one in numbers:
        if one.scheme is not None and one.scheme.zfill(4) != _ANY_TAX_NUMBER:
            continue
        for code in (_GLN,) * _is_gln(one.value) + (_LEI,) * _is_lei(one.value):
            put(one.value.strip(), code)
            put(one.value.strip(), code, alone=True)
        of_country = [
            scheme
            for scheme in schemes
            if (scheme.country or "").lower() == country
            and scheme.eas is not False
            and (one.is_tax is None or scheme.taxcode in (None, one.is_tax))
        ]
        for scheme in of_country:
            for value in _spellings(one.value, country, scheme.taxcode):
                put(value, str(scheme.code).zfill(4))
    return list(asked.values())


def _spellings(value: str, country: str, is_tax: bool | None) -> tuple[str, ...]:
    """Return how a number may stand in the directory, the likeliest first.

    Args:
        value: as it was given.
        country: of the party.
        is_tax: whether it is a tax number; those carry the country's letters, company numbers don't.
    """
    tidy = re.sub(r"\s", "", value)
    bare = bare_number(value, country)
    if not re.search(r"[1-9]", bare) or (re.search(r"[@_-]", tidy) and is_tax is not True):
        # An address, or a number whose dashes belong to it, as those of a Leitweg-ID do.
        return _distinct(tidy, bare if re.search(r"[1-9]", bare) and "@" not in tidy else None)
    full = f"{_PREFIXES.get(country, country.upper())}{bare}"
    if is_tax is False:
        return (bare,)
    return (full, bare) if is_tax or bare != re.sub(r"[^0-9A-Za-z]", "", tidy).upper() else (bare, full)


def _is_gln(value: str) -> bool:
    """Tell whether a text has the form and check digit of a GLN."""
    digits = value.strip()
    if not re.fullmatch(r"[0-9]{13}", digits):
        return False
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits[:12]))
    return -total % 10 == int(digits[12])


def _is_lei(value: str) -> bool:
    """Tell whether a text has the form and check digits of a Legal Entity Identifier."""
    text = value.strip().upper()
    return (
        re.fullmatch(r"[A-Z0-9]{18}[0-9]{2}", text) is not None
        and int("".join(str(int(letter, 36)) for letter in text)) % 97 == 1
    )
