"""POST /accounts/{account}/tax_report_settings: Create a tax report setting"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import read
from ...._core.requests import AccountId, Argument
from ... import models
from ...models.tax_report_setting import TaxReportSetting

if TYPE_CHECKING:
    from ...models.dictionaries import TaxReportSettingInputDict
    from ...models.tax_report_setting_input import TaxReportSettingInput

OPERATION: Operation[TaxReportSetting] = Operation(
    name="tax_report_settings.create",
    method="POST",
    path="/accounts/{account}/tax_report_settings",
    repeat=Repeat.WRITE,
    parse=partial(read, kind=TaxReportSetting, key="tax_report_setting"),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument(
            "tax_report_setting",
            "body",
            "tax_report_setting",
            model(lambda: models.TaxReportSettingInput),
            required=True,
        ),
    ),
    evidence="documented",
)


async def create(
    client: Client,
    account: AccountId | None = None,
    *,
    tax_report_setting: TaxReportSettingInput | TaxReportSettingInputDict,
    **options: Unpack[CallOptions],
) -> TaxReportSetting:
    """Create a tax report setting.

    The code dgfip registers the company in the French directory and replaces its Peppol transport.

    Example:
        settings = await client.tax_report_settings.create(
            account=1234, tax_report_setting={"code": "ticketbai", "auto_generate": True}
        )

    Args:
        account: Id of the account; the client's own where it is left out.
        tax_report_setting: Settings to create. France also needs start_date, type_operation, naf_code and
            enterprise_size.
        options: see `CallOptions`.

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.
        OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

    Source: POST /accounts/{account}/tax_report_settings, documented.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
