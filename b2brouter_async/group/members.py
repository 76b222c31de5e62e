"""Which key sees which account: asked once in a while, and again where somebody asks for an account nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from attrs import define, field, frozen

from ..errors import ArgumentError, B2BrouterError
from ..resources.accounts import choose
from ..resources.matching import every
from ..resources.once import alone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core.requests import AccountId
    from ..client import B2Brouter
    from ..errors import Retry
    from ..generated.models.account import Account

_ASKED_JUST_NOW = 60.0
"""Seconds within which an account that nobody knows is no reason to ask again."""


@frozen
class GroupAccount:
    """An account of a group, and the keys that see it.

    Example:
        for one in await group.accounts():
            print(one.account.id, one.account.name, one.keys)
    """

    account: Account
    keys: tuple[str, ...]
    """Names of the keys that see it, in the order of the group. Calls take the first."""

    @property
    def id(self) -> int:
        """The account's id."""
        return self.account.id

    def __str__(self) -> str:
        return f"{self.account.id} ({self.account.name})"


class GroupIncompleteError(B2BrouterError):
    """Some keys of a group could not be asked for their accounts, so that it isn't known whose something is.

    Attributes:
        failures: what went wrong, by the keys' names.
    """

    def __init__(self, failures: Mapping[str, Exception]) -> None:
        """Tell which keys did not answer."""
        shown = "; ".join(f"{name}: {error}" for name, error in failures.items())
        super().__init__(f"not every key of the group could be asked for its accounts: {shown}")
        self.failures: dict[str, Exception] = dict(failures)
        if any(getattr(error, "retry", "never") == "later" for error in failures.values()):
            self.retry: Retry = "later"


@define
class _Listed:
    """What one key sees."""

    accounts: list[Account]
    at: float


@define
class Members:
    """The accounts that the keys of a group see."""

    clients: dict[str, B2Brouter]
    refresh_after: float
    failures: dict[str, Exception] = field(factory=dict[str, Exception], init=False)
    """Keys that could not be asked the last time, and why."""
    _listed: dict[str, _Listed] = field(factory=dict[str, _Listed], init=False)

    async def known(self, *, newer_than: float | None = None) -> dict[int, GroupAccount]:
        """Return all accounts that any key sees, by their ids.

        Args:
            newer_than: seconds since a key was asked, after which it is asked again; left out, that of the group.
        """
        first = next(iter(self.clients.values()))
        clock = first.caller.waiting.clock
        most = self.refresh_after if newer_than is None else newer_than
        async with alone(first.caller, "the accounts of a group", id(self)):
            due = [
                name
                for name in self.clients
                if name not in self._listed or clock() - self._listed[name].at >= most
            ]
            async with anyio.create_task_group() as tasks:
                for name in due:
                    tasks.start_soon(self._ask, name)
        return self._merged()

    async def complete(self, *, refresh: bool = False) -> dict[int, GroupAccount]:
        """Return all accounts of the group.

        Args:
            refresh: ask again, whatever is remembered.

        Raises:
            GroupIncompleteError: a key could not be asked.
        """
        known = await self.known(newer_than=0.0 if refresh else None)
        if self.failures:
            raise GroupIncompleteError(self.failures)
        return known

    async def find(self, account: AccountId) -> GroupAccount:
        """Return an account; asks again where it isn't known.

        Raises:
            ArgumentError: no key of the group sees it.
            GroupIncompleteError: a key could not be asked, and perhaps sees it.
        """
        for newer_than in (None, _ASKED_JUST_NOW):
            known = await self.known(newer_than=newer_than)
            found = next((one for number, one in known.items() if str(number) == str(account)), None)
            if found is not None:
                return found
        if self.failures:
            raise GroupIncompleteError(self.failures)
        raise ArgumentError(
            f"no key of the group ({', '.join(self.clients)}) sees account {account}", argument="account"
        )

    async def by_identifier(
        self, identifier: str, country: str | None, *, archived: bool
    ) -> GroupAccount | None:
        """Return the account of a company; asks again where it isn't known.

        Raises:
            AmbiguousMatchError: several accounts have it.
            GroupIncompleteError: a key could not be asked, and perhaps sees it or another one.
        """
        choose((), identifier)
        found: Account | None = None
        known: dict[int, GroupAccount] = {}
        for newer_than in (None, _ASKED_JUST_NOW):
            known = await self.known(newer_than=newer_than)
            found = choose([one.account for one in known.values()], identifier, country, archived=archived)
            if found is not None:
                break
        if self.failures:
            raise GroupIncompleteError(self.failures)
        return None if found is None else known[found.id]

    async def _ask(self, name: str) -> None:
        client = self.clients[name]
        at = client.caller.waiting.clock()
        try:
            rows = await every(lambda: client.accounts.list(limit=500))
        except B2BrouterError as error:
            # What it saw before it most likely still sees; who needs all of it looks at the failures.
            self.failures[name] = error
        else:
            self.failures.pop(name, None)
            self._listed[name] = _Listed(rows, at)

    def _merged(self) -> dict[int, GroupAccount]:
        keys: dict[int, list[str]] = {}
        accounts: dict[int, Account] = {}
        for name in self.clients:
            for account in self._listed[name].accounts if name in self._listed else ():
                keys.setdefault(account.id, []).append(name)
                accounts.setdefault(account.id, account)
        return {number: GroupAccount(accounts[number], tuple(keys[number])) for number in sorted(accounts)}
