"""How it is paid: codes, bank accounts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ...errors import ArgumentError
from ..payment_methods import PAYMENT_METHODS, PaymentMethod, payment_method

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .source import Source

_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")
_SAME: Final[Mapping[tuple[str, str], int]] = {
    ("ubl", "54"): 54,
    ("ubl", "58"): 58,
    ("ubl", "59"): 59,
    ("facturae", "19"): 19,
}
"""Credit card, SEPA transfer and SEPA direct debit have the numbers and the names of UN/ECE 4461, card those of Facturae."""

_BY_CODE: Final[Mapping[str, Callable[[str], PaymentMethod]]] = {
    "ubl": lambda code: payment_method(ubl=code),
    "facturae": lambda code: payment_method(facturae=code),
    "fatturapa": lambda code: payment_method(fatturapa=code),
}


def method_of(source: Source, fields: dict[str, object], syntax: str) -> None:
    """Put a payment method into an invoice, or leave it out where B2Brouter has no code for it.

    Args:
        source: the element with the code.
        fields: of the invoice.
        syntax: whose code it is: `ubl`, `facturae` or `fatturapa`.
    """
    value = source.text()
    if value is None:
        return
    if (syntax, value) in _SAME:
        fields["payment_method"] = _SAME[syntax, value]
        return
    try:
        fields["payment_method"] = _BY_CODE[syntax](value).code
    except ArgumentError:
        several = sum(getattr(one, syntax) == value for one in PAYMENT_METHODS) > 1
        why = (
            "several payment methods of B2Brouter have it"
            if several
            else "B2Brouter has no payment method for it"
        )
        source.leave(f"{why}; set payment_method yourself")


def account_of(number: Source, bic: Source | None) -> dict[str, object] | None:
    """Return a bank account, or leave out one that the server would refuse, and its bank with it.

    Args:
        number: the element with an IBAN, or a number of another kind.
        bic: the one with the code of the bank; None where the format has none.
    """
    written = number.text()
    if written is None:
        return None
    plain = re.sub(r"[\s-]", "", written).upper()
    if _is_iban(plain):
        account: dict[str, object] = {"type": "iban", "iban": plain}
    elif _IBAN.fullmatch(plain):
        number.leave("its check digits say that it is no IBAN, and the server would refuse it")
        return None
    else:
        account = {"number": written}
    if bic is not None and bic.peek():
        account["bic"] = bic.text()
    return account


def _is_iban(plain: str) -> bool:
    """Whether a text in capitals without spaces is an IBAN, by its check digits."""
    if not _IBAN.fullmatch(plain):
        return False
    digits = "".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])
    return int(digits) % 97 == 1
