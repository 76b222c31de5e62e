"""On the clock of the pytest plugin's client: whoever waits makes time pass, and nothing waits for real."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from b2brouter_async import Change, NotDeliveredError, WaitTimeout
from b2brouter_async.pytest_plugin import make_client
from b2brouter_async.simulator import Simulator

if TYPE_CHECKING:
    from b2brouter_async import B2Brouter

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """The usual loops: the clock is the simulator's."""
    return str(request.param)


async def send(client: B2Brouter, number: int, pin: str = "9508397101047") -> int:
    """Send an invoice to a receiver of the sandbox, and return its id."""
    invoice = await client.invoices.create(
        invoice={
            "number": f"F-{number}",
            "date": "2026-11-26",
            "contact": {
                "name": f"Receiver {number}", "tin_value": "ESB98765431", "country": "es",
                "pin_scheme": "0088", "pin_value": pin, "transport_type_code": "peppol",
            },
            "invoice_lines_attributes": [{"quantity": 1, "price": 10, "description": "x"}],
        },
        send_after_import=True,
    )  # fmt: skip
    return invoice.id


async def test_an_invoice_is_waited_for_without_waiting() -> None:
    simulator = Simulator(limit=None)
    async with make_client(simulator, limit=None) as client:
        number = await send(client, 1)
        assert (await client.invoices.wait_for(number, until={"sent", "registered"})).id == number
        with pytest.raises(WaitTimeout) as late:
            await client.invoices.wait_for(number, until="paid", timeout=3000)
        assert late.value.last


async def test_many_are_waited_for_together_and_end_each_in_its_way() -> None:
    simulator = Simulator(limit=None)
    async with make_client(simulator, limit=None) as client:
        numbers = [
            await send(client, one, "9500047420799" if one % 2 else "9508397101047") for one in range(20)
        ]
        ends: dict[int, str] = {}

        async def wait(number: int) -> None:
            try:
                ends[number] = str((await client.invoices.wait_for(number, timeout=3600)).state)
            except (NotDeliveredError, WaitTimeout) as error:
                ends[number] = type(error).__name__

        with anyio.fail_after(60):
            async with anyio.create_task_group() as tasks:
                for number in numbers:
                    tasks.start_soon(wait, number)
        states = {number: str((await client.invoices.get(number)).state) for number in numbers}
        expected = {"registered": "registered", "error": "NotDeliveredError"}
        assert ends == {number: expected.get(state, "WaitTimeout") for number, state in states.items()}


async def test_changes_come_as_the_clock_goes_forward() -> None:
    simulator = Simulator(limit=None)
    async with make_client(simulator, limit=None) as client:
        number = await send(client, 1)
        seen: list[Change] = []
        with anyio.fail_after(60):
            async for change in client.invoices.changes():
                seen.append(change)
                if change.state != "sending":
                    break
        assert {change.id for change in seen} == {number}
