"""POST /accounts/{account}/tax_report_batches: Create a batch of SII reports"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import list_of, model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import AccountId, Argument
from ... import models
from ...models.tax_report_batch_accepted import TaxReportBatchAccepted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...models.dictionaries import TaxReportInputDict
    from ...models.tax_report_input import TaxReportInput

OPERATION: Operation[TaxReportBatchAccepted] = Operation(
    name="tax_report_batches.create",
    method="POST",
    path="/accounts/{account}/tax_report_batches",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=TaxReportBatchAccepted),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument(
            "tax_reports", "body", "tax_reports", list_of(model(lambda: models.TaxReportInput)), required=True
        ),
    ),
    evidence="documented",
)


async def create(
    client: Client,
    account: AccountId | None = None,
    *,
    tax_reports: Sequence[TaxReportInput | TaxReportInputDict],
    **options: Unpack[CallOptions],
) -> TaxReportBatchAccepted:
    """Create a batch of SII reports.

    Example:
        report = {
            "type": "Verifactu",
            "invoice_date": "2026-10-14",
            "invoice_number": "F-2026-1",
            "description": "Gaskets",
            "invoice_type_code": "F2",
            "currency": "EUR",
            "tax_inclusive_amount": Decimal("121.00"),
            "tax_amount": Decimal("21.00"),
        }
        batch = await client.tax_report_batches.create(account=1234, tax_reports=[report])

    Args:
        account: Id of the account; the client's own where it is left out.
        tax_reports: Reports of type SiiDocument.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/tax_report_batches, documented, called beta by the vendor.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
