"""What the server says about one document, in the words of an outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from ..errors import APIStatusError

if TYPE_CHECKING:
    from ..errors import CallError
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem


@frozen(kw_only=True)
class Said:
    """What is known about a document besides its outcome's kind."""

    invoice_id: int | None = None
    state: str | None = None
    request_id: str | None = None
    status: int | None = None
    code: str | None = None
    param: str | None = None

    @classmethod
    def by(cls, error: CallError | None) -> Said:
        """Return what an error says."""
        if isinstance(error, APIStatusError):
            return cls(request_id=error.request_id, status=error.status, code=error.code, param=error.param)
        return cls(request_id=None if error is None else error.request_id)


def complaints_of(invoice: Invoice | InvoiceListItem) -> str | None:
    """Return why the server won't send an invoice that it has (behaviour 23)."""
    texts = [
        one if isinstance(one, str) else str(one.to_dict().get("error") or one.to_dict())
        for one in invoice.errors or ()
    ]
    return "; ".join(texts) or None


def text(value: object) -> str | None:
    """Return a value as plain text, and None as None: a journal takes no enum."""
    return None if value is None else str(value)
