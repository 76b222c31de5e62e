"""Invoices that stand in JSON Lines as they are to be sent."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from .._core.model import fields_of, unknown_keys
from ..errors import ArgumentError, ShapeError
from ..invoicing.checks import problems_of
from ..invoicing.totals import added_up
from .cells import check_day
from .fields import instead
from .invoices import InvoiceError, TableInvoice, check_taxes

if TYPE_CHECKING:
    from collections.abc import Mapping


def judged_invoice(given: Mapping[str, Any], line: int, today: datetime.date) -> TableInvoice:
    """Return an invoice of JSON if it can be sent as it is.

    Args:
        given: the object.
        line: where it stands.
        today: bounds its days.

    Raises:
        InvoiceError: a key is none of an invoice, something is missing, or a value can't be.
    """
    from ..generated.models import InvoiceInput

    try:
        read = InvoiceInput.read_any(given)
    except ShapeError as error:
        raise InvoiceError(str(error)) from None
    for place, key, kind in unknown_keys(read):
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in (*place, key))
        known = [item.key for item in fields_of(kind)]
        raise InvoiceError(f"{path[1:]!r} is no field of an invoice{instead(key, known)}")
    number = given.get("number")
    if not isinstance(number, str) or not number.strip():
        raise InvoiceError("number: the invoice has none")
    try:
        for name in ("date", "due_date", "tax_point_date"):
            day = getattr(read, name)
            if isinstance(day, datetime.date):
                last = today + datetime.timedelta(days=366 if name == "date" else 3660)
                check_day(day, last, today)
    except ArgumentError as error:
        raise InvoiceError(str(error)) from None
    if read.date is None:
        raise InvoiceError("date: the invoice has none")
    lines: list[Mapping[str, Any]] = given.get("invoice_lines_attributes") or []
    if not lines:
        raise InvoiceError("the invoice has no line")
    for index, one in enumerate(lines):
        check_taxes(one.get("taxes_attributes") or [], f"invoice_lines_attributes[{index}]: ")
    try:
        made = added_up(given)
    except ArgumentError as error:
        raise InvoiceError(str(error)) from None
    # What holds since a version only is told by the call, which knows the version.
    wrong = next((one for one in problems_of(given) if one.stops and not one.since), None)
    if wrong is not None:
        raise InvoiceError(f"{wrong.place}: {wrong.text}")
    return TableInvoice(
        given, made, line, line, "credit_note" if given.get("is_credit_note") else "invoice", made.total
    )
