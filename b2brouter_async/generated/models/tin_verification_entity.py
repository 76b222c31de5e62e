"""TinVerificationEntity"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import TEXT
from ..._core.model import Field, RequestModel


@define(kw_only=True, repr=False)
class TinVerificationEntity(RequestModel):
    """Number and name to check; both are required, the key names are assumed."""

    tin_value: str
    """Number to check; a country prefix is taken off. Key name assumed."""
    name: str
    """Name to check. Key name assumed."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("tin_value", "tin_value", TEXT, required=True),
            Field("name", "name", TEXT, required=True),
        )
