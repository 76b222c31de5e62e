"""How invoices are listed so that none is left out."""

from __future__ import annotations

import unicodedata
from typing import TypedDict

# Two of InvoiceType, which is not loaded for them; a test holds them equal.
ISSUED = "IssuedInvoice"
RECEIVED = "ReceivedInvoice"


class OfType(TypedDict):
    """Arguments of a list of invoices."""

    type: str | None
    ack: bool | None


def all_of(kind: str | None) -> OfType:
    """Return the arguments of a list that leaves no invoice of a type out; None is the server's default, the issued.

    Without `ack` only those received invoices come that nobody has acknowledged (behaviour 11).
    """
    return {"type": kind, "ack": True if kind == RECEIVED else None}


def plain_number(number: str | None) -> str:
    """Return a number as two are compared: without space around it, and an accented letter as one sign.

    The same letter can be written as one sign or as two (NFC and NFD), and nobody sees which; files of a Mac have two.
    """
    return unicodedata.normalize("NFC", (number or "").strip())


def spellings(number: str) -> tuple[str, ...]:
    """Return the forms in which a number is to be asked for, since a server may compare sign by sign."""
    plain = plain_number(number)
    return tuple(dict.fromkeys((number.strip(), plain, unicodedata.normalize("NFD", plain))))
