"""TaxCategory"""

from __future__ import annotations

from ..._core.enums import OpenStrEnum


class TaxCategory(OpenStrEnum):
    """Tax category code."""

    S = "S"
    H = "H"
    AA = "AA"
    AAA = "AAA"
    E = "E"
    Z = "Z"
    AE = "AE"
    NS = "NS"
    G = "G"
    O_ = "O"
    K = "K"
