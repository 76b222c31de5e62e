"""AllowanceChargeIndicator"""

from __future__ import annotations

from ..._core.enums import OpenStrEnum


class AllowanceChargeIndicator(OpenStrEnum):
    """Whether the entry lowers (allowance) or raises (charge) the amount; kept open like the others."""

    ALLOWANCE = "allowance"
    CHARGE = "charge"
