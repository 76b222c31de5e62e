"""Documents: validate"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.documents.validate import validate as _validate


class Documents(Resource):
    """Operations on documents."""

    __slots__ = ()

    if TYPE_CHECKING:
        validate = _validate
    else:
        validate = endpoint("documents.validate")
