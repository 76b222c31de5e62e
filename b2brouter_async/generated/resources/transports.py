"""Transports: list, create"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.transports.create import create as _create
    from ..api.transports.list_ import list as _list


class Transports(Resource):
    """Operations on transports."""

    __slots__ = ()

    if TYPE_CHECKING:
        list = _list
        create = _create
    else:
        list = endpoint("transports.list_")
        create = endpoint("transports.create")
