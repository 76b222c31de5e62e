"""What has changed since a moment comes once, and nothing of it is missed."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from b2brouter_async import ArgumentError, B2Brouter, UnparsableReplyError
from b2brouter_async.pytest_plugin import make_client
from b2brouter_async.simulator import Simulator, frozen

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

NOON = datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(limit=None, clock=frozen(NOON.timestamp()))


async def invoice(client: B2Brouter, number: str) -> int:
    made = await client.invoices.create(
        invoice={
            "number": number,
            "date": "2026-01-01",
            "contact": {"name": "Acme", "tin_value": "ESB12345678", "country": "es"},
            "invoice_lines_attributes": [{"quantity": 1, "price": 1, "description": "x"}],
        }
    )
    return made.id


async def test_what_changed_before_a_moment_is_passed_over(simulator: Simulator, client: B2Brouter) -> None:
    first = await invoice(client, "F-1")
    simulator.advance(3600)
    second = await invoice(client, "F-2")

    async def since(moment: datetime.date) -> list[int]:
        return [row.id async for row in client.invoices.changed_since(moment)]

    assert await since(NOON) == [first, second]
    assert await since(NOON + HOUR / 2) == [second]
    assert await since((NOON + HOUR).astimezone(datetime.timezone(-9 * HOUR))) == [second]
    assert await since(NOON + 2 * HOUR) == []
    simulator.advance(3600)
    await client.invoices.mark_as(first, state="paid")
    assert await since(NOON + 2 * HOUR) == [first]


async def test_a_change_within_the_same_second_is_told(simulator: Simulator, client: B2Brouter) -> None:
    number = await invoice(client, "F-1")  # the server writes whole seconds
    rows = client.invoices.changed_since(NOON + datetime.timedelta(milliseconds=700))
    assert [row.id async for row in rows] == [number]


async def test_a_day_begins_where_it_begins_first(simulator: Simulator, client: B2Brouter) -> None:
    number = await invoice(client, "F-1")
    for day, found in ((25, [number]), (26, [number]), (27, [number]), (28, [])):
        # At noon of the 26th in UTC the 27th has begun in Kiritimati.
        rows = client.invoices.changed_since(datetime.date(2026, 11, day))
        assert [row.id async for row in rows] == found


async def test_received_invoices_come_acknowledged_or_not(simulator: Simulator, client: B2Brouter) -> None:
    for number in ("R-1", "R-2"):
        await client.invoices.create(
            invoice={
                "type": "ReceivedInvoice",
                "number": number,
                "contact": {"name": "Acme", "tin_value": "ESB12345678", "country": "es"},
                "invoice_lines_attributes": [{"quantity": 1, "price": 1, "description": "x"}],
            }
        )
    rows = client.invoices.changed_since(NOON, type="ReceivedInvoice")
    found = [row.id async for row in rows]
    await client.invoices.ack(found[0])
    assert [row.id async for row in rows] == found
    assert len(found) == 2
    assert [row async for row in client.invoices.changed_since(NOON)] == []


async def test_a_moment_without_a_zone_is_refused(simulator: Simulator, client: B2Brouter) -> None:
    with pytest.raises(ArgumentError, match=r"^moment: .*time zone"):
        client.invoices.changed_since(datetime.datetime(2026, 11, 26))
    with pytest.raises(ArgumentError, match=r"^moment: pass a date"):
        client.invoices.changed_since("2026-11-26")  # type: ignore[arg-type]
    assert simulator.requests() == 0


async def test_a_row_that_moved_between_two_pages_comes_with_the_next_reading(simulator: Simulator) -> None:
    """The list counts two and gives one: another reading gives the other, and the first not again."""
    readings: list[int] = []

    async def hide(attempt: Any, send: Any) -> Any:
        reply = await send(attempt)
        if attempt.operation != "invoices.list":
            return reply
        readings.append(1)
        if len(readings) > hidden:
            return reply
        import simplejson

        body = simplejson.loads(reply.content, use_decimal=True)
        body["invoices"] = body["invoices"][:1]
        return evolve(reply, content=simplejson.dumps(body).encode())

    client = make_client(simulator, limit=None, middleware=[hide])
    hidden = 0
    numbers = [await invoice(client, "F-1"), await invoice(client, "F-2")]
    hidden = 1
    assert [row.id async for row in client.invoices.changed_since(NOON)] == numbers
    assert len(readings) == 2
    hidden = 99
    with pytest.raises(UnparsableReplyError, match="1 of 2 rows"):
        _ = [row async for row in client.invoices.changed_since(NOON)]


async def test_leaving_early_leaves_nothing_behind(program: Callable[..., B2Brouter]) -> None:
    client = program()
    await invoice(client, "F-1")
    rows = client.invoices.changed_since(NOON)
    async for _ in rows:
        break
    assert len([row async for row in rows]) == 1
