"""Reports of an account on a simulator."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from b2brouter_async.models import TaxBreakdownInput, TaxReportInput

if TYPE_CHECKING:
    from b2brouter_async.simulator import Simulator

CREATE = "POST /accounts/{}/tax_reports"
CORRECT = "PATCH /tax_reports/{}"
ANNUL = "DELETE /tax_reports/{}"
READ = "GET /tax_reports/{}"
LIST = "GET /accounts/{}/tax_reports"


def a_report(**fields: Any) -> TaxReportInput:
    """A report whose taxes add up."""
    given: dict[str, Any] = {
        "type": "Verifactu",
        "invoice_date": "2026-10-14",
        "invoice_number": "F-2026-0118",
        "description": "Maintenance",
        "invoice_type_code": "F1",
        "customer_party_name": "Cliente Inventado S.L.",
        "customer_party_tax_id": "B98765431",
        "customer_party_country": "es",
        "currency": "EUR",
        "tax_inclusive_amount": Decimal("121.00"),
        "tax_amount": Decimal("21.00"),
        "tax_breakdowns": [
            TaxBreakdownInput(
                name="IVA",
                category="S",
                percent=Decimal("21.0"),
                taxable_base=Decimal("100.00"),
                tax_amount=Decimal("21.00"),
            )
        ],
        **fields,
    }
    return TaxReportInput(**given)


def writes(simulator: Simulator) -> int:
    """Return how many requests arrived that change something."""
    return sum(request.method != "GET" for request in simulator.log())


def reports(simulator: Simulator) -> int:
    """Return how many reports there are on the server."""
    return len(simulator.world.store.group(("tax_report", simulator.account)))
