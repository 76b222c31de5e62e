"""Payments: list, create"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.payments.create import create as _create
    from ..api.payments.list_ import list as _list


class Payments(Resource):
    """Operations on payments."""

    __slots__ = ()

    if TYPE_CHECKING:
        list = _list
        create = _create
    else:
        list = endpoint("payments.list_")
        create = endpoint("payments.create")
