"""An imported invoice has the lines of its document."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
import simplejson

from b2brouter_async.simulator import Simulator, frozen
from examples.sample_invoices import cii_invoice, ubl_invoice

from . import documents
from .conftest import MORNING
from .support import client, create, error, invoice

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

pytestmark = pytest.mark.anyio


async def bring(http: httpx.AsyncClient, account: str, content: bytes) -> dict[str, Any]:
    path = f"/accounts/{account}/invoices/import"
    reply = await http.post(path, content=content, headers={"Content-Type": "application/octet-stream"})
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()["invoice"]
    return made


async def lines(
    http: httpx.AsyncClient, number: int, include: str = "detailed_lines"
) -> list[dict[str, Any]]:
    reply = await http.get(f"/invoices/{number}", params={"include": include})
    found: list[dict[str, Any]] = reply.json()["invoice"]["lines"]
    return found


@pytest.mark.parametrize("content", [ubl_invoice(), cii_invoice()], ids=["ubl", "cii"])
async def test_the_lines_of_a_document_are_shown(
    simulator: Simulator, http: httpx.AsyncClient, content: bytes
) -> None:
    made = await bring(http, simulator.account, content)
    assert "lines" not in made
    first, second = await lines(http, made["id"], "lines")
    assert "id" not in first
    assert (first["description"], first["quantity"], first["price"], first["total_cost"]) == (
        "Coffee beans, 1 kg", 3, 12.5, 37.5,
    )  # fmt: skip
    assert (first["position"], first["unit"], second["position"]) == (1, 1, 2)
    assert second["taxes"] == [{"name": "VAT", "category": "S", "percent": 21, "comment": None}]


async def test_units_are_the_apis_own(simulator: Simulator, http: httpx.AsyncClient) -> None:
    content = ubl_invoice()
    for code, unit in (("HUR", 2), ("KGM", 3), ("LTR", 4), ("DAY", 5), ("XBX", 7), ("MTR", 6)):
        swapped = content.replace(b"C62", code.encode()).replace(b"F1-00001", code.encode())
        made = await bring(http, simulator.account, swapped)
        assert {line["unit"] for line in await lines(http, made["id"])} == {unit}


async def test_ids_of_lines_stay_and_lines_can_be_replaced_by_them(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    made = await bring(http, simulator.account, ubl_invoice())
    first, second = await lines(http, made["id"])
    assert [line["id"] for line in await lines(http, made["id"])] == [first["id"], second["id"]]
    gone = {"invoice": {"invoice_lines_attributes": [{"id": second["id"], "_destroy": 1}]}}
    changed = (await http.put(f"/invoices/{made['id']}", json=gone)).json()["invoice"]
    assert (changed["subtotal"], changed["total"]) == (37.5, 41.25)


async def test_a_change_of_anything_else_leaves_the_documents_own_totals(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    for content in (documents.ubl("1"), documents.FACTURAE.format(number="2").encode(), ubl_invoice()):
        made = await bring(http, simulator.account, content)
        for fields in ({"due_date": "2026-12-01"}, {"payments_on_account": 0}):
            reply = await http.put(f"/invoices/{made['id']}", json={"invoice": fields})
            changed = reply.json()["invoice"]
            assert changed["due_date"] == "2026-12-01"
            names = ("subtotal", "total", "total_amount_due", "errors")
            assert [changed[name] for name in names] == [made[name] for name in names]


@pytest.mark.parametrize(
    "content",
    [
        documents.FACTURAE.format(number="1").encode(),
        documents.FATTURAPA.format(number="1").encode(),
        documents.ubl("1"),
        ubl_invoice().replace(b"49.99<", b"cheap<"),
    ],
    ids=["facturae", "fatturapa", "no lines", "an amount that is none"],
)
async def test_a_document_whose_lines_cannot_be_read_is_an_invoice_without_them(
    simulator: Simulator, http: httpx.AsyncClient, content: bytes
) -> None:
    made = await bring(http, simulator.account, content)
    assert await lines(http, made["id"]) == []


async def test_lines_survive_a_restart_and_the_bytes_stay_as_they_came(tmp_path: Path) -> None:
    file, content = tmp_path / "state.db", ubl_invoice()
    simulator = Simulator(data=file, clock=frozen(MORNING))
    http = client(simulator)
    made = await bring(http, simulator.account, content)
    before = await lines(http, made["id"])
    simulator.close()
    simulator = Simulator(data=file, clock=frozen(MORNING))
    http = client(simulator)
    assert await lines(http, made["id"]) == before
    original = (await http.get(f"/invoices/{made['id']}/as/original")).content
    assert hashlib.sha256(original).digest() == hashlib.sha256(content).digest()
    simulator.close()


async def test_a_net_amount_that_is_given_is_the_lines_own(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    extra = {"allowance_charge_indicator": "allowance", "amount": 5}
    line = {"quantity": 2, "price": 50, "extension_amount": 95, "allowance_charges_attributes": [extra]}
    reply = await http.post(
        f"/accounts/{simulator.account}/invoices", json=invoice("1", invoice_lines_attributes=[line])
    )
    made = simplejson.loads(reply.text)["invoice"]
    assert made["total"] == 95
    (shown,) = await lines(http, made["id"])
    assert (shown["total_cost"], shown["extension_amount"]) == (95, 95)
    computed = {name: value for name, value in line.items() if name != "extension_amount"}
    assert (await create(http, simulator.account, invoice("2", invoice_lines_attributes=[computed])))[
        "total"
    ] == 95


async def test_lines_of_a_document_cannot_be_named_by_another_invoice(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    made = await bring(http, simulator.account, ubl_invoice())
    other = await create(http, simulator.account, invoice("2"))
    (line, _) = await lines(http, made["id"])
    change = {"invoice": {"invoice_lines_attributes": [{"id": line["id"], "quantity": 1}]}}
    assert error(await http.put(f"/invoices/{other['id']}", json=change))[:2] == (422, "parameter_inclusion")
