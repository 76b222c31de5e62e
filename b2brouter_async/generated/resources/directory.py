"""Directory: lookup, lookup_by_scheme, lookup_by_country_and_scheme"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.directory.lookup import lookup as _lookup
    from ..api.directory.lookup_by_country_and_scheme import (
        lookup_by_country_and_scheme as _lookup_by_country_and_scheme,
    )
    from ..api.directory.lookup_by_scheme import lookup_by_scheme as _lookup_by_scheme


class Directory(Resource):
    """Operations on directory."""

    __slots__ = ()

    if TYPE_CHECKING:
        lookup = _lookup
        lookup_by_scheme = _lookup_by_scheme
        lookup_by_country_and_scheme = _lookup_by_country_and_scheme
    else:
        lookup = endpoint("directory.lookup")
        lookup_by_scheme = endpoint("directory.lookup_by_scheme")
        lookup_by_country_and_scheme = endpoint("directory.lookup_by_country_and_scheme")
