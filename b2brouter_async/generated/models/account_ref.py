"""AccountRef"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import INTEGER, TEXT, nullable
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class AccountRef(Model):
    """Short form of an account."""

    id: int | None = None
    name: str | None = None

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", nullable(INTEGER)),
            Field("name", "name", nullable(TEXT)),
        )
