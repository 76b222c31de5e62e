from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async.simulator import ACCOUNTS

from . import documents
from .support import create, error, invoice

if TYPE_CHECKING:
    import httpx

    from b2brouter_async.simulator import Simulator

pytestmark = pytest.mark.anyio

BINARY = "application/octet-stream"
OWN = str(ACCOUNTS[0]["tin_value"])
BOMB = b"""<?xml version="1.0"?><!DOCTYPE Invoice [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">&b;</Invoice>"""
FILE_READER = b"""<?xml version="1.0"?><!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">&x;</Invoice>"""


async def bring(
    http: httpx.AsyncClient, account: str, content: bytes, media_type: str = BINARY, **query: Any
) -> httpx.Response:
    path = f"/accounts/{account}/invoices/import"
    return await http.post(path, content=content, params=query, headers={"Content-Type": media_type})


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (documents.ubl("D-1"), "xml.ubl.invoice"),
        (documents.CII.format(number="D-1").encode(), "xml.cii"),
        (documents.factur_x("D-1"), "pdf.facturx"),
        (documents.FACTURAE.format(number="D-1").encode(), "xml.facturae.3.2.2"),
        (documents.FATTURAPA.format(number="D-1").encode(), "xml.fatturapa.1.2"),
    ],
    ids=["ubl", "cii", "factur-x", "facturae", "fatturapa"],
)
async def test_every_kind_of_document_is_read_and_given_back_byte_for_byte(
    simulator: Simulator, http: httpx.AsyncClient, content: bytes, code: str
) -> None:
    reply = await bring(http, simulator.account, content)
    assert reply.status_code == 201, reply.text
    made = reply.json()["invoice"]
    assert (made["number"], made["date"], made["total"], made["subtotal"]) == ("D-1", "2026-10-14", 121, 100)
    assert (made["contact"]["name"], made["document_type_code"], made["state"]) == ("Buyer", code, "new")
    assert made["taxes"][0]["amount"] == 21
    assert (await http.get(f"/invoices/{made['id']}/as/original")).content == content
    assert simulator.ledger().by_sha256() == {hashlib.sha256(content).hexdigest(): 1}


async def test_a_credit_note_is_told_from_an_invoice(simulator: Simulator, http: httpx.AsyncClient) -> None:
    made = (await bring(http, simulator.account, documents.ubl("C-1", credit=True))).json()["invoice"]
    assert (made["is_credit_note"], made["total"]) == (True, 121)


@pytest.mark.parametrize(
    "media_type", ["application/pdf", "application/xml", "application/json", "text/plain", ""]
)
async def test_any_other_media_type_is_406(
    simulator: Simulator, http: httpx.AsyncClient, media_type: str
) -> None:
    reply = await bring(http, simulator.account, documents.ubl("1"), media_type)
    assert reply.status_code == 406
    assert len(simulator.ledger()) == 0


async def test_a_data_uri_keeps_the_file_name(simulator: Simulator, http: httpx.AsyncClient) -> None:
    content = documents.ubl("1")
    body = b"data:application/xml;name=caf%C3%A9.xml;base64," + base64.b64encode(content)
    made = (await bring(http, simulator.account, body)).json()["invoice"]
    original = await http.get(f"/invoices/{made['id']}/as/original")
    assert original.content == content
    assert (
        original.headers["Content-Disposition"]
        == "attachment; filename=\"caf_.xml\"; filename*=UTF-8''caf%C3%A9.xml"
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no document",
        b"\x00\x01",
        b"<a/>",
        b"data:application/xml;base64,!!!!",
        b"data:application/xml,<Invoice/>",
        documents.ubl("1")[:300],
        documents.plain_pdf(),
        BOMB,
        FILE_READER,
    ],
    ids=["empty", "text", "bytes", "xml", "base64", "no base64", "cut", "plain pdf", "entities", "external"],
)
async def test_what_cannot_be_read_is_422_and_leaves_nothing_behind(
    simulator: Simulator, http: httpx.AsyncClient, content: bytes
) -> None:
    reply = await bring(http, simulator.account, content)
    assert error(reply)[0] == 422
    assert error(reply)[2] == "file"
    assert (await http.get(f"/accounts/{simulator.account}/invoices")).json()["meta"]["total_count"] == 0
    assert (await http.get(f"/accounts/{simulator.account}/contacts")).json()["meta"]["total_count"] == 0
    checked = await http.post("/documents/validate", content=content, headers={"Content-Type": BINARY})
    assert error(checked) == (400, "invalid_request_params", "file")


async def test_a_document_can_be_checked_without_being_kept(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    reply = await http.post(
        "/documents/validate", content=documents.ubl("1"), headers={"Content-Type": BINARY}
    )
    assert (reply.status_code, reply.json()["valid"]) == (200, True)
    assert len(simulator.ledger()) == 0


@pytest.mark.parametrize(
    ("parties", "query", "kind"),
    [
        ({"seller": OWN}, {}, "IssuedInvoice"),
        ({"buyer": OWN}, {}, "ReceivedInvoice"),
        ({"buyer": OWN[2:]}, {}, "ReceivedInvoice"),
        ({}, {}, "IssuedInvoice"),
        ({"seller": OWN, "buyer": OWN}, {}, "IssuedInvoice"),
        ({"seller": OWN}, {"issued": "false"}, "ReceivedInvoice"),
        ({"buyer": OWN}, {"issued": "true"}, "IssuedInvoice"),
    ],
)
async def test_the_direction_is_guessed_from_the_parties_unless_it_is_said(
    simulator: Simulator, http: httpx.AsyncClient, parties: dict[str, Any], query: dict[str, str], kind: str
) -> None:
    made = (await bring(http, simulator.account, documents.ubl("1", **parties), **query)).json()["invoice"]
    assert made["type"] == kind
    assert made["contact"]["name"] == ("Buyer" if kind == "IssuedInvoice" else "Seller")


async def test_a_document_imported_twice_is_taken_and_counted_once(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    content = documents.ubl("1")
    assert (await bring(http, simulator.account, content)).status_code == 201
    assert error(await bring(http, simulator.account, content)) == (422, "parameter_taken", "number")
    assert list(simulator.ledger().by_sha256().values()) == [1]
    reply = await http.post(f"/accounts/{simulator.account}/invoices", json=invoice("1"))
    assert error(reply) == (422, "parameter_taken", "number")


async def test_two_suppliers_may_use_the_same_number(simulator: Simulator, http: httpx.AsyncClient) -> None:
    for seller in ("ESA1", "ESA2"):
        content = documents.ubl("1", seller=seller, buyer=OWN)
        assert (await bring(http, simulator.account, content)).status_code == 201
    assert (await bring(http, simulator.account, content)).status_code == 422


async def test_a_supplier_without_any_number_is_known_by_its_name(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    content = documents.ubl("1", seller="", buyer=OWN)
    assert (await bring(http, simulator.account, content)).status_code == 201
    assert error(await bring(http, simulator.account, content)) == (422, "parameter_taken", "number")
    other = content.replace(b"Seller", b"Another seller")
    assert (await bring(http, simulator.account, other)).status_code == 201
    listed = (await http.get(f"/accounts/{simulator.account}/contacts")).json()
    assert listed["meta"]["total_count"] == 2


async def test_the_query_can_send_at_once_and_choose_the_contacts_channel(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    query = {"send_after_import": "true", "transport_type_code_for_contact": "peppol"}
    made = (await bring(http, simulator.account, documents.ubl("1"), **query)).json()["invoice"]
    assert (made["state"], made["transport_type_code"]) == ("sending", "peppol")
    contact = (await http.get(f"/contacts/{made['contact']['id']}")).json()["contact"]
    assert contact["transport_type_code"] == "peppol"
    for name in ("transport_type_code_for_contact", "document_type_code_for_contact"):
        reply = await bring(http, simulator.account, documents.ubl("2"), **{name: "pigeon"})
        assert error(reply) == (422, "parameter_inclusion", name)


async def test_a_received_invoice_is_not_sent_on(simulator: Simulator, http: httpx.AsyncClient) -> None:
    query = {"issued": "false", "send_after_import": "true"}
    made = (await bring(http, simulator.account, documents.ubl("1"), **query)).json()["invoice"]
    assert made["state"] == "new"
    reply = await http.post(f"/invoices/send_invoice/{made['id']}")
    assert error(reply) == (422, "parameter_cannot_change", "state")


async def test_an_imported_invoice_downloads_as_xml_and_as_its_own_pdf(
    simulator: Simulator, http: httpx.AsyncClient
) -> None:
    content = documents.factur_x("1")
    made = (await bring(http, simulator.account, content)).json()["invoice"]
    simulator.advance(5)
    assert (await http.get(f"/invoices/{made['id']}/as/pdf.facturx")).content == content
    made = await create(http, simulator.account, invoice("2"))
    xml = (await http.get(f"/invoices/{made['id']}/as/xml.ubl.invoice")).content
    again = (await bring(http, simulator.accounts[1], xml)).json()["invoice"]
    assert (again["number"], again["total"]) == ("2", 121)


@pytest.mark.parametrize("name", ["ubl", "cii", "facturae", "fatturapa"])
async def test_a_check_names_place_and_rule_of_a_total_that_is_none(
    http: httpx.AsyncClient, name: str
) -> None:
    good = {
        "ubl": documents.ubl("V-1"),
        "cii": documents.CII.format(number="V-1").encode(),
        "facturae": documents.FACTURAE.format(number="V-1").encode(),
        "fatturapa": documents.FATTURAPA.format(number="V-1").encode(),
    }[name]
    headers = {"Content-Type": "application/octet-stream"}
    assert (await http.post("/documents/validate", content=good, headers=headers)).json()["valid"] is True
    bad = good.replace(b"121.00", b"131.00")
    checked = (await http.post("/documents/validate", content=bad, headers=headers)).json()
    assert checked["valid"] is False
    (finding,) = checked["errors"]
    assert finding["code"] == "BR-CO-15"
    assert finding["location"].startswith("//")
    assert finding["rule"].startswith("[BR-CO-15]-")
