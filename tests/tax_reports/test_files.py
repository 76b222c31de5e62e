"""What was sent to the authority, and what it answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async import Download, NotDeliveredError, NotFoundError, WaitTimeout
from b2brouter_async.models import TaxReportRejection

from .conftest import a_report

if TYPE_CHECKING:
    from b2brouter_async import B2Brouter
    from b2brouter_async.simulator import Simulator

pytestmark = [pytest.mark.anyio, pytest.mark.b2brouter(limit=None)]

FILE = "GET /tax_reports/{}/download"
ANSWER = "GET /tax_reports/{}/download_response"
A_NIGHT = 86_400.0
FRENCH = {
    "code": "dgfip",
    "start_date": "2026-01-01",
    "type_operation": "services",
    "naf_code": "62",
    "enterprise_size": "eti",
}


async def test_the_file_is_waited_for_until_the_report_is_chained(b2brouter_client: B2Brouter) -> None:
    report = await b2brouter_client.tax_reports.create(tax_report=a_report())
    with pytest.raises(NotFoundError):
        await b2brouter_client.tax_reports.download(report.id)
    file = await b2brouter_client.tax_reports.wait_for_file(report.id)
    assert b"F-2026-0118" in file.content
    assert file.media_type == "application/xml"


async def test_a_file_that_never_comes_is_told_as_missing(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    report = await b2brouter_client.tax_reports.create(tax_report=a_report())
    b2brouter_simulator.faults.add(f"404 operation='{FILE}'")
    with pytest.raises(NotFoundError):
        await b2brouter_client.tax_reports.wait_for_file(report.id, timeout=30)
    with pytest.raises(NotFoundError):
        await b2brouter_client.tax_reports.wait_for_file(1)


async def test_a_report_that_failed_before_it_was_chained_has_no_file(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    report = await b2brouter_client.tax_reports.create(tax_report=a_report())
    record = b2brouter_simulator.world.store.get("tax_report", report.id)
    assert record is not None
    record.body["state"], record.hidden["plan"] = "error", []
    with pytest.raises(NotDeliveredError, match="is error"):
        await b2brouter_client.tax_reports.wait_for_file(report.id)


async def flux_10(client: B2Brouter) -> Any:
    await client.tax_report_settings.create(tax_report_setting=FRENCH)  # type: ignore[arg-type]
    made = await client.invoices.create(
        invoice={
            "number": "F-1",
            "contact": {"name": "Ana", "tin_value": "BE0123456749", "country": "be"},
            "invoice_lines_attributes": [
                {
                    "quantity": 1,
                    "price": 100,
                    "taxes_attributes": [{"name": "TVA", "category": "S", "percent": 20}],
                }
            ],
            "payment_terms": "30 jours",
            "payment_method_text": "Virement",
            "remittance_information": "x",
        },
        send_after_import=True,
    )
    assert made.tax_report_ids is not None
    return await client.tax_reports.get(made.tax_report_ids[0])


async def test_a_flux_10_report_has_its_ledgers_file(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    report = await flux_10(b2brouter_client)
    b2brouter_simulator.advance(A_NIGHT)
    file = await b2brouter_client.tax_reports.wait_for_file(report.id)
    assert file.content == (await b2brouter_client.ledgers.download(report.ledger_id)).content
    async with b2brouter_client.ledgers.stream_download(report.ledger_id) as stream:
        assert b"".join([piece async for piece in stream]) == file.content


async def test_a_flux_10_report_whose_ledger_is_open_has_none_yet(b2brouter_client: B2Brouter) -> None:
    report = await flux_10(b2brouter_client)
    with pytest.raises(NotFoundError):
        await b2brouter_client.tax_reports.wait_for_file(report.id, timeout=5)


async def test_a_ledger_is_waited_for(b2brouter_client: B2Brouter, b2brouter_simulator: Simulator) -> None:
    report = await flux_10(b2brouter_client)
    ledgers = b2brouter_client.ledgers
    with pytest.raises(WaitTimeout, match="last seen: new"):
        await ledgers.wait_for(report.ledger_id, timeout=5)
    b2brouter_simulator.faults.add("503 times=5 operation='GET /ledgers/{}'")
    assert (await ledgers.wait_for(report.ledger_id, until="new")).state == "new"
    b2brouter_simulator.advance(A_NIGHT)
    assert (await ledgers.wait_for(report.ledger_id)).state == "registered"
    record = b2brouter_simulator.world.store.get("ledger", report.ledger_id)
    assert record is not None
    record.body["state"] = "error"
    with pytest.raises(NotDeliveredError, match=r"ledger \d+ is error"):
        await ledgers.wait_for(report.ledger_id)
    assert (await ledgers.wait_for(report.ledger_id, until={"error"})).state == "error"
    with pytest.raises(ValueError, match="until: name a state"):
        await ledgers.wait_for(report.ledger_id, until=())


async def test_the_receipt_is_waited_for(b2brouter_client: B2Brouter, b2brouter_simulator: Simulator) -> None:
    report = await b2brouter_client.tax_reports.create(tax_report=a_report())
    assert await b2brouter_client.tax_reports.download_response(report.id) is None
    b2brouter_simulator.faults.add(f"503 times=6 operation='{ANSWER}'")
    receipt = await b2brouter_client.tax_reports.wait_for_receipt(report.id)
    assert isinstance(receipt, Download)
    assert receipt.media_type == "application/xml"


async def test_a_refusal_is_a_reason_and_no_file(b2brouter_client: B2Brouter) -> None:
    report = await b2brouter_client.tax_reports.create(tax_report=a_report(tax_amount=1))
    refusal = await b2brouter_client.tax_reports.wait_for_receipt(report.id)
    assert isinstance(refusal, TaxReportRejection)
    assert (refusal.code, "sum of the tax breakdowns" in str(refusal.message)) == ("4102", True)


async def test_an_answer_that_never_comes_ends_the_wait(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    report = await b2brouter_client.tax_reports.create(tax_report=a_report())
    b2brouter_simulator.faults.add(f"204 operation='{ANSWER}'")
    with pytest.raises(WaitTimeout, match="no answer yet"):
        await b2brouter_client.tax_reports.wait_for_receipt(report.id, timeout=30)
