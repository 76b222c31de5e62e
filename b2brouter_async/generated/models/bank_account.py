"""BankAccount"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import BOOLEAN, INTEGER, TEXT, nullable
from ..._core.model import Field, Model


@define(kw_only=True, repr=False)
class BankAccount(Model):
    """A bank account in a reply."""

    id: int | None = None
    """Id of a stored bank account."""
    type: str | None = None
    """Kind of number, for example iban."""
    number: str | None = None
    """Account number."""
    iban: str | None = None
    """IBAN."""
    bic: str | None = None
    """BIC."""
    is_default: bool | None = None
    """Default account; since 2026-03-02."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("id", "id", nullable(INTEGER)),
            Field("type", "type", nullable(TEXT)),
            Field("number", "number", nullable(TEXT)),
            Field("iban", "iban", nullable(TEXT)),
            Field("bic", "bic", nullable(TEXT)),
            Field("is_default", "is_default", nullable(BOOLEAN)),
        )
