"""BankAccountInput"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import TEXT
from ..._core.model import Field, RequestModel


@define(kw_only=True, repr=False)
class BankAccountInput(RequestModel):
    """A bank account in a request."""

    type: str | None = None
    """Kind of number, for example iban."""
    number: str | None = None
    """Account number."""
    iban: str | None = None
    """IBAN; an invalid one is refused."""
    bic: str | None = None
    """BIC."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("type", "type", TEXT),
            Field("number", "number", TEXT),
            Field("iban", "iban", TEXT),
            Field("bic", "bic", TEXT),
        )
