"""TaxReportSetting"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import BOOLEAN, DATE, DATETIME, TEXT, enumeration, nullable
from ..._core.model import Field, Model

if TYPE_CHECKING:
    import datetime

    from .enterprise_size import EnterpriseSize
    from .type_operation import TypeOperation
    from .vat_regime import VatRegime


@define(kw_only=True, repr=False)
class TaxReportSetting(Model):
    """Settings of an account for one tax authority."""

    code: str
    """Authority: verifactu, tbai, sdi, dgfip and others."""
    start_date: datetime.date | None = None
    """First day of reporting."""
    auto_generate: bool | None = None
    """Make reports by itself."""
    auto_send: bool | None = None
    """Send reports by itself."""
    enabled: bool | None = None
    """In force."""
    locked: bool | None = None
    """Cannot be changed."""
    email: str | None = None
    """Address for tax notices."""
    reason_vat_exempt: str | None = None
    """Default exemption reason."""
    special_regime_key: str | None = None
    """Default special regime key (Spain)."""
    special_regime_key_igic: str | None = None
    """Default special regime key for IGIC."""
    reason_no_subject: str | None = None
    """Default reason for not being subject (Spain)."""
    credit_note_code: str | None = None
    """Default code of corrections, R1 to R5 (Spain)."""
    delegation: str | None = None
    """Provincial authority (TicketBAI), for example Bizkaia."""
    type_operation: TypeOperation | None = None
    naf_code: str | None = None
    """Activity code (France)."""
    enterprise_size: EnterpriseSize | None = None
    vat_regime: VatRegime | None = None
    issue_only: bool | None = None
    """Seen in one measured reply (France); meaning not public."""
    created_at: datetime.datetime | None = None
    """Creation time."""
    updated_at: datetime.datetime | None = None
    """Last change."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .enterprise_size import EnterpriseSize
        from .type_operation import TypeOperation
        from .vat_regime import VatRegime

        return (
            Field("code", "code", TEXT, required=True),
            Field("start_date", "start_date", nullable(DATE)),
            Field("auto_generate", "auto_generate", nullable(BOOLEAN)),
            Field("auto_send", "auto_send", nullable(BOOLEAN)),
            Field("enabled", "enabled", nullable(BOOLEAN)),
            Field("locked", "locked", nullable(BOOLEAN)),
            Field("email", "email", nullable(TEXT)),
            Field("reason_vat_exempt", "reason_vat_exempt", nullable(TEXT)),
            Field("special_regime_key", "special_regime_key", nullable(TEXT)),
            Field("special_regime_key_igic", "special_regime_key_igic", nullable(TEXT)),
            Field("reason_no_subject", "reason_no_subject", nullable(TEXT)),
            Field("credit_note_code", "credit_note_code", nullable(TEXT)),
            Field("delegation", "delegation", nullable(TEXT)),
            Field("type_operation", "type_operation", nullable(enumeration(TypeOperation))),
            Field("naf_code", "naf_code", nullable(TEXT)),
            Field("enterprise_size", "enterprise_size", nullable(enumeration(EnterpriseSize))),
            Field("vat_regime", "vat_regime", nullable(enumeration(VatRegime))),
            Field("issue_only", "issue_only", nullable(BOOLEAN)),
            Field("created_at", "created_at", nullable(DATETIME)),
            Field("updated_at", "updated_at", nullable(DATETIME)),
        )
