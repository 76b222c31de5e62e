"""What rows are: invoices, credit notes, or none of the user's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..words import plain, word_of

if TYPE_CHECKING:
    from ..survey import Seen
    from .draft import Draft

_SUPPLIER: Final = re.compile(
    r"\b(proveedor|proveidor|acreedor|fournisseur|lieferant|kreditor|leverancier|crediteur|fornitore|dostawca|sprzedawca|fornecedor|supplier|vendor)\b"
)
_CUSTOMER_OR_SUPPLIER: Final = re.compile(
    r"cli.?pro|kunde.?lieferant|cliente.?emisor|cliente.?fornitore|customer.?supplier|client.?fournisseur"
)


def kinds_of_rows(draft: Draft) -> None:
    """Find the column that says what a row is, and those of states, of suppliers."""
    column = _kind_column(draft)
    if column is not None:
        _take_kinds(draft, column)
    _states(draft)
    _suppliers(draft)


def _kind_column(draft: Draft) -> Seen | None:
    """Return the column that has few words, the first with known ones."""
    named = [
        one for one in draft.named("kind") if one.filled and not one.context and not draft.is_amount(one)
    ]
    named = [one for one in named if one.distinct <= max(12, len(one.filled) // 5)]
    return next(
        (one for one in named if any(word_of(text) for text in one.texts)), named[0] if named else None
    )


def _take_kinds(draft: Draft, column: Seen) -> None:
    kinds: dict[str, str] = {}
    unsure: list[str] = []
    for text in dict.fromkeys(column.texts):
        word = word_of(text)
        if word is None:
            unsure.append(text)
        elif word == "credit_note" and draft.seen.language in ("es", "ca"):
            word = "correction"
        kinds[text] = word or "leave_out"
    if any(column.cells[group[0]] is None for group in draft.groups):
        kinds[""] = "leave_out"
        unsure.append("(empty)")
    draft.take(column, "kind", "its words say what a row is")
    draft.settings["kinds"] = kinds
    if unsure:
        draft.ask(
            f'"{column.label}" says {", ".join(unsure)}: what is that? [kinds] leaves it out until you say it'
        )
    left = [text for text, kind in kinds.items() if kind == "leave_out" and text not in unsure and text]
    if left:
        draft.ask(
            f'"{column.label}": {", ".join(left)} is left out by [kinds]; only the others are invoices of yours, is that right?'
        )
    if any(kind in ("credit_note", "correction") for kind in kinds.values()):
        credit_notes(draft)


def _states(draft: Draft) -> None:
    for column in draft.named("status"):
        cancelled = [text for text in dict.fromkeys(column.texts) if word_of(text) == "leave_out"]
        if cancelled:
            draft.ask(
                f'"{column.label}" says {", ".join(cancelled)} in line {_line_of(draft, column, cancelled[0])}: shall it be sent? If not, '
                f'say [skip] "{column.label}" = "{cancelled[0]}"'
            )
        draft.take(column, "", "a status; not part of an invoice")


def _line_of(draft: Draft, column: Seen, text: str) -> int:
    """Return the line in which a text stands first."""
    return next(draft.seen.lines[row] for row, cell in enumerate(column.cells) if str(cell) == text)


def _suppliers(draft: Draft) -> None:
    for column in draft.seen.columns:
        if _SUPPLIER.search(plain(column.name)):
            draft.ask(
                f'"{column.label}" names a supplier: are these invoices that you issued? Bills that you received are not uploaded so'
            )
            break
    for column in draft.seen.columns:
        if _CUSTOMER_OR_SUPPLIER.search(plain(column.name).replace(" ", "-")):
            draft.ask(
                f'"{column.label}" can be a customer or a supplier: are all rows invoices that you issued?'
            )
            break


def credit_notes(draft: Draft) -> None:
    """Ask for the signs of credit notes."""
    draft.settings.setdefault("credit_notes", "as_written")
    draft.ask("there are credit notes: shall their amounts stay as the table writes them (\"as_written\"), or be turned round "
             "(\"reversed\")? Spain wants negative ones, other countries positive ones", ("credit_notes",), "as_written")  # fmt: skip
