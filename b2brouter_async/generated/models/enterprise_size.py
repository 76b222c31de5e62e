"""EnterpriseSize"""

from __future__ import annotations

from ..._core.enums import OpenStrEnum


class EnterpriseSize(OpenStrEnum):
    """Size class of a French company."""

    MICRO = "micro"
    PME = "pme"
    ETI = "eti"
    GE = "ge"
