"""TaxReportSettings: list, create, get, update, delete"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.tax_report_settings.create import create as _create
    from ..api.tax_report_settings.delete import delete as _delete
    from ..api.tax_report_settings.get import get as _get
    from ..api.tax_report_settings.list_ import list as _list
    from ..api.tax_report_settings.update import update as _update


class TaxReportSettings(Resource):
    """Operations on tax report settings."""

    __slots__ = ()

    if TYPE_CHECKING:
        list = _list
        create = _create
        get = _get
        update = _update
        delete = _delete
    else:
        list = endpoint("tax_report_settings.list_")
        create = endpoint("tax_report_settings.create")
        get = endpoint("tax_report_settings.get")
        update = endpoint("tax_report_settings.update")
        delete = endpoint("tax_report_settings.delete")
