"""Tax reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .store import Record
    from .world import World


def report_invoice(world: World, account: Record, invoice: Record) -> bool:
    """Report an invoice that is being sent, if the account's settings say so; tell whether they do."""
    return False
