"""POST /accounts/{account}/tax_report_settings: Create a tax report setting"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._core.codecs import model
from ...._core.model import Field
from ...._core.operation import (
    AccountId,
    Caller,
    Operation,
    Options,
    Repeat,
    Reply,
    Request,
    expand,
    object_body,
)
from ...._core.replies import read
from ...models.tax_report_setting import TaxReportSetting
from ...models.tax_report_setting_input import TaxReportSettingInput

if TYPE_CHECKING:
    from collections.abc import Mapping

ARGUMENTS = (Field("tax_report_setting", "tax_report_setting", model(TaxReportSettingInput), required=True),)


def parse(reply: Reply) -> TaxReportSetting:
    """Read a reply of this operation."""
    return read(reply, TaxReportSetting, "tax_report_setting")


OPERATION: Operation[TaxReportSetting] = Operation(
    name="tax_report_settings.create",
    method="POST",
    path="/accounts/{account}/tax_report_settings",
    repeat=Repeat.WRITE,
    parse=parse,
    evidence="documented",
)


def build(account: AccountId, *, tax_report_setting: TaxReportSettingInput | Mapping[str, object]) -> Request:
    """Check the arguments and return the request; nothing is sent."""
    return Request(
        path=expand(OPERATION.path, account=account),
        body=object_body(ARGUMENTS, tax_report_setting=tax_report_setting),
        account=str(account),
    )


async def call(
    caller: Caller,
    account: AccountId | None = None,
    *,
    tax_report_setting: TaxReportSettingInput | Mapping[str, object],
    timeout: float | None = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    priority: int | None = None,
    max_attempts: int | None = None,
) -> TaxReportSetting:
    """Create a tax report setting.

    The code dgfip registers the company in the French directory and replaces its Peppol transport.

    Args:
        account: Id of the account; the client's own where it is left out.
        tax_report_setting: Settings to create. France also needs start_date, type_operation, naf_code and
            enterprise_size.
        timeout, deadline, headers, priority, max_attempts: see `Options`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/tax_report_settings, documented.
    """
    request = build(caller.account_or_default(account), tax_report_setting=tax_report_setting)
    options = Options(
        timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
    )
    return await caller.call(OPERATION, request, options)
