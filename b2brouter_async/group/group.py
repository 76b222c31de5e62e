"""`B2BrouterGroup`: several keys as one, each with its own budget."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Self, TypeVar, Unpack, cast

import anyio

from ..client import B2Brouter
from ..config import ProxyURL, Secret
from ..errors import ConfigurationError
from ..resources.each_account import AccountResult, AccountResults, check_function, chosen, run_for_each
from .members import Members
from .upload import GroupUpload

if TYPE_CHECKING:
    import os
    from types import TracebackType

    from .._core.requests import AccountId
    from ..bulk.journal.protocol import Journal
    from ..bulk.settings import RunSettings
    from ..client_options import ClientOptions
    from ..resources.each_account import Progress
    from .members import GroupAccount

T = TypeVar("T")


class B2BrouterGroup:
    """Several keys as one: for resellers, whose accounts are spread over the groups of several keys (behaviour 48).

    Example:
        async with B2BrouterGroup({"north": "test_…", "south": "test_south"}) as group:
            for account in await group.accounts():
                print(account, account.keys)

    Every key has a client and a budget of its own. An account is called with the first key that sees it, in the order
    given. Messages call keys by the names given, else `key 1`, `key 2` …; no key is in any of them.
    """

    def __init__(
        self,
        keys: Mapping[str, str | Secret | B2Brouter] | Iterable[str | Secret | B2Brouter],
        *,
        refresh_after: float = 300.0,
        **options: Unpack[ClientOptions],
    ) -> None:
        """Check the keys. Nothing is sent before the first call.

        Args:
            keys: keys, or clients that were made already; with names, or in a list. Clients that are passed in are not
                closed by the group.
            refresh_after: seconds for which it is remembered which key sees which account. An account that nobody knows
                is looked for at once, at most every minute.
            options: as for `B2Brouter`, for every key. `account` and `limiter` can't be among them.

        Raises:
            ConfigurationError: keys of different environments or servers, the same key twice, or a setting that can't
                work.
        """
        try:
            given = _named(keys)
        finally:
            keys = ()  # the frame of a failed call is kept by its traceback
        if isinstance(refresh_after, bool) or not refresh_after >= 0:
            raise ConfigurationError(f"{refresh_after} is no number of seconds", argument="refresh_after")
        for name in ("account", "limiter"):
            if options.get(name) is not None:
                why = "a group has many" if name == "account" else "every key has a budget of its own"
                raise ConfigurationError(f"{why}; leave it out", argument=name)
        if isinstance(proxy := options.get("proxy"), str):
            options["proxy"] = ProxyURL(proxy)
            del proxy
        self._own = [name for name, one in given.items() if not isinstance(one, B2Brouter)]
        clients = {
            name: one if isinstance(one, B2Brouter) else B2Brouter(one, **options)
            for name, one in given.items()
        }
        _check(clients)
        self._members = Members(clients, refresh_after)

    @property
    def clients(self) -> dict[str, B2Brouter]:
        """The clients, by the names of their keys."""
        return dict(self._members.clients)

    async def accounts(self, *, archived: bool = False, refresh: bool = False) -> list[GroupAccount]:
        """Return the accounts that the keys see, by their ids, each with the names of its keys.

        Example:
            for one in await group.accounts(archived=True):
                print(one, one.keys)

        Args:
            archived: the archived ones as well.
            refresh: ask again, whatever is remembered.

        Raises:
            GroupIncompleteError: a key could not be asked.
        """
        known = await self._members.complete(refresh=refresh)
        return [one for one in known.values() if archived or not one.account.archived]

    async def account(self, account: AccountId) -> B2Brouter:
        """Return the client for an account, as `client.account(id)`.

        Example:
            mine = await group.account(1234)
            invoices = await mine.invoices.list()

        Args:
            account: id of the account.

        Raises:
            ArgumentError: no key of the group sees it.
            GroupIncompleteError: a key could not be asked, and perhaps sees it.
        """
        return self._view(await self._members.find(account))

    async def by_identifier(
        self, identifier: str, *, country: str | None = None, archived: bool = False
    ) -> GroupAccount | None:
        """Return the account of a company, whichever key sees it; None where none does. See `accounts.by_identifier`.

        Example:
            found = await group.by_identifier("ES B-0123456.6")

        Args:
            identifier: its tax or company number, in any spelling.
            country: of the company, two letters, where the number has no country prefix.
            archived: take archived accounts as well, where no other has it.

        Raises:
            AmbiguousMatchError: several accounts have it; it names them.
            ArgumentError: there is nothing in it to look for.
            GroupIncompleteError: a key could not be asked, and perhaps sees it or another one.
        """
        return await self._members.by_identifier(identifier, country, archived=archived)

    async def for_each_account(
        self,
        fn: Callable[[B2Brouter], Awaitable[T]],
        *,
        accounts: Iterable[AccountId] | None = None,
        archived: bool = False,
        concurrency: int = 8,
        on_progress: Progress[T] | None = None,
    ) -> AccountResults[T]:
        """Run a function for every account of the group, once, whichever and how many keys see it.

        Example:
            async def unsent(account: B2Brouter) -> int:
                return len([row async for row in account.invoices.list(new=True)])


            results = await group.for_each_account(unsent, concurrency=4)
            print(results.values, results.failed)

        Keys work side by side. One that can't be asked for its accounts is in `keys_failed` of the results, and the
        others go on.

        Args:
            fn: an async function; it gets the client for the account (`view.default_account`).
            accounts: ids of some of them; left out, all that are not archived.
            archived: run for archived accounts too.
            concurrency: for how many accounts of one key at once.
            on_progress: called after each account with its result, how many are done, and how many there are; it must
                not block, and what it raises ends the run.

        Returns:
            What became of each, in the order of the accounts.

        Raises:
            ArgumentError: no async function, or an account that is not there or archived; nothing was run.
        """
        check_function(fn, concurrency, on_progress)
        known = await self._members.known()
        silent = dict(self._members.failures)
        usable = {
            number: one for number, one in known.items() if any(name not in silent for name in one.keys)
        }
        rows = chosen([one.account for one in usable.values()], accounts, archived=archived)
        by_key: dict[str, list[int]] = {}
        for row in rows:
            by_key.setdefault(self._key_of(usable[row.id]), []).append(row.id)
        results: dict[int, AccountResult[T]] = {}
        problem: Exception | None = None

        def tell(result: AccountResult[T]) -> None:
            results[result.account.id] = result
            if on_progress is not None:
                on_progress(result, len(results), len(rows))

        async def work(ids: list[int]) -> None:
            nonlocal problem
            try:
                await run_for_each(
                    [usable[number].account for number in ids],
                    lambda account: fn(self._view(usable[account.id])),
                    concurrency=concurrency,
                    clock=self._first.caller.waiting.clock,
                    on_result=tell,
                )
            except Exception as error:
                problem = problem or error
                tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            for ids in by_key.values():
                tasks.start_soon(work, ids)
        if problem is not None:
            raise problem
        return AccountResults(tuple(results[row.id] for row in rows), silent)

    def upload(
        self,
        journals: str | os.PathLike[str] | Callable[[GroupAccount], str | os.PathLike[str] | Journal],
        *,
        accounts_at_once: int | None = None,
        **settings: Unpack[RunSettings],
    ) -> GroupUpload:
        """Upload documents to the accounts they belong to, each exactly once.

        Example:
            async with group.upload("journals") as run:
                async for done in run(documents):
                    print(done.account, done.outcome.source, done.outcome.kind)
            print(run.summary)

        A document goes to the account of the party that issues it: its seller, or the buyer where it is self-billed;
        with `received=True` to the account of the other side. One that is of no account, or perhaps of several, is
        `invalid` with the reason and the way out, and nothing of it is sent. Every account has a journal of its own.

        Args:
            journals: a folder, made where it isn't there, for files like `483921.db`; or a function that returns an
                account's journal.
            accounts_at_once: for how many accounts documents are worked on at the same time; left out, 100, or as many
                as open files allow.
            settings: as for `client.upload`, for each account. `concurrency` is that of one account, 16 where it is
                left out; `on_progress` is called with the summary of all of them.

        Raises:
            ConfigurationError: settings that contradict each other.
        """
        settings.setdefault("concurrency", 16)
        return GroupUpload(self._members.complete, self._view, journals, accounts_at_once, settings)

    async def aclose(self) -> None:
        """Close the clients that the group has made. Those that were passed in stay as they are.

        Example:
            group = B2BrouterGroup(["test_…", "test_south"])
            await group.aclose()
        """
        for name in self._own:
            await self._members.clients[name].aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        if not hasattr(self, "_members"):  # while it is being made, in the frames of an error
            return "<B2BrouterGroup, not made>"
        return f"<B2BrouterGroup of {', '.join(self._members.clients)}: {self._first!r}>"

    @property
    def _first(self) -> B2Brouter:
        return next(iter(self._members.clients.values()))

    def _key_of(self, account: GroupAccount) -> str:
        """Return the key that an account is called with: the first that sees it, and answers."""
        return next((name for name in account.keys if name not in self._members.failures), account.keys[0])

    def _view(self, account: GroupAccount) -> B2Brouter:
        return self._members.clients[self._key_of(account)].account(account.id)


def _named(
    keys: Mapping[str, str | Secret | B2Brouter] | Iterable[str | Secret | B2Brouter],
) -> dict[str, Secret | B2Brouter]:
    """Return keys and clients by their names, each key hidden.

    Raises:
        ConfigurationError: there are none, or one of them is none.
    """
    found: dict[str, Secret | B2Brouter] = {}
    given: dict[str, str | Secret | B2Brouter] = {}
    one: str | Secret | B2Brouter | None = None
    name = ""
    try:
        if isinstance(keys, (str, Secret, B2Brouter)):
            raise ConfigurationError("pass several, in a list or with their names", argument="keys")
        if isinstance(keys, Mapping):
            given.update(cast("Mapping[str, str | Secret | B2Brouter]", keys))
        else:
            given.update({f"key {number}": one for number, one in enumerate(keys, 1)})
        for name, one in given.items():
            if not isinstance(one, (str, Secret, B2Brouter)):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise ConfigurationError(
                    f"{type(one).__name__} is neither a key nor a client", argument="keys"
                )
            found[name] = Secret(one) if isinstance(one, str) else one
        if any(_key_of(one).reveal() in str(name) for one in found.values() for name in found):
            found.clear()
            raise ConfigurationError("a name holds a key, and names are shown; take another", argument="keys")
    finally:
        # Nothing of a key may stay behind in the frame that a traceback keeps.
        keys, one, name = (), None, ""
        given.clear()
    if not found:
        raise ConfigurationError("pass one key at least", argument="keys")
    return found


def _key_of(one: Secret | B2Brouter) -> Secret:
    return one if isinstance(one, Secret) else one.caller.pipeline.key


def _check(clients: Mapping[str, B2Brouter]) -> None:
    """Refuse keys that can't be one group.

    Raises:
        ConfigurationError: they belong to different environments or servers, or one is there twice.
    """
    first_name, first = next(iter(clients.items()))
    seen: dict[Secret, str] = {}
    for name, client in clients.items():
        key = _key_of(client)
        if key in seen:
            raise ConfigurationError(
                f"{seen[key]} and {name} are the same key; pass it once", argument="keys"
            )
        seen[key] = name
        here = (client.environment.name, client.base_url)
        there = (first.environment.name, first.base_url)
        if here != there:
            raise ConfigurationError(
                f"{first_name} belongs to {there[0]} at {there[1]}, and {name} to {here[0]} at {here[1]}; "
                "make a group of each",
                argument="keys",
            )
