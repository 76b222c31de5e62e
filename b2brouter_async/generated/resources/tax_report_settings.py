"""TaxReportSettings: list, create, get, update, delete"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import AccountId, Options, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._core.pagination import Pager
    from ..models.tax_report_setting import TaxReportSetting
    from ..models.tax_report_setting_input import TaxReportSettingInput
    from ..models.tax_report_setting_update_input import TaxReportSettingUpdateInput


class TaxReportSettings(Resource):
    """Operations on tax report settings."""

    __slots__ = ()

    def list(
        self,
        account: AccountId | None = None,
        *,
        offset: int | None = None,
        limit: int | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> Pager[TaxReportSetting]:
        """List tax report settings.

        Args:
            account: Id of the account; the client's own where it is left out.
            offset: Index of the first object. Server's default: 0.
            limit: Page size; values above 500 are cut to 500. Server's default: 25.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            A pager: await it for one page, iterate it for every item. Nothing is sent before.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /accounts/{account}/tax_report_settings, sdk.
        """
        from ..._core.pagination import Pager
        from ..api.tax_report_settings import list_ as operation

        request = operation.build(self._caller.account_or_default(account))
        options = Options(
            timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
        )
        return Pager(self._caller, operation.OPERATION, request, options, limit=limit, offset=offset)

    async def create(
        self,
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
            tax_report_setting: Settings to create. France also needs start_date, type_operation, naf_code
                and enterprise_size.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).

        Source: POST /accounts/{account}/tax_report_settings, documented.
        """
        from ..api.tax_report_settings import create as operation

        return await operation.call(
            self._caller,
            account,
            tax_report_setting=tax_report_setting,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def get(
        self,
        account: AccountId | None = None,
        *,
        code: str,
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> TaxReportSetting:
        """Get a tax report setting.

        Args:
            account: Id of the account; the client's own where it is left out.
            code: Code of the authority.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /accounts/{account}/tax_report_settings/{code}, sdk.
        """
        from ..api.tax_report_settings import get as operation

        return await operation.call(
            self._caller,
            account,
            code=code,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def update(
        self,
        account: AccountId | None = None,
        *,
        code: str,
        tax_report_setting: TaxReportSettingUpdateInput | Mapping[str, object],
        timeout: float | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        priority: int | None = None,
        max_attempts: int | None = None,
    ) -> TaxReportSetting | None:
        """Update a tax report setting.

        One client uses PATCH.

        Args:
            account: Id of the account; the client's own where it is left out.
            code: Code of the authority.
            tax_report_setting: Settings to change.
            timeout, deadline, headers, priority, max_attempts: see `Options`.

        Returns:
            None where the server answers without a body (behaviour 34).

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: PUT /accounts/{account}/tax_report_settings/{code}, sdk.
        """
        from ..api.tax_report_settings import update as operation

        return await operation.call(
            self._caller,
            account,
            code=code,
            tax_report_setting=tax_report_setting,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )

    async def delete(
        self,
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
        from ..api.tax_report_settings import delete as operation

        return await operation.call(
            self._caller,
            account,
            code=code,
            timeout=timeout,
            deadline=deadline,
            headers=headers,
            priority=priority,
            max_attempts=max_attempts,
        )
