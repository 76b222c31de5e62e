"""Waiting for states: soon for a few, cheaply for many, and never past what ends it."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest

from b2brouter_async import (
    ArgumentError,
    AuthenticationError,
    NeverSentError,
    NotDeliveredError,
    NotFoundError,
    WaitTimeout,
    is_delivered,
    is_failed,
    is_in_flight,
    is_refused,
)
from b2brouter_async.models import InvoiceState

if TYPE_CHECKING:
    from b2brouter_async import B2Brouter

    from .conftest import Server

pytestmark = pytest.mark.anyio


async def later(seconds: float, act: Any) -> None:
    await anyio.sleep(seconds)
    act()


async def test_a_few_are_read_soon_at_first_and_then_every_half_minute(
    client: B2Brouter, server: Server
) -> None:
    server.put(1, "sending")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(later, 100, lambda: server.put(1, "registered"))
        invoice = await client.invoices.wait_for(1)
    assert invoice.state == "registered"
    assert 100 <= anyio.current_time() <= 131
    assert server.lists == []
    assert 5 <= len(server.reads) <= 12


async def test_many_share_a_look_twice_a_minute_and_are_read_when_it_is_worth_it(
    client: B2Brouter, server: Server
) -> None:
    for number in range(1, 301):
        server.put(number, "sending")
    found: list[int] = []

    async def wait(number: int) -> None:
        found.append((await client.invoices.wait_for(number, timeout=10_000)).id)

    async with anyio.create_task_group() as tasks:
        for number in range(1, 301):
            tasks.start_soon(wait, number)
        for number in range(1, 301):
            tasks.start_soon(later, 600 + number * 10, partial(server.put, number, "registered"))
    assert sorted(found) == list(range(1, 301))
    minutes = anyio.current_time() / 60
    assert len(server.lists) <= 2 * minutes + 2
    assert len(server.reads) <= 300 + 30, "each is read when it is there, and the last few on their own"


async def test_what_changed_long_ago_is_read_once_though_no_look_shows_it(
    client: B2Brouter, server: Server
) -> None:
    import datetime

    old = server_begin() - datetime.timedelta(days=30)
    for number in range(1, 21):
        server.put(number, "registered" if number % 2 else "sent", at=old)
    done: list[int] = []
    late: list[str] = []

    async def wait(number: int) -> None:
        try:
            done.append((await client.invoices.wait_for(number, timeout=300)).id)
        except WaitTimeout as error:
            late.append(error.last)

    async with anyio.create_task_group() as tasks:
        for number in range(1, 21):
            tasks.start_soon(wait, number)
    assert sorted(done) == list(range(1, 20, 2))
    assert late == ["sent"] * 10


def server_begin() -> Any:
    from .conftest import BEGIN

    return BEGIN


async def test_refused_and_failed_end_a_wait_with_their_reason(client: B2Brouter, server: Server) -> None:
    server.put(1, "refused", refuse_reason="Not ours")
    server.put(2, "error", errors=["No receiver"])
    server.put(3, "new", errors=["Tax is missing"])
    with pytest.raises(NotDeliveredError, match="invoice 1 is refused: Not ours") as refused:
        await client.invoices.wait_for(1)
    assert (refused.value.id, refused.value.state, refused.value.reasons) == (1, "refused", ("Not ours",))
    with pytest.raises(NotDeliveredError, match="No receiver"):
        await client.invoices.wait_for(2)
    with pytest.raises(NeverSentError, match="Tax is missing"):
        await client.invoices.wait_for(3)
    assert (await client.invoices.wait_for(1, until={"refused", "registered"})).state == "refused"
    assert (await client.invoices.wait_for(2, until=is_failed)).state == "error"
    assert (await client.invoices.wait_for(3, until="new")).state == "new"


async def test_among_many_each_has_its_own_end(client: B2Brouter, server: Server) -> None:
    ends: dict[int, str] = {}

    async def wait(number: int) -> None:
        try:
            ends[number] = str((await client.invoices.wait_for(number, timeout=500)).state)
        except (NotDeliveredError, WaitTimeout) as error:
            ends[number] = type(error).__name__

    for number in range(1, 13):
        server.put(number, "sending")
    async with anyio.create_task_group() as tasks:
        for number in range(1, 13):
            tasks.start_soon(wait, number)
        tasks.start_soon(later, 50, partial(server.put, 1, "registered"))
        tasks.start_soon(later, 60, partial(server.put, 2, "refused"))
        tasks.start_soon(later, 70, partial(server.put, 3, "a_state_that_nobody_knows"))
        tasks.start_soon(later, 200, partial(server.put, 3, "paid"))
    assert ends == {
        1: "registered",
        2: "NotDeliveredError",
        3: "paid",
        **dict.fromkeys(range(4, 13), "WaitTimeout"),
    }


async def test_a_deadline_has_the_last_state(client: B2Brouter, server: Server) -> None:
    server.put(1, "a_state_that_nobody_knows")
    with pytest.raises(WaitTimeout, match="invoice 1 that is_delivered did not come within 60 s") as late:
        await client.invoices.wait_for(1, timeout=60)
    assert late.value.last == "a_state_that_nobody_knows"
    assert anyio.current_time() == pytest.approx(60, abs=0.1)


async def test_a_server_that_is_away_is_no_end(client: B2Brouter, server: Server) -> None:
    for number in range(1, 11):
        server.put(number, "registered")
    server.fails = 3
    assert (await client.invoices.wait_for(1)).state == "registered"
    server.fails = 3
    done: list[int] = []

    async def wait(number: int) -> None:
        done.append((await client.invoices.wait_for(number, timeout=1000)).id)

    async with anyio.create_task_group() as tasks:
        for number in range(1, 11):
            tasks.start_soon(wait, number)
    assert sorted(done) == list(range(1, 11))


async def test_a_refusal_ends_every_wait(client: B2Brouter, server: Server, monkeypatch: Any) -> None:
    import httpx

    with pytest.raises(NotFoundError):
        await client.invoices.wait_for(404)
    monkeypatch.setattr(type(server), "_answer", lambda self, request: httpx.Response(401))
    ended: list[int] = []

    async def wait(number: int) -> None:
        with pytest.raises(AuthenticationError):
            await client.invoices.wait_for(number)
        ended.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(1, 21):
            tasks.start_soon(wait, number)
    assert len(ended) == 20


async def test_the_one_that_looks_for_all_may_leave_at_any_time(client: B2Brouter, server: Server) -> None:
    for number in range(1, 21):
        server.put(number, "sending")
    done: list[int] = []
    scopes: list[anyio.CancelScope] = []

    async def wait(number: int) -> None:
        with anyio.CancelScope() as scope:
            scopes.append(scope)
            done.append((await client.invoices.wait_for(number, timeout=10_000)).id)

    async def cancel() -> None:
        await anyio.sleep(1)
        for scope in scopes[:10]:
            await anyio.sleep(17)
            scope.cancel()
        for number in range(1, 21):
            server.put(number, "registered")

    async with anyio.create_task_group() as tasks:
        for number in range(1, 21):
            tasks.start_soon(wait, number)
        tasks.start_soon(cancel)
    assert len(done) == 10
    assert anyio.current_time() < 300


async def test_who_gives_up_beside_another_leaves_nothing_behind(client: B2Brouter, server: Server) -> None:
    """The one that looks for all hands over to somebody who still waits, and not to who is gone."""
    ends: dict[int, str] = {}
    gone = anyio.CancelScope()

    async def give_up() -> None:
        with gone:
            await client.invoices.wait_for(1, timeout=5000)

    async def wait(number: int) -> None:
        try:
            ends[number] = str((await client.invoices.wait_for(number, timeout=5000)).state)
        except WaitTimeout:
            ends[number] = "too late"

    numbers = range(1, 21)
    for number in numbers:
        server.put(number, "sending")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(give_up)
        await anyio.lowlevel.checkpoint()
        for number in numbers:
            tasks.start_soon(wait, number)
        tasks.start_soon(later, 100, gone.cancel)
        # Those that came when it was worth looking for all: one of them looks, and all of them leave.
        for number in numbers:
            tasks.start_soon(
                later, 200 if 4 <= number <= 12 else 400, partial(server.put, number, "registered")
            )
    assert ends == dict.fromkeys(numbers, "registered")
    assert anyio.current_time() < 1000


async def test_two_may_wait_for_the_same_invoice_with_other_ends(client: B2Brouter, server: Server) -> None:
    for number in range(1, 11):
        server.put(number, "sending")
    seen: list[str] = []

    async def wait(number: int, until: Any) -> None:
        seen.append(str((await client.invoices.wait_for(number, until=until, timeout=5000)).state))

    async with anyio.create_task_group() as tasks:
        for number in range(1, 11):
            tasks.start_soon(wait, number, {"registered", "paid"})
        tasks.start_soon(wait, 1, {"paid"})
        for number in range(1, 11):
            tasks.start_soon(later, 100, partial(server.put, number, "registered"))
        tasks.start_soon(later, 400, partial(server.put, 1, "paid"))
    assert sorted(seen) == ["paid", *["registered"] * 10]


async def test_received_invoices_among_many_are_found_in_their_own_list(
    client: B2Brouter, server: Server
) -> None:
    for number in range(1, 21):
        server.put(number, "new", type="ReceivedInvoice" if number % 2 else "IssuedInvoice")
    done: list[int] = []

    async def wait(number: int) -> None:
        done.append((await client.invoices.wait_for(number, until={"paid"}, timeout=5000)).id)

    async with anyio.create_task_group() as tasks:
        for number in range(1, 21):
            tasks.start_soon(wait, number)
            kind = "ReceivedInvoice" if number % 2 else "IssuedInvoice"
            tasks.start_soon(later, 300, partial(server.put, number, "paid", type=kind))
    assert sorted(done) == list(range(1, 21))
    assert len(server.reads) < 120, "read one by one they would take some 280"


@pytest.mark.parametrize("until", [set(), [], ()])
async def test_nothing_to_wait_for_is_refused(client: B2Brouter, until: Any) -> None:
    with pytest.raises(ArgumentError, match="until"):
        await client.invoices.wait_for(1, until=until)


@pytest.mark.parametrize("timeout", [0, -1, math.nan])
async def test_a_timeout_that_is_none_is_refused(client: B2Brouter, timeout: float) -> None:
    with pytest.raises(ArgumentError, match="timeout"):
        await client.invoices.wait_for(1, timeout=timeout)


@pytest.mark.parametrize("state", [*InvoiceState, "a_state_that_nobody_knows", None])
async def test_every_state_is_exactly_one_of_four(state: Any) -> None:
    verdicts = [judge(state) for judge in (is_delivered, is_refused, is_failed, is_in_flight)]
    assert verdicts.count(True) == 1
    if state in (None, "a_state_that_nobody_knows", "sent", "sending"):
        assert is_in_flight(state)


class Awaited:
    async def __call__(self, invoice: Any) -> bool:
        return False


async def never(invoice: Any) -> bool:
    return False


@pytest.mark.parametrize("until", [never, Awaited(), lambda invoice: never(invoice)])
async def test_a_predicate_that_is_to_be_awaited_ends_no_wait(
    client: B2Brouter, server: Server, until: Any
) -> None:
    """What it returns is true whatever it says, so an invoice would count as delivered at the first look."""
    server.put(1, "sending")
    with pytest.raises(ArgumentError, match=r"until: .*pass an ordinary function"):
        await client.invoices.wait_for(1, until=until)


async def test_among_many_a_predicate_that_fails_ends_its_own_wait_alone(
    client: B2Brouter, server: Server
) -> None:
    """One of them looks at the list for all, and must not be hit by what is wrong with another's."""
    for number in range(1, 21):
        server.put(number, "sending")
    ended: dict[int, object] = {}

    def stumbles(invoice: Any) -> bool:
        if invoice.state == "sending":
            return False
        raise ZeroDivisionError

    async def wait(number: int) -> None:
        try:
            until: Any = stumbles if number == 13 else "registered"
            ended[number] = str((await client.invoices.wait_for(number, until=until, timeout=10_000)).state)
        except Exception as error:
            ended[number] = type(error)

    async with anyio.create_task_group() as tasks:
        for number in range(1, 21):
            tasks.start_soon(wait, number)
        await anyio.sleep(100)
        server.put(13, "sent")
        await anyio.sleep(300)
        assert ended == {13: ZeroDivisionError}
        for number in set(range(1, 21)) - {13}:
            server.put(number, "registered")
    assert ended == {number: ZeroDivisionError if number == 13 else "registered" for number in range(1, 21)}


@pytest.mark.parametrize("until", [5, None, b"sent"])
async def test_what_is_neither_a_state_nor_a_function_is_waited_for_by_nobody(
    client: B2Brouter, server: Server, until: Any
) -> None:
    with pytest.raises(ArgumentError, match="until: pass states as text, or a function"):
        await client.invoices.wait_for(1, until=until)
    assert server.reads == []
