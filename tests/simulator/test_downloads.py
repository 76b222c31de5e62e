"""Downloads: the format that was asked for, whatever the invoice was made from; each file has a name."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.einvoice import read_document
from b2brouter_async.einvoice.lines import read_lines
from b2brouter_async.simulator.state.codes import DOCUMENT_TYPES

from .documents import CII, FACTURAE, FATTURAPA, factur_x, ubl
from .support import create, error, invoice

if TYPE_CHECKING:
    import httpx

    from b2brouter_async.simulator import Simulator

pytestmark = pytest.mark.anyio

SYNTAXES = {
    "xml.ubl.invoice": "ubl",
    "xml.ubl.invoice.bis3": "ubl",
    "xml.ubl.invoice.frcius.v1": "ubl",
    "xml.cii": "cii",
    "pdf.facturx": "factur-x",
    "xml.facturae.3.2.2": "facturae",
    "xml.fatturapa.1.2": "fatturapa",
}
FILES = {
    "ubl": ubl("N-1"),
    "cii": CII.format(number="N-1").encode(),
    "factur-x": factur_x("N-1"),
    "facturae": FACTURAE.format(number="N-1").encode(),
    "fatturapa": FATTURAPA.format(number="N-1").encode(),
}
BUYER = {"name": "Cliente & Hijos <S.L.>", "tin_value": "ESB98765431", "country": "ES", "address": "Calle 1",
         "city": "Gijón", "postalcode": "33201"}  # fmt: skip


async def made(http: httpx.AsyncClient, simulator: Simulator, **fields: Any) -> str:
    record = await create(
        http,
        simulator.account,
        invoice("Ñ/7", series_code="A", due_date="2026-11-14", contact=BUYER, **fields),
    )
    simulator.advance(60)
    return f"/invoices/{record['id']}/as"


@pytest.mark.parametrize("code", sorted(SYNTAXES))
async def test_an_invoice_made_from_json_comes_in_each_format(
    simulator: Simulator, http: httpx.AsyncClient, code: str
) -> None:
    reply = await http.get(f"{await made(http, simulator)}/{code}")
    facts = read_document(reply.content)
    assert facts.syntax == SYNTAXES[code]
    assert (facts.number, facts.date.isoformat(), facts.currency, facts.kind) == (
        "Ñ/7",
        "2026-10-14",
        "EUR",
        "invoice",
    )
    assert facts.due_date is not None
    assert facts.due_date.isoformat() == "2026-11-14"
    assert (facts.seller.name, facts.seller.tax_id) == ("Talleres Ficticios del Norte S.L.", "ESB01234566")
    assert (facts.buyer.name, facts.buyer.tax_id, facts.buyer.country) == (
        BUYER["name"],
        BUYER["tin_value"],
        "ES",
    )
    assert (facts.buyer.city, facts.buyer.postalcode) == ("Gijón", "33201")
    assert (facts.subtotal, facts.tax_total, facts.total, facts.payable) == tuple(
        map(Decimal, (100, 21, 121, 121))
    )
    if SYNTAXES[code] in ("ubl", "cii", "factur-x"):
        assert [(line.name, line.quantity, line.net) for line in read_lines(reply.content)] == [
            ("x", Decimal(1), Decimal(100))
        ]


@pytest.mark.parametrize("code", sorted(code for code in SYNTAXES if code.startswith("xml")))
async def test_what_an_invoice_does_not_say_is_no_empty_element(
    simulator: Simulator, http: httpx.AsyncClient, code: str
) -> None:
    record = await create(http, simulator.account, invoice("F-1"))
    simulator.advance(60)
    content = (await http.get(f"/invoices/{record['id']}/as/{code}")).content
    assert re.findall(rb"<([\w:]+)[^>]*></\1>", content) == []


@pytest.mark.parametrize("code", sorted(SYNTAXES))
async def test_a_credit_note_is_one_in_each_format(
    simulator: Simulator, http: httpx.AsyncClient, code: str
) -> None:
    reply = await http.get(f"{await made(http, simulator, is_credit_note=True)}/{code}")
    facts = read_document(reply.content)
    assert facts.kind == "credit_note"
    if SYNTAXES[code] == "ubl":
        assert b"<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>" in reply.content
    assert facts.total is not None
    assert abs(facts.total) == Decimal("121.00")


@pytest.mark.parametrize("code", sorted(SYNTAXES))
@pytest.mark.parametrize("name", sorted(FILES))
async def test_an_imported_file_comes_back_as_it_is_and_in_each_other_format(
    simulator: Simulator, http: httpx.AsyncClient, name: str, code: str
) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    path = f"/accounts/{simulator.account}/invoices/import"
    number = (await http.post(path, content=FILES[name], headers=headers)).json()["invoice"]["id"]
    simulator.advance(60)
    reply = await http.get(f"/invoices/{number}/as/{code}")
    before, after = read_document(FILES[name]), read_document(reply.content)
    assert after.syntax == SYNTAXES[code]
    assert (reply.content == FILES[name]) == (before.syntax == after.syntax)
    assert (after.number, after.date, after.total) == (before.number, before.date, before.total)
    assert after.buyer.tax_id == before.buyer.tax_id


@pytest.mark.parametrize("code", sorted(DOCUMENT_TYPES))
async def test_every_listed_type_can_be_downloaded_under_a_name(
    simulator: Simulator, http: httpx.AsyncClient, code: str
) -> None:
    reply = await http.get(f"{await made(http, simulator)}/{code}")
    assert reply.status_code == 200
    ending = "pdf" if code.startswith("pdf") else "xml"
    assert (
        reply.headers["Content-Disposition"]
        == f"inline; filename=\"7.{ending}\"; filename*=UTF-8''7.{ending}"
    )
    assert reply.content.startswith(b"%PDF" if ending == "pdf" else b"<?xml")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"filename": "cañón.pdf"}, "attachment; filename=\"ca__n.pdf\"; filename*=UTF-8''ca%C3%B1%C3%B3n.pdf"),
        ({"filename": 'a";b\\.pdf', "disposition": "attachment"}, "attachment; filename=\"a_;b_.pdf\"; filename*=UTF-8''a%22%3Bb%5C.pdf"),
        ({"download": "1"}, "attachment; filename=\"7.pdf\"; filename*=UTF-8''7.pdf"),
        ({"disposition": "sideways"}, "inline; filename=\"7.pdf\"; filename*=UTF-8''7.pdf"),
    ],
)  # fmt: skip
async def test_name_and_disposition_are_the_callers_choice(
    simulator: Simulator, http: httpx.AsyncClient, query: dict[str, str], expected: str
) -> None:
    reply = await http.get(f"{await made(http, simulator)}/pdf.invoice", params=query)
    assert reply.headers["Content-Disposition"] == expected


async def test_a_type_nobody_knows_is_refused(simulator: Simulator, http: httpx.AsyncClient) -> None:
    reply = await http.get(f"{await made(http, simulator)}/xml.odd")
    assert error(reply) == (422, "parameter_inclusion", "document_type_code")
