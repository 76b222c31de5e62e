"""TransportInput"""

from __future__ import annotations

from attrs import define, field

from ..._core.codecs import BOOLEAN, TEXT
from ..._core.model import Field, RequestModel


@define(kw_only=True, repr=False)
class TransportInput(RequestModel):
    """Transport to create."""

    code: str | None = None
    """Transport type code from the transport types list."""
    enabled: bool | None = None
    """Switch on."""
    reception: bool | None = None
    """Allow reception."""
    standard_documents: bool | None = None
    """Publish the standard document set."""
    invoice: bool | None = None
    """Accept invoices."""
    credit_note: bool | None = None
    """Accept credit notes."""
    order: bool | None = None
    """Accept orders."""
    application_response: bool | None = None
    """Accept application responses."""
    pin_value: str | None = None
    """Participant identifier without scheme."""
    pin_scheme: str | None = None
    """Scheme of the participant identifier: EAS or ICD code of four characters, for example '9920' or '0002'."""
    username: str | None = None
    """User of the channel, where it needs credentials."""
    password: str | None = field(default=None, repr=False)
    """Password of the channel, where it needs credentials."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("code", "code", TEXT),
            Field("enabled", "enabled", BOOLEAN),
            Field("reception", "reception", BOOLEAN),
            Field("standard_documents", "standard_documents", BOOLEAN),
            Field("invoice", "invoice", BOOLEAN),
            Field("credit_note", "credit_note", BOOLEAN),
            Field("order", "order", BOOLEAN),
            Field("application_response", "application_response", BOOLEAN),
            Field("pin_value", "pin_value", TEXT),
            Field("pin_scheme", "pin_scheme", TEXT),
            Field("username", "username", TEXT),
            Field("password", "password", TEXT),
        )
