"""Something runs for every account, one bad account sinks no other, and a group of keys is asked as one."""

from __future__ import annotations

import asyncio
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from b2brouter_async import (
    AccountResult,
    AccountsFailedError,
    AmbiguousMatchError,
    ArgumentError,
    B2Brouter,
    B2BrouterGroup,
    ConfigurationError,
    GroupIncompleteError,
    NotFoundError,
)
from b2brouter_async.config import Secret
from b2brouter_async.limiter import TokenBucket
from b2brouter_async.pytest_plugin import SimulatorClock
from b2brouter_async.simulator import ACCOUNTS, Key, Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

pytestmark = pytest.mark.anyio

NORTH, SOUTH, BOTH = "test_north_0123456789", "test_south_0123456789", "test_both_0123456789"
SPANISH: Any = {**ACCOUNTS[0], "id": 101, "name": "Norte SL", "tin_value": "ESB00000018"}
BELGIAN: Any = {
    **ACCOUNTS[1],
    "id": 102,
    "name": "Noord BV",
    "tin_value": "BE0000000026",
    "cin_value": "0000000026",
}
GERMAN: Any = {**ACCOUNTS[0], "id": 201, "name": "Süd GmbH", "tin_value": "DE123456789", "country": "de"}


@pytest.fixture
def simulator() -> Simulator:
    simulator = Simulator(
        limit=None,
        api_key=NORTH,
        accounts=[SPANISH, BELGIAN],
        keys=[Key(SOUTH, group="south"), Key(BOTH, group="main")],
    )
    simulator.add_account(GERMAN, api_key=SOUTH)
    return simulator


def client_of(simulator: Simulator, key: str, **options: Any) -> B2Brouter:
    clock = SimulatorClock(simulator)
    client = B2Brouter(
        key,
        base_url=simulator.base_url,
        http_client=httpx.AsyncClient(transport=simulator.transport(sleep=clock.sleep)),
        limiter=TokenBucket(10**9, clock=clock),
        **options,
    )
    client.caller.pipeline.sleep, client.caller.pipeline.clock = clock.sleep, clock.now
    return client


def group_of(simulator: Simulator, *keys: str, **options: Any) -> B2BrouterGroup:
    names = {NORTH: "north", SOUTH: "south", BOTH: "both"}
    return B2BrouterGroup(
        {names[key]: client_of(simulator, key) for key in keys or (NORTH, SOUTH)}, **options
    )


@pytest.fixture
async def group(simulator: Simulator, anyio_backend: str) -> AsyncGenerator[B2BrouterGroup]:
    async with group_of(simulator) as group:
        yield group


async def name_of(client: B2Brouter) -> str | None:
    return (await client.accounts.get(client.default_account or 0)).name


# For each account of one key


async def test_every_account_is_run_for_in_its_order_with_a_client_of_its_own(simulator: Simulator) -> None:
    client = client_of(simulator, NORTH)
    results = await client.for_each_account(name_of)
    assert [(result.account.id, result.value) for result in results] == [(101, "Norte SL"), (102, "Noord BV")]
    assert results.values == {101: "Norte SL", 102: "Noord BV"}
    assert (len(results), results.failed, str(results)) == (2, (), "2 accounts, 0 failed")
    results.raise_failures()
    named = await client.for_each_account(name_of, accounts=["102", 101])
    assert [result.account.id for result in named] == [102, 101]


async def test_one_bad_account_sinks_no_other(simulator: Simulator) -> None:
    client = client_of(simulator, NORTH)

    async def half(account: B2Brouter) -> str:
        if account.default_account == 101:
            await account.invoices.get(1)
        return "done"

    results = await client.for_each_account(half)
    (bad,) = results.failed
    assert bad.account.id == 101
    assert isinstance(bad.error, NotFoundError)
    assert results.values == {102: "done"}
    with pytest.raises(
        AccountsFailedError, match=r"1 of 2 accounts failed: 101: invoices\.get: 404"
    ) as error:
        results.raise_failures()
    assert error.value.errors == {101: bad.error}
    assert isinstance(pickle.loads(pickle.dumps(error.value)), AccountsFailedError)


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_no_more_run_at_once_than_allowed(simulator: Simulator, concurrency: int) -> None:
    for number in range(5):
        simulator.add_account({**ACCOUNTS[0], "id": 300 + number})
    client = client_of(simulator, NORTH)
    running: list[int] = []
    most: list[int] = []

    async def work(account: B2Brouter) -> None:
        running.append(1)
        most.append(len(running))
        await anyio.wait_all_tasks_blocked()
        running.pop()

    told: list[tuple[int, int, int]] = []

    def tell(result: AccountResult[None], done: int, total: int) -> None:
        told.append((result.account.id, done, total))

    await client.for_each_account(work, concurrency=concurrency, on_progress=tell)
    assert max(most) == concurrency
    assert [(done, total) for _, done, total in told] == [(done, 7) for done in range(1, 8)]
    assert {number for number, _, _ in told} == {101, 102, 300, 301, 302, 303, 304}


async def test_a_cancellation_ends_all_of_it(simulator: Simulator) -> None:
    client = client_of(simulator, NORTH)
    ended: list[str] = []

    async def wait(account: B2Brouter) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(str(account.default_account))

    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.for_each_account, wait)
            await anyio.wait_all_tasks_blocked()
            scope.cancel()
    assert sorted(ended) == ["101", "102"]


async def test_what_progress_raises_ends_the_run(simulator: Simulator) -> None:
    def tell(*anything: object) -> None:
        raise LookupError("mine")

    for runner in (client_of(simulator, NORTH), group_of(simulator)):
        with pytest.raises(LookupError, match="mine"):
            await runner.for_each_account(name_of, on_progress=tell)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"fn": "text"}, "fn"),
        ({"fn": lambda account: 7}, "fn"),
        ({"fn": name_of, "concurrency": 0}, "concurrency"),
        ({"fn": name_of, "accounts": [101, 9]}, "accounts"),
    ],
)
async def test_what_can_not_be_run_is_refused(simulator: Simulator, arguments: Any, argument: str) -> None:
    for runner in (client_of(simulator, NORTH), group_of(simulator)):
        with pytest.raises(ArgumentError, match=f"^{argument}: "):
            await runner.for_each_account(**arguments)


async def test_archived_accounts_are_run_for_where_it_is_said(simulator: Simulator) -> None:
    client = client_of(simulator, NORTH)
    await client.accounts.delete(101)
    assert [result.account.id for result in await client.for_each_account(name_of)] == [102]
    assert len(await client.for_each_account(name_of, archived=True)) == 2
    with pytest.raises(ArgumentError, match="unarchive"):
        await client.for_each_account(name_of, accounts=[101])


# A group of keys


async def test_a_group_knows_which_key_sees_which_account(simulator: Simulator) -> None:
    group = group_of(simulator, NORTH, SOUTH, BOTH)
    accounts = await group.accounts()
    assert [(one.id, one.keys) for one in accounts] == [
        (101, ("north", "both")),
        (102, ("north", "both")),
        (201, ("south",)),
    ]
    assert str(accounts[2]) == "201 (Süd GmbH)"
    assert [simulator.requests(key) for key in (NORTH, SOUTH, BOTH)] == [1, 1, 1]


async def test_an_account_is_called_with_the_first_key_that_sees_it(simulator: Simulator) -> None:
    group = group_of(simulator, BOTH, NORTH, SOUTH)
    assert await name_of(await group.account(101)) == "Norte SL"
    assert await name_of(await group.account("201")) == "Süd GmbH"
    assert [simulator.requests(key) for key in (BOTH, NORTH, SOUTH)] == [2, 1, 2]
    results = await group.for_each_account(name_of)
    assert results.values == {101: "Norte SL", 102: "Noord BV", 201: "Süd GmbH"}
    assert [simulator.requests(key) for key in (BOTH, NORTH, SOUTH)] == [4, 1, 3]


async def test_the_accounts_are_asked_for_once_in_a_while_and_on_request(
    simulator: Simulator, group: B2BrouterGroup
) -> None:
    for _ in range(3):
        await group.accounts()
    assert simulator.requests(NORTH) == 1
    await group.accounts(refresh=True)
    assert simulator.requests(NORTH) == 2
    simulator.advance(301)
    await group.accounts()
    assert simulator.requests(NORTH) == 3
    await group.clients["north"].accounts.delete(101)
    assert [one.id for one in await group.accounts(refresh=True)] == [102, 201]
    assert len(await group.accounts(archived=True)) == 3


async def test_tasks_that_ask_at_once_share_the_asking(simulator: Simulator, group: B2BrouterGroup) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(group.accounts)
    assert simulator.requests(NORTH) == 1


async def test_a_new_account_is_found_at_once_and_an_unknown_one_asked_for_once_a_minute(
    simulator: Simulator, group: B2BrouterGroup
) -> None:
    await group.accounts()
    simulator.advance(61)
    simulator.add_account({**ACCOUNTS[0], "id": 202, "tin_value": "ESB00000099"}, api_key=SOUTH)
    assert (await group.account(202)).default_account == 202
    for _ in range(3):
        with pytest.raises(
            ArgumentError, match=r"^account: no key of the group \(north, south\) sees account 9"
        ):
            await group.account(9)
    assert simulator.requests(SOUTH) == 2
    simulator.advance(61)
    simulator.add_account({**ACCOUNTS[0], "id": 203, "tin_value": "ESB00000107"}, api_key=SOUTH)
    found = await group.by_identifier("ES-B00000107")
    assert found is not None
    assert (found.id, found.keys) == (203, ("south",))


async def test_a_company_is_found_whichever_key_sees_it(simulator: Simulator, group: B2BrouterGroup) -> None:
    german = await group.by_identifier("123456789", country="de")
    assert german is not None
    assert german.keys == ("south",)
    assert await group.by_identifier("123456789", country="pt") is None
    simulator.add_account({**SPANISH, "id": 202}, api_key=SOUTH)
    await group.accounts(refresh=True)
    with pytest.raises(AmbiguousMatchError) as error:
        await group.by_identifier("ESB00000018")
    assert error.value.ids == (101, 202)
    with pytest.raises(ArgumentError, match="identifier"):
        await group.by_identifier("-")


async def test_a_key_that_does_not_answer_is_told_and_the_others_go_on(simulator: Simulator) -> None:
    expired = Key("test_expired_0123456789", group="x", expired=True)
    simulator = Simulator(limit=None, api_key=NORTH, accounts=[SPANISH], keys=[expired])
    group = B2BrouterGroup({"north": client_of(simulator, NORTH), "old": client_of(simulator, expired.value)})
    results = await group.for_each_account(name_of)
    assert results.values == {101: "Norte SL"}
    assert str(results) == "1 accounts, 0 failed; not asked: old"
    with pytest.raises(
        AccountsFailedError, match=r"old could not be asked for its accounts: .*expired_api_key"
    ):
        results.raise_failures()
    # What is known is known; what isn't may be that key's.
    assert (await group.account(101)).default_account == 101
    for call in (group.accounts(), group.account(9), group.by_identifier("ESB00000018")):
        with pytest.raises(GroupIncompleteError, match=r"old: .*expired_api_key") as error:
            await call
        assert set(error.value.failures) == {"old"}
        assert error.value.retry == "never"


async def test_a_key_that_fails_for_a_moment_is_asked_again(
    simulator: Simulator, group: B2BrouterGroup
) -> None:
    simulator.faults.add("503 operation='GET /accounts' times=8")
    with pytest.raises(GroupIncompleteError) as error:
        await group.accounts()
    assert error.value.retry == "later"
    assert len(await group.accounts()) == 3


async def test_every_key_has_a_budget_of_its_own() -> None:
    async with B2BrouterGroup([NORTH, SOUTH]) as group:
        north, south = group.clients.values()
        assert north.limiter is not south.limiter
        assert list(group.clients) == ["key 1", "key 2"]
        assert B2Brouter(NORTH).limiter is north.limiter
    with pytest.raises(ConfigurationError, match="limiter: every key has a budget of its own"):
        B2BrouterGroup([NORTH, SOUTH], limiter=TokenBucket(100))


async def test_clients_that_were_passed_in_are_not_closed(simulator: Simulator) -> None:
    mine = client_of(simulator, NORTH)
    group = B2BrouterGroup([mine, SOUTH], base_url=simulator.base_url)
    own = group.clients["key 2"]
    await group.aclose()
    assert await mine.accounts.list()
    assert own.caller.pipeline.transport.closed


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: B2BrouterGroup([]), "pass one key at least"),
        (lambda: B2BrouterGroup(NORTH), "pass several"),
        (lambda: B2BrouterGroup(B2Brouter(NORTH)), "pass several"),  # type: ignore[arg-type]
        (lambda: B2BrouterGroup([NORTH, NORTH]), "key 1 and key 2 are the same key"),
        (lambda: B2BrouterGroup([NORTH, Secret(NORTH)]), "key 1 and key 2 are the same key"),
        (lambda: B2BrouterGroup([7]), "int is neither a key nor a client"),  # type: ignore[list-item]
        (lambda: B2BrouterGroup([NORTH, ""]), "empty"),
        (lambda: B2BrouterGroup({NORTH: NORTH}), "a name holds a key"),
        (lambda: B2BrouterGroup([NORTH], account=5), "account: a group has many"),
        (lambda: B2BrouterGroup([NORTH], refresh_after=-1), "refresh_after"),
        (
            lambda: B2BrouterGroup([B2Brouter(NORTH), B2Brouter("prod_0123456789", "production")]),
            "key 1 belongs to sandbox at https://api.b2brouter.net, and key 2 to production",
        ),
        (
            lambda: B2BrouterGroup([B2Brouter(NORTH), B2Brouter(SOUTH, base_url="https://x.test")]),
            "make a group of each",
        ),
    ],
)
async def test_keys_that_make_no_group_are_refused_and_shown_nowhere(
    make: Callable[[], B2BrouterGroup], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        make()
    assert message in str(error.value)
    frames = [frame for frame, _ in traceback.walk_tb(error.value.__traceback__)]
    ours = [
        frame for frame in frames if frame.f_code.co_filename.endswith(("group.py", "client.py", "config.py"))
    ]
    assert ours
    assert not [frame for frame in ours if NORTH in repr(frame.f_locals)]


def test_a_group_shows_no_key() -> None:
    group = B2BrouterGroup({"north": NORTH, "south": SOUTH})
    assert repr(group) == (
        "<B2BrouterGroup of north, south: <B2Brouter sandbox at api.b2brouter.net, API 2026-06-26>>"
    )


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # trio has no cancellation that isn't a scope's
@pytest.mark.parametrize("concurrency", [1, 2])
async def test_a_function_that_is_cancelled_by_something_of_its_own_sinks_no_other(
    simulator: Simulator, concurrency: int
) -> None:
    """As when it waits for a task that somebody else cancels; asyncio then raises the same as for itself."""

    async def half(account: B2Brouter) -> str:
        if account.default_account == 101:
            other = asyncio.ensure_future(asyncio.sleep(3600))
            other.cancel()
            await other
        return "done"

    results = await client_of(simulator, NORTH).for_each_account(half, concurrency=concurrency)
    assert [result.account.id for result in results] == [101, 102]
    assert [str(result.error) for result in results.failed] == [
        "the function was cancelled by something of its own"
    ]
    assert results.values == {102: "done"}


async def test_an_error_without_words_is_told_by_its_name(simulator: Simulator) -> None:
    async def late(account: B2Brouter) -> None:
        raise TimeoutError

    results = await client_of(simulator, NORTH).for_each_account(late)
    with pytest.raises(AccountsFailedError, match="101: TimeoutError; 102: TimeoutError"):
        results.raise_failures()
