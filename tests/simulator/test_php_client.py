"""A PHP-like client walks every resource: spelt as the vendor's SDK and plugin spell their requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from anyio.from_thread import start_blocking_portal

from b2brouter_async.simulator import Simulator, frozen
from b2brouter_async.simulator.handlers.table import HANDLERS
from b2brouter_async.simulator.spec import packaged

from .conftest import MORNING
from .documents import ubl
from .php import PhpClient, PhpError, http_build_query, json_encode
from .support import ledger_import

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSIONS = ("2025-10-13", "2026-03-02", "2026-04-20", "2026-06-26")


@pytest.fixture
def served() -> Iterator[tuple[Simulator, str]]:
    simulator = Simulator(clock=frozen(MORNING), environment="staging", api_key="staging_1")
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(simulator.serve()) as url:
        yield simulator, url


def line(**fields: Any) -> dict[str, Any]:
    tax = {"name": "IVA", "category": "S", "percent": 21.0}
    return {"description": "Camiseta", "quantity": 2, "price": 49.9, "taxes_attributes": [tax], **fields}


def test_the_double_writes_as_php_does() -> None:
    assert (
        http_build_query({"sent": True, "ack": False, "a": ["x", "y"], "n": None})
        == "sent=1&ack=0&a%5B0%5D=x&a%5B1%5D=y"
    )
    assert json_encode({"a": {}, "b": "á/"}) == '{"a":[],"b":"\\u00e1\\/"}'


def test_a_php_like_client_walks_every_resource(served: tuple[Simulator, str]) -> None:
    gone = HANDLERS.keys() - packaged().operations.keys()
    assert not gone, (
        f"the spec no longer has {sorted(gone)}: take them out of this walk, and their handlers away"
    )
    simulator, url = served
    php = PhpClient(url, simulator.api_key, "2026-06-26")
    walk_accounts(php)
    account = simulator.account
    walk_contacts(php, account)
    walk_invoices(php, simulator, account)
    walk_reports(php, simulator, account)
    walk_the_rest(php, simulator, account)
    visited = set()
    for method, path in [(entry.method, entry.path.partition("?")[0]) for entry in simulator.log()]:
        found = packaged().match(path.strip("/").split("/"))
        if found is not None and method in found[0]:
            visited.add(found[0][method][0].key)
    assert packaged().operations.keys() & HANDLERS.keys() <= visited


def walk_accounts(php: PhpClient) -> None:
    fields = {"name": "Nueva S.L.", "tin_value": "ESB12345674", "tin_scheme": 9920, "cin_scheme": 88, "email": "a@example.com",
              "phone": 600000000, "address": "Calle 1", "city": "Madrid", "postalcode": 28001, "country": "ES"}  # fmt: skip
    made = php.request("POST", "/accounts", {"account": fields})["account"]
    assert (made["tin_scheme"], made["cin_scheme"], made["postalcode"], made["country"]) == (
        "9920",
        "0088",
        "28001",
        "es",
    )
    path = f"/accounts/{made['id']}"
    assert (
        php.request("PUT", path, {"account": {"round_before_sum": 1}})["account"]["round_before_sum"] is True
    )
    assert (
        php.request("PUT", path, {"account": {"round_before_sum": "0"}})["account"]["round_before_sum"]
        is False
    )
    assert php.upload(f"{path}/logo", b"png")["account"]["has_logo"] is True
    assert php.request("DELETE", f"{path}/logo")["account"]["has_logo"] is False
    listed = php.request("GET", "/accounts", {"limit": 10, "query": "country=es"})
    assert made["id"] in [account["id"] for account in listed["accounts"]]
    assert php.request("GET", path)["account"]["name"] == "Nueva S.L."
    transport = {"code": "peppol", "pin_scheme": 88, "pin_value": 9508397101047, "enabled": 1}
    added = php.request("POST", f"{path}/transports", {"transport": transport})["transport"]
    assert (added["pin_scheme"], added["pin_value"], added["enabled"]) == ("0088", "9508397101047", True)
    assert php.request("GET", f"{path}/transports")["transports"][0]["id"] == added["id"]
    assert php.request("DELETE", path)["account"]["archived"] is True
    assert php.request("POST", f"{path}/unarchive")["account"]["archived"] is False
    php.request("GET", f"{path}/events", {"limit": 5})


def walk_contacts(php: PhpClient, account: str) -> None:
    fields = {"name": "Contacto", "email": "c@example.com", "tin_value": "ESB00000000", "country": "ES", "postalcode": 28001,
              "is_client": 1, "is_provider": 0}  # fmt: skip
    made = php.request("POST", f"/accounts/{account}/contacts", {"contact": fields})["contact"]
    assert (made["is_client"], made["is_provider"], made["country"]) == (True, False, "es")
    path = f"/contacts/{made['id']}"
    assert php.request("GET", path)["contact"]["name"] == "Contacto"
    assert php.request("PUT", path, {"contact": {"phone": 34600}})["contact"]["phone"] == "34600"
    for flag, count in ((True, 1), (False, 0)):
        listed = php.request("GET", f"/accounts/{account}/contacts", {"is_client": flag, "name": "conta"})
        assert len(listed["contacts"]) == count
    assert php.request("DELETE", path)["contact"]["deleted"] is True


def walk_invoices(php: PhpClient, simulator: Simulator, account: str) -> None:
    buyer = {"name": "Ana Pérez", "email": "ana@example.com", "country": "ES", "address": "Calle 2", "city": "León",
             "postalcode": 24001}  # fmt: skip
    company = {**buyer, "tin_value": "ESB98765431", "tin_scheme": 9999}
    invoices = f"/accounts/{account}/invoices"
    body = {"number": 2026001, "date": "2026-10-14", "currency": "EUR", "contact": company,
            "invoice_lines_attributes": {"0": line(quantity="2"), "3": line(price="10.00")}}  # fmt: skip
    made = php.request("POST", invoices, {"invoice": body, "send_after_import": 0})["invoice"]
    assert (made["number"], made["state"], made["total"]) == ("2026001", "new", 144.96)
    assert (made["contact"]["tin_scheme"], made["contact"]["country"]) == ("9999", "es")
    path = f"/invoices/{made['id']}"
    shown = php.request("GET", path, {"include": ["detailed_lines"], "ack": False})["invoice"]
    first, second = (entry["id"] for entry in shown["lines"])
    changed = php.request(
        "PUT",
        path,
        {
            "invoice": {
                "invoice_lines_attributes": [
                    {"id": str(first), "_destroy": 1},
                    {"id": second, "quantity": "1"},
                ]
            }
        },
    )["invoice"]
    assert changed["total"] == 12.1
    assert php.request("GET", f"{path}/validate")["valid"] is True
    assert php.request("POST", f"/invoices/send_invoice/{made['id']}")["invoice"]["state"] == "sending"
    simulator.advance(5)
    assert [
        row["number"] for row in php.request("GET", invoices, {"sent": True, "limit": "5"})["invoices"]
    ] == ["2026001"]
    assert php.request("GET", invoices, {"new": True, "sent": 0})["invoices"] == []
    pdf = php.download(
        f"{path}/as/pdf.invoice", "application/pdf", disposition="attachment", filename="f.pdf"
    )
    assert pdf.content.startswith(b"%PDF")
    assert pdf.headers["Content-Disposition"] == "attachment; filename=\"f.pdf\"; filename*=UTF-8''f.pdf"
    assert b"<fe:Facturae" in php.download(f"{path}/as/xml.facturae.3.2.2").content
    php.upload(
        f"{path}/add_attachment?{http_build_query({'filename': 'a.txt', 'use_as_pdf_view': False})}", b"a"
    )
    assert (
        php.request("POST", f"{path}/mark_as", {"state": "paid", "paid_date": "2026-10-15"})["invoice"][
            "state"
        ]
        == "paid"
    )
    received = php.upload(f"{invoices}/import?{http_build_query({'issued': False})}", ubl("IN-1"))["invoice"]
    assert php.request("GET", invoices, {"type": "ReceivedInvoice", "ack": False})["meta"]["total_count"] == 1
    php.request("POST", f"/invoices/{received['id']}/ack", {"ack": True})
    assert php.request("GET", invoices, {"type": "ReceivedInvoice", "ack": 0})["meta"]["total_count"] == 0
    assert php.request("GET", invoices, {"type": "ReceivedInvoice", "ack": 1})["meta"]["total_count"] == 1
    payment = {"invoice_id": str(made["id"]), "amount": "12.10", "payment_method": "4"}
    paid = php.request("POST", f"/accounts/{account}/payments", {"payment": payment})["payment"]
    assert (paid["invoice_id"], paid["amount"], paid["payment_method"]) == (made["id"], 12.1, 4)
    assert (
        php.request("GET", f"/accounts/{account}/payments", {"invoice_id": made["id"]})["meta"]["total_count"]
        == 1
    )
    assert php.request("DELETE", path)["invoice"]["deleted"] is True


def walk_reports(php: PhpClient, simulator: Simulator, account: str) -> None:
    settings = f"/accounts/{account}/tax_report_settings"
    setting = {"code": "VeriFactu", "start_date": "2026-10-14", "auto_generate": 1, "auto_send": True}
    made = php.request("POST", settings, {"tax_report_setting": setting})["tax_report_setting"]
    assert (made["code"], made["auto_generate"]) == ("verifactu", True)
    assert php.request("GET", f"{settings}/VeriFactu")["tax_report_setting"]["auto_send"] is True
    php.request("PUT", f"{settings}/verifactu", {"tax_report_setting": {"auto_send": False}})
    assert php.request("GET", settings)["total_count"] == 1
    php.request("DELETE", f"{settings}/verifactu")
    breakdown = {"name": "IVA", "category": "S", "non_exemption_code": "S1", "percent": 21.0, "taxable_base": 100.0,
                 "tax_amount": 21.0, "special_regime_key": "01"}  # fmt: skip
    fields = {"type": "Verifactu", "invoice_date": "2026-10-14", "invoice_number": "VF-1", "invoice_type_code": "F1",
              "description": "Servicios", "customer_party_name": "Ejemplo S.L.", "customer_party_tax_id": "P9109010J",
              "customer_party_country": "ES", "tax_inclusive_amount": "121.00", "tax_amount": 21, "currency": "EUR",
              "tax_breakdowns": [breakdown]}  # fmt: skip
    reports = f"/accounts/{account}/tax_reports"
    report = php.request("POST", reports, {"tax_report": fields})["tax_report"]
    assert report["qr"]
    assert report["identifier"]
    assert (report["state"], report["customer_party_country"], report["tax_inclusive_amount"]) == (
        "processing",
        "es",
        121.0,
    )
    path = f"/tax_reports/{report['id']}"
    assert php.download(f"{path}/download_response").status == 204
    simulator.advance(10)
    assert php.request("GET", path)["tax_report"]["state"] == "registered"
    assert (
        php.request("GET", reports, {"invoice_id": None, "updated_at_from": "2026-10-14"})["meta"][
            "total_count"
        ]
        == 1
    )
    assert php.download(f"{path}/download").headers["Content-Disposition"].startswith("inline; filename=")
    assert php.download(f"{path}/download_response").status == 200
    corrected = php.request("PATCH", path, {"tax_report": {"description": "corregido"}})["tax_report"]
    assert corrected["correction"] is True
    annulment = php.request("DELETE", path)["tax_report"]
    assert annulment["annullation"] is True
    simulator.advance(10)
    for number in (annulment["id"], report["id"]):
        assert php.request("GET", f"/tax_reports/{number}")["tax_report"]["state"] == "annulled"
    basque = {
        **fields,
        "type": "TicketBai",
        "invoice_number": "TB-1",
        "tax_report_lines": [{"quantity": 1.0, "price": 100.0}],
    }
    ticket = php.request("POST", reports, {"tax_report": basque})["tax_report"]
    assert ticket["qr"] is None
    assert len(ticket["tax_report_lines"]) == 1
    simulator.advance(10)
    assert php.request("GET", f"/tax_reports/{ticket['id']}")["tax_report"]["qr"]
    with pytest.raises(PhpError, match="TicketBAI report can't be corrected"):
        php.request("PATCH", f"/tax_reports/{ticket['id']}", {"tax_report": {"description": "x"}})
    batch = php.request("POST", f"/accounts/{account}/tax_report_batches", {"tax_reports": [fields]})
    simulator.advance(10)
    assert (
        php.request("GET", f"/accounts/{account}/tax_report_batches/{batch['batch_id']}")["status"]
        == "finished"
    )


def walk_the_rest(php: PhpClient, simulator: Simulator, account: str) -> None:
    ledger = php.upload(ledger_import(account), b"<Ledger/>")["ledger"]
    simulator.advance(10)
    assert php.request("GET", f"/ledgers/{ledger['id']}")["ledger"]["state"] == "registered"
    assert php.download(f"/ledgers/{ledger['id']}/download").content == b"<Ledger/>"
    assert php.download(f"/ledgers/{ledger['id']}/download_response").status == 200
    for path in ("/directory/be/0214596464", "/directory/0208/0214596464", "/directory/be/0208/0214596464"):
        assert "polling_url" in php.request("GET", path)
        simulator.advance(2)
        assert php.request("GET", path)["name"] == "Bekende Ontvanger NV"
    assert php.upload("/documents/validate", ubl("V-1"))["valid"] is True
    check = php.request(
        "POST", "/tin_verifications?country=es", [{"tin_value": "ESB01234566", "name": "Talleres"}]
    )
    simulator.advance(10)
    assert php.request("GET", f"/tin_verifications/{check['id']}")["status"] == "finished"
    hook = {
        "url": "https://shop.example.com/wp-json/b2brouter/v1/webhook",
        "events": {"0": "issued_invoice.state_change"},
        "enabled": 1,
    }
    made = php.request("POST", "/web_hooks", {"web_hook": hook})["web_hook"]
    assert made["signing_secret"]
    path = f"/web_hooks/{made['id']}"
    assert "signing_secret" not in php.request("GET", path)["web_hook"]
    assert php.request("PUT", path, {"web_hook": {"enabled": "0"}})["web_hook"]["enabled"] is False
    assert php.request("GET", "/web_hooks")["web_hooks"][0]["id"] == made["id"]
    assert php.request("DELETE", path)["web_hook"]["id"] == made["id"]
    for name in ("document_types", "transport_types", "invoice_states", "schemes"):
        assert php.request("GET", f"/{name}")[name]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("country", ["ES", "FR"])
@pytest.mark.parametrize("tin", [None, "B12345674"])
def test_the_day_of_an_order_as_the_plugin_sends_it(
    served: tuple[Simulator, str], version: str, country: str, tin: str | None
) -> None:
    """Order, refund, status and PDF; a consumer gives no tax number, and gets a simplified invoice (behaviour 59)."""
    simulator, url = served
    php = PhpClient(url, simulator.api_key, version)
    contact: dict[str, Any] = {"name": "Ana Pérez", "email": "ana@example.com", "country": country, "address": "Calle 2",
                               "city": "León", "postalcode": "24001"}  # fmt: skip
    if tin is not None:
        contact |= {"tin_value": tin, "tin_scheme": 9999}
    order = {"type": "IssuedInvoice" if tin else "IssuedSimplifiedInvoice", "date": "2026-10-14", "due_date": "2026-11-13",
             "currency": "EUR", "language": "es", "contact": contact, "contact_email_override": contact["email"],
             "invoice_lines_attributes": [line(), line(description="Envío", quantity=1, price=4.95)],
             "extra_info": "WooCommerce Order #118", "series_code": "WC"}  # fmt: skip
    path = f"/accounts/{simulator.account}/invoices"
    made = php.request("POST", path, {"invoice": order, "send_after_import": True})["invoice"]
    assert made["number"]
    assert (made["state"], made["errors"], made["contact"]["name"]) == ("sending", [], "Ana Pérez")
    refund = {**order, "series_code": "WCR", "invoice_lines_attributes": [line(quantity=-1)]}
    if country != "ES":
        refund |= {"is_credit_note": True, "invoice_lines_attributes": [line(quantity=1)]}
    if version >= "2026-04-20":
        refund["invoice_references"] = [
            {"reference_type": "amend", "number": made["number"], "date": "2026-10-14", "reason": "Talla"}
        ]
    else:
        refund |= {"amended_number": made["number"], "amended_date": "2026-10-14", "amended_reason": "Talla"}
    credited = php.request("POST", path, {"invoice": refund, "send_after_import": True})["invoice"]
    assert credited["state"] == "sending"
    if version >= "2026-04-20":
        assert credited["invoice_references"][0]["number"] == made["number"]
    else:
        assert (credited["amended_number"], credited["amend_reason"]) == (made["number"], "Talla")
    simulator.advance(10)
    for number in (made["id"], credited["id"]):
        assert php.request("GET", f"/invoices/{number}")["invoice"]["state"] == "sent"
        assert php.download(f"/invoices/{number}/as/pdf.invoice", "application/pdf").content.startswith(
            b"%PDF"
        )
