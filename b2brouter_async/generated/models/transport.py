"""Transport"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import BOOLEAN, DATETIME, INTEGER, TEXT, nullable, union
from ..._core.model import Field, Model

if TYPE_CHECKING:
    import datetime


@define(kw_only=True, repr=False)
class Transport(Model):
    """A channel of an account. Fields that replaced pending_peppol_directory_publish in 2026-04-20 are not
    public.
    """

    code: str
    """Transport type code, for example peppol."""
    id: int | None = None
    """Absent from the captured reply."""
    enabled: bool | None = None
    """Switched on for the account."""
    reception: bool | None = None
    """Documents may be received."""
    standard_documents: bool | None = None
    """Standard document set published."""
    invoice: bool | None = None
    """Invoices accepted."""
    credit_note: bool | None = None
    """Credit notes accepted."""
    order: bool | None = None
    """Orders accepted."""
    application_response: bool | None = None
    """Application responses accepted."""
    pin_value: str | None = None
    """Participant identifier without scheme."""
    pin_scheme: str | int | None = None
    """Scheme of the participant identifier. Text of four characters since 2026-03-02; some published samples
    still show a number.
    """
    created_at: datetime.datetime | None = None
    """Creation time."""
    updated_at: datetime.datetime | None = None
    """Last change."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""

        return (
            Field("code", "code", TEXT, required=True),
            Field("id", "id", nullable(INTEGER)),
            Field("enabled", "enabled", nullable(BOOLEAN)),
            Field("reception", "reception", nullable(BOOLEAN)),
            Field("standard_documents", "standard_documents", nullable(BOOLEAN)),
            Field("invoice", "invoice", nullable(BOOLEAN)),
            Field("credit_note", "credit_note", nullable(BOOLEAN)),
            Field("order", "order", nullable(BOOLEAN)),
            Field("application_response", "application_response", nullable(BOOLEAN)),
            Field("pin_value", "pin_value", nullable(TEXT)),
            Field("pin_scheme", "pin_scheme", nullable(union(TEXT, INTEGER))),
            Field("created_at", "created_at", nullable(DATETIME)),
            Field("updated_at", "updated_at", nullable(DATETIME)),
        )
