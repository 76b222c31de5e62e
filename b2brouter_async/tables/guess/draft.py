"""What is known of a table while its columns are guessed."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from ..words import ALL_RATES, WORDS, index, plain
from .proposal import Question

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence

    from ..survey import Seen, Survey


PREFIX: Final = re.compile(
    r"^(invoice|line item|lineitem|line|item|order|billing|customer|factura|facture|rechnung|factuur|fattura) ?"
)


class Draft:
    """A proposal while it is made: what is taken for what, and why; what must be asked."""

    def __init__(
        self,
        seen: Survey,
        sheet: str | None,
        today: datetime.date | None,
        account_currency: str | None = None,
        own_ids: Sequence[str] = (),
    ) -> None:
        self.seen = seen
        self.account_currency = account_currency
        self.own_ids: set[str] = {re.sub(r"[^0-9A-Z]", "", one.upper()) for one in own_ids}
        self.sheet = sheet
        self.today = today
        self.taken: dict[int, str] = {}
        self.why: dict[int, str] = {}
        self.settings: dict[str, Any] = {}
        self.constants: dict[str, Any] = {}
        self.questions: list[Question] = []
        self.proof: list[str] = []
        self.amounts: dict[int, list[Decimal | None] | None] = {
            column.index: column.amounts(seen.decimal) for column in seen.columns
        }
        self.groups: list[list[int]] = []
        """The rows of each invoice."""
        self.lines = False
        """Whether a row is a line."""
        self.options: dict[int, list[str]] = {}
        """The fields that each column's name can mean."""
        self.readings: list[list[tuple[tuple[Seen, str], ...]]] = []
        """Columns that can be two things: for each the readings, for each reading the columns with their fields."""
        self.noughts: list[tuple[Seen, str, bool]] = []
        """Columns of shipping and discounts that hold nothing but noughts."""

    def ask(self, text: str, setting: tuple[str, ...] = (), proposal: str | None = None) -> None:
        """Note a question, once."""
        if all(question.text != text for question in self.questions):
            self.questions.append(Question(text, setting, proposal))

    def candidates(self, column: Seen) -> list[str]:
        """Return the fields that the name of a column can mean."""
        known = index()
        name = plain(column.name)
        if column.context:
            both = known.get(plain(f"{column.context} {column.name}"))
            if both:
                return both
        found = list(known.get(f"{name} %", [])) if "%" in column.name else []
        found = found or list(known.get(name, []))
        tail = plain(re.split(r"[/.]", column.name)[-1])
        if not found and tail != name:
            found = list(known.get(tail, []))
        found = found or list(compact_index().get(name.replace(" ", ""), []))
        if not found and (rest := PREFIX.sub("", name)) != name:
            found = list(known.get(rest, []))
        percent = "%" in column.name
        if percent or (" " in name and name.split(" ")[0:1]) in (["tipo"], ["taux"], ["tasa"]):
            rates = [
                f"{one.rpartition('.')[0]}.percent" for one in found if one.endswith((".amount", ".percent"))
            ]
            if "discount" in found or "line.discount_percent" in found:
                rates.append("line.discount_percent")
            found = rates or found
        return found

    def take(self, column: Seen, name: str, why: str) -> None:
        """Take a column for a field."""
        self.taken[column.index] = name
        self.why[column.index] = why

    def of(self, name: str) -> Seen | None:
        """Return the column that was taken for a field."""
        return next((self.seen.columns[at] for at, one in self.taken.items() if one == name), None)

    def named(self, *names: str) -> list[Seen]:
        """Return the columns that are free and can mean one of these fields by their names."""
        return [
            column for column in self.seen.columns
            if column.index not in self.taken and any(name in self.options.get(column.index, []) for name in names)
        ]  # fmt: skip

    def is_amount(self, column: Seen) -> bool:
        """Whether every cell is an amount, and none a code."""
        return self.amounts[column.index] is not None and (
            not column.filled or not all(re.fullmatch(r"0[0-9]{2,}|[0-9]{8,}", text) for text in column.texts)
        )

    def repeats_apart(self, column: Seen) -> bool:
        """Whether a value comes again after another one."""
        runs = [key for key, _ in itertools.groupby(cell for cell in column.cells if cell is not None)]
        return len(set(runs)) != len(runs)

    def same_in_groups(self, column: Seen) -> bool:
        """Whether all rows of an invoice hold the same, or only its first row anything."""
        return all(
            len({column.cells[row] for row in group if column.cells[row] is not None}) <= 1
            for group in self.groups
        )

    def repeated(self, column: Seen) -> bool:
        """Whether a column belongs to the whole invoice: the same in every row of the invoices with several."""
        several = [group for group in self.groups if len(group) > 1]
        return bool(several) and self.same_in_groups(column)

    def first_rows_only(self, column: Seen) -> bool:
        """Whether only the first rows of invoices hold anything that differs."""
        return self.same_in_groups(column) and any(len(group) > 1 for group in self.groups)

    def all_rates(self, column: Seen, rates: Iterable[str] = ALL_RATES) -> bool:
        """Whether every amount is a known rate."""
        amounts = self.amounts[column.index]
        known = {Decimal(rate) for rate in rates}
        values = {abs(amount) for amount in amounts or [] if amount is not None}
        return bool(values) and values <= known

    def all_names(self) -> list[str]:
        """Return the fields that are taken, or may be."""
        return [
            *self.taken.values(),
            *(name for reading in self.readings for option in reading for _, name in option),
        ]


def rank(column: Seen, name: str) -> int:
    """Return how far down the words of a field a name stands: the first are the surest."""
    words = [plain(word) for word in WORDS[name].split(", ")]
    text = plain(column.name)
    return words.index(text) if text in words else len(words)


@lru_cache(maxsize=1)
def compact_index() -> dict[str, list[str]]:
    """Return the words without spaces, for names like `InvoiceNo`."""
    return {word.replace(" ", ""): fields for word, fields in index().items()}
