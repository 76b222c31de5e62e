"""TaxReportBatches: create, get"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.tax_report_batches.create import create as _create
    from ..api.tax_report_batches.get import get as _get


class TaxReportBatches(Resource):
    """Operations on tax report batches."""

    __slots__ = ()

    if TYPE_CHECKING:
        create = _create
        get = _get
    else:
        create = endpoint("tax_report_batches.create")
        get = endpoint("tax_report_batches.get")
