"""Every operation of the spec and the function that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    accounts,
    code_lists,
    contacts,
    directory,
    downloads,
    imports,
    invoice_lists,
    invoices,
    ledgers,
    payments,
    tax_batches,
    tax_reports,
    tax_settings,
    tin,
    webhooks,
)
from .invoices import PREPARE
from .reporting import set_ledger_state, set_report_state
from .states import set_state

if TYPE_CHECKING:
    from ..server.call import Handler
    from ..state.world import World

_MODULES = (
    accounts, code_lists, contacts, directory, downloads, imports, invoice_lists, invoices, ledgers, payments, tax_batches,
    tax_reports, tax_settings, tin, webhooks,
)  # fmt: skip

HANDLERS: dict[str, Handler] = {
    key: handler for module in _MODULES for key, handler in module.HANDLERS.items()
}

__all__ = ["HANDLERS", "PREPARE", "register"]


def register(world: World) -> None:
    """Tell a new world how its records are found and how they change."""
    world.store.index("contact", contacts.contact_index)
    world.store.index("invoice", invoices.invoice_index, facts=invoice_lists.invoice_facts)
    world.store.index("event", facts=accounts.event_facts)
    world.store.index("tax_report", facts=tax_reports.report_facts)
    world.store.index("payment", facts=payments.payment_facts)
    world.store.index(tax_settings.KIND, tax_settings.setting_index)
    world.store.index("ledger", ledgers.ledger_index)
    world.transitions["invoice"] = set_state
    world.transitions["tax_report"] = set_report_state
    world.transitions["ledger"] = set_ledger_state
    world.transitions["batch"] = tax_batches.finish_batch
    world.transitions[tin.KIND] = tin.finish_verification
