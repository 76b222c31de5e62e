"""What asyncio alone has: its own timeouts, groups and cancellations, as applications written for it use them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
import pytest_asyncio
import respx
from attrs import frozen

from b2brouter_async import B2Brouter, NotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from b2brouter_async.simulator import Simulator

pytestmark = [pytest.mark.asyncio, pytest.mark.b2brouter(limit=None)]


async def test_gather_takes_calls_and_pagers(b2brouter_client: B2Brouter) -> None:
    account, page, missing = await asyncio.gather(
        b2brouter_client.accounts.get(),
        b2brouter_client.accounts.list(),
        b2brouter_client.invoices.get(1),
        return_exceptions=True,
    )
    assert not isinstance(account, BaseException)
    assert not isinstance(page, BaseException)
    assert account.id in [one.id for one in page.items]
    assert isinstance(missing, NotFoundError)


async def test_a_task_group_shares_one_client(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    async with asyncio.TaskGroup() as tasks:
        found = [tasks.create_task(b2brouter_client.accounts.get()) for _ in range(50)]
    assert len({task.result().id for task in found}) == 1
    assert b2brouter_simulator.requests() == 50


async def test_a_failure_in_a_task_group_cancels_the_rest_and_the_client_goes_on(
    b2brouter_client: B2Brouter,
) -> None:
    async def both() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(b2brouter_client.invoices.get(1))
            tasks.create_task(asyncio.Event().wait())

    with pytest.raises(ExceptionGroup) as failed:
        await both()
    assert failed.group_contains(NotFoundError)
    assert (await b2brouter_client.accounts.get()).id


@frozen
class Slow:
    """A server that answers when it is let, and the client that asks it."""

    client: B2Brouter
    route: respx.Route
    asked: asyncio.Event
    answer: asyncio.Event


@pytest_asyncio.fixture
async def slow() -> AsyncIterator[Slow]:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def reply(request: httpx.Request) -> httpx.Response:
        asked.set()
        await answer.wait()
        return httpx.Response(200, json={"account": {"id": 1}})

    with respx.mock(base_url="https://api.b2brouter.net", assert_all_called=False) as server:
        route = server.get("/accounts/1").mock(side_effect=reply)
        async with B2Brouter("test_key", account=1) as client:
            yield Slow(client, route, asked, answer)


async def test_asyncios_timeout_ends_a_call_that_waits_and_gives_its_place_back(slow: Slow) -> None:
    async def ask() -> None:
        async with asyncio.timeout(None) as scope:
            call = asyncio.create_task(slow.client.accounts.get())
            await slow.asked.wait()
            scope.reschedule(asyncio.get_running_loop().time())
            await call

    with pytest.raises(TimeoutError):
        await ask()
    assert slow.client.limiter.snapshot().in_flight == 0
    slow.answer.set()
    assert (await slow.client.accounts.get()).id == 1


async def test_a_cancelled_task_ends_as_cancelled(slow: Slow) -> None:
    task = asyncio.create_task(slow.client.accounts.get())
    await slow.asked.wait()
    task.cancel("enough")
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert slow.client.limiter.snapshot().in_flight == 0


async def test_a_call_may_be_shielded(slow: Slow) -> None:
    call = asyncio.ensure_future(slow.client.accounts.get())

    async def caller() -> None:
        await asyncio.shield(call)

    task = asyncio.create_task(caller())
    await slow.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    slow.answer.set()
    assert (await call).id == 1
    assert slow.route.call_count == 1


async def test_what_is_not_awaited_was_not_sent(slow: Slow) -> None:
    slow.client.accounts.get().close()
    slow.client.accounts.list()
    await asyncio.sleep(0)
    assert slow.route.call_count == 0
