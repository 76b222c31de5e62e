"""TaxReportRejection"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import ANYTHING
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class TaxReportRejection(Model):
    """What the authority said instead of a receipt. That it is JSON is documented, its keys are not printed."""

    code: object = None
    """The authority's code."""
    message: object = None
    """The authority's reason."""
    error: object = None
    """The reason, in the form of an error reply."""
    errors: object = None
    """Several reasons."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("code", "code", ANYTHING),
            Field("message", "message", ANYTHING),
            Field("error", "error", ANYTHING),
            Field("errors", "errors", ANYTHING),
        )
