"""Accounts: list, create, get, update, delete, unarchive, upload_logo, delete_logo"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.accounts.create import create as _create
    from ..api.accounts.delete import delete as _delete
    from ..api.accounts.delete_logo import delete_logo as _delete_logo
    from ..api.accounts.get import get as _get
    from ..api.accounts.list_ import list as _list
    from ..api.accounts.unarchive import unarchive as _unarchive
    from ..api.accounts.update import update as _update
    from ..api.accounts.upload_logo import upload_logo as _upload_logo


class Accounts(Resource):
    """Operations on accounts."""

    __slots__ = ()

    if TYPE_CHECKING:
        list = _list
        create = _create
        get = _get
        update = _update
        delete = _delete
        unarchive = _unarchive
        upload_logo = _upload_logo
        delete_logo = _delete_logo
    else:
        list = endpoint("accounts.list_")
        create = endpoint("accounts.create")
        get = endpoint("accounts.get")
        update = endpoint("accounts.update")
        delete = endpoint("accounts.delete")
        unarchive = endpoint("accounts.unarchive")
        upload_logo = endpoint("accounts.upload_logo")
        delete_logo = endpoint("accounts.delete_logo")
