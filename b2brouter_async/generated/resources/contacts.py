"""Contacts: list, create, get, update, delete"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.contacts.create import create as _create
    from ..api.contacts.delete import delete as _delete
    from ..api.contacts.get import get as _get
    from ..api.contacts.list_ import list as _list
    from ..api.contacts.update import update as _update


class Contacts(Resource):
    """Operations on contacts."""

    __slots__ = ()

    if TYPE_CHECKING:
        list = _list
        create = _create
        get = _get
        update = _update
        delete = _delete
    else:
        list = endpoint("contacts.list_")
        create = endpoint("contacts.create")
        get = endpoint("contacts.get")
        update = endpoint("contacts.update")
        delete = endpoint("contacts.delete")
