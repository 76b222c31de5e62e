"""EnterpriseSize"""

from __future__ import annotations

from ...enums import OpenStrEnum


class EnterpriseSize(OpenStrEnum):
    """Size class of a French company."""

    MICRO = "micro"
    PME = "pme"
    ETI = "eti"
    GE = "ge"
