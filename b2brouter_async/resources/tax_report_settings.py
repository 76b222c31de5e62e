"""Tax report settings, there once for each authority (behaviour 30)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack, cast

from ..errors import ArgumentError
from ..generated.resources import tax_report_settings as generated
from .matching import AmbiguousMatchError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core.operation import CallOptions
    from .._core.requests import AccountId
    from ..generated.models.dictionaries import TaxReportSettingInputDict
    from ..generated.models.tax_report_setting import TaxReportSetting
    from ..generated.models.tax_report_setting_input import TaxReportSettingInput


class TaxReportSettings(generated.TaxReportSettings):
    """Operations on tax report settings.

    Example:
        settings = await client.tax_report_settings.get(account=1234, code="verifactu")
    """

    __slots__ = ()

    async def ensure(
        self,
        account: AccountId | None = None,
        *,
        tax_report_setting: TaxReportSettingInput | TaxReportSettingInputDict,
        **options: Unpack[CallOptions],
    ) -> TaxReportSetting:
        """See that the settings for an authority are there, with what is given: made, changed, or left as they are.

        Example:
            await client.tax_report_settings.ensure(
                1234, tax_report_setting={"code": "verifactu", "auto_generate": True}
            )

        What is left out stays as it is. Making the settings `dgfip` registers the company in the French directory and
        replaces its Peppol transport. Tasks of one client take turns; where another process makes them at the same
        time, the server refuses the second, and that one goes on with the first.

        Args:
            account: Id of the account; the client's own where it is left out.
            tax_report_setting: the settings, with the code of the authority, in any case.
            options: see `CallOptions`; they hold for each request.

        Returns:
            The settings as they are now.

        Raises:
            AmbiguousMatchError: the account has several settings of this code.
            ArgumentError: the code is missing.
            APIStatusError: the server refuses.
            OutcomeUnknownError: it is not known whether they were made, and no look shows them. Call again later: it
                looks first.
        """
        from ..generated.api.tax_report_settings.create import OPERATION

        owner = self.caller.account_or_default(account)
        request = OPERATION.request(account=owner, tax_report_setting=tax_report_setting)
        assert request.body is not None
        given = cast("Mapping[str, Mapping[str, object]]", request.body.value)["tax_report_setting"]
        code = str(given.get("code") or "").strip()
        if not code:
            raise ArgumentError(
                "name the authority, for example verifactu", argument="tax_report_setting.code"
            )

        async def look() -> list[TaxReportSetting]:
            # The list, since a code that is spelled otherwise is found in it alone.
            rows = [row async for row in self.list(owner, limit=500, **options)]
            return [row for row in rows if row.code.casefold() == code.casefold()]

        from .once import alone, make_once

        async with alone(self.caller, "tax_report_setting", str(owner), code.casefold()):
            found, made = await look(), False
            if not found:
                found, made = await make_once(
                    lambda: self.create(owner, tax_report_setting=tax_report_setting, **options),
                    look,
                    waiting=self.caller.waiting,
                    way_out="Call ensure again later: it looks for the settings first",
                )
            if len(found) > 1:
                raise AmbiguousMatchError(
                    f"the account has {len(found)} settings {code}: delete all but one with tax_report_settings.delete",
                    (),
                )
            there = found[0]
            if made:
                return there
            shown = there.to_dict()
            changed = {
                key: value
                for key, value in given.items()
                if key != "code" and value is not None and value != shown.get(key)
            }
            if not changed:
                return there
            from ..generated.models.tax_report_setting_update_input import TaxReportSettingUpdateInput

            update = TaxReportSettingUpdateInput.read_any(changed)
            return await self.update(
                owner, code=there.code, tax_report_setting=update, **options
            ) or await self.get(owner, code=there.code, **options)
