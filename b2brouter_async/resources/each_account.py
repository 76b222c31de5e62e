"""Running something for every account of a key, so that one bad account sinks no other (behaviour 48)."""

from __future__ import annotations

import inspect
import math
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import anyio
from attrs import field, frozen

from .._core.callbacks import check_called
from ..errors import ArgumentError, B2BrouterError

if TYPE_CHECKING:
    from .._core.requests import AccountId
    from ..generated.models.account import Account

T = TypeVar("T")

_NAMED = 5


@frozen
class AccountResult(Generic[T]):
    """What became of one account."""

    account: Account
    value: T | None = None
    """What the function returned; None where it raised."""
    error: Exception | None = None
    """What the function raised."""
    seconds: float = 0.0
    """How long it took."""

    @property
    def failed(self) -> bool:
        """Whether the function raised."""
        return self.error is not None


Progress: TypeAlias = Callable[["AccountResult[T]", int, int], object]
"""Called after each account with its result, how many are done, and how many there are; it must not block."""


class AccountsFailedError(B2BrouterError):
    """A function failed for some accounts; it ran for all of them.

    Attributes:
        errors: what it raised, by the accounts' ids.
    """

    def __init__(self, errors: Mapping[int, Exception], total: int, keys: Mapping[str, Exception]) -> None:
        """Tell which accounts failed."""
        shown = [
            f"{number}: {str(error) or type(error).__name__}"  # many have no words
            for number, error in list(errors.items())[:_NAMED]
        ]
        more = f"; and {len(errors) - _NAMED} more" if len(errors) > _NAMED else ""
        silent = "".join(
            f"; {name} could not be asked for its accounts: {error}" for name, error in keys.items()
        )
        super().__init__(f"{len(errors)} of {total} accounts failed: {'; '.join(shown)}{more}{silent}")
        self.errors: dict[int, Exception] = dict(errors)


@frozen
class AccountResults(Generic[T]):
    """What became of every account, in the order of the accounts."""

    results: tuple[AccountResult[T], ...] = ()
    keys_failed: Mapping[str, Exception] = field(factory=dict[str, Exception])
    """Keys of a group that could not be asked for their accounts, by their names: nothing ran for those."""

    def __iter__(self) -> Iterator[AccountResult[T]]:
        return iter(self.results)

    def __len__(self) -> int:
        """Return the number of accounts."""
        return len(self.results)

    @property
    def failed(self) -> tuple[AccountResult[T], ...]:
        """Those for which the function raised."""
        return tuple(result for result in self.results if result.failed)

    @property
    def values(self) -> dict[int, T | None]:
        """What the function returned, by the accounts' ids, where it returned."""
        return {result.account.id: result.value for result in self.results if not result.failed}

    def raise_failures(self) -> None:
        """Raise one error for all failures; do nothing where there are none.

        Example:
            async def unsent(account: B2Brouter) -> int:
                return len([row async for row in account.invoices.list(new=True)])


            results = await client.for_each_account(unsent)
            results.raise_failures()

        Raises:
            AccountsFailedError: the function raised for some accounts, or some keys could not be asked.
        """
        errors = {result.account.id: result.error for result in self.failed if result.error is not None}
        if errors or self.keys_failed:
            raise AccountsFailedError(errors, len(self.results), self.keys_failed)

    def __str__(self) -> str:
        text = f"{len(self.results)} accounts, {len(self.failed)} failed"
        if self.keys_failed:
            text += f"; not asked: {', '.join(self.keys_failed)}"
        return text


def check_function(fn: object, concurrency: int, on_progress: object) -> None:
    """Refuse what can't be run.

    Raises:
        ArgumentError: it is no function, the number is below 1, or an async function is to be told of progress.
    """
    check_called(on_progress, "on_progress")
    if not callable(fn):
        raise ArgumentError(f"pass an async function, not {type(fn).__name__}", argument="fn")
    if isinstance(concurrency, bool) or concurrency < 1:
        raise ArgumentError(
            f"{concurrency} accounts at once get nowhere; pass 1 or more", argument="concurrency"
        )


def chosen(rows: Sequence[Account], accounts: Iterable[AccountId] | None, *, archived: bool) -> list[Account]:
    """Return the accounts to run for.

    Args:
        rows: all there are.
        accounts: the ids of some of them, in the order to run; None is all.
        archived: whether archived ones are run for.

    Raises:
        ArgumentError: one of them is not there, or archived.
    """
    if accounts is None:
        return [row for row in rows if archived or not row.archived]
    if isinstance(accounts, (str, int)):
        accounts = (accounts,)
    by_id = {str(row.id): row for row in rows}
    found: dict[int, Account] = {}
    for number in accounts:
        row = by_id.get(str(number))
        if row is None:
            raise ArgumentError(f"no account {number} can be seen", argument="accounts")
        if row.archived and not archived:
            raise ArgumentError(
                f"account {number} is archived; take it back with accounts.unarchive({number}), or pass archived=True",
                argument="accounts",
            )
        found[row.id] = row
    return list(found.values())


async def run_for_each(
    accounts: Sequence[Account],
    call: Callable[[Account], Awaitable[T]],
    *,
    concurrency: int,
    clock: Callable[[], float],
    on_result: Callable[[AccountResult[T]], object] | None = None,
) -> list[AccountResult[T]]:
    """Run something for accounts, a few at once, and return what became of each in their order.

    Args:
        accounts: which.
        call: what to run; what it raises is kept, a cancellation goes through.
        concurrency: for how many at once.
        clock: counts seconds.
        on_result: called as each ends; what it raises ends the run.
    """
    results: dict[int, AccountResult[T]] = {}
    todo = iter(enumerate(accounts))
    problem: Exception | None = None

    async def work() -> None:
        nonlocal problem
        for place, account in todo:
            try:
                results[place] = await _run(call, account, clock)
                if on_result is not None:
                    on_result(results[place])
            except Exception as error:
                problem = problem or error
                tasks.cancel_scope.cancel()
                return

    async with anyio.create_task_group() as tasks:
        for _ in range(min(concurrency, len(accounts))):
            tasks.start_soon(work)
    if problem is not None:
        raise problem
    return [results[place] for place in sorted(results)]


async def _run(
    call: Callable[[Account], Awaitable[T]], account: Account, clock: Callable[[], float]
) -> AccountResult[T]:
    began = clock()
    try:
        made = call(account)
        if inspect.isawaitable(made):
            return AccountResult(account, await made, seconds=clock() - began)
    except Exception as error:
        return AccountResult(account, error=error, seconds=clock() - began)
    except anyio.get_cancelled_exc_class():
        if anyio.current_effective_deadline() == -math.inf:
            raise
        # Nobody cancelled this run: the function waited for something else that was. It would end without a word, and
        # the accounts behind it with it.
        stray = B2BrouterError("the function was cancelled by something of its own")
        return AccountResult(account, error=stray, seconds=clock() - began)
    raise ArgumentError("pass an async function: this one returned at once", argument="fn")
