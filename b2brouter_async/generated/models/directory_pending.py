"""DirectoryPending"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import TEXT, nullable
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class DirectoryPending(Model):
    """Look-up still under way."""

    polling_url: str | None = None
    """Where to ask again; the address of the first call also works."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (Field("polling_url", "polling_url", nullable(TEXT)),)
