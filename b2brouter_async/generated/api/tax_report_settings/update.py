"""PUT /accounts/{account}/tax_report_settings/{code}: Update a tax report setting"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from ...._core.codecs import model
from ...._core.operation import CallOptions, Client, Operation, Repeat
from ...._core.replies import optional, read
from ...._core.requests import AccountId, Argument
from ... import models
from ...models.tax_report_setting import TaxReportSetting

if TYPE_CHECKING:
    from ...models.dictionaries import TaxReportSettingUpdateInputDict
    from ...models.tax_report_setting_update_input import TaxReportSettingUpdateInput

OPERATION: Operation[TaxReportSetting | None] = Operation(
    name="tax_report_settings.update",
    method="PUT",
    path="/accounts/{account}/tax_report_settings/{code}",
    repeat=Repeat.IDEMPOTENT,
    parse=optional(partial(read, kind=TaxReportSetting, key="tax_report_setting")),
    arguments=(
        Argument("account", "path", "account", required=True),
        Argument("code", "path", "code", required=True),
        Argument(
            "tax_report_setting",
            "body",
            "tax_report_setting",
            model(lambda: models.TaxReportSettingUpdateInput),
            required=True,
        ),
    ),
    evidence="sdk",
)


async def update(
    client: Client,
    account: AccountId | None = None,
    *,
    code: str,
    tax_report_setting: TaxReportSettingUpdateInput | TaxReportSettingUpdateInputDict,
    **options: Unpack[CallOptions],
) -> TaxReportSetting | None:
    """Update a tax report setting.

    One client uses PATCH.

    Example:
        await client.tax_report_settings.update(
            account=1234, code="verifactu", tax_report_setting={"auto_send": True}
        )

    Args:
        account: Id of the account; the client's own where it is left out.
        code: Code of the authority.
        tax_report_setting: Settings to change.
        options: see `CallOptions`.

    Returns:
        None where the server answers without a body (behaviour 34).

    Raises:
        ArgumentError: an argument can't be sent as it is; nothing was sent.
        APIStatusError: the server refuses; a subclass for each status that matters.

    Source: PUT /accounts/{account}/tax_report_settings/{code}, sdk.
    """
    account = client.caller.account_or_default(account)
    return await client.caller.call(OPERATION, OPERATION.request_from(locals()), options)
