"""DELETE /accounts/{account}/tax_report_settings/{code}: Delete a tax report setting"""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional, read
from ...._core.requests import AccountId, Argument
from ...models.tax_report_setting import TaxReportSetting

OPERATION: Operation[TaxReportSetting | None] = Operation(
    name="tax_report_settings.delete",
    method="DELETE",
    path="/accounts/{account}/tax_report_settings/{code}",
    repeat=Repeat.IDEMPOTENT,
    parse=optional(partial(read, kind=TaxReportSetting, key="tax_report_setting")),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("code", "path", "code", required=True),
    ),
    evidence="sdk",
)


async def delete(
    client: Client, account: AccountId | None = None, *, code: str, **options: Unpack[CallOptions]
) -> TaxReportSetting | None:
    """Delete a tax report setting.

    Example:
        await client.tax_report_settings.delete(account=1234, code="verifactu")

    Args:
        account: Id of the account; the client's own where it is left out.
        code: Code of the authority.
        options: see `CallOptions`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: DELETE /accounts/{account}/tax_report_settings/{code}, sdk.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
