"""Whether a document is on the server: by its number, then by its content (behaviours 14, 24 and 25)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from attrs import frozen

from ..einvoice import same_identifier
from ..errors import NotFoundError

if TYPE_CHECKING:
    from ..bulk.account import Api
    from ..bulk.journal.sqlite import Journal
    from ..bulk.prepare import Prepared
    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem

Verdict: TypeAlias = Literal["same", "other", "nowhere", "unclear"]
"""same: it is there. other: its number is taken by something else. nowhere: it is in no list. unclear: its number is
there, but not (yet) the file to compare."""


@frozen
class Sight:
    """What one look has shown."""

    verdict: Verdict
    row: InvoiceListItem | None = None


NOWHERE = Sight("nowhere")


async def look(document: Prepared, api: Api, journal: Journal) -> Sight:
    """Look once for a document in the server's lists.

    Raises:
        CallError: the look failed, which proves nothing.
    """
    sight = NOWHERE
    for row in await api.numbered(document.number, document.type):
        if row.date is not None and row.date.year != document.year:
            continue
        same_series = (row.series_code or "") == (document.series or "")
        if not document.imported and not same_series:
            continue  # alike in all else perhaps, and another invoice
        same = await _same_content(document, row, api, journal)
        if same:
            return Sight("same", row)
        # A file is known by its bytes, whatever series the server has read from it. That something else has taken
        # the number can only be said where the series is the same as well.
        if not same_series or not _same_sender(document, row):
            continue
        if same is None:
            sight = Sight("unclear", row)
        elif sight.verdict == "nowhere":
            sight = Sight("other", row)
    return sight


def alike(document: Prepared, row: InvoiceListItem) -> bool | None:
    """Compare a document with a row where there is no file to compare; None if the row says too little."""
    if row.total is None or document.total is None or row.date is None:
        return None
    return (
        row.date.isoformat() == document.date
        and same_amount(row.total, document.total, credit=document.is_credit_note)
        and (row.currency is None or document.currency is None or row.currency == document.currency)
    )


def same_amount(one: Decimal, other: Decimal, *, credit: bool = False) -> bool:
    """Compare two amounts; those of credit notes whatever their sign, on which countries differ (behaviour 28)."""
    return abs(one) == abs(other) if credit else one == other


async def _same_content(document: Prepared, row: InvoiceListItem, api: Api, journal: Journal) -> bool | None:
    """Tell whether an invoice was made from a document; None if that can't be told."""
    owner = await journal.owner_of(row.id)
    if owner is not None:
        return owner.sha256 == document.sha256
    if not document.imported:
        return same_invoice(document.invoice, await api.get(row.id, lines=True))
    try:
        original = await api.original(row.id)
    except NotFoundError:
        return None
    return hashlib.sha256(original).hexdigest() == document.sha256


def _same_sender(document: Prepared, row: InvoiceListItem) -> bool:
    """Suppliers choose their numbers without asking one another: of received invoices the sender counts as well."""
    if document.type != "ReceivedInvoice" or document.seller is None or row.contact is None:
        return True
    ids = [one for one in (row.contact.tin_value, row.contact.cin_value) if one]
    return document.seller.known_as(ids) if ids else document.seller.name == row.contact.name


_PLAIN = ("date", "due_date", "currency", "is_credit_note", "buyer_reference", "file_reference")


def same_invoice(sent: Mapping[str, object], there: Invoice) -> bool:
    """Compare an invoice as it was sent with one on the server: dates, currency, party, and the lines' amounts.

    What the server works out itself (totals, taxes) is left aside, what it doesn't show too.
    """
    shown = there.to_dict()
    for name in _PLAIN:
        value = sent.get(name)
        if value is not None and shown.get(name) is not None and value != shown[name]:
            return False
    return _same_contact(sent, shown) and _same_lines(
        _list(sent, "invoice_lines_attributes"), _list(shown, "lines"), known=shown.get("lines") is not None
    )


def _same_contact(sent: Mapping[str, object], shown: Mapping[str, object]) -> bool:
    there = shown.get("contact")
    if not isinstance(there, Mapping):
        return True
    contact = cast("Mapping[str, object]", there)
    if sent.get("contact_id") is not None and contact.get("id") is not None:
        return str(sent["contact_id"]) == str(contact["id"])
    asked = sent.get("contact")
    if not isinstance(asked, Mapping):
        return True
    given = cast("Mapping[str, object]", asked)
    for name in ("tin_value", "cin_value"):
        one, other = given.get(name), contact.get(name)
        if isinstance(one, str) and isinstance(other, str):
            return same_identifier(one, other)
    return given.get("name") is None or contact.get("name") in (None, given["name"])


def _same_lines(
    sent: Sequence[Mapping[str, object]], shown: Sequence[Mapping[str, object]], *, known: bool
) -> bool:
    if not known:
        return True
    return len(sent) == len(shown) and sorted(map(_line, sent)) == sorted(map(_line, shown))


def _line(line: Mapping[str, object]) -> tuple[str, Decimal, Decimal]:
    def number(name: str, missing: int) -> Decimal:
        value = line.get(name)
        return Decimal(str(value)).normalize() if isinstance(value, (int, Decimal)) else Decimal(missing)

    return str(line.get("description") or ""), number("quantity", 1), number("price", 0)


def _list(value: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    items = value.get(name)
    return cast("Sequence[Mapping[str, object]]", items) if isinstance(items, list) else ()
