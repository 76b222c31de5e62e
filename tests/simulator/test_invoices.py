from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import simplejson

from b2brouter_async.simulator import ACCOUNTS, Simulator, frozen

from .support import client, create, error, invoice

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.anyio

LINE: dict[str, Any] = {"quantity": 1, "price": 810, "description": "x"}


async def test_a_second_invoice_with_the_number_of_account_series_and_year_is_taken(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    path = f"/accounts/{simulator.account}/invoices"
    await create(http, simulator.account, invoice("F-1"))
    assert error(await http.post(path, json=invoice("F-1"))) == (422, "parameter_taken", "number")
    await create(http, simulator.account, invoice("F-1", series_code="R"))
    await create(http, simulator.account, invoice("F-1", date="2027-01-02"))
    await create(http, simulator.accounts[1], invoice("F-1"))
    assert [entry.times for entry in simulator.ledger()] == [1, 1, 1, 1]


async def test_a_number_is_free_again_once_its_invoice_is_deleted_and_the_ledger_remembers_both(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    for _ in range(2):
        made = await create(http, simulator.account, invoice("F-1"))
        assert (await http.delete(f"/invoices/{made['id']}")).status_code == 200
    assert list(simulator.ledger().by_number().values()) == [2]
    assert len(simulator.ledger().more_than_once()) == 1


async def test_without_the_guard_on_numbers_the_ledger_tells_what_came_twice() -> None:
    simulator = Simulator(unique_numbers=False)
    http = client(simulator)
    for number in ("1", "2", "2"):
        await create(http, simulator.account, invoice(number))
    (twice,) = simulator.ledger().more_than_once()
    assert (twice.number, twice.times, twice.account) == ("2", 2, simulator.account)


async def test_an_invoice_without_a_number_gets_the_next_free_one(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    await create(http, simulator.account, invoice("2026-00001"))
    numbers = [(await create(http, simulator.account, invoice(None)))["number"] for _ in range(2)]
    assert numbers == ["2026-00002", "2026-00003"]


async def test_a_number_of_blanks_is_none(simulator: Simulator, http: httpx.AsyncClient) -> None:
    made = await create(http, simulator.account, invoice(" \t"))
    assert made["number"] == "2026-00001"
    kept = await http.put(f"/invoices/{made['id']}", json={"invoice": {"number": "  "}})
    assert kept.json()["invoice"]["number"] == "2026-00001"


async def test_totals_are_exact_and_written_digit_by_digit(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    lines = [
        {"quantity": 10, "price": 85, "taxes_attributes": [{"name": "IVA", "category": "S", "percent": 21}]},
        {"quantity": 3, "price": 49.9, "taxes_attributes": [{"name": "IVA", "category": "S", "percent": 21}]},
    ]
    reply = await http.post(
        f"/accounts/{simulator.account}/invoices", json=invoice(invoice_lines_attributes=lines)
    )
    made = simplejson.loads(reply.text, use_decimal=True)["invoice"]
    assert (made["subtotal"], made["total"]) == (Decimal("999.70"), Decimal("1209.64"))
    assert made["taxes"][0]["name"] == "IVA 21,00%"
    assert '"total":1209.64' in reply.text


async def test_base_quantity_allowances_and_charges_count(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    tax = {"name": "IVA", "category": "S", "percent": 21}
    body = invoice(
        invoice_lines_attributes=[
            {
                "quantity": 100,
                "price": 12.5,
                "base_quantity": 10,
                "taxes_attributes": [tax],
                "allowance_charges_attributes": [{"allowance_charge_indicator": "allowance", "amount": 12.5}],
            }
        ],
        allowance_charges_attributes=[
            {
                "allowance_charge_indicator": "charge",
                "amount": 15,
                "apply_taxes": True,
                "tax_attributes": {"category": "S", "percent": 21},
            }
        ],
    )
    made = await create(http, simulator.account, body)
    assert (made["subtotal"], made["total"]) == (127.5, 154.28)
    assert len(made["taxes"]) == 1


async def test_a_withholding_lowers_the_total(simulator: Simulator, http: httpx.AsyncClient) -> None:
    taxes = [{"name": "IVA", "category": "S", "percent": 21}, {"name": "IRPF", "percent": -15}]
    line = {"quantity": 1, "price": 1500, "taxes_attributes": taxes}
    made = await create(http, simulator.account, invoice(invoice_lines_attributes=[line]))
    assert made["total"] == 1590


async def test_the_accounts_tax_configuration_can_add_tax() -> None:
    simulator = Simulator(accounts=[{**ACCOUNTS[0], "adds_tax": ("TVA", Decimal(20))}])
    made = await create(client(simulator), simulator.account, invoice(invoice_lines_attributes=[LINE]))
    assert made["total"] == 972


async def test_a_tax_without_a_name_is_dropped_without_a_word(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    line = {
        **LINE,
        "taxes_attributes": [{"percent": 21}, *({"name": one, "percent": 21} for one in ("", " ", None))],
    }
    made = await create(http, simulator.account, invoice(invoice_lines_attributes=[line]))
    assert (made["total"], made["taxes"]) == (810, [])


@pytest.mark.parametrize(
    ("setting", "total"),
    [({}, 0.07), ({"round_before_sum": True}, 0.07), ({"rounding_method": "down"}, 0.06)],
)
async def test_rounding_is_a_setting_of_the_account(setting: dict[str, Any], total: float) -> None:
    simulator = Simulator(accounts=[{**ACCOUNTS[0], **setting}])
    lines = [{"quantity": 1, "price": 0.0333}, {"quantity": 1, "price": 0.035}]
    made = await create(client(simulator), simulator.account, invoice(invoice_lines_attributes=lines))
    assert made["total"] == total


async def test_an_invoice_needs_another_party_unless_it_is_simplified(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    path = f"/accounts/{simulator.account}/invoices"
    body = invoice()
    del body["invoice"]["contact"]
    assert error(await http.post(path, json=body)) == (422, "parameter_blank", "contact")
    body["invoice"]["contact"] = {"name": "A"}
    assert error(await http.post(path, json=body)) == (422, "parameter_blank", "tin_value")
    body["invoice"] |= {"contact": {}, "type": "IssuedSimplifiedInvoice", "contact_id": 1}
    assert (await create(http, simulator.account, body))["contact"] is None


async def test_a_party_given_by_its_tax_number_is_found_again(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    one = await create(http, simulator.account, invoice("1"))
    two = await create(http, simulator.account, invoice("2"))
    three = await create(http, simulator.account, {"invoice": {"contact_id": one["contact"]["id"]}})
    assert one["contact"]["id"] == two["contact"]["id"] == three["contact"]["id"]


async def test_an_invoice_with_errors_is_created_and_never_sent(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    exempt = {**LINE, "taxes_attributes": [{"name": "IVA", "category": "E", "percent": 0}]}
    body = invoice(invoice_lines_attributes=[exempt])
    body["send_after_import"] = True
    made = await create(http, simulator.account, body)
    assert (made["state"], made["errors"]) == ("new", ["Tax category E needs an exemption reason in comment"])
    sent = await http.post(f"/invoices/send_invoice/{made['id']}")
    assert (sent.status_code, sent.json()["invoice"]["state"]) == (200, "new")
    simulator.advance(3600)
    assert (await http.get(f"/invoices/{made['id']}")).json()["invoice"]["state"] == "new"
    assert (await http.get(f"/invoices/{made['id']}/validate")).json()["valid"] is False
    line = (await http.get(f"/invoices/{made['id']}?include=detailed_lines")).json()["invoice"]["lines"][0]
    taxes = [{"name": "IVA", "category": "E", "percent": 0, "comment": "Art. 20"}]
    change = {"invoice": {"invoice_lines_attributes": [{"id": line["id"], "taxes_attributes": taxes}]}}
    mended = (await http.put(f"/invoices/{made['id']}", json={**change, "send_after_import": True})).json()[
        "invoice"
    ]
    assert (mended["state"], mended["errors"]) == ("sending", [])


async def test_a_french_business_invoice_needs_its_payment_texts() -> None:
    simulator = Simulator(accounts=[{**ACCOUNTS[0], "country": "fr"}])
    http = client(simulator)
    assert "Payment terms are missing" in (await create(http, simulator.account, invoice("1")))["errors"]
    texts = {"payment_terms": "30 jours", "payment_method_text": "Virement", "remittance_information": "x"}
    assert (await create(http, simulator.account, invoice("2", **texts)))["errors"] == []


async def test_lines_are_replaced_by_destroying_the_old_ones(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    path = f"/invoices/{(await create(http, simulator.account, invoice()))['id']}"
    assert "lines" not in (await http.get(path)).json()["invoice"]
    plain = (await http.get(f"{path}?include=lines")).json()["invoice"]["lines"]
    assert "id" not in plain[0]
    (old,) = (await http.get(f"{path}?include=detailed_lines")).json()["invoice"]["lines"]
    added = {"invoice": {"invoice_lines_attributes": [LINE]}}
    assert (await http.put(path, json=added)).json()["invoice"]["subtotal"] == 910
    gone = {"invoice": {"invoice_lines_attributes": [{"id": old["id"], "_destroy": 1}]}}
    assert (await http.put(path, json=gone)).json()["invoice"]["total"] == 810
    assert error(await http.put(path, json=gone)) == (422, "parameter_inclusion", "id")


async def test_a_number_cannot_be_changed_to_one_that_is_taken(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    await create(http, simulator.account, invoice("1"))
    two = await create(http, simulator.account, invoice("2"))
    reply = await http.put(f"/invoices/{two['id']}", json={"invoice": {"number": "1"}})
    assert error(reply) == (422, "parameter_taken", "number")
    assert (await http.put(f"/invoices/{two['id']}", json={"invoice": {"number": "3"}})).status_code == 200
    kept = await http.put(f"/invoices/{two['id']}", json={"invoice": {"number": ""}})
    assert kept.json()["invoice"]["number"] == "3"
    await create(http, simulator.account, invoice("2"))


async def test_what_has_been_sent_cant_be_changed_but_deleted(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    path = (
        f"/invoices/{(await create(http, simulator.account, {**invoice(), 'send_after_import': True}))['id']}"
    )
    simulator.advance(60)
    assert error(await http.put(path, json={"invoice": {}})) == (422, "parameter_cannot_change", "state")
    # The vendor's own example deletes an invoice that it has sent and marked as sent.
    assert (await http.post(f"{path}/mark_as", json={"state": "sent"})).json()["invoice"]["state"] == "sent"
    assert (await http.delete(path)).json()["invoice"]["deleted"] is True
    assert (await http.get(path)).status_code == 404


async def test_what_was_reported_to_an_authority_cant_be_deleted(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    setting = {"tax_report_setting": {"code": "verifactu"}}
    await http.post(f"/accounts/{simulator.account}/tax_report_settings", json=setting)
    made = await create(http, simulator.account, {**invoice(), "send_after_import": True})
    assert made["tax_report_ids"]
    assert error(await http.delete(f"/invoices/{made['id']}")) == (409, "conflict", None)


async def test_a_deleted_invoice_is_404_everywhere(simulator: Simulator, http: httpx.AsyncClient) -> None:
    number = (await create(http, simulator.account, invoice()))["id"]
    assert (await http.delete(f"/invoices/{number}")).json()["invoice"]["deleted"] is True
    for method, path in (
        ("GET", f"/invoices/{number}"),
        ("DELETE", f"/invoices/{number}"),
        ("POST", f"/invoices/send_invoice/{number}"),
        ("GET", f"/invoices/{number}/as/pdf.invoice"),
    ):
        assert error(await http.request(method, path)) == (404, "resource_missing", None)


async def test_send_ack_mark_and_delete_answer_204_where_the_simulator_is_set_so() -> None:
    simulator = Simulator(no_content=True)
    http = client(simulator)
    number = (await create(http, simulator.account, invoice()))["id"]
    for path, body in (
        (f"/invoices/{number}/ack", None),
        (f"/invoices/{number}/mark_as", {"state": "new"}),
        (f"/invoices/send_invoice/{number}", None),
    ):
        reply = await http.post(path, json=body)
        assert (reply.status_code, reply.content) == (204, b"")
    other = (await create(http, simulator.account, invoice("2")))["id"]
    assert (await http.delete(f"/invoices/{other}")).status_code == 204


async def test_the_pdf_is_not_ready_for_a_moment(simulator: Simulator, http: httpx.AsyncClient) -> None:
    path = f"/invoices/{(await create(http, simulator.account, invoice()))['id']}/as"
    assert error(await http.get(f"{path}/pdf.invoice")) == (404, "resource_missing", None)
    simulator.advance(2)
    reply = await http.get(f"{path}/pdf.invoice?filename=factura%20ñ.pdf&download=true")
    assert reply.content.startswith(b"%PDF-")
    assert b"%%EOF" in reply.content
    assert reply.headers["Content-Disposition"] == (
        "attachment; filename=\"factura _.pdf\"; filename*=UTF-8''factura%20%C3%B1.pdf"
    )
    assert error(await http.get(f"{path}/pdf.unheard")) == (422, "parameter_inclusion", "document_type_code")


async def test_the_legal_file_is_there_once_the_invoice_is_sent(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    made = await create(http, simulator.account, {**invoice(), "send_after_import": True})
    assert (await http.get(f"/invoices/{made['id']}/as/legal")).status_code == 404
    simulator.advance(1)
    address = (await http.get(f"/invoices/{made['id']}")).json()["invoice"]["download_legal_url"]
    reply = await http.get(address)
    assert reply.headers["Content-Type"] == "application/xml"
    assert b"<cbc:ID>F-1</cbc:ID>" in reply.content
    assert (await http.get(f"/invoices/{made['id']}/as/original")).status_code == 404


async def test_the_legal_file_is_of_the_invoices_document_type(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    for code, media_type in (
        ("pdf.invoice", "application/pdf"),
        ("xml.facturae.3.2.2", "application/xml"),
        (None, "application/xml"),
    ):
        fields = {"document_type_code": code} if code else {}
        body = {**invoice(f"L-{code}", **fields), "send_after_import": True}
        made = await create(http, simulator.account, body)
        simulator.advance(1)
        reply = await http.get(f"/invoices/{made['id']}/as/legal")
        assert reply.headers["Content-Type"] == media_type
        assert reply.content.startswith(b"%PDF-" if media_type == "application/pdf" else b"<?xml")


async def test_a_file_can_be_attached(simulator: Simulator, http: httpx.AsyncClient) -> None:
    number = (await create(http, simulator.account, invoice()))["id"]
    path, headers = f"/invoices/{number}/add_attachment", {"Content-Type": "application/octet-stream"}
    assert (await http.post(f"{path}?filename=a.pdf", content=b"x", headers=headers)).status_code == 204
    assert error(await http.post(path, content=b"x", headers=headers))[1:] == (
        "invalid_request_params",
        "filename",
    )
    (attached,) = (await http.get(f"/invoices/{number}")).json()["invoice"]["attachments"]
    assert attached["filename"] == "a.pdf"


async def test_payments_belong_to_an_invoice_of_the_account(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    number = (await create(http, simulator.account, invoice()))["id"]
    path = f"/accounts/{simulator.account}/payments"
    made = await http.post(
        path, json={"payment": {"invoice_id": number, "amount": 10.5, "payment_method": 4}}
    )
    assert (made.status_code, made.json()["payment"]["currency"]) == (201, "EUR")
    assert (await http.get(f"{path}?invoice_id={number}")).json()["meta"]["total_count"] == 1
    assert (await http.get(f"{path}?invoice_id=1")).json()["meta"]["total_count"] == 0
    other = f"/accounts/{simulator.accounts[1]}/payments"
    assert (
        error(await http.post(other, json={"payment": {"invoice_id": number, "amount": 1}}))[2]
        == "invoice_id"
    )
    assert error(await http.post(path, json={"payment": {"amount": 1}})) == (
        422,
        "parameter_blank",
        "invoice_id",
    )


async def test_times_are_those_of_the_simulators_clock() -> None:
    start = datetime.datetime(2026, 11, 3, 12, 0, 0, tzinfo=datetime.UTC)
    simulator = Simulator(clock=frozen(start))
    made = await create(
        client(simulator), simulator.account, {"invoice": {**invoice()["invoice"], "number": "1"}}
    )
    assert made["created_at"] == "2026-11-03T12:00:00.000Z"
    body = invoice("2")
    del body["invoice"]["date"]
    assert (await create(client(simulator), simulator.account, body))["date"] == "2026-11-03"
    with pytest.raises(ValueError, match="forward"):
        simulator.advance(-1)


FRENCH = ("remittance_information", "payment_method_text", "payment_terms")


async def report_to_france(http: httpx.AsyncClient, account: str) -> None:
    setting = {"code": "dgfip", "start_date": "2026-01-01", "type_operation": "services", "naf_code": "62",
               "enterprise_size": "eti"}  # fmt: skip
    reply = await http.post(f"/accounts/{account}/tax_report_settings", json={"tax_report_setting": setting})
    assert reply.status_code == 201


@pytest.mark.parametrize("absent", [*[(name,) for name in FRENCH], FRENCH, ()])
async def test_an_account_that_reports_to_france_needs_what_its_platform_needs(
    simulator: Simulator, http: httpx.AsyncClient, absent: tuple[str, ...]
) -> None:
    await report_to_france(http, simulator.account)
    given = {name: "x" for name in FRENCH if name not in absent}
    path = f"/accounts/{simulator.account}/invoices"
    reply = await http.post(path, json=invoice(**given))
    if not absent:
        assert reply.status_code == 201
        return
    assert error(reply) == (422, "parameter_blank", absent[0])
    message = reply.json()["error"]["message"]
    for name in absent:
        assert f"{name.replace('_', ' ').capitalize()} is required for DGFiP reporting" in message
    assert (await http.get(path)).json()["meta"]["total_count"] == 0
    simplified = invoice(type="IssuedSimplifiedInvoice", contact={"name": "Ana"})
    assert (await http.post(path, json=simplified)).status_code == 201


async def test_an_invoice_names_its_company_and_what_is_to_be_paid(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    made = await create(http, simulator.account, invoice(payments_on_account=21))
    assert made["payable_amount"] == 100
    assert made["company"] == {
        "id": int(simulator.account),
        "name": "Talleres Ficticios del Norte S.L.",
        "tin_value": "ESB01234566",
        "country": "es",
    }
