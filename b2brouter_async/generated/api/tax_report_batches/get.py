"""GET /accounts/{account}/tax_report_batches/{batch_id}: Get a batch of SII reports"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import AccountId, Argument
from ...models.tax_report_batch_status import TaxReportBatchStatus

OPERATION: Operation[TaxReportBatchStatus] = Operation(
    name="tax_report_batches.get",
    method="GET",
    path="/accounts/{account}/tax_report_batches/{batch_id}",
    repeat=Repeat.SAFE,
    parse=partial(read, kind=TaxReportBatchStatus),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("batch_id", "path", "batch_id", required=True),
    ),
    evidence="documented",
)


async def get(
    client: Client, account: AccountId | None = None, *, batch_id: str, **options: Unpack[CallOptions]
) -> TaxReportBatchStatus:
    """Get a batch of SII reports.

    Example:
        batch = await client.tax_report_batches.get(account=1234, batch_id="17")
        print(batch)

    Args:
        account: Id of the account; the client's own where it is left out.
        batch_id: Id of the batch.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: GET /accounts/{account}/tax_report_batches/{batch_id}, documented, called beta by the vendor.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
