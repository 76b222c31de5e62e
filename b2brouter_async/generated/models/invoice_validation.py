"""InvoiceValidation"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import BOOLEAN, TEXT, list_of, model, nullable, union
from ..._core.model import Field, Model

if TYPE_CHECKING:
    from .validation_error_entry import ValidationErrorEntry


@define(kw_only=True)
class InvoiceValidation(Model):
    """Result of a check; the shape is not public."""

    valid: bool | None = None
    """The document passes."""
    errors: list[str | ValidationErrorEntry] | None = None
    """Faults."""
    warnings: list[str | ValidationErrorEntry] | None = None
    """Warnings."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .validation_error_entry import ValidationErrorEntry

        return (
            Field("valid", "valid", nullable(BOOLEAN)),
            Field("errors", "errors", nullable(list_of(union(TEXT, model(ValidationErrorEntry))))),
            Field("warnings", "warnings", nullable(list_of(union(TEXT, model(ValidationErrorEntry))))),
        )
