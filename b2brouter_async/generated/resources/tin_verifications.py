"""TinVerifications: create, get"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.tin_verifications.create import create as _create
    from ..api.tin_verifications.get import get as _get


class TinVerifications(Resource):
    """Operations on tin verifications."""

    __slots__ = ()

    if TYPE_CHECKING:
        create = _create
        get = _get
    else:
        create = endpoint("tin_verifications.create")
        get = endpoint("tin_verifications.get")
