"""InvoiceValidation"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import BOOLEAN, TEXT, list_of, model, nullable, union
from ..._core.model import Field, Model
from .. import models

if TYPE_CHECKING:
    from .validation_finding import ValidationFinding


@define(kw_only=True, repr=False)
class InvoiceValidation(Model):
    """Result of a check. It does not check routing. That each entry has a place and a rule is documented, the
    keys are not printed.
    """

    valid: bool | None = None
    """The document passes."""
    errors: list[str | ValidationFinding] | None = None
    """Faults."""
    warnings: list[str | ValidationFinding] | None = None
    """Warnings."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("valid", "valid", nullable(BOOLEAN)),
            Field(
                "errors", "errors", nullable(list_of(union(TEXT, model(lambda: models.ValidationFinding))))
            ),
            Field(
                "warnings",
                "warnings",
                nullable(list_of(union(TEXT, model(lambda: models.ValidationFinding)))),
            ),
        )
