"""What rows are: invoices, credit notes, or none of the user's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..words import (
    CREDIT_WORDS,
    INVOICE_WORDS,
    OTHER_WORDS,
    plain,
)

if TYPE_CHECKING:
    from ..survey import Seen
    from .draft import Draft

SUPPLIER: Final = re.compile(
    r"\b(proveedor|proveidor|acreedor|fournisseur|lieferant|kreditor|leverancier|crediteur|fornitore|dostawca|sprzedawca|fornecedor|supplier|vendor)\b"
)

CREDIT: Final = frozenset(plain(word) for word in CREDIT_WORDS)

INVOICE: Final = frozenset(plain(word) for word in INVOICE_WORDS)

OTHER: Final = frozenset(plain(word) for word in OTHER_WORDS)


def kinds_of_rows(draft: Draft) -> None:
    """Find the column that says what a row is, and those of states, of suppliers."""
    named = [one for one in draft.named("kind") if one.filled and not draft.is_amount(one)]
    named = [one for one in named if one.distinct <= max(12, len(one.filled) // 5) and not one.context] or [
        one for one in named if one.distinct <= 12 and not one.context
    ]
    chosen = next(
        (one for one in named if any(word_of(text) for text in one.texts)), named[0] if named else None
    )
    if chosen is not None:
        kinds: dict[str, str] = {}
        unsure: list[str] = []
        for text in dict.fromkeys(chosen.texts):
            word = word_of(text)
            if word is None:
                unsure.append(text)
            elif word == "credit_note" and draft.seen.language in ("es", "ca"):
                word = "correction"
            kinds[text] = word or "leave_out"
        if len(chosen.filled) < len(chosen.cells):
            blank = [row for row, cell in enumerate(chosen.cells) if cell is None]
            if any(row == group[0] for group in draft.groups for row in blank):
                kinds[""] = "leave_out"
                unsure.append("(empty)")
        draft.take(chosen, "kind", "its words say what a row is")
        draft.settings["kinds"] = kinds
        if unsure:
            draft.ask(
                f'"{chosen.label}" says {", ".join(unsure)}: what is that? [kinds] leaves it out until you say it'
            )
        left = [text for text, kind in kinds.items() if kind == "leave_out" and text not in unsure and text]
        if left:
            draft.ask(
                f'"{chosen.label}": {", ".join(left)} is left out by [kinds]; only the others are invoices of yours, is that right?'
            )
        if any(kind in ("credit_note", "correction") for kind in kinds.values()):
            credit_notes(draft)
        elif set(kinds.values()) == {"invoice"}:
            pass
    for column in draft.named("status"):
        cancelled = [text for text in dict.fromkeys(column.texts) if plain(text) in OTHER]
        if cancelled:
            draft.ask(
                f'"{column.label}" says {", ".join(cancelled)} in line {line_of(draft, column, cancelled[0])}: shall it be sent? If not, '
                f'say [skip] "{column.label}" = "{cancelled[0]}"'
            )
        draft.take(column, "", "a status; not part of an invoice")
    purchases = [one for one in draft.seen.columns if SUPPLIER.search(plain(one.name))]
    if purchases:
        draft.ask(
            f'"{purchases[0].label}" names a supplier: are these invoices that you issued? Bills that you received are not uploaded so'
        )
    name = draft.of("contact.name")
    both = [
        one
        for one in draft.seen.columns
        if re.search(
            r"cli.?pro|kunde.?lieferant|cliente.?emisor|cliente.?fornitore|customer.?supplier|client.?fournisseur",
            plain(one.name).replace(" ", "-"),
        )
    ]
    if (name is not None or both) and both:
        draft.ask(
            f'"{both[0].label}" can be a customer or a supplier: are all rows invoices that you issued?'
        )


def line_of(draft: Draft, column: Seen, text: str) -> int:
    """Return the line in which a text stands first."""
    return next(draft.seen.lines[row] for row, cell in enumerate(column.cells) if str(cell) == text)


def credit_notes(draft: Draft) -> None:
    """Ask for the signs of credit notes."""
    draft.settings.setdefault("credit_notes", "as_written")
    draft.ask("there are credit notes: shall their amounts stay as the table writes them (\"as_written\"), or be turned round "
             "(\"reversed\")? Spain wants negative ones, other countries positive ones", ("credit_notes",), "as_written")  # fmt: skip


def word_of(text: str) -> str | None:
    """Return the kind that a word stands for."""
    word = plain(text)
    if word in CREDIT:
        return "credit_note"
    if word in INVOICE:
        return "invoice"
    return "leave_out" if word in OTHER else None
