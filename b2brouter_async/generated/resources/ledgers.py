"""Ledgers: get, download, download_response, import_document"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.ledgers.download import download as _download
    from ..api.ledgers.download_response import download_response as _download_response
    from ..api.ledgers.get import get as _get
    from ..api.ledgers.import_document import import_document as _import_document


class Ledgers(Resource):
    """Operations on ledgers."""

    __slots__ = ()

    if TYPE_CHECKING:
        get = _get
        download = _download
        download_response = _download_response
        import_document = _import_document
    else:
        get = endpoint("ledgers.get")
        download = endpoint("ledgers.download")
        download_response = endpoint("ledgers.download_response")
        import_document = endpoint("ledgers.import_document")
