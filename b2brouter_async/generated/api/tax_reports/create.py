"""POST /accounts/{account}/tax_reports: Create a tax report"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import AccountId, Argument
from ...models.tax_report import TaxReport
from ...models.tax_report_input import TaxReportInput

if TYPE_CHECKING:
    from ...models.dictionaries import TaxReportInputDict

OPERATION: Operation[TaxReport] = Operation(
    name="tax_reports.create",
    method="POST",
    path="/accounts/{account}/tax_reports",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=TaxReport, key="tax_report"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("tax_report", "body", "tax_report", model(TaxReportInput), required=True),
    ),
    evidence="documented",
)


async def create(
    client: Client,
    account: AccountId | None = None,
    *,
    tax_report: TaxReportInput | TaxReportInputDict,
    **options: Unpack[CallOptions],
) -> TaxReport:
    """Create a tax report.

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
