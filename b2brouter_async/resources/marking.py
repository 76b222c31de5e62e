"""Which states a caller may set on which kind of invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.spelling import did_you_mean
from ..errors import ArgumentError
from ..generated.models.invoice_settable_state import InvoiceSettableState
from ..generated.models.invoice_type import InvoiceType

if TYPE_CHECKING:
    from collections.abc import Mapping

# From the spec's description of the states that can be set. It stands there as text, so it is written down here.
_S = InvoiceSettableState
SETTABLE: Mapping[str, frozenset[str]] = {
    InvoiceType.ISSUED_INVOICE: frozenset(
        (_S.NEW, _S.SENT, _S.ACCEPTED, _S.REGISTERED, _S.REFUSED, _S.PAID, _S.CLOSED)
    ),
    InvoiceType.RECEIVED_INVOICE: frozenset((_S.NEW, _S.PAID, _S.ACCEPTED, _S.REFUSED, _S.ANNOTATED)),
    InvoiceType.ISSUED_SIMPLIFIED_INVOICE: frozenset(
        (_S.NEW, _S.SENT, _S.PAID, _S.DOWNLOADED, _S.ACCEPTED, _S.REFUSED, _S.REGISTERED, _S.CLOSED)
    ),
}
_ANYWHERE = frozenset(state for states in SETTABLE.values() for state in states)
_EVERYWHERE = frozenset(state for state in _ANYWHERE if all(state in states for states in SETTABLE.values()))


def needs_type(state: str) -> bool:
    """Tell whether a state can be set on some kinds of invoices and not on others."""
    return state in _ANYWHERE and state not in _EVERYWHERE


def check_state(state: str, type: str | None) -> None:
    """Refuse a state that an invoice of this type can't be set to; an unknown type passes.

    Args:
        state: the state.
        type: the invoice's type; None where it doesn't matter or isn't known.

    Raises:
        ArgumentError: the server would refuse it; nothing was sent.
    """
    if state not in _ANYWHERE:
        raise ArgumentError(
            f"{state!r} can't be set on any invoice, but for {', '.join(sorted(_ANYWHERE))}; "
            f"force=True sends it all the same{did_you_mean(str(state), map(str, _ANYWHERE))}",
            argument="state",
        )
    possible = SETTABLE.get(str(type)) if type is not None else None
    if possible is not None and state not in possible:
        raise ArgumentError(
            f"{state!r} can't be set on an invoice of type {type}, but for {', '.join(sorted(possible))}; "
            "force=True sends it all the same",
            argument="state",
        )
