"""The states of invoices and tax reports: which are under way, and which are an end (behaviour 31).

A state that stands in none of these lists is one under way: new ones appear over time, and none of them is an error
for being unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem

DELIVERED = frozenset({"registered", "accepted", "allegedly_paid", "paid", "closed"})
"""It has arrived."""
REFUSED = frozenset({"refused"})
"""The receiver doesn't want it. It may come after `registered`."""
FAILED = frozenset({"error", "invalid", "discarded", "annulled", "cancelled", "expired"})
"""It has not arrived and won't, or was taken back."""
FINAL = DELIVERED | REFUSED | FAILED
"""States after which nothing decides any more whether the invoice has arrived. `sent` is none of them: a network may
still answer with `error`."""
SENT_OR_FINAL = FINAL | {"sent"}
"""States of an invoice that has left the server, or never will."""
REPORT_FAILED = frozenset({"error", "refused", "invalid"})
"""States in which the authority has not taken a tax report, or a ledger."""
REPORT_ENDED = frozenset({"registered", "registered_with_errors", "annulled"})
"""States in which it has."""


class HasState(Protocol):
    """An invoice, a row of a list of them, or whatever else says its state."""

    @property
    def state(self) -> str | None:
        """The state."""
        ...


def is_delivered(invoice: HasState | str | None) -> bool:
    """Tell whether an invoice has arrived.

    Example:
        invoice = await client.invoices.get(5)
        print(is_delivered(invoice), is_delivered("registered"))

    Args:
        invoice: the invoice, or its state.
    """
    return _state(invoice) in DELIVERED


def is_refused(invoice: HasState | str | None) -> bool:
    """Tell whether the receiver has refused an invoice. That may come after it had arrived (behaviour 31).

    Example:
        rows = [row async for row in client.invoices.list(account=1234) if is_refused(row)]

    Args:
        invoice: the invoice, or its state.
    """
    return _state(invoice) in REFUSED


def is_failed(invoice: HasState | str | None) -> bool:
    """Tell whether an invoice has not arrived and won't, or was taken back.

    Example:
        rows = [row async for row in client.invoices.list(account=1234) if is_failed(row)]

    Args:
        invoice: the invoice, or its state.
    """
    return _state(invoice) in FAILED


def is_in_flight(invoice: HasState | str | None) -> bool:
    """Tell whether it is still open what becomes of an invoice. A state that nobody knows is in flight (behaviour 31).

    Example:
        rows = [row async for row in client.invoices.list(account=1234) if is_in_flight(row)]

    Args:
        invoice: the invoice, or its state.
    """
    return _state(invoice) not in FINAL


def _state(invoice: HasState | str | None) -> str:
    return str(invoice if invoice is None or isinstance(invoice, str) else invoice.state)


def complaints(invoice: Invoice | InvoiceListItem) -> tuple[str, ...]:
    """Return why the server won't send an invoice that it has (behaviour 23), one text for each reason."""
    return tuple(
        error if isinstance(error, str) else _text(error.to_dict()) for error in invoice.errors or ()
    )


def _text(error: dict[str, object]) -> str:
    for name in ("message", "error", "code"):
        text = error.get(name)
        if isinstance(text, str) and text:
            return text
    return str(error)
