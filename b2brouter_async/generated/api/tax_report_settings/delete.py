"""DELETE /accounts/{account}/tax_report_settings/{code}: Delete a tax report setting"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.operation import AccountId, Caller, Operation, Options, Repeat, Reply, Request, expand
from ...._core.replies import read
from ...models.tax_report_setting import TaxReportSetting

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse(reply: Reply) -> TaxReportSetting | None:
    """Read a reply of this operation."""
    if reply.status == 204 or not reply.content:
        return None
    return read(reply, TaxReportSetting, "tax_report_setting")


OPERATION: Operation[TaxReportSetting | None] = Operation(
    name="tax_report_settings.delete",
    method="DELETE",
    path="/accounts/{account}/tax_report_settings/{code}",
    repeat=Repeat.IDEMPOTENT,
    parse=parse,
    evidence="sdk",
)


def build(account: AccountId, *, code: str) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account, code=code),
        account=str(account),
    )


async def call(
    caller: Caller,
    account: AccountId | None = None,
    *,
    code: str,
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> TaxReportSetting | None:
    """Delete a tax report setting.

    Args:
        account: Id of the account; the client's own where it is left out.
        code: Code of the authority.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: DELETE /accounts/{account}/tax_report_settings/{code}, sdk.
    """
    request = build(caller.account_or_default(account), code=code)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
