"""What the codes of UNTDID 1001 say about a document; UBL and CII write them (BT-3)."""

from __future__ import annotations

CREDIT_NOTES = frozenset(
    {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"}
)
"""The codes that mean a credit note; every other is an invoice."""
