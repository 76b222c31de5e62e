from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import anyio
import pytest

from b2brouter_async import B2Brouter, RateLimitedError, WaitTimeout, wait_for_document, wait_until
from b2brouter_async.pytest_plugin import make_client
from b2brouter_async.simulator import Simulator
from b2brouter_async.webhooks import IssuedInvoiceStateChange, verify

from .support import ROOT, invoice

if TYPE_CHECKING:
    from pathlib import Path

TESTS = """
import anyio
import pytest

from b2brouter_async.simulator import Fault, Simulator


def test_a_simulator_is_given(b2brouter_simulator):
    assert isinstance(b2brouter_simulator, Simulator)


@pytest.mark.b2brouter(faults=["503 times=1", Fault("404")], limit=7)
class TestMarked:
    @pytest.mark.b2brouter(limit=None)
    def test_the_marker_closest_to_the_test_wins(self, b2brouter_simulator):
        assert b2brouter_simulator.faults.pick("GET /accounts").kind == "503"
        assert b2brouter_simulator.faults.pick("GET /accounts").kind == "404"


def test_a_client_is_given_that_talks_to_it(b2brouter_client, b2brouter_simulator):
    async def main():
        async with b2brouter_client:
            return [account.id async for account in b2brouter_client.accounts.list()]

    assert [str(number) for number in anyio.run(main)] == b2brouter_simulator.accounts


@pytest.mark.b2brouter(limit=5, max_attempts=1, api_version="2026-04-20")
def test_the_marker_sets_up_the_client_too(b2brouter_client, b2brouter_simulator):
    assert b2brouter_client.limiter.snapshot().limit == 5
    assert b2brouter_client.api_version == "2026-04-20"
    assert b2brouter_client.default_account == b2brouter_simulator.account


@pytest.mark.b2brouter("limit")
def test_the_marker_takes_named_options_only(b2brouter_simulator):
    pass


@pytest.mark.b2brouter(limits=5)
def test_a_misspelt_option_is_told(b2brouter_simulator):
    pass
"""


@pytest.mark.nightly
def test_fixtures_and_marker_work_in_somebody_elses_tests(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(TESTS, "utf-8")
    command = [sys.executable, "-m", "pytest", "--strict-markers", "-q", str(tmp_path)]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "--rootdir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "4 passed, 2 errors" in done.stdout, done.stdout + done.stderr
    assert "takes named options only" in done.stdout
    assert "has no limits" in done.stdout


@pytest.mark.anyio
@pytest.mark.b2brouter(limit=10)
async def test_pauses_take_no_time_and_the_limit_holds(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    """Ten in a minute: thirty creates take minutes of the simulator's clock, and none of the test's."""
    began, before = time.monotonic(), b2brouter_simulator.now

    async def create(number: int) -> None:
        await b2brouter_client.invoices.create(invoice=invoice(str(number))["invoice"])

    async with anyio.create_task_group() as tasks:
        for number in range(30):
            tasks.start_soon(create, number)
    assert len(b2brouter_simulator.ledger()) == 30
    assert b2brouter_simulator.worst_window() <= 10
    assert b2brouter_simulator.now - before > 110
    assert time.monotonic() - began < 60  # it only ends a test that really waits


@pytest.mark.anyio
@pytest.mark.b2brouter(limit=None, faults=["429 times=1", "503 times=1 operation='GET *'"])
async def test_a_retry_pauses_on_the_simulators_clock(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    await b2brouter_client.accounts.get()
    assert b2brouter_simulator.requests() == 3


@pytest.mark.anyio
@pytest.mark.b2brouter(max_attempts=1, faults=["429"])
async def test_the_clients_options_hold(b2brouter_client: B2Brouter) -> None:
    with pytest.raises(RateLimitedError):
        await b2brouter_client.accounts.get()


@pytest.mark.anyio
async def test_a_429_of_one_test_slows_no_other() -> None:
    """Both clients have the same key and host, and would share one limiter."""
    first, second = Simulator(faults=["429 times=1"]), Simulator()
    await make_client(first).accounts.get()
    other = make_client(second)
    assert other.limiter.snapshot().believed == 600
    before = second.now
    await other.accounts.get()
    assert second.now - before < 5


@pytest.mark.anyio
@pytest.mark.b2brouter(limit=None)
async def test_without_a_limit_nothing_waits(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    before = b2brouter_simulator.now
    for number in range(100):
        await b2brouter_client.invoices.create(invoice=invoice(str(number))["invoice"])
    assert len(b2brouter_simulator.ledger()) == 100
    assert b2brouter_simulator.now - before < 60  # nothing advanced the clock


@pytest.mark.anyio
async def test_states_are_waited_for_on_the_simulators_clock(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    before = b2brouter_simulator.now
    made = await b2brouter_client.invoices.create(invoice=invoice("F-1")["invoice"], send_after_import=True)
    assert (await wait_until(b2brouter_client, made.id)).state == "sent"
    assert (await wait_for_document(b2brouter_client, made.id)).content.startswith(b"%PDF")
    assert b2brouter_simulator.now - before >= 2


@pytest.mark.anyio
async def test_what_never_comes_is_given_up_by_the_simulators_clock(b2brouter_client: B2Brouter) -> None:
    made = await b2brouter_client.invoices.create(invoice=invoice("F-1")["invoice"])
    with pytest.raises(WaitTimeout):
        await wait_until(b2brouter_client, made.id, "paid", timeout=3600)


@pytest.mark.anyio
async def test_web_hooks_told_of_after_a_jump_in_time_can_be_verified(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    """The receiver's clock knows nothing of the jump."""
    hook = await b2brouter_client.web_hooks.create(
        web_hook={"url": "https://shop.example.com/", "events": ["issued_invoice.state_change"]}
    )
    await b2brouter_client.invoices.create(invoice=invoice("F-1")["invoice"], send_after_import=True)
    b2brouter_simulator.advance(86400)
    calls = b2brouter_simulator.take_deliveries()
    assert len(calls) == 2
    for call in calls:
        event = verify(call.content, call.headers["X-B2Brouter-Signature"], str(hook.signing_secret))
        assert isinstance(event, IssuedInvoiceStateChange)
