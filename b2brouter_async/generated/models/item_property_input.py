"""ItemPropertyInput"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import TEXT
from ..._core.model import Field, RequestModel


@define(kw_only=True, repr=False)
class ItemPropertyInput(RequestModel):
    """Extra property of an item."""

    name: str | None = None
    """Name."""
    value: str | None = None
    """Value."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("name", "name", TEXT),
            Field("value", "value", TEXT),
        )
