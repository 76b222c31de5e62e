"""TypeOperation"""

from __future__ import annotations

from ..._core.enums import OpenStrEnum


class TypeOperation(OpenStrEnum):
    """Nature of the operation in French reporting."""

    SERVICES = "services"
    GOODS = "goods"
    MIXED = "mixed"
