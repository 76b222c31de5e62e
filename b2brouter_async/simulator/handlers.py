"""Every operation of the document and the function that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import accounts, codes, contacts, downloads, imports, invoice_lists, invoices
from .contacts import contact_index
from .invoices import invoice_index
from .states import set_state

if TYPE_CHECKING:
    from .wire import Handler
    from .world import World

_MODULES = (accounts, codes, contacts, downloads, imports, invoice_lists, invoices)

HANDLERS: dict[str, Handler] = {
    key: handler for module in _MODULES for key, handler in module.HANDLERS.items()
}


def furnish(world: World) -> None:
    """Tell a new world how its records are found and how they change."""
    world.store.index("contact", contact_index)
    world.store.index("invoice", invoice_index)
    world.appliers["invoice"] = set_state
