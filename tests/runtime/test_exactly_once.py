"""Against the simulator: whatever happens on the way, an invoice is there once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2brouter_async import B2Brouter, OutcomeUnknownError, RateLimitedError, RetryPolicy
from b2brouter_async._reconcile.reconcile import Reconciliation
from b2brouter_async.simulator import ACCOUNTS, Simulator

from .conftest import RecordingLimiter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from b2brouter_async.generated.models.invoice import Invoice

pytestmark = pytest.mark.anyio

ACCOUNT = 483921
FAULTS = [
    "reset_before",
    "reset_after",
    "truncate",
    "wrong_type done",
    "redirect",
    "redirect done",
    "408",
    "408 done",
    "429",
    "500",
    "500 done",
    "502 done",
    "503",
    "504 done",
]
WRITES = {"create": "POST /accounts/{}/invoices", "import": "POST /accounts/{}/invoices/import"}
UBL = b"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">
 <cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0</cbc:CustomizationID>
 <cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>
 <cbc:ID>X-1</cbc:ID><cbc:IssueDate>2026-03-04</cbc:IssueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
 <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:AccountingSupplierParty><cac:Party><cbc:EndpointID schemeID="9920">ESB01234566</cbc:EndpointID>
  <cac:PartyTaxScheme><cbc:CompanyID>ESB01234566</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
  <cac:PartyLegalEntity><cbc:RegistrationName>Talleres Ficticios</cbc:RegistrationName></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingSupplierParty>
 <cac:AccountingCustomerParty><cac:Party>
  <cac:PostalAddress><cac:Country><cbc:IdentificationCode>ES</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
  <cac:PartyTaxScheme><cbc:CompanyID>ESB76543214</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
  <cac:PartyLegalEntity><cbc:RegistrationName>Cliente Inventado</cbc:RegistrationName></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingCustomerParty>
 <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">21.00</cbc:TaxAmount></cac:TaxTotal>
 <cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="EUR">121.00</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="EUR">121.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
 <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity>
  <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
  <cac:Item><cbc:Name>Work</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent>
   <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item>
  <cac:Price><cbc:PriceAmount currencyID="EUR">100.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
</Invoice>"""
INVOICE: Any = {
    "number": "X-1",
    "date": "2026-03-04",
    "currency": "EUR",
    "contact": {"name": "Cliente Inventado", "tin_value": "ESB76543214", "country": "es"},
    "invoice_lines_attributes": [{"description": "Work", "quantity": 1, "price": 100}],
}


async def at_once(seconds: float) -> None:
    pass


def connected(simulator: Simulator) -> B2Brouter:
    client = B2Brouter(
        "test_simulator",
        account=ACCOUNT,
        base_url="https://simulator.test",
        http_client=httpx.AsyncClient(transport=simulator.transport()),
        limiter=RecordingLimiter(),
        retry=RetryPolicy(max_attempts=4),
    )
    client.caller.pipeline.sleep = at_once
    return client


def write(client: B2Brouter, how: str, **options: Any) -> Callable[[], Awaitable[Invoice]]:
    options = {"on_unknown": "reconcile", "reconciliation": Reconciliation(sleep=at_once), **options}
    if how == "create":
        return lambda: client.invoices.create(invoice=INVOICE, **options)
    return lambda: client.invoices.import_document(content=UBL, **options)


async def numbers(client: B2Brouter) -> list[str | None]:
    issued = [row.number async for row in client.invoices.list()]
    return issued + [row.number async for row in client.invoices.list_received()]


def test_the_account_is_the_simulators() -> None:
    assert ACCOUNTS[0]["id"] == ACCOUNT


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("how", WRITES)
async def test_an_invoice_is_there_once_after_any_single_fault(how: str, fault: str) -> None:
    simulator = Simulator(limit=None)
    simulator.faults.script(WRITES[how], [fault])
    client = connected(simulator)
    invoice = await write(client, how)()
    assert invoice.number == "X-1"
    assert await numbers(client) == ["X-1"]
    assert len(simulator.faults.struck) == 1


@settings(max_examples=60, deadline=None)
@given(
    how=st.sampled_from(sorted(WRITES)),
    writes=st.lists(st.sampled_from([None, *FAULTS]), max_size=5),
    looks=st.lists(st.sampled_from([None, "reset_before", "503", "truncate", "403", "429"]), max_size=4),
)
def test_an_invoice_is_never_there_twice_whatever_happens(
    how: str, writes: list[str | None], looks: list[str | None]
) -> None:
    async def run() -> None:
        simulator = Simulator(limit=None)
        simulator.faults.script(WRITES[how], writes)
        simulator.faults.script("GET /accounts/{}/invoices", looks)
        simulator.faults.script("GET /invoices/{}/as/{}", looks)
        client = connected(simulator)
        try:
            invoice = await write(client, how)()
        except (OutcomeUnknownError, RateLimitedError):
            simulator.faults.clear()
            assert len(await numbers(client)) <= 1
        else:
            simulator.faults.clear()
            assert invoice.number == "X-1"
            assert await numbers(client) == ["X-1"]

    anyio.run(run)
