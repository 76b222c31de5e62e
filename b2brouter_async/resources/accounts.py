"""Accounts, found by what their companies are known by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from .. import einvoice  # loads the part that is used, when it is
from ..errors import ArgumentError
from ..generated.resources import accounts as generated
from .matching import AmbiguousMatchError, every

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._core.operation import CallOptions
    from ..generated.models.account import Account


class Accounts(generated.Accounts):
    """Operations on accounts.

    Example:
        account = await client.accounts.get(1234)
    """

    __slots__ = ()

    async def by_identifier(
        self,
        identifier: str,
        *,
        country: str | None = None,
        archived: bool = False,
        **options: Unpack[CallOptions],
    ) -> Account | None:
        """Return the account of a company, or None.

        Example:
            account = await client.accounts.by_identifier("ES B-0123456.6")

        The identifier may be its tax number, its company number, or the account's `identifier`. All accounts of the key
        are read: a request for each 500. Numbers are compared as by `contacts.find_by_tin`. Of a company and its units
        (accounts with a parent) it is the company.

        Args:
            identifier: in any spelling.
            country: of the company, two letters, where the number has no country prefix.
            archived: take archived accounts as well, where no other has it.
            options: see `CallOptions`; they hold for each request.

        Raises:
            AmbiguousMatchError: several accounts have it; it names them.
            ArgumentError: there is nothing in it to look for.
            APIStatusError: the server refuses.
        """
        choose((), identifier)  # what can't be looked for is told before anything is sent
        rows = await every(lambda: self.list(limit=500, **options))
        return choose(rows, identifier, country, archived=archived)


def choose(
    rows: Iterable[Account], identifier: str, country: str | None = None, *, archived: bool = False
) -> Account | None:
    """Return the account of a company; None where there is none. See `Accounts.by_identifier`.

    Raises:
        AmbiguousMatchError: several have it.
        ArgumentError: there is nothing in it to look for.
    """
    if not isinstance(identifier, str) or not einvoice.has_number(identifier):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError(
            f"{identifier!r} holds no number to look for; pass text like ESB12345678", argument="identifier"
        )
    found = [row for row in rows if known_as(row, identifier, country)]
    for some in ([row for row in found if not row.archived], found if archived else []):
        heads = companies(some)
        if len(heads) > 1:
            named = ", ".join(f"{row.id} ({row.name})" for row in heads)
            raise AmbiguousMatchError(
                f"accounts {named} all have {identifier}; say which with country=, or take one by its id",
                tuple(row.id for row in heads),
            )
        if heads:
            return heads[0]
    return None


def companies(accounts: Sequence[Account]) -> list[Account]:
    """Return of companies and their units the companies; of units alone all of them."""
    return [row for row in accounts if row.parent_id is None] or list(accounts)


def known_as(account: Account, identifier: str, country: str | None) -> bool:
    """Tell whether an account has an identifier."""
    if account.identifier and account.identifier.strip().casefold() == identifier.strip().casefold():
        return True
    numbers = [one for one in (account.tin_value, account.cin_value) if one]
    return any(
        einvoice.same_number(identifier, one, country=country, other_country=account.country) is not False
        for one in numbers
    )
