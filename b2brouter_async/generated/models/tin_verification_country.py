"""TinVerificationCountry"""

from __future__ import annotations

from ...codecs import OpenStrEnum


class TinVerificationCountry(OpenStrEnum):
    """TinVerificationCountry"""

    ES = "es"
