"""TinVerificationCountry"""

from __future__ import annotations

from ..._core.enums import OpenStrEnum


class TinVerificationCountry(OpenStrEnum):
    """TinVerificationCountry"""

    ES = "es"
