"""The sandbox kit: recipients whose outcome is fixed, invoices that arrive, and nothing outside the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async import B2Brouter, ConfigurationError, OutcomeUnknownError, UnprocessableError
from b2brouter_async.sandbox import (
    FAILS,
    RECIPIENTS,
    REFUSES,
    REGISTERS,
    Recipient,
    Sandbox,
    require_sandbox,
)
from examples.sample_invoices import ubl_invoice

if TYPE_CHECKING:
    from pathlib import Path

    from b2brouter_async.simulator import Simulator

pytestmark = pytest.mark.anyio

IMPORT = "POST /accounts/{}/invoices/import"


async def sent_to(client: B2Brouter, recipient: Recipient) -> int:
    contact = await client.contacts.create(contact=recipient.contact(name="Test recipient"))
    invoice = await client.invoices.create(
        invoice={
            "number": f"F-{recipient.gln}",
            "contact_id": contact.id,
            "invoice_lines_attributes": [{"quantity": 1, "price": 100, "description": "Gasket"}],
        },
        send_after_import=True,
    )
    return invoice.id


@pytest.mark.b2brouter(limit=None)
@pytest.mark.parametrize("recipient", RECIPIENTS, ids=lambda recipient: recipient.ends_as)
async def test_an_invoice_goes_through_the_states_that_its_recipient_fixes(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, recipient: Recipient
) -> None:
    number = await sent_to(b2brouter_client, recipient)
    seen: list[str] = []
    for _ in range(20):
        invoice = await b2brouter_client.invoices.get(number)
        if str(invoice.state) not in ("sending", *seen[-1:]):
            seen.append(str(invoice.state))
        b2brouter_simulator.advance(0.5)
    assert tuple(seen) == recipient.states
    assert invoice.state == recipient.ends_as
    assert invoice.error_code == recipient.error_code


def test_the_outcomes_have_names() -> None:
    assert [recipient.ends_as for recipient in (REGISTERS, REFUSES, FAILS)] == [
        "registered", "refused", "error",
    ]  # fmt: skip
    contact = REFUSES.contact(country="be", cin_value="0123456749", pin_value="changed")
    assert (contact.pin_scheme, contact.pin_value, contact.country) == ("0088", REFUSES.gln, "be")
    assert contact.transport_type_code == "peppol"


@pytest.mark.b2brouter(limit=None)
async def test_an_invoice_arrives_and_waits_in_the_queue(b2brouter_client: B2Brouter, tmp_path: Path) -> None:
    (tmp_path / "theirs.xml").write_bytes(ubl_invoice(number="THEIRS-1"))
    arrived = await b2brouter_client.sandbox.received(tmp_path / "theirs.xml")
    assert (arrived.number, arrived.type) == ("THEIRS-1", "ReceivedInvoice")
    assert [row.id async for row in b2brouter_client.received.pending()] == [arrived.id]


async def test_an_invoice_arrives_at_another_account(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    other = b2brouter_simulator.accounts[1]
    arrived = await b2brouter_client.sandbox.received(ubl_invoice(number="THEIRS-1"), other)
    assert arrived.account is not None
    assert str(arrived.account.id) == other


async def test_what_is_no_invoice_does_not_arrive(b2brouter_client: B2Brouter) -> None:
    with pytest.raises(UnprocessableError):
        await b2brouter_client.sandbox.received(b"<Order/>")


@pytest.mark.b2brouter(limit=None, faults=[f"reset_after operation='{IMPORT}'"])
async def test_an_arrival_whose_reply_is_lost_is_not_sent_again(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    with pytest.raises(OutcomeUnknownError):
        await b2brouter_client.sandbox.received(ubl_invoice(number="THEIRS-1"))
    assert b2brouter_simulator.requests() == 1


@pytest.mark.b2brouter(limit=None, faults=[f"429 times=1 operation='{IMPORT}'"])
async def test_one_that_was_refused_for_now_arrives(b2brouter_client: B2Brouter) -> None:
    assert (await b2brouter_client.sandbox.received(ubl_invoice(number="THEIRS-1"))).id


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_no_other_environment_has_it(environment: Any) -> None:
    client = B2Brouter("live_key", environment, account=1)
    for use in (
        lambda: client.sandbox,
        lambda: client.account(2).sandbox,
        lambda: require_sandbox(client),
        lambda: require_sandbox(client.account(2)),
        lambda: Sandbox(client.caller, environment),
    ):
        with pytest.raises(ConfigurationError, match=f"works in {environment}, .* the sandbox alone"):
            use()


def test_a_test_key_passes_the_guard_whatever_the_server() -> None:
    require_sandbox(B2Brouter("test_key"))
    require_sandbox(B2Brouter("test_key", base_url="http://127.0.0.1:1").account(2))
