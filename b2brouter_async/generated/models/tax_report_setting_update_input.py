"""TaxReportSettingUpdateInput"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import BOOLEAN, DATE, TEXT, enumeration
from ..._core.model import Field, RequestModel

if TYPE_CHECKING:
    import datetime

    from .enterprise_size import EnterpriseSize
    from .type_operation import TypeOperation
    from .vat_regime import VatRegime


@define(kw_only=True, repr=False)
class TaxReportSettingUpdateInput(RequestModel):
    """Settings to change."""

    start_date: datetime.date | None = None
    """First day of reporting."""
    auto_generate: bool | None = None
    """Make reports by itself."""
    auto_send: bool | None = None
    """Send reports by itself."""
    enabled: bool | None = None
    """In force."""
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
    """Provincial authority (TicketBAI), for example Bizkaia; accepted spellings not proven."""
    type_operation: TypeOperation | str | None = None
    """Nature of the operation in French reporting."""
    naf_code: str | None = None
    """Activity code, two digits (France)."""
    enterprise_size: EnterpriseSize | str | None = None
    """Size class of a French company."""
    vat_regime: VatRegime | str | None = None
    """French VAT regime; it fixes the reporting period. 'simplifie' ends on 2027-01-01."""
    issue_only: bool | None = None
    """Writability not proven."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .enterprise_size import EnterpriseSize
        from .type_operation import TypeOperation
        from .vat_regime import VatRegime

        return (
            Field("start_date", "start_date", DATE),
            Field("auto_generate", "auto_generate", BOOLEAN),
            Field("auto_send", "auto_send", BOOLEAN),
            Field("enabled", "enabled", BOOLEAN),
            Field("email", "email", TEXT),
            Field("reason_vat_exempt", "reason_vat_exempt", TEXT),
            Field("special_regime_key", "special_regime_key", TEXT),
            Field("special_regime_key_igic", "special_regime_key_igic", TEXT),
            Field("reason_no_subject", "reason_no_subject", TEXT),
            Field("credit_note_code", "credit_note_code", TEXT),
            Field("delegation", "delegation", TEXT),
            Field("type_operation", "type_operation", enumeration(TypeOperation)),
            Field("naf_code", "naf_code", TEXT),
            Field("enterprise_size", "enterprise_size", enumeration(EnterpriseSize)),
            Field("vat_regime", "vat_regime", enumeration(VatRegime)),
            Field("issue_only", "issue_only", BOOLEAN),
        )
