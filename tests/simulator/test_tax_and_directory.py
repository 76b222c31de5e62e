from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.simulator import ACCOUNTS, Simulator, frozen
from b2brouter_async.simulator.handlers.tin import is_spanish

from .conftest import MORNING
from .support import client, create, error, invoice, sample

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.anyio

NO_ENCODINGS = ("invented", "base64", "utf-32", "idna", "cp037")
"""Encodings that no XML is read in here: one that nobody knows, some that are none of text, some that expat does not take."""

FRENCH = {"code": "dgfip", "start_date": "2026-01-01", "type_operation": "services", "naf_code": "62",
          "enterprise_size": "eti"}  # fmt: skip
DAY = 86400


async def report(http: httpx.AsyncClient, account: str) -> dict[str, Any]:
    reply = await http.post(f"/accounts/{account}/tax_reports", json=sample("request-tax-report-verifactu"))
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()["tax_report"]
    return made


async def show(http: httpx.AsyncClient, number: int) -> dict[str, Any]:
    shown: dict[str, Any] = (await http.get(f"/tax_reports/{number}")).json()["tax_report"]
    return shown


async def test_a_report_is_chained_and_then_registered(simulator: Simulator, http: httpx.AsyncClient) -> None:
    path = f"/tax_reports/{(await report(http, simulator.account))['id']}"
    assert (await http.get(f"{path}/download")).status_code == 404
    assert (await http.get(f"{path}/download_response")).status_code == 204
    simulator.advance(2)
    assert (await http.get(path)).json()["tax_report"]["chained_at"] == "2026-10-14T09:00:02.000Z"
    assert b"<invoice_number>F-2026-0118</invoice_number>" in (await http.get(f"{path}/download")).content
    simulator.advance(2)
    assert (await http.get(path)).json()["tax_report"]["state"] == "registered"
    assert (await http.get(f"{path}/download_response")).status_code == 200


async def test_a_correction_is_a_new_report_with_an_id_of_its_own(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    old = await report(http, simulator.account)
    reply = await http.patch(f"/tax_reports/{old['id']}", json={"tax_report": {"description": "corrected"}})
    new = reply.json()["tax_report"]
    assert new["id"] != old["id"]
    assert (new["correction"], new["description"], new["invoice_number"]) == (
        True,
        "corrected",
        "F-2026-0118",
    )
    assert (await show(http, old["id"]))["corrected_by_id"] == new["id"]


async def test_an_annulment_is_a_new_report_and_annuls_once_it_is_registered(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    old = await report(http, simulator.account)
    simulator.advance(60)
    new = (await http.delete(f"/tax_reports/{old['id']}")).json()["tax_report"]
    assert (new["annullation"], new["state"]) == (True, "processing")
    assert new["id"] != old["id"]
    before = await show(http, old["id"])
    assert (before["state"], before["annulled_by_id"]) == ("annullating", new["id"])
    simulator.advance(60)
    assert (await show(http, old["id"]))["state"] == "annulled"
    assert error(await http.delete(f"/tax_reports/{old['id']}")) == (422, "parameter_cannot_change", "state")
    assert (await http.get(f"/accounts/{simulator.account}/tax_reports")).json()["meta"]["total_count"] == 2


@pytest.mark.parametrize(
    "name", ["invoice_date", "invoice_number", "description", "tax_amount", "tax_breakdowns"]
)
async def test_a_verifactu_report_needs_its_fields(
    simulator: Simulator, http: httpx.AsyncClient, name: str
) -> None:
    body = sample("request-tax-report-verifactu")
    del body["tax_report"][name]
    reply = await http.post(f"/accounts/{simulator.account}/tax_reports", json=body)
    assert error(reply) == (422, "parameter_blank", name)


async def test_sending_an_invoice_reports_it_where_the_account_says_so(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    path = f"/accounts/{simulator.account}"
    await http.post(f"{path}/tax_report_settings", json={"tax_report_setting": {"code": "VeriFactu"}})
    made = await create(http, simulator.account, {**invoice(), "send_after_import": True})
    (number,) = made["tax_report_ids"]
    assert (await show(http, number))["invoice_id"] == made["id"]
    # A sent document costs a transaction, with a tax report two.
    assert (await http.get(path)).json()["account"]["transactions_count"] == 2
    listed = await http.get(f"{path}/tax_reports?invoice_id={made['id']}")
    assert listed.json()["meta"]["total_count"] == 1
    simulator.advance(DAY)
    assert (await http.get(f"{path}/tax_reports?sent_at_from=2026-10-14")).json()["meta"]["total_count"] == 1
    assert (await http.get(f"{path}/tax_reports?sent_at_to=2026-10-13")).json()["meta"]["total_count"] == 0
    assert error(await http.delete(f"{path}/tax_report_settings/verifactu")) == (409, "conflict", None)


async def test_a_setting_is_there_once_and_france_needs_more(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    account = simulator.accounts[1]
    path = f"/accounts/{account}/tax_report_settings"
    for name in ("start_date", "type_operation", "naf_code", "enterprise_size"):
        lacking = {key: value for key, value in FRENCH.items() if key != name}
        assert error(await http.post(path, json={"tax_report_setting": lacking}))[1:] == (
            "parameter_blank",
            name,
        )
    assert (await http.post(path, json={"tax_report_setting": FRENCH})).status_code == 201
    assert error(await http.post(path, json={"tax_report_setting": FRENCH})) == (
        422,
        "parameter_taken",
        "code",
    )
    changed = await http.put(f"{path}/dgfip", json={"tax_report_setting": {"email": "a@example.com"}})
    assert changed.json()["tax_report_setting"]["email"] == "a@example.com"
    body = (await http.get(path)).json()
    assert (body["total_count"], "meta" in body) == (1, False)
    transports = (await http.get(f"/accounts/{account}/transports")).json()["transports"]
    assert {one["code"]: one["enabled"] for one in transports} == {"peppol": False, "fr.dgfip": True}
    assert (await http.delete(f"{path}/dgfip")).status_code == 200
    assert (await http.get(f"{path}/dgfip")).status_code == 404


async def test_french_reports_go_at_two_in_the_night_and_flux_10_in_a_ledger() -> None:
    simulator = Simulator(accounts=[{**ACCOUNTS[0], "country": "fr"}], clock=frozen(MORNING))
    http = client(simulator)
    account = simulator.account
    await http.post(f"/accounts/{account}/tax_report_settings", json={"tax_report_setting": FRENCH})
    texts = {"payment_terms": "30 jours", "payment_method_text": "Virement", "remittance_information": "x"}
    domestic = {"name": "A", "tin_value": "FR32123456789", "country": "fr"}
    numbers = []
    for number, contact in (("1", domestic), ("2", {**domestic, "country": "be"})):
        body = {**invoice(number, contact=contact, **texts), "send_after_import": True}
        numbers.extend((await create(http, account, body))["tax_report_ids"])
    flux1, flux10 = [await show(http, number) for number in numbers]
    assert (flux1["label"], flux1["ledger_id"], flux10["label"]) == ("Flux 1", None, "Flux 10")
    refused = await http.get(f"/tax_reports/{flux10['id']}/download")
    assert refused.status_code == 422
    assert refused.json()["error"]["details"] == {"ledger_id": flux10["ledger_id"]}
    corrected = await http.patch(f"/tax_reports/{flux10['id']}", json={"tax_report": {"description": "x"}})
    assert corrected.json()["tax_report"]["ledger_id"] == flux10["ledger_id"]
    path = f"/ledgers/{flux10['ledger_id']}"
    assert (await http.get(f"{path}/download")).status_code == 404
    simulator.advance(17 * 3600 - 1)
    assert (await show(http, flux1["id"]))["state"] == "processing"
    simulator.advance(1)
    assert (await show(http, flux1["id"]))["state"] == "sent"
    assert (await http.get(path)).json()["ledger"]["state"] == "sent"
    assert (await http.get(f"{path}/download_response")).status_code == 204
    simulator.advance(60)
    assert (await http.get(path)).json()["ledger"]["state"] == "registered"
    assert (await http.get(f"{path}/download")).status_code == 200
    assert (await http.get(f"{path}/download_response")).status_code == 200


async def test_an_imported_ledger_is_given_back_and_its_key_makes_it_one(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    path = f"/accounts/{simulator.account}/ledgers/import"
    headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": "k1"}
    ids = [
        (await http.post(path, content=b"<ledger/>", headers=headers)).json()["ledger"]["id"] for _ in "ab"
    ]
    assert ids[0] == ids[1]
    assert (await http.get(f"/ledgers/{ids[0]}/download")).content == b"<ledger/>"
    headers["Idempotency-Key"] = "k2"
    assert (await http.post(path, content=b"<ledger/>", headers=headers)).json()["ledger"]["id"] != ids[0]
    assert error(await http.post(path, content=b"", headers=headers))[0] == 422
    for unreadable in (
        b"<ledger>",
        *(f'<?xml version="1.0" encoding="{name}"?><ledger/>'.encode() for name in NO_ENCODINGS),
    ):
        assert error(await http.post(path, content=unreadable, headers=headers))[0] == 422
    assert error(await http.post("/accounts/1/ledgers/import", content=b"<a/>", headers=headers))[0] == 404
    headers["Content-Type"] = "application/xml"
    assert error(await http.post(path, content=b"<ledger/>", headers=headers))[0] == 406


async def test_a_batch_is_finished_after_a_while_and_tells_what_failed(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    good = sample("request-tax-report-verifactu")["tax_report"]
    body = {"tax_reports": [good, {"type": "Verifactu", "invoice_number": "lame"}]}
    path = f"/accounts/{simulator.account}/tax_report_batches"
    made = await http.post(path, json=body)
    assert made.status_code == 202
    address = made.json()["status_url"]
    assert (await http.get(address)).json()["status"] == "processing"
    simulator.advance(5)
    done = (await http.get(address)).json()
    assert done["status"] == "finished"
    assert "tax_report_id" in done["results"][0]
    assert done["results"][1]["error"]["code"] == "parameter_blank"
    assert error(await http.get(f"{path}/1")) == (404, "resource_missing", None)
    too_many = {"tax_reports": [{"type": "SiiDocument"}] * 5001}
    assert error(await http.post(path, json=too_many))[0] == 400


async def look(http: httpx.AsyncClient, simulator: Simulator, path: str) -> list[int]:
    first = await http.get(path)
    if first.status_code != 202:
        return [first.status_code]
    simulator.advance(1)
    return [202, (await http.get(first.json()["polling_url"])).status_code]


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("/directory/be/0214596464", [202, 200]),
        ("/directory/be/BE0123456749", [202, 200]),
        ("/directory/0208/0214596464", [202, 200]),
        ("/directory/be/0208/0214596464", [202, 200]),
        ("/directory/be/0208:0214596464", [404]),
        ("/directory/fr/0214596464", [202, 404]),
        ("/directory/be/0999999999", [202, 404]),
        ("/directory/be/!!", [422]),
        ("/directory/4711/0214596464", [422]),
        ("/directory/BELGIUM/0214596464", [404]),
    ],
)
async def test_the_directory_answers_202_first(
    simulator: Simulator, http: httpx.AsyncClient, path: str, statuses: list[int]
) -> None:
    assert await look(http, simulator, path) == statuses


async def test_the_directory_can_be_taught_a_receiver(simulator: Simulator, http: httpx.AsyncClient) -> None:
    simulator.add_party("de", "9930", "DE123456789", "Erfundene GmbH")
    assert await look(http, simulator, "/directory/9930/DE123456789") == [202, 200]


async def test_tin_verification_is_pending_then_finished(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    entities = [{"tin_value": "B01234566", "name": "A"}, {"tin_value": "B01234567", "name": "B"}]
    made = await http.post("/tin_verifications?country=es", json=entities)
    assert (made.status_code, made.json()["status"]) == (202, "pending")
    path = f"/tin_verifications/{made.json()['id']}"
    assert (await http.get(path)).json()["status"] == "pending"
    simulator.advance(5)
    done = (await http.get(path)).json()
    assert done["status"] == "finished"
    assert len(done["tin_verification"]["results"]) == 2
    assert error(await http.get("/tin_verifications/1")) == (404, "resource_missing", None)


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("", [{"tin_value": "1", "name": "A"}], 400),
        ("?country=fr", [{"tin_value": "1", "name": "A"}], 400),
        ("?country=es", [], 422),
        ("?country=es", [{"tin_value": " ", "name": "A"}], 422),
        ("?country=es", [{"tin_value": "1"}], 422),
        ("?country=es", [{"tin_value": "1", "name": "A"}] * 20_001, 400),
        ("?country=es", [{"tin_value": "1", "name": "A"}] * 20_000, 202),
    ],
)
async def test_tin_verification_takes_up_to_20000_whole_entries_of_spain(
    http: httpx.AsyncClient, query: str, body: list[dict[str, str]], status: int
) -> None:
    assert (await http.post(f"/tin_verifications{query}", json=body)).status_code == status


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("12345678Z", True),
        ("ES 12345678-z", True),
        ("12345678A", False),
        ("X1234567L", True),
        ("A58818501", True),
        ("A58818502", False),
        ("Q2826000H", True),
        ("", False),
        ("Ñ2826000H", False),
    ],
)
def test_spanish_numbers_are_told_by_their_check_letter(value: str, valid: bool) -> None:
    assert is_spanish(value) is valid


@pytest.mark.parametrize("name", ["document_types", "transport_types", "invoice_states", "schemes"])
async def test_code_lists_name_their_codes(http: httpx.AsyncClient, name: str) -> None:
    rows = (await http.get(f"/{name}")).json()[name]
    assert len(rows) > 5
    assert all(row["code"] and row["name"] for row in rows)


async def test_an_authority_that_refuses_says_why_in_json(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    body = sample("request-tax-report-verifactu")
    body["tax_report"]["tax_amount"] = 5
    made = (await http.post(f"/accounts/{simulator.account}/tax_reports", json=body)).json()["tax_report"]
    simulator.advance(60)
    shown = await show(http, made["id"])
    assert (shown["state"], shown["has_errors"]) == ("error", True)
    answer = await http.get(f"/tax_reports/{made['id']}/download_response")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert "not the sum" in answer.json()["message"]


async def test_an_annulment_ends_as_what_it_annuls_does(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    made = await report(http, simulator.account)
    assert made["qr"]
    assert made["identifier"].startswith("https://")
    simulator.advance(60)
    annulment = (await http.delete(f"/tax_reports/{made['id']}")).json()["tax_report"]
    assert (await show(http, made["id"]))["state"] == "annullating"
    simulator.advance(60)
    assert {(await show(http, number))["state"] for number in (made["id"], annulment["id"])} == {"annulled"}


async def test_the_list_of_schemes_tells_tax_numbers_from_others(http: httpx.AsyncClient) -> None:
    entries = {entry["code"]: entry for entry in (await http.get("/schemes")).json()["schemes"]}
    assert entries["9914"] == {"code": "9914", "name": "AT VAT", "country": "at", "eas": True, "icd": False, "taxcode": True}  # fmt: skip
    assert (entries["0009"]["taxcode"], entries["0009"]["icd"], entries["0009"]["country"]) == (
        False,
        True,
        "fr",
    )
    assert (entries["9999"]["taxcode"], entries["9999"]["country"]) == (True, None)
