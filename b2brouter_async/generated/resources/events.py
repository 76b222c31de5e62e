"""Events: list"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.events.list_ import list as _list


class Events(Resource):
    """Operations on events."""

    __slots__ = ()

    if TYPE_CHECKING:
        list = _list
    else:
        list = endpoint("events.list_")
