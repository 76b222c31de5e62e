"""Building invoices: what one comes to, what is wrong with it, and B2Brouter's own codes.

Example:
    line = InvoiceLineInput(quantity=2, price=Decimal("49.90"))
    invoice = InvoiceInput(number="F-1", contact_id=77, invoice_lines_attributes=[line])
    invoice.problems()  # before anything is sent
    account = await client.accounts.get(1234)
    invoice.totals(rounding=account).total  # exactly, as the server adds it up

The same for dictionaries: `totals_of`, `problems_of`. docs/building.md has all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy_names

if TYPE_CHECKING:
    from .._core.problems import Problem as Problem
    from .checks import problems_of as problems_of
    from .documents.reading import FromDocument as FromDocument
    from .documents.source import LeftOut as LeftOut
    from .payment_methods import PAYMENT_METHODS as PAYMENT_METHODS
    from .payment_methods import PaymentMethod as PaymentMethod
    from .payment_methods import payment_method as payment_method
    from .rounding import Rounding as Rounding
    from .totals import TaxTotal as TaxTotal
    from .totals import Totals as Totals
    from .totals import totals_of as totals_of
    from .units import UNITS as UNITS
    from .units import Unit as Unit
    from .units import unit as unit

if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "._core.problems": ("Problem",),
            "checks": ("problems_of",),
            "documents.reading": ("FromDocument",),
            "documents.source": ("LeftOut",),
            "payment_methods": ("PAYMENT_METHODS", "PaymentMethod", "payment_method"),
            "rounding": ("Rounding",),
            "totals": ("TaxTotal", "Totals", "totals_of"),
            "units": ("UNITS", "Unit", "unit"),
        },
    )
