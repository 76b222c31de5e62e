"""TinVerificationCountry"""

from __future__ import annotations

from ...enums import OpenStrEnum


class TinVerificationCountry(OpenStrEnum):
    """TinVerificationCountry"""

    ES = "es"
