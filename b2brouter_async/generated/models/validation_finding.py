"""ValidationFinding"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import TEXT, nullable
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class ValidationFinding(Model):
    """One fault or warning of a check, of the schema, the business rules, the schematron, the vendor's
    database or the tax report. The keys are not printed; one that is called otherwise is kept as it came.
    """

    location: str | None = None
    """Place in the document, as an XPath."""
    rule: str | None = None
    """Text of the rule that failed."""
    code: str | None = None
    """Code of the rule, for example BR-CO-15."""
    message: str | None = None
    """Text of the fault."""
    error: str | None = None
    """Text of the fault, as the errors of an invoice have it."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("location", "location", nullable(TEXT)),
            Field("rule", "rule", nullable(TEXT)),
            Field("code", "code", nullable(TEXT)),
            Field("message", "message", nullable(TEXT)),
            Field("error", "error", nullable(TEXT)),
        )
