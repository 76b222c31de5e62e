"""WebHooks: list, create, get, update, delete"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.web_hooks.create import create as _create
    from ..api.web_hooks.delete import delete as _delete
    from ..api.web_hooks.get import get as _get
    from ..api.web_hooks.list_ import list as _list
    from ..api.web_hooks.update import update as _update


class WebHooks(Resource):
    """Operations on web hooks."""

    __slots__ = ()

    if TYPE_CHECKING:
        list = _list
        create = _create
        get = _get
        update = _update
        delete = _delete
    else:
        list = endpoint("web_hooks.list_")
        create = endpoint("web_hooks.create")
        get = endpoint("web_hooks.get")
        update = endpoint("web_hooks.update")
        delete = endpoint("web_hooks.delete")
