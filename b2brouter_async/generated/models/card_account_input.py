"""CardAccountInput"""

from __future__ import annotations

from attrs import define

from ..._core.codecs import TEXT
from ..._core.model import Field, RequestModel


@define(kw_only=True, repr=False)
class CardAccountInput(RequestModel):
    """Card used for payment."""

    account_number: str | None = None
    """Card number, masked."""
    holder_name: str | None = None
    """Holder."""
    network: str | None = None
    """Network, for example VISA."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("account_number", "account_number", TEXT),
            Field("holder_name", "holder_name", TEXT),
            Field("network", "network", TEXT),
        )
