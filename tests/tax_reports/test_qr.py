"""The QR code of a report: the server's picture as PNG, and as SVG with the same text."""

from __future__ import annotations

import base64
import io
import os
import re
import sys
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import fromstring

import pytest
import respx
import segno

from b2brouter_async import ArgumentError, B2Brouter, ConfigurationError, NoQRCodeError, qr_code
from b2brouter_async.models import TaxReport

from .conftest import a_report

if TYPE_CHECKING:
    from pathlib import Path

    from b2brouter_async.simulator import Simulator

pytestmark = pytest.mark.anyio

ADDRESS = "https://www2.agenciatributaria.gob.es/wlpl/TIKE-CONT/ValidarQR?nif=B01234566&numserie=F-1&fecha=14-10-2026&importe=121.00"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
IN_BASE64 = base64.b64encode(PNG).decode()


def verifactu(**fields: Any) -> TaxReport:
    given = {
        "id": 5,
        "type": "Verifactu",
        "state": "processing",
        "qr": IN_BASE64,
        "identifier": ADDRESS,
        **fields,
    }
    return TaxReport.from_dict(given)


@pytest.mark.parametrize(
    "qr",
    [IN_BASE64, f"data:image/png;base64,{IN_BASE64}", "\n".join(re.findall(".{1,76}", IN_BASE64))],
    ids=["as documented", "as a data URI", "in lines"],
)
def test_the_png_is_the_servers_byte_for_byte(qr: str) -> None:
    assert qr_code(verifactu(qr=qr)).png == PNG


def test_the_svg_of_verifactu_is_drawn_from_the_address_at_the_level_that_the_authority_asks_for() -> None:
    code = qr_code(verifactu())
    assert code.text == ADDRESS
    drawn = fromstring(code.svg())
    same = io.BytesIO()
    expected = segno.make(ADDRESS, error="m", boost_error=False)
    expected.save(same, kind="svg", border=4)
    path = "{http://www.w3.org/2000/svg}path"
    there, here = drawn.find(f".//{path}"), fromstring(same.getvalue()).find(f".//{path}")
    assert there is not None
    assert here is not None
    assert there.get("d") == here.get("d")
    # 35 mm for the code, and four modules of white on each side.
    modules = expected.symbol_size(border=0)[0]
    assert float(drawn.get("width", "").removesuffix("mm")) == pytest.approx(35 / modules * (modules + 8))


def test_where_the_reply_has_the_address_alone_the_png_is_drawn_too() -> None:
    assert qr_code(verifactu(qr=None)).png.startswith(b"\x89PNG")


def test_ticketbai_has_a_picture_alone_and_the_svg_holds_it() -> None:
    code = qr_code(verifactu(type="TicketBai", identifier="TBAI-00000006Y-251019-btFpwP8dcLGAF-237"))
    assert code.text is None
    (image,) = fromstring(code.svg(size=30))
    assert image.get("href") == f"data:image/png;base64,{IN_BASE64}"
    assert fromstring(code.svg(size=30)).get("width") == "30mm"


def test_an_address_of_another_system_is_not_taken_for_what_its_code_says() -> None:
    assert qr_code(verifactu(type="Ksef")).text is None


def test_a_qr_that_is_an_address_is_drawn() -> None:
    assert qr_code(verifactu(type="Other", qr="https://example.test/qr", identifier=None)).text


@pytest.mark.parametrize(
    ("fields", "why", "retry"),
    [
        ({"type": "TicketBai", "qr": None, "identifier": None}, "processing and not chained yet", "later"),
        ({"qr": None, "identifier": None, "annullation": True}, "annuls another one", "never"),
        ({"qr": "R0lGODlhAQABAAAAACw=", "identifier": None}, "neither a PNG nor an address", "never"),
        ({"qr": "what?", "identifier": "what?"}, "neither a PNG nor an address", "never"),
        (
            {"type": "SiiDocument", "qr": None, "identifier": None, "state": "registered"},
            "type SiiDocument may",
            "never",
        ),
        ({"type": "TicketBai", "qr": None, "identifier": None, "state": "error"}, "may bring none", "never"),
        ({"type": None, "qr": None, "identifier": None, "state": "registered"}, "type unknown", "never"),
    ],
)
def test_a_report_without_a_code_says_why_and_whether_one_may_come(
    fields: dict[str, Any], why: str, retry: str
) -> None:
    with pytest.raises(NoQRCodeError, match=why) as error:
        qr_code(verifactu(**fields))
    assert (error.value.retry, error.value.tax_report_id) == (retry, 5)


def test_the_picture_is_in_no_repr() -> None:
    assert IN_BASE64[:10] not in repr(qr_code(verifactu()))
    assert "PNG" not in repr(qr_code(verifactu()))


@pytest.mark.parametrize("size", [0, -1, 10**9, float("nan")])
def test_a_size_that_is_none_is_refused(size: float) -> None:
    with pytest.raises(ArgumentError, match="size"):
        qr_code(verifactu()).svg(size=size)


def test_without_segno_one_sentence_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    assert qr_code(verifactu()).png == PNG
    with pytest.raises(ConfigurationError, match=r"pip install 'b2brouter-async\[qr\]'"):
        qr_code(verifactu()).svg()


async def test_it_is_saved_as_its_name_says(tmp_path: Path) -> None:
    code = qr_code(verifactu())
    assert (await code.save(tmp_path / "qr.PNG")).read_bytes() == PNG
    assert (await code.save(tmp_path / "qr.svg")).read_text() == code.svg()
    with pytest.raises(ArgumentError, match=r"neither in \.png nor in \.svg"):
        await code.save(tmp_path / "qr.pdf")
    assert sorted(os.listdir(tmp_path)) == ["qr.PNG", "qr.svg"]


# From the server


@pytest.fixture
def client() -> B2Brouter:
    return B2Brouter("test_key", account=1, max_attempts=1)


async def test_a_report_that_has_its_code_is_not_read_again(client: B2Brouter) -> None:
    with respx.mock as server:
        async with client:
            assert (await client.tax_reports.qr(verifactu())).png == PNG
    assert server.calls.call_count == 0


async def test_one_that_was_read_too_early_is_read_again(client: B2Brouter) -> None:
    early = verifactu(type="TicketBai", qr=None, identifier=None)
    chained = {"id": 5, "type": "TicketBai", "state": "sent", "qr": IN_BASE64, "identifier": "TBAI-1"}
    with respx.mock(base_url="https://api.b2brouter.net") as server:
        server.get("/tax_reports/5").respond(json={"tax_report": chained})
        async with client:
            assert (await client.tax_reports.qr(early)).png == PNG


@pytest.mark.b2brouter(limit=None)
async def test_ticketbai_has_its_code_once_it_is_chained(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    report = await b2brouter_client.tax_reports.create(tax_report=a_report(type="TicketBai"))
    with pytest.raises(NoQRCodeError):
        await b2brouter_client.tax_reports.qr(report)
    b2brouter_simulator.advance(60)
    assert (await b2brouter_client.tax_reports.qr(report)).text is None


# Of an invoice


async def an_invoice(client: B2Brouter, setting: str | None = "verifactu") -> int:
    if setting is not None:
        await client.tax_report_settings.create(tax_report_setting={"code": setting})
    invoice = await client.invoices.create(
        invoice={
            "number": "F-1",
            "date": "2026-10-14",
            "contact": {"name": "Ana", "tin_value": "ESB00000018", "country": "es"},
            "invoice_lines_attributes": [
                {
                    "quantity": 1,
                    "price": 100,
                    "taxes_attributes": [{"name": "IVA", "category": "S", "percent": 21}],
                }
            ],
        },
        send_after_import=True,
    )
    return invoice.id


@pytest.mark.b2brouter(limit=None)
async def test_an_invoice_has_the_code_of_its_verifactu_report(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator
) -> None:
    number = await an_invoice(b2brouter_client)
    invoice = await b2brouter_client.invoices.get(number)
    (row,) = [row async for row in b2brouter_client.invoices.list()]
    assert invoice.tax_report_ids is not None
    report = await b2brouter_client.tax_reports.get(invoice.tax_report_ids[0])
    for given in (number, invoice, row):
        assert (await b2brouter_client.tax_reports.verifactu_qr(given)).text == report.identifier


@pytest.mark.b2brouter(limit=None)
async def test_a_corrected_report_gives_the_code_of_its_correction(b2brouter_client: B2Brouter) -> None:
    number = await an_invoice(b2brouter_client)
    (report_id,) = [report.id async for report in b2brouter_client.tax_reports.list(invoice_id=number)]
    correcting = await b2brouter_client.tax_reports.correct(report_id, tax_report={"description": "x"})
    assert (await b2brouter_client.tax_reports.verifactu_qr(number)).text == correcting.identifier
    await b2brouter_client.tax_reports.annul(correcting.id)
    with pytest.raises(NoQRCodeError, match="annulled"):
        await b2brouter_client.tax_reports.verifactu_qr(number)


@pytest.mark.b2brouter(limit=None)
@pytest.mark.parametrize("setting", [None, "sii"])
async def test_an_invoice_without_a_verifactu_report_has_none(
    b2brouter_client: B2Brouter, setting: str | None
) -> None:
    with pytest.raises(NoQRCodeError, match="has no VeriFactu report"):
        await b2brouter_client.tax_reports.verifactu_qr(await an_invoice(b2brouter_client, setting))
