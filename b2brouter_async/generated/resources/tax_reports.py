"""TaxReports: list, create, get, correct, annul, download, download_response"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.tax_reports.annul import annul as _annul
    from ..api.tax_reports.correct import correct as _correct
    from ..api.tax_reports.create import create as _create
    from ..api.tax_reports.download import download as _download
    from ..api.tax_reports.download_response import download_response as _download_response
    from ..api.tax_reports.get import get as _get
    from ..api.tax_reports.list_ import list as _list


class TaxReports(Resource):
    """Operations on tax reports."""

    __slots__ = ()

    if TYPE_CHECKING:
        list = _list
        create = _create
        get = _get
        correct = _correct
        annul = _annul
        download = _download
        download_response = _download_response
    else:
        list = endpoint("tax_reports.list_")
        create = endpoint("tax_reports.create")
        get = endpoint("tax_reports.get")
        correct = endpoint("tax_reports.correct")
        annul = endpoint("tax_reports.annul")
        download = endpoint("tax_reports.download")
        download_response = endpoint("tax_reports.download_response")
