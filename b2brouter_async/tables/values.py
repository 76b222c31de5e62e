"""A cell as the value of a field, by what the mapping says about both."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from attrs import define, frozen

from .._core.codecs import Kind
from .cells import SIGNS, Amount, check_day, exact, read_amount, shown
from .errors import CellError
from .fields import TAXES, Field
from .files import Merged
from .mapping import Column, TableMapping, last_day
from .workbook import NOT_RECKONED, Broken

if TYPE_CHECKING:
    from collections.abc import Mapping

_SMALL: Final = Decimal("0.5")
"""A surcharge of Spain."""
_HIGHEST: Final = 50


@frozen
class Source:
    """A column that is mapped."""

    label: str
    index: int
    column: Column
    values: Mapping[str, object] | None


@define
class Marks:
    """What the amounts of a table say about its decimal mark, where the mapping says none."""

    unsure: tuple[int, str, str] | None = None
    decimals: bool = False


class Values:
    """Turns cells into values."""

    def __init__(self, mapping: TableMapping, today: datetime.date) -> None:
        self._mapping = mapping
        self._today = today

    def value(
        self,
        target: Field,
        cell: object,
        source: Source,
        line: int,
        signs: list[tuple[str, str]],
        marks: Marks,
    ) -> object:
        """Turn a cell into the value of a field.

        Args:
            target: the field.
            cell: what stands there; never nothing.
            source: the column.
            line: where it stands.
            signs: takes in the signs of currencies that stand beside amounts, with their columns.
            marks: takes in what the amount says about the decimal mark.

        Raises:
            CellError: it can't be that, or can be read in two ways.
        """
        mapping = self._mapping
        if isinstance(cell, Merged):
            if target.of_line and target.kind is Kind.NUMBER:
                raise CellError(
                    "the cell is merged with others, so its amount stands for several lines; split it"
                )
            cell = cell.value
        if isinstance(cell, Broken):
            raise CellError(
                "a formula stands there, and not its value: open the file in a spreadsheet program, and save it"
                if cell == NOT_RECKONED
                else f"{shown(cell)} stands there in the place of a value: mend the formula"
            )
        if source.values is not None:
            text = str(cell).strip()
            if text not in source.values:
                raise CellError(f"{shown(text)} is none of the words in [values]; say there what it means")
            found = source.values[text]
            cell = found if isinstance(found, str) else cell if found is None else found
        if isinstance(cell, str):
            if target.kind is Kind.NUMBER:
                amount = read_amount(cell, mapping.decimal)
                self._note(amount, target, source.label, cell, line, signs, marks)
                return self._percent(target, amount.value)
            if target.name == "currency":
                return self._currency(cell)
            if target.name == "contact.country":
                return self._country(cell)
            return mapping.text_value(target, cell, self._today)
        return self._typed(target, cell)

    def _note(
        self,
        amount: Amount,
        target: Field,
        label: str,
        text: str,
        line: int,
        signs: list[tuple[str, str]],
        marks: Marks,
    ) -> None:
        if amount.sign is not None:
            signs.append((amount.sign, label))
        if amount.percent and not target.key.endswith("percent"):
            raise CellError(f"{shown(text)} is a rate, and {target.name} an amount")
        if amount.unsure and marks.unsure is None:
            marks.unsure = (line, label, text)
        if amount.decimals:
            marks.decimals = True

    def _percent(self, target: Field, value: Decimal) -> Decimal:
        """Return a rate in percent; a spreadsheet keeps 21 % as 0.21, and nothing tells that from a fifth of a percent."""
        of_tax = target.key == "percent" and target.section in TAXES
        if not of_tax and target.key != "discount_percent":
            return value
        if self._mapping.percents == "fractions":
            value *= 100
        elif (
            0 < abs(value) < 1
            and self._mapping.percents is None
            and not (target.section == "surcharge" and value == _SMALL)
        ):
            raise CellError(
                f'{value} as a rate: is it {value * 100:f} %? Say percents = "fractions", or "as_written"'
            )
        if of_tax and (abs(value) > _HIGHEST or (value < 0 and target.section != "withholding")):
            raise CellError(f"{value} is no rate")
        return value

    def _typed(self, target: Field, cell: object) -> object:
        """Return a value that has a type already: of a spreadsheet, or of JSON."""
        match target.kind:
            case Kind.NUMBER if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
                value = exact(cell) if isinstance(cell, float) else Decimal(cell)
                if value.is_finite():
                    return self._percent(target, value)
            case Kind.INTEGER if (
                isinstance(cell, (int, float)) and not isinstance(cell, bool) and cell == int(cell)
            ):
                return int(cell)
            case Kind.BOOLEAN if isinstance(cell, bool):
                return cell
            case Kind.DATE if isinstance(cell, datetime.datetime):
                if cell.time() != datetime.time(0) and "%H" not in (self._mapping.date or ""):
                    raise CellError(
                        f"{cell} has a time of day; is it the day of the invoice? Say date with %H in it"
                    )
                return check_day(cell.date(), last_day(target, self._today), self._today)
            case Kind.DATE if isinstance(cell, datetime.date):
                return check_day(cell, last_day(target, self._today), self._today)
            case Kind.TEXT if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                if cell == int(cell) and abs(cell) < 10**15:
                    if target.name == "contact.postalcode" and abs(cell) < 10000:
                        raise CellError(
                            f"{int(cell)} is kept as a number, so that zeros in front are lost; make it text"
                        )
                    return str(int(cell))
                raise CellError(f"{cell!r} is a number and no text; keep the column as text")
            case _:
                pass
        raise CellError(f"{shown(str(cell))} is not {target.kind.value}")

    def _currency(self, text: str) -> str:
        text = text.strip()
        code = self._mapping.currencies.get(text) or SIGNS.get(text) or text.upper()
        if len(code) != 3 or not code.isalpha() or not code.isascii():
            raise CellError(f'{text!r} is no currency; say in [currencies] "{text}" = "EUR" or the like')
        return code

    def _country(self, text: str) -> str:
        text = text.strip()
        if len(text) != 2 or not text.isalpha() or not text.isascii():
            raise CellError(
                f"{shown(text)} is no code of a country, like es; say in [values] what each name means"
            )
        return text.lower()
