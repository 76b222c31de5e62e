"""B2Brouter's own codes of units, and their twins in e-invoices (behaviour 29)."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from ..errors import ArgumentError


@frozen
class Unit:
    """A unit, as each side writes it.

    Example:
        print(unit(ubl="HUR").code, unit(ubl="HUR").name)
    """

    code: int
    """B2Brouter's own number: what `unit` of a line takes."""
    name: str
    ubl: str | None = None
    """UN/ECE Recommendation 20, as UBL and CII write it (BT-130)."""
    facturae: str | None = None


OTHER: Final = Unit(6, "other", None, "05")
UNITS: Final[tuple[Unit, ...]] = (
    Unit(1, "units", "C62", "01"),
    Unit(2, "hours", "HUR", "02"),
    Unit(3, "kilograms", "KGM", "03"),
    Unit(4, "litres", "LTR", "04"),
    Unit(5, "days", "DAY"),
    OTHER,
    Unit(7, "boxes", "XBX", "06"),
)
"""Every unit that sources name; clients have used further numbers."""

_ALSO: Final = {"H87": "C62", "EA": "C62", "NAR": "C62", "BX": "XBX"}
"""Further codes of UN/ECE for the same unit: piece, each, number of articles; a box."""


def unit(code: int | None = None, *, ubl: str | None = None, facturae: str | int | None = None) -> Unit:
    """Return a unit by one of its codes.

    Example:
        unit(ubl="HUR").code        # 2, for InvoiceLineInput(unit=…)

    Args:
        code: B2Brouter's own.
        ubl: UN/ECE Recommendation 20, as UBL and CII write it.
        facturae: as Facturae writes it, with or without its zero.

    Raises:
        ArgumentError: no code is given, or several; or no unit is known by it.
    """
    given: dict[str, int | str | None] = {
        "code": code,
        "ubl": None if ubl is None else _ALSO.get(ubl.strip().upper(), ubl.strip().upper()),
        "facturae": None if facturae is None else str(facturae).strip().zfill(2),
    }
    [*asked] = [(name, value) for name, value in given.items() if value is not None]
    if len(asked) != 1:
        raise ArgumentError("pass one of them", argument="code, ubl, facturae")
    name, value = asked[0]
    found = next((one for one in UNITS if getattr(one, name) == value), None)
    if found is None:
        choice = ", ".join(f"{one.code} ({one.name})" for one in UNITS)
        raise ArgumentError(
            f"{value!r}: no unit is known by this code; pass B2Brouter's own: {choice}", argument=name
        )
    return found


def unit_text(given: object) -> str:
    """Tell that a unit is none of B2Brouter's, and the way out (behaviour 29)."""
    choice = ", ".join(f"{one.code} {one.name}" for one in UNITS)
    try:
        hint = f"; {given} of UN/ECE is {unit(ubl=str(given)).code}"
    except ArgumentError:
        hint = ""
    return f"units are B2Brouter's own numbers{hint}: {choice}; unit(ubl=…) translates those of UBL"
