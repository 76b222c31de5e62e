"""DirectoryEntry"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import TEXT, model, nullable
from ..._core.model import Field, Model
from .. import models

if TYPE_CHECKING:
    from .directory_document import DirectoryDocument


@define(kw_only=True, repr=False)
class DirectoryEntry(Model):
    """Party found. Further keys hold other document kinds and details of the party."""

    name: str | None = None
    """Name of the party."""
    invoice: DirectoryDocument | None = None
    """How the party takes invoices. Other kinds of document have keys of their own."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("name", "name", nullable(TEXT)),
            Field("invoice", "Invoice", nullable(model(lambda: models.DirectoryDocument))),
        )
