from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from b2brouter_async.simulator import Delays, Delivery, Simulator, frozen
from tests.described import event_schema, validate

from . import documents
from .conftest import MORNING
from .support import client, create, error, invoice

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

EVENTS = ["issued_invoice.state_change", "received_invoice.created", "received_invoice.state_change",
          "tax_report.state_change", "ledger.state_change", "tin_verification.finished", "sii_batch.finished"]  # fmt: skip
GLN = {"pin_scheme": "0088", "transport_type_code": "peppol"}


async def state(http: httpx.AsyncClient, number: int) -> str:
    return str((await http.get(f"/invoices/{number}")).json()["invoice"]["state"])


async def subscribe(http: httpx.AsyncClient, events: list[str] = EVENTS) -> dict[str, Any]:
    body = {"web_hook": {"url": "https://hooks.test/b2b", "events": events}}
    reply = await http.post("/web_hooks", json=body)
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()["web_hook"]
    return made


def states_of(deliveries: list[Delivery]) -> list[str]:
    return [json.loads(delivery.content)["data"]["state"] for delivery in deliveries]


async def test_a_sent_invoice_advances_with_the_clock_and_not_before(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    made = await create(http, simulator.account, {**invoice(), "send_after_import": True})
    assert made["state"] == "sending"
    simulator.advance(0.9)
    assert await state(http, made["id"]) == "sending"
    simulator.advance(0.1)
    assert await state(http, made["id"]) == "sent"
    assert (await http.get(f"/invoices/{made['id']}")).json()["invoice"][
        "state_updated_at"
    ] == "2026-10-14T09:00:01.000Z"


@pytest.mark.parametrize(
    ("receiver", "course"),
    [
        ("9508397101047", ["sending", "sent", "registered"]),
        ("9506215594996", ["sending", "sent", "registered", "refused"]),
        ("9500047420799", ["sending", "sent", "error"]),
        ("1234567890128", ["sending", "sent"]),
    ],
)
async def test_the_recipient_chooses_the_outcome_in_the_sandbox(
    simulator: Simulator, http: httpx.AsyncClient, receiver: str, course: list[str]
) -> None:
    await subscribe(http)
    contact = {"name": "A", "tin_value": "ESB98765431", "pin_value": receiver, **GLN}
    made = await create(http, simulator.account, {**invoice(contact=contact), "send_after_import": True})
    simulator.advance(60)
    assert states_of(simulator.take_deliveries()) == course
    final = (await http.get(f"/invoices/{made['id']}")).json()["invoice"]
    assert final["state"] == course[-1]
    assert final["error_code"] == ("PEPPOL_NO_RECEIVER" if course[-1] == "error" else None)


async def test_the_outcome_holds_for_imports_by_the_endpoint_of_the_document(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    reply = await http.post(
        f"/accounts/{simulator.account}/invoices/import?send_after_import=true",
        content=documents.ubl("1", endpoint="9500047420799"),
        headers={"Content-Type": "application/octet-stream"},
    )
    simulator.advance(60)
    assert await state(http, reply.json()["invoice"]["id"]) == "error"


async def test_production_knows_no_sandbox_outcomes() -> None:
    simulator = Simulator(api_key="live_1", environment="production", clock=frozen(MORNING))
    http = client(simulator)
    contact = {"name": "A", "tin_value": "ESB98765431", "pin_value": "9500047420799", **GLN}
    made = await create(http, simulator.account, {**invoice(contact=contact), "send_after_import": True})
    simulator.advance(60)
    assert await state(http, made["id"]) == "sent"


async def test_sending_twice_sends_once_and_costs_one_transaction(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    made = await create(http, simulator.account, invoice())
    for _ in range(3):
        assert (await http.post(f"/invoices/send_invoice/{made['id']}")).status_code == 200
        simulator.advance(5)
    account = (await http.get(f"/accounts/{simulator.account}")).json()["account"]
    assert account["transactions_count"] == 1


@pytest.mark.parametrize(
    ("kind", "wanted", "allowed"),
    [
        ("IssuedInvoice", "paid", True),
        ("IssuedInvoice", "annotated", False),
        ("ReceivedInvoice", "annotated", True),
        ("ReceivedInvoice", "sent", False),
        ("IssuedSimplifiedInvoice", "downloaded", True),
    ],
)
async def test_mark_as_sets_the_states_of_the_type(
    simulator: Simulator, http: httpx.AsyncClient, kind: str, wanted: str, allowed: bool
) -> None:
    made = await create(http, simulator.account, invoice(type=kind))
    reply = await http.post(f"/invoices/{made['id']}/mark_as", json={"state": wanted})
    if allowed:
        assert reply.json()["invoice"]["state"] == wanted
    else:
        assert error(reply) == (422, "parameter_inclusion", "state")


async def test_a_refusal_keeps_its_reason_and_ends_the_course(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    made = await create(http, simulator.account, {**invoice(), "send_after_import": True})
    body = {"state": "refused", "reason": "wrong", "reason_code": "MONTANTTOTAL_ERR"}
    marked = (await http.post(f"/invoices/{made['id']}/mark_as", json=body)).json()["invoice"]
    assert (marked["refuse_reason"], marked["refuse_reason_code"]) == ("wrong", "MONTANTTOTAL_ERR")
    simulator.advance(60)
    assert await state(http, made["id"]) == "refused"


async def test_the_journal_tells_the_changes_of_an_invoice(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    made = await create(http, simulator.account, {**invoice(), "send_after_import": True})
    await create(http, simulator.account, {**invoice("2"), "send_after_import": True})
    simulator.advance(60)
    path = f"/accounts/{simulator.account}/events"
    told = (await http.get(f"{path}?invoice_id={made['id']}")).json()["events"]
    assert [event["state"] for event in told] == ["sending", "sent"]
    assert (await http.get(f"{path}?date_from=2026-10-15")).json()["meta"]["total_count"] == 0
    assert (await http.get(f"{path}?date_to=2026-10-14")).json()["meta"]["total_count"] == 4


async def test_calls_are_signed_over_seconds_and_raw_body(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    hook = await subscribe(http)
    await create(http, simulator.account, {**invoice(), "send_after_import": True})
    (call,) = simulator.take_deliveries()
    moment, signature = (part.partition("=")[2] for part in call.headers["X-B2Brouter-Signature"].split(","))
    assert int(moment) == int(MORNING)
    expected = hmac.new(
        hook["signing_secret"].encode(), moment.encode() + b"." + call.content, hashlib.sha256
    )
    assert signature == expected.hexdigest()
    assert call.url == "https://hooks.test/b2b"
    assert simulator.take_deliveries() == []


async def test_every_event_has_the_body_the_document_gives_it(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    await subscribe(http)
    account = simulator.account
    setting = {"code": "dgfip", "start_date": "2026-01-01", "type_operation": "services", "naf_code": "62",
               "enterprise_size": "eti"}  # fmt: skip
    await http.post(f"/accounts/{account}/tax_report_settings", json={"tax_report_setting": setting})
    french = {"remittance_information": "a", "payment_method_text": "b", "payment_terms": "c"}
    await create(http, account, {**invoice(**french), "send_after_import": True})
    received = await create(http, account, invoice("r", type="ReceivedInvoice"))
    await http.post(f"/invoices/{received['id']}/mark_as", json={"state": "accepted"})
    await http.post("/tin_verifications?country=es", json=[{"tin_value": "ESB01234566", "name": "A"}])
    await http.post(
        f"/accounts/{account}/tax_report_batches", json={"tax_reports": [{"type": "SiiDocument"}]}
    )
    simulator.advance(2 * 86400)
    seen = set()
    for call in simulator.take_deliveries():
        body = json.loads(call.content)
        seen.add(body["code"])
        validate(event_schema(body["code"]), body)
    assert seen == set(EVENTS)


async def test_only_events_asked_for_are_told_and_none_to_a_hook_that_is_off(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    hook = await subscribe(http, ["tax_report.state_change"])
    await create(http, simulator.account, {**invoice(), "send_after_import": True})
    assert simulator.take_deliveries() == []
    body = {"web_hook": {"events": ["issued_invoice.state_change"], "enabled": False}}
    await http.put(f"/web_hooks/{hook['id']}", json=body)
    simulator.advance(60)
    assert simulator.take_deliveries() == []


async def test_a_web_hook_is_changed_listed_and_deleted(http: httpx.AsyncClient) -> None:
    hook = await subscribe(http)
    path = f"/web_hooks/{hook['id']}"
    changed = (await http.put(path, json={"web_hook": {"description": "x"}})).json()["web_hook"]
    assert changed["description"] == "x"
    assert (await http.get("/web_hooks")).json()["meta"]["total_count"] == 1
    assert (await http.delete(path)).status_code == 200
    assert (await http.get(path)).status_code == 404
    assert error(await http.post("/web_hooks", json={"web_hook": {}})) == (422, "parameter_blank", "url")
    bad = {"web_hook": {"url": "ftp://x"}}
    assert error(await http.post("/web_hooks", json=bad)) == (422, "parameter_inclusion", "url")


async def test_repeats_and_disorder_come_on_demand_and_event_ids_tell_them_apart() -> None:
    simulator = Simulator(hook_repeats=1.0, hook_disorder=True, seed=3, clock=frozen(MORNING))
    http = client(simulator)
    await subscribe(http)
    for number in range(5):
        await create(http, simulator.account, {**invoice(str(number)), "send_after_import": True})
    simulator.advance(60)
    ids = [json.loads(call.content)["data"]["event_id"] for call in simulator.take_deliveries()]
    assert len(ids) == 20
    assert len(set(ids)) == 10
    assert ids != sorted(ids)


def answering(handler: Callable[[httpx.Request], httpx.Response]) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(handler))


async def test_a_call_that_is_not_answered_2xx_comes_again_later(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    await subscribe(http)
    await create(http, simulator.account, {**invoice(), "send_after_import": True})
    seen: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(500 if len(seen) == 1 else 204)

    async with answering(handler) as subscriber:
        assert len(await simulator.deliver(subscriber)) == 1
        assert await simulator.deliver(subscriber) == []
        simulator.advance(0.5)
        assert await simulator.deliver(subscriber) == []
        simulator.advance(4.5)
        again = await simulator.deliver(subscriber)
        simulator.advance(3600)
        assert await simulator.deliver(subscriber) == []
    # The call of the state reached meanwhile, due before it, and the call that failed once more.
    assert [call.attempt for call in again] == [1, 2]
    assert seen[0] == seen[2] != seen[1]


async def test_a_subscriber_that_cannot_be_reached_is_given_up_after_five_attempts(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    await subscribe(http, ["received_invoice.created"])
    await create(http, simulator.account, invoice(type="ReceivedInvoice"))

    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    attempts = 0
    async with answering(handler) as subscriber:
        for _ in range(10):
            attempts += len(await simulator.deliver(subscriber))
            simulator.advance(1000)
    assert attempts == 5


async def test_delays_are_a_choice() -> None:
    simulator = Simulator(delays=Delays(send=10), clock=frozen(MORNING))
    http = client(simulator)
    made = await create(http, simulator.account, {**invoice(), "send_after_import": True})
    simulator.advance(9)
    assert await state(http, made["id"]) == "sending"
    simulator.advance(1)
    assert await state(http, made["id"]) == "sent"


async def test_the_secret_of_a_web_hook_is_told_once(http: httpx.AsyncClient) -> None:
    hook = await subscribe(http)
    assert hook["signing_secret"].startswith("whsec_")
    path = f"/web_hooks/{hook['id']}"
    for reply in (
        await http.get(path),
        await http.put(path, json={"web_hook": {"enabled": True}}),
        await http.delete(path),
    ):
        assert hook["signing_secret"] not in reply.text
    again = await subscribe(http)
    assert again["signing_secret"] != hook["signing_secret"]
    assert again["signing_secret"] not in (await http.get("/web_hooks")).text


async def test_no_body_is_what_a_compact_dump_of_it_would_be(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    """A receiver that verifies JSON which it has read and written again fails here, and not in production."""
    await subscribe(http)
    setting = {"tax_report_setting": {"code": "verifactu"}}
    await http.post(f"/accounts/{simulator.account}/tax_report_settings", json=setting)
    buyer = {"name": "Peña/Müller", "tin_value": "ESB98765431"}
    for number in "12345678":
        await create(http, simulator.account, {**invoice(number, contact=buyer), "send_after_import": True})
    simulator.advance(60)
    bodies = [call.content for call in simulator.take_deliveries()]
    for body in bodies:
        read = json.loads(body)
        for ascii_only in (True, False):
            assert body != json.dumps(read, separators=(",", ":"), ensure_ascii=ascii_only).encode()
    whole = b"".join(bodies)
    for spelling in (b"\\/M", b"/M", "ñ".encode(), b"\\u00f1", b"121.00", b"}\n", b'", "', b'","', b"\n  "):
        assert spelling in whole, spelling


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://shop.example.com/hooks", True),
        ("https://8.8.8.8/hooks", True),
        ("http://shop.example.com/hooks", False),
        ("https://localhost/hooks", False),
        ("https://shop/hooks", False),
        ("https://shop.local/hooks", False),
        ("https://127.0.0.1/hooks", False),
        ("https://192.168.1.5/hooks", False),
        ("https://10.0.0.1:8443/hooks", False),
        ("https://[::1]/hooks", False),
        ("https://[fd00::1]/hooks", False),
        ("https://169.254.1.1/hooks", False),
    ],
)
async def test_only_a_strict_simulator_wants_public_https_for_web_hooks(url: str, taken: bool) -> None:
    body = {"web_hook": {"url": url, "events": ["issued_invoice.state_change"]}}
    strict, lenient = client(Simulator(strict=True)), client(Simulator())
    assert (await lenient.post("/web_hooks", json=body)).status_code == 201
    reply = await strict.post("/web_hooks", json=body)
    assert reply.status_code == (201 if taken else 422)
    if not taken:
        assert error(reply) == (422, "parameter_inclusion", "url")


async def test_an_invoice_of_a_download_transport_is_issued_and_never_sent(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    setting = {"tax_report_setting": {"code": "verifactu"}}
    await http.post(f"/accounts/{simulator.account}/tax_report_settings", json=setting)
    buyer = {"name": "x", "tin_value": "ESB98765431", "transport_type_code": "download"}
    made = await create(http, simulator.account, {**invoice(contact=buyer), "send_after_import": True})
    assert (made["state"], len(made["tax_report_ids"])) == ("issued", 1)
    simulator.advance(60)
    assert (await http.get(f"/invoices/{made['id']}")).json()["invoice"]["state"] == "issued"
