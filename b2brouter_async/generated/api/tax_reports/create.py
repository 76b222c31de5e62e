"""POST /accounts/{account}/tax_reports: Create a tax report"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import AccountId, Argument
from ....invoicing.checks import check_tax_report
from ... import models
from ...models.tax_report import TaxReport

if TYPE_CHECKING:
    from ...models.dictionaries import TaxReportInputDict
    from ...models.tax_report_input import TaxReportInput

OPERATION: Operation[TaxReport] = Operation(
    name="tax_reports.create",
    method="POST",
    path="/accounts/{account}/tax_reports",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=TaxReport, key="tax_report"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("tax_report", "body", "tax_report", model(lambda: models.TaxReportInput), required=True),
    ),
    evidence="documented",
    check=check_tax_report,
)


async def create(
    client: Client,
    account: AccountId | None = None,
    *,
    tax_report: TaxReportInput | TaxReportInputDict,
    **options: Unpack[CallOptions],
) -> TaxReport:
    """Create a tax report.

    Example:
        report = await client.tax_reports.create(
            account=1234,
            tax_report={
                "type": "Verifactu",
                "invoice_date": "2026-10-14",
                "invoice_number": "F-2026-1",
                "description": "Gaskets",
                "invoice_type_code": "F1",
                "customer_party_name": "Acme SL",
                "customer_party_tax_id": "B12345678",
                "customer_party_country": "es",
                "currency": "EUR",
                "tax_inclusive_amount": Decimal("121.00"),
                "tax_amount": Decimal("21.00"),
                "tax_breakdowns": [
                    {
                        "name": "IVA",
                        "category": "S",
                        "non_exemption_code": "S1",
                        "percent": 21,
                        "taxable_base": Decimal("100.00"),
                        "tax_amount": Decimal("21.00"),
                        "special_regime_key": "01",
                    }
                ],
            },
        )

    Args:
        account: Id of the account; the client's own where it is left out.
        tax_report: Tax report to create. For Verifactu and TicketBai the SDK also calls date, number, type
            code, description, customer, currency, amounts and breakdowns required.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/tax_reports, documented.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
