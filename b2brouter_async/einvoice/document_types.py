"""What the codes of UNTDID 1001 say about a document; UBL and CII write them (BT-3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .facts import Issuer

CREDIT_NOTES = frozenset(
    {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"}
)
"""The codes that mean a credit note; every other is an invoice."""

SELF_BILLED = frozenset({"261", "389", "471", "473", "500", "501", "502", "527"})
"""The codes of documents that the buyer issues instead of the seller; 471 and above come from the French list."""


def issuer_of(code: str | None, *profiles: str | None) -> Issuer:
    """Tell who issues a document.

    Args:
        code: its type by UNTDID 1001.
        profiles: what it says it conforms to: Peppol has a specification of its own for self-billing.
    """
    by_profile = any("selfbilling" in (profile or "").lower().replace("-", "") for profile in profiles)
    return "buyer" if code in SELF_BILLED or by_profile else "seller"
