"""Names of files, made of a pattern and of what invoices say: safe on every system, whatever a sender wrote."""

from __future__ import annotations

import datetime
import re
import string
import unicodedata
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import field, frozen

from .._core.spelling import did_you_mean
from ..errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..generated.models.invoice import Invoice
    from ..generated.models.invoice_list_item import InvoiceListItem

    Row: TypeAlias = "Invoice | InvoiceListItem"

_LONGEST: Final = 180
"""Bytes of a name without its ending; systems take 255, and an id and an ending must find room."""
_EXTENSION = re.compile(r"\.(?:pdf|xml|zip|json|html|txt|csv|png|jpg|p7m|bin|\{ext\})$", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')
_RESERVED: Final = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{device}{number}" for device in ("COM", "LPT") for number in "0123456789¹²³"}
)
"""Names that Windows takes for devices, whatever their ending."""

_FIELDS: Mapping[str, Callable[[Row], object]] = {
    "id": lambda row: row.id,
    "number": lambda row: row.number or str(row.id),
    "series": lambda row: row.series_code,
    "date": lambda row: row.date,
    "due_date": lambda row: row.due_date,
    "state": lambda row: row.state,
    "type": lambda row: row.type,
    "contact": lambda row: row.contact.name if row.contact else None,
    "tin": lambda row: row.contact.tin_value if row.contact else None,
    "currency": lambda row: row.currency,
    "total": lambda row: row.total,
}
"""What can stand in a pattern."""
NAMES: Final = tuple(_FIELDS)
_NOTHING: Final = "none"


@frozen
class _Piece:
    """Text as it stands, then a field."""

    literal: str
    name: str | None
    spec: str


@frozen
class Pattern:
    """How files are named, for example `{date:%Y-%m}/{number}.pdf`."""

    text: str
    _pieces: tuple[_Piece, ...] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Read a pattern.

        Args:
            text: folders and a name, with fields in braces. An ending like `.pdf` is taken away: a file gets the ending of
                what it is.

        Raises:
            ArgumentError: it has a field that there is not, or leads out of the folder.
        """
        bare = _EXTENSION.sub("", text)
        try:
            parsed = list(string.Formatter().parse(bare))
        except ValueError as error:
            raise _refused(f"{text!r} can't be read: {error}") from None
        pieces: list[_Piece] = []
        for literal, name, spec, conversion in parsed:
            if name is not None and (name not in _FIELDS or conversion or "{" in (spec or "")):
                raise _refused(
                    f"there is no field {{{name}{'!' + conversion if conversion else ''}}}; there are "
                    f"{', '.join(NAMES)}{did_you_mean(name, NAMES)}"
                )
            pieces.append(_Piece(literal, name, spec or ""))
        shown = "".join(piece.literal + ("x" if piece.name else "") for piece in pieces)
        parts = shown.split("/")
        if "\\" in shown or re.match(r"[A-Za-z]:", shown) or not shown.isprintable():
            raise _refused(f"{text!r}: folders are divided by /, and no drive can stand in it")
        if not all(part.strip(" .") for part in parts):
            raise _refused(
                f"{text!r} must stay in the folder: no / at its beginning or end, and no part that is empty, . or .."
            )
        pattern = cls(text, tuple(pieces))
        pattern._check_formats()
        return pattern

    def path(self, row: Row) -> tuple[str, ...]:
        """Return the folders and the name, without an ending, of an invoice's file."""
        return self._path(lambda name: _FIELDS[name](row))

    def _check_formats(self) -> None:
        samples: Mapping[str, object] = {
            "id": 1,
            "date": datetime.date(2026, 1, 31),
            "due_date": datetime.date(2026, 1, 31),
        }
        try:
            self._path(lambda name: samples.get(name, "x"))
        except (ValueError, TypeError) as error:
            raise _refused(f"{self.text!r}: {error}") from None

    def _path(self, value_of: Callable[[str], object]) -> tuple[str, ...]:
        parts = [""]
        for piece in self._pieces:
            for text in (
                piece.literal,
                "" if piece.name is None else _written(value_of(piece.name), piece.spec),
            ):
                first, *more = text.split("/")
                parts[-1] += first
                parts += more
        return tuple(map(safe_part, parts))


def _written(value: object, spec: str) -> str:
    """Return a value as text; slashes come out of a date's format alone, which the pattern's author wrote."""
    if value is None or value == "":
        return _NOTHING
    if isinstance(value, (datetime.date, int)) and not isinstance(value, bool):
        return format(value, spec)
    return format(safe_value(str(value)), spec)


def safe_value(text: str) -> str:
    """Return a value without anything that divides or ends a name, or steers a terminal."""
    text = unicodedata.normalize("NFC", text[: 4 * _LONGEST])
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return _FORBIDDEN.sub("_", " ".join(text.split()))


def safe_part(text: str) -> str:
    """Return a text as the name of a file or folder on every system."""
    text = safe_value(text).strip(" .")
    cut = text.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore").strip(" .")
    if not cut:
        return "_"
    return f"_{cut}" if cut.partition(".")[0].strip().upper() in _RESERVED else cut


def same_name(path: str) -> str:
    """Return what two paths have in common where a system takes them for one: case, and how accents are written."""
    return unicodedata.normalize("NFC", path).casefold()


def _refused(problem: str) -> ArgumentError:
    return ArgumentError(problem, argument="pattern")
