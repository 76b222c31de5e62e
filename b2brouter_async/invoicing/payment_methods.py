"""B2Brouter's own codes of payment methods, and their twins in e-invoices (behaviours 29 and 54)."""

from __future__ import annotations

from attrs import frozen

from ..errors import ArgumentError


@frozen
class PaymentMethod:
    """A way to pay, as each side writes it.

    Example:
        method = payment_method(ubl="30")
        print(method.code, method.name, method.facturae)
    """

    code: int
    """B2Brouter's own number: what `payment_method` of an invoice takes."""
    name: str
    ubl: str | None = None
    """UN/ECE 4461, as UBL (BT-81) and CII write it; None where no source tells."""
    facturae: str | None = None
    fatturapa: str | None = None


# 54 exists in the vendor's table, whose last rows are cut off in what is public: None is "not known" there.
PAYMENT_METHODS: tuple[PaymentMethod, ...] = (
    PaymentMethod(1, "cash", "10", "01", "MP01"),
    PaymentMethod(2, "direct debit", "49", "02", "MP19"),
    PaymentMethod(3, "hold", "8", "03", "MP12"),
    PaymentMethod(4, "transfer", "30", "04", "MP05"),
    PaymentMethod(7, "awarding", "ZZZ", "07"),
    PaymentMethod(10, "promissory note", "60", "10", "MP06"),
    PaymentMethod(11, "cheque", "20", "11", "MP02"),
    PaymentMethod(12, "reposition", "ZZZ", "12", "MP22"),
    PaymentMethod(13, "other, in words in payment_method_text", "ZZZ", "13", "MP22"),
    PaymentMethod(14, "compensation", "97", "14"),
    PaymentMethod(19, "card"),
    PaymentMethod(54, "credit card"),
    PaymentMethod(58, "SEPA transfer"),
    PaymentMethod(59, "SEPA direct debit"),
)
"""Every code that sources name."""


def payment_method(
    code: int | None = None,
    *,
    ubl: str | int | None = None,
    facturae: str | int | None = None,
    fatturapa: str | None = None,
) -> PaymentMethod:
    """Return a payment method by one of its codes.

    Example:
        payment_method(ubl="30").code        # 4, for InvoiceInput(payment_method=…)
        payment_method(4).fatturapa          # "MP05"

    Args:
        code: B2Brouter's own.
        ubl: UN/ECE 4461, as UBL (BT-81) and CII write it.
        facturae: as Facturae writes it, with or without its zero.
        fatturapa: as FatturaPA writes it.

    Raises:
        ArgumentError: no code is given, or several; no method is known by it; or several have it, so that which one
            is meant has to be said with B2Brouter's own code.
    """
    given = {
        "code": code,
        "ubl": None if ubl is None else str(ubl).strip().lstrip("0").upper(),
        "facturae": None if facturae is None else str(facturae).strip().zfill(2),
        "fatturapa": None if fatturapa is None else fatturapa.strip().upper(),
    }
    [*asked] = [(name, value) for name, value in given.items() if value is not None]
    if len(asked) != 1:
        raise ArgumentError("pass one of them", argument="code, ubl, facturae, fatturapa")
    name, value = asked[0]
    found = [one for one in PAYMENT_METHODS if getattr(one, name) == value]
    if len(found) == 1:
        return found[0]
    choice = ", ".join(f"{one.code} ({one.name})" for one in found or PAYMENT_METHODS)
    problem = "several methods have this code" if found else "no method is known by this code"
    raise ArgumentError(f"{value!r}: {problem}; pass B2Brouter's own: {choice}", argument=name)
