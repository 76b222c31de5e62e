"""Whose a document is: the account of the party that issues it, or that receives it, and no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from ..bulk.outcome import ISSUED_DOCUMENT, RECEIVED_DOCUMENT
from ..einvoice import bare_number, same_number
from ..resources.accounts import companies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .._core.requests import AccountId
    from ..einvoice import DocumentFacts, Party
    from .members import GroupAccount

NO_ACCOUNT = "no_account"
SEVERAL_ACCOUNTS = "several_accounts"
ARCHIVED_ACCOUNT = "archived_account"


class Unrouted(Exception):
    """A document that is nobody's, or perhaps several accounts', with the reason and the way out."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


@define
class _Hits:
    """The accounts that have a party's number."""

    sure: list[GroupAccount] = field(factory=list["GroupAccount"])
    """Where some have more of its numbers than others, only those."""
    perhaps: list[GroupAccount] = field(factory=list["GroupAccount"])
    """Their number agrees, and nothing says that it is the same country's."""
    denied: list[GroupAccount] = field(factory=list["GroupAccount"])
    """They have its tax number, as all companies of a fiscal unity do, and another company number."""


@frozen
class Routes:
    """The accounts of a group, to be found by the parties of documents."""

    accounts: dict[int, GroupAccount]
    _by_digits: dict[str, list[GroupAccount]] = field(factory=dict[str, "list[GroupAccount]"], init=False)

    def __attrs_post_init__(self) -> None:
        for one in self.accounts.values():
            for number in (one.account.tin_value, one.account.cin_value):
                if number:
                    known = self._by_digits.setdefault(_digits(number), [])
                    if one not in known:
                        known.append(one)

    def of(
        self, facts: DocumentFacts | None, *, received: bool, account: AccountId | None = None
    ) -> GroupAccount:
        """Return the account that a document belongs to.

        Args:
            facts: what the document says; None where it doesn't say its parties.
            received: whether it is one that the account has received.
            account: whose it is, where somebody says so.

        Raises:
            Unrouted: that can't be told.
        """
        if account is not None:
            return self._named(account, facts, received=received)
        if facts is None:
            raise Unrouted(
                "An invoice as JSON doesn't say whose it is. Pass Document(content, account=…).", NO_ACCOUNT
            )
        for parties in _sides(facts, received=received):
            hits = self._holding(parties)
            if hits.sure or hits.perhaps or hits.denied:
                return _only(hits, parties)
        raise Unrouted(*self._nobody(facts, received=received))

    def _named(self, account: AccountId, facts: DocumentFacts | None, *, received: bool) -> GroupAccount:
        one = next((one for number, one in self.accounts.items() if str(number) == str(account)), None)
        if one is None:
            raise Unrouted(
                f"account: no key of the group sees account {account}. Add the key that does.", NO_ACCOUNT
            )
        _check_active(one)
        if facts is not None:
            sides = list(_sides(facts, received=received))
            sure = [hit for parties in sides for hit in self._holding(parties).sure]
            if sure and one.id not in {hit.id for hit in sure}:
                raise Unrouted(
                    f"account: the document is for account {one}, but {_described(sides[0])} is account "
                    f"{sure[0]}. One of the two is wrong.",
                    SEVERAL_ACCOUNTS,
                )
        return one

    def _holding(self, parties: Iterable[Party]) -> _Hits:
        hits = _Hits()
        count: dict[int, int] = {}
        for party in parties:
            for number in _numbers(party):
                for one in self._by_digits.get(_digits(number), ()):
                    same = _same(one, number, party.country)
                    if same is False:
                        continue
                    agreeing = hits.sure if same else hits.perhaps
                    kind = hits.denied if _denies(one, party) else agreeing
                    count[one.id] = count.get(one.id, 0) + (same is True)
                    if one not in kind:
                        kind.append(one)
        most = max((count[one.id] for one in hits.sure), default=0)
        hits.sure = [one for one in hits.sure if count[one.id] == most]
        return hits

    def _nobody(self, facts: DocumentFacts, *, received: bool) -> tuple[str, str]:
        sides = list(_sides(facts, received=received))
        reason = f"No account of the group is {_described(sides[0])}."
        other = [party for parties in _sides(facts, received=not received) for party in parties]
        hits = self._holding(other).sure
        if hits:
            where = "without received=True" if received else "with received=True"
            return (
                f"{reason} The other side of the document is account {hits[0]}: upload it {where}.",
                ISSUED_DOCUMENT if received else RECEIVED_DOCUMENT,
            )
        return (
            f"{reason} Add the key that sees its account, make the account with accounts.create, or say whose it is: "
            "Document(content, account=…).",
            NO_ACCOUNT,
        )


def _sides(facts: DocumentFacts, *, received: bool) -> Iterator[tuple[Party, ...]]:
    """Yield the parties whose account a document may belong to, the first that has one wins."""
    issuer, receiver = facts.seller, facts.buyer
    if facts.issued_by == "buyer":
        issuer, receiver = receiver, issuer
    if received:
        yield (receiver,)
        return
    yield (issuer,)
    if facts.issued_by == "third_party" and facts.third_party is not None:
        yield (facts.third_party,)


def _only(hits: _Hits, parties: tuple[Party, ...]) -> GroupAccount:
    if not hits.sure and hits.denied:
        raise Unrouted(
            f"{_described(parties)} has the tax number of account {hits.denied[0]}, and another company number, "
            f"{parties[0].company_id}. Say whose it is: Document(content, account=…).",
            SEVERAL_ACCOUNTS,
        )
    if not hits.sure:
        named = ", ".join(map(str, hits.perhaps))
        raise Unrouted(
            f"{_described(parties)} may be account {named}, but the document doesn't say of which country the number is. "
            "Say whose it is: Document(content, account=…).",
            SEVERAL_ACCOUNTS,
        )
    active = [one for one in hits.sure if not one.account.archived]
    if not active:
        _check_active(hits.sure[0])
    heads = {account.id for account in companies([one.account for one in active])}
    left = [one for one in active if one.id in heads]
    if len(left) > 1:
        raise Unrouted(
            f"{_described(parties)} is account {' and account '.join(map(str, left))}. Say which: "
            "Document(content, account=…).",
            SEVERAL_ACCOUNTS,
        )
    return left[0]


def _check_active(one: GroupAccount) -> None:
    if one.account.archived:
        raise Unrouted(
            f"Account {one} is archived. Take it back with accounts.unarchive({one.id}), then upload the document again.",
            ARCHIVED_ACCOUNT,
        )


def _same(one: GroupAccount, number: str, country: str | None) -> bool | None:
    """Tell whether an account has a number; None where its country isn't known."""
    account = one.account
    results = [
        same_number(number, held, country=country, other_country=account.country)
        for held in (account.tin_value, account.cin_value)
        if held
    ]
    return True if True in results else None if None in results else False


def _denies(one: GroupAccount, party: Party) -> bool:
    """Tell whether an account has another company number, of the same kind as far as that can be seen."""
    held, said = bare_number(one.account.cin_value or ""), bare_number(party.company_id or "")
    return held.isdigit() and said.isdigit() and len(held) == len(said) and held != said


def _numbers(party: Party) -> tuple[str, ...]:
    """Return what a party is known by: its tax and company numbers, and its address where it has neither."""
    numbers = [one for one in (party.tax_id, party.company_id) if one]
    return tuple(numbers or [one for one in (party.endpoint_id, *party.identifiers) if one])


def _described(parties: tuple[Party, ...]) -> str:
    party = parties[0]
    number = next(iter(_numbers(party)), None)
    name = f" ({party.name[:60]})" if party.name else ""
    return f"the party {number or 'without a number'}{name}"


def _digits(number: str) -> str:
    """Return what all spellings of a number have in common."""
    return re.sub(r"[^0-9]", "", bare_number(number)).lstrip("0")
