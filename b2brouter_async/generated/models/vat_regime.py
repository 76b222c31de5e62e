"""VatRegime"""

from __future__ import annotations

from ..._core.enums import OpenStrEnum


class VatRegime(OpenStrEnum):
    """French VAT regime; it fixes the reporting period. 'simplifie' ends on 2027-01-01."""

    REEL_NORMAL_MENSUEL = "reel_normal_mensuel"
    REEL_NORMAL_TRIMESTRIEL = "reel_normal_trimestriel"
    SIMPLIFIE = "simplifie"
    FRANCHISE_EN_BASE = "franchise_en_base"
