"""Invoices: list, create, import_document, get, update, delete, download, validate, send, ack, mark_as,
add_attachment
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.invoices.ack import ack as _ack
    from ..api.invoices.add_attachment import add_attachment as _add_attachment
    from ..api.invoices.create import create as _create
    from ..api.invoices.delete import delete as _delete
    from ..api.invoices.download import download as _download
    from ..api.invoices.get import get as _get
    from ..api.invoices.import_document import import_document as _import_document
    from ..api.invoices.list_ import list as _list
    from ..api.invoices.mark_as import mark_as as _mark_as
    from ..api.invoices.send import send as _send
    from ..api.invoices.update import update as _update
    from ..api.invoices.validate import validate as _validate


class Invoices(Resource):
    """Operations on invoices."""

    __slots__ = ()

    if TYPE_CHECKING:
        list = _list
        create = _create
        import_document = _import_document
        get = _get
        update = _update
        delete = _delete
        download = _download
        validate = _validate
        send = _send
        ack = _ack
        mark_as = _mark_as
        add_attachment = _add_attachment
    else:
        list = endpoint("invoices.list_")
        create = endpoint("invoices.create")
        import_document = endpoint("invoices.import_document")
        get = endpoint("invoices.get")
        update = endpoint("invoices.update")
        delete = endpoint("invoices.delete")
        download = endpoint("invoices.download")
        validate = endpoint("invoices.validate")
        send = endpoint("invoices.send")
        ack = endpoint("invoices.ack")
        mark_as = endpoint("invoices.mark_as")
        add_attachment = endpoint("invoices.add_attachment")
