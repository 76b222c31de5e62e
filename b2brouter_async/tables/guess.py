"""What each column of a table probably is. Names propose, arithmetic decides, and what neither decides is asked.

`propose` looks at a table and returns a mapping with its reasons and its questions. Every reading of columns that can
mean two things is tried on the rows by the judge itself; one is taken only where it holds and no other does.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field, frozen

from ..errors import ConfigurationError
from .cells import CODES, SIGNS
from .errors import Problems
from .mapping import mapping_from, rate_key
from .survey import Seen, Survey, pair_of, survey
from .table import Judgement, Table
from .totals import share
from .words import (
    ALL_RATES,
    COUNTRIES,
    CREDIT_WORDS,
    INVOICE_WORDS,
    OTHER_WORDS,
    RATES,
    TAX_NAMES,
    WORDS,
    holds_money,
    index,
    plain,
)  # fmt: skip

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

TRIED: Final = 400
"""Invoices by which a reading is judged."""
MOST_READINGS: Final = 48
_NET_WORDS: Final = frozenset(plain(word) for word in WORDS["net"].split(", ")) | {
    "base",
    "omzet",
    "neto",
    "ht",
    "netto",
}
_TAX_WORDS: Final = frozenset(plain(word) for word in WORDS["tax.amount"].split(", "))
_TAX_ID: Final = re.compile(r"[A-Z]{0,3}[0-9]{7,14}[A-Z]?|[A-Z][0-9]{7}[0-9A-Z]", re.IGNORECASE)
_PREFIX: Final = re.compile(
    r"^(invoice|line item|lineitem|line|item|order|billing|customer|factura|facture|rechnung|factuur|fattura) ?"
)
_WEAK_NUMBERS: Final = ("name", "reference", "nº", "id", "no", "nr", "factura", "facture", "rechnung", "factuur", "fattura", "faktura", "fatura",
                        "invoice", "document", "documento", "order number", "order id", "order", "bestellnummer", "pedido", "commande")  # fmt: skip
"""Names that stand for the number of an invoice where no better one is there."""
_WITHHELD: Final = ("15", "7", "19", "2", "1", "20", "24")
_SURCHARGES: Final = ("5.2", "1.4", "0.5", "1.75")
_SUPPLIER: Final = re.compile(
    r"\b(proveedor|proveidor|acreedor|fournisseur|lieferant|kreditor|leverancier|crediteur|fornitore|dostawca|sprzedawca|fornecedor|supplier|vendor)\b"
)
_AMOUNTS: Final = frozenset(
    {"net", "tax.percent", "tax.amount", "withholding.percent", "withholding.amount", "surcharge.percent", "surcharge.amount",
     "total", "line.price", "line.price_gross", "line.quantity", "line.discount_percent", "discount", "shipping", "paid", "base@0"}
)  # fmt: skip


@frozen
class Question:
    """Something that the table does not say."""

    text: str
    setting: tuple[str, ...] = ()
    """The setting that an answer would go to; empty where it is to be decided by reading the mapping."""
    proposal: str | None = None


@define
class Guess:
    """What a column probably is."""

    column: Seen
    field: str
    """A field, or empty where it is not used."""
    why: str = ""


@define
class Proposal:
    """A mapping to start from."""

    survey: Survey
    guesses: list[Guess]
    settings: dict[str, Any]
    """Everything but the columns, as a mapping file has it."""
    questions: list[Question] = field(factory=list[Question])
    proof: list[str] = field(factory=list[str])
    """How many rows add up, and the first invoice in words."""

    def mapping(self, *, answered: bool = False) -> dict[str, Any]:
        """Return the mapping as a file would have it.

        Args:
            answered: leave the questions out.
        """
        columns: dict[str, Any] = {}
        for guess in self.guesses:
            column = guess.column
            if guess.field or (column.filled and (holds_money(column.name) or column.label.startswith("("))):
                columns[guess.column.label] = _field_value(guess.field)
        given: dict[str, Any] = {**self.settings, "columns": columns}
        if self.questions and not answered:
            given["questions"] = [question.text for question in self.questions]
        return given

    def answer(self, question: Question, value: str) -> None:
        """Take in the answer to a question that is about one setting."""
        where: dict[str, Any] = self.settings
        for step in question.setting[:-1]:
            where = where.setdefault(step, {})
        where[question.setting[-1]] = value
        self.questions.remove(question)


def propose(
    path: Path,
    *,
    sheet: str | None = None,
    country: str | None = None,
    currency: str | None = None,
    own_ids: Sequence[str] = (),
    today: datetime.date | None = None,
) -> Proposal:
    """Look at a table and return what its columns probably are.

    Args:
        path: a CSV file, a spreadsheet or JSON Lines.
        sheet: the sheet of a spreadsheet.
        country: of who issues the invoices, for the rates of its taxes; guessed from the language when left out.
        currency: proposed where no column says one.
        own_ids: identifiers of who issues the invoices; a column that holds one is not the customer's.
        today: bounds the days that invoices may have; today when left out.

    Raises:
        ConfigurationError: it can't be read, or holds no invoices.
    """
    seen = survey(path, sheet=sheet)
    language = next((name for name in RATES if name == (country or "").lower()), None)
    if language is not None:
        seen.language = language
    if not seen.lines:
        raise ConfigurationError(f"{path}: there is no row below the names of the columns")
    return _Guesser(seen, sheet, today, currency, own_ids).run()


def _field_value(name: str) -> Any:
    if "|" in name:
        invoice, credit = name.split("|")
        return {"invoice": invoice, "credit_note": credit, "correction": credit}
    return name


class _Guesser:
    """Goes from names to fields, from fields to readings, from readings to a proposal."""

    def __init__(
        self,
        seen: Survey,
        sheet: str | None,
        today: datetime.date | None,
        money: str | None = None,
        own_ids: Sequence[str] = (),
    ) -> None:
        self.seen = seen
        self._money_of_account = money
        self._own_ids = {re.sub(r"[^0-9A-Z]", "", one.upper()) for one in own_ids}
        self._sheet = sheet
        self._today = today
        self.taken: dict[int, str] = {}
        self.why: dict[int, str] = {}
        self.settings: dict[str, Any] = {}
        self.constants: dict[str, Any] = {}
        self.questions: list[Question] = []
        self.proof: list[str] = []
        self._amounts = {column.index: column.amounts(seen.decimal) for column in seen.columns}

    def run(self) -> Proposal:
        self._file_settings()
        self._name_columns()
        self._number()
        self._rows()
        self._kinds()
        self._dates()
        self._party()
        self._money()
        self._rates()
        self._currency()
        self._rest()
        self._decide()
        self._rates_from_amounts()
        self._withheld_from_amounts()
        for column, word, of_line in self.noughts:
            side = "gross" if self.of("line.price_gross") or self.of("line.gross") else "net"
            self.take(
                column,
                "line.discount" if of_line else f"{word}.{side}",
                "nothing but noughts; with or without tax like the prices",
            )
        guesses = [
            Guess(column, self.taken.get(column.index, ""), self.why.get(column.index, ""))
            for column in self.seen.columns
        ]
        self._unused(guesses)
        if self.constants:
            self.settings["constants"] = self.constants
        proposal = Proposal(self.seen, guesses, self.settings, self.questions)
        self._prove(proposal)
        return proposal

    # --- the file

    def _file_settings(self) -> None:
        seen = self.seen
        if seen.delimiter is not None:
            self.settings["delimiter"] = seen.delimiter
        if seen.encoding is not None:
            self.settings["encoding"] = seen.encoding
            if seen.encoding_words:
                read = "; ".join(
                    f"{name} reads {', '.join(words)}" for name, words in seen.encoding_words.items()
                )
                self.ask(f"the bytes are no UTF-8, and can't tell which encoding they are in: {read}. Is {seen.encoding} right?",
                         ("encoding",), seen.encoding)  # fmt: skip
        if seen.decimal is not None:
            self.settings["decimal"] = seen.decimal
        if seen.decimal_unsure:
            self.ask(
                "amounts can be read with a point and with a comma for the decimals; which is right?",
                ("decimal",),
                seen.decimal,
            )
        if len(seen.names) > 1 or (seen.names and seen.names[0] > 1):
            self.settings["names"] = list(seen.names) if len(seen.names) > 1 else seen.names[0]
            lines = " and ".join(map(str, seen.names))
            self.ask(f"the names of the columns stand in line {lines}; is that right?")
        for line, label, text in seen.total_rows:
            skip = self.settings.setdefault("skip", {}).setdefault(label, [])
            if text not in skip:
                skip.append(text)
            self.ask(
                f"line {line} looks like a row of totals ({text}), and is left out by [skip]; is that right?"
            )

    def ask(self, text: str, setting: tuple[str, ...] = (), proposal: str | None = None) -> None:
        if all(question.text != text for question in self.questions):
            self.questions.append(Question(text, setting, proposal))

    # --- names

    def candidates(self, column: Seen) -> list[str]:
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
        found = found or list(_compact().get(name.replace(" ", ""), []))
        if not found and (rest := _PREFIX.sub("", name)) != name:
            found = list(known.get(rest, []))
        percent = "%" in column.name
        if percent or name.split(" ")[0:1] in (["tipo"], ["taux"], ["tasa"]):
            rates = [
                f"{one.rpartition('.')[0]}.percent" for one in found if one.endswith((".amount", ".percent"))
            ]
            if "discount" in found or "line.discount_percent" in found:
                rates.append("line.discount_percent")
            found = rates or found
        return found

    def _name_columns(self) -> None:
        """Give each column the field of its name where one alone is left; amounts are decided later."""
        wanted: dict[str, list[tuple[int, Seen]]] = {}
        self.options: dict[int, list[str]] = {}
        for column in self.seen.columns:
            pair = pair_of(column.name)
            if pair is not None and pair.rest and self._is_amount(column):
                words = pair.rest.split()
                side = (
                    "base" if pair.rest in _NET_WORDS or any(word in _NET_WORDS for word in words)
                    else "tax" if any(word in _TAX_WORDS for word in words) else None
                )  # fmt: skip
                if side is not None:
                    self.taken[column.index] = f"{side}@{pair.rate}"
                    self.why[column.index] = "the rate stands in its name"
                    continue
            options = self.candidates(column)
            self.options[column.index] = options
            for option in options:
                if option not in _AMOUNTS:
                    wanted.setdefault(option, []).append((options.index(option), column))
        for name, columns in wanted.items():
            if name in ("reference", "status", "exemption", "kind", "number", "date"):
                continue
            free = [(rank, one) for rank, one in columns if one.index not in self.taken]
            # An empty column may be filled in next month's file.
            free = [(rank, one) for rank, one in free if one.filled] or free
            if not free:
                continue
            free.sort(key=lambda item: (item[0], -len(item[1].filled), -item[1].distinct))
            best = free[0][1]
            self.take(best, name, "by its name")

    def take(self, column: Seen, name: str, why: str) -> None:
        self.taken[column.index] = name
        self.why[column.index] = why

    def of(self, name: str) -> Seen | None:
        return next((self.seen.columns[at] for at, one in self.taken.items() if one == name), None)

    def named(self, *names: str) -> list[Seen]:
        return [
            column for column in self.seen.columns
            if column.index not in self.taken and any(name in self.options.get(column.index, []) for name in names)
        ]  # fmt: skip

    def _is_amount(self, column: Seen) -> bool:
        return self._amounts[column.index] is not None and (
            not column.filled or not all(re.fullmatch(r"0[0-9]{2,}|[0-9]{8,}", text) for text in column.texts)
        )

    # --- the number, and what a row is

    def _number(self) -> None:
        columns = self.seen.columns
        found = [one for one in self.named("number") if one.filled]
        why = "by its name"
        if not found:
            like = re.compile(r"#?[A-Z]{0,6}[-/ ]?[0-9]+([-/.][0-9A-Z]+)*", re.IGNORECASE)
            for name in _WEAK_NUMBERS:
                named = [
                    one for one in columns
                    if self.taken.get(one.index) in (None, "ponumber") and (plain(one.name) == plain(name) or "reference" in self.options.get(one.index, []))
                    and one.filled and all(like.fullmatch(text) for text in one.texts) and not self._repeats_apart(one)
                ]  # fmt: skip
                if named:
                    found, why = (
                        named[:1],
                        "its values look like numbers of invoices, and no column has a better name",
                    )
                    self.ask(
                        f'is "{named[0].label}" the number of the invoice ({", ".join(named[0].samples)})? No other column can be'
                    )
                    break
        if not found:
            self.ask('no column looks like the number of the invoice; map one to "number"')
            return
        found.sort(key=lambda one: (-len(one.filled), -one.distinct))
        best = found[0]
        if (
            len(found) > 1
            and len(found[0].filled) == len(found[1].filled)
            and found[0].distinct == found[1].distinct
        ):
            self.ask(f'is the number of the invoice "{found[0].label}" or "{found[1].label}"?')
        self.take(best, "number", why)
        if any(re.fullmatch(r"[0-9][.,]?[0-9]*[eE]\+[0-9]+", text) for text in best.texts):
            self.ask(
                f'"{best.label}" holds numbers that a spreadsheet has shortened ({best.samples[0]}); export it again as text'
            )

    def _repeats_apart(self, column: Seen) -> bool:
        runs = [key for key, _ in itertools.groupby(cell for cell in column.cells if cell is not None)]
        return len(set(runs)) != len(runs)

    def _rows(self) -> None:
        """Find out whether a row is an invoice or a line, and what only the first row of an invoice has."""
        number = self.of("number")
        self.groups: list[list[int]] = []
        count = len(self.seen.lines)
        if number is None:
            self.groups = [[row] for row in range(count)]
            return
        last: object = object()
        for row in range(count):
            cell = number.cells[row]
            if self.groups and (cell is None or cell == last):
                self.groups[-1].append(row)
            else:
                self.groups.append([row])
            last = cell if cell is not None else last
        empty = [self.seen.lines[row] for row in range(count) if number.cells[row] is None]
        if empty:
            self.settings["fill"] = ["number"]
            lines = ", ".join(map(str, empty[:3])) + (" …" if len(empty) > 3 else "")
            self.ask(
                f"line{'s' if len(empty) > 1 else ''} {lines} {'have' if len(empty) > 1 else 'has'} no number: do they belong to the invoice above, as fill says?"
            )
        self.lines = any(len(group) > 1 for group in self.groups) or any(
            "line.quantity" in self.options.get(one.index, []) for one in self.seen.columns if one.filled
        )
        if self._repeats_apart(number):
            self.ask("rows with one number stand apart; sort the table by its number first")
        final = [
            one for one in self.seen.columns if plain(one.name) in ("numero final", "n final") and one.filled
        ]
        if final:
            self.ask(
                f'"{final[0].label}" is filled in some rows ({", ".join(final[0].samples)}): a range of tickets is no invoice; leave these rows out by [kinds] or [skip]'
            )

    def _same_in_groups(self, column: Seen) -> bool:
        """Whether all rows of an invoice hold the same, or only its first row anything."""
        return all(
            len({column.cells[row] for row in group if column.cells[row] is not None}) <= 1
            for group in self.groups
        )

    def _repeated(self, column: Seen) -> bool:
        """Whether a column belongs to the whole invoice: the same in every row of the invoices with several."""
        several = [group for group in self.groups if len(group) > 1]
        return bool(several) and self._same_in_groups(column)

    # --- kinds

    def _kinds(self) -> None:
        named = [one for one in self.named("kind") if one.filled and not self._is_amount(one)]
        named = [
            one for one in named if one.distinct <= max(12, len(one.filled) // 5) and not one.context
        ] or [one for one in named if one.distinct <= 12 and not one.context]
        chosen = next(
            (one for one in named if any(_word_of(text) for text in one.texts)), named[0] if named else None
        )
        if chosen is not None:
            kinds: dict[str, str] = {}
            unsure: list[str] = []
            for text in dict.fromkeys(chosen.texts):
                word = _word_of(text)
                if word is None:
                    unsure.append(text)
                elif word == "credit_note" and self.seen.language in ("es", "ca"):
                    word = "correction"
                kinds[text] = word or "leave_out"
            if len(chosen.filled) < len(chosen.cells):
                blank = [row for row, cell in enumerate(chosen.cells) if cell is None]
                if any(row == group[0] for group in self.groups for row in blank):
                    kinds[""] = "leave_out"
                    unsure.append("(empty)")
            self.take(chosen, "kind", "its words say what a row is")
            self.settings["kinds"] = kinds
            if unsure:
                self.ask(
                    f'"{chosen.label}" says {", ".join(unsure)}: what is that? [kinds] leaves it out until you say it'
                )
            left = [
                text for text, kind in kinds.items() if kind == "leave_out" and text not in unsure and text
            ]
            if left:
                self.ask(
                    f'"{chosen.label}": {", ".join(left)} is left out by [kinds]; only the others are invoices of yours, is that right?'
                )
            if any(kind in ("credit_note", "correction") for kind in kinds.values()):
                self._credit_notes()
            elif set(kinds.values()) == {"invoice"}:
                pass
        for column in self.named("status"):
            cancelled = [text for text in dict.fromkeys(column.texts) if plain(text) in _OTHER]
            if cancelled:
                self.ask(
                    f'"{column.label}" says {", ".join(cancelled)} in line {self._line_of(column, cancelled[0])}: shall it be sent? If not, '
                    f'say [skip] "{column.label}" = "{cancelled[0]}"'
                )
            self.take(column, "", "a status; not part of an invoice")
        purchases = [one for one in self.seen.columns if _SUPPLIER.search(plain(one.name))]
        if purchases:
            self.ask(
                f'"{purchases[0].label}" names a supplier: are these invoices that you issued? Bills that you received are not uploaded so'
            )
        name = self.of("contact.name")
        both = [
            one
            for one in self.seen.columns
            if re.search(
                r"cli.?pro|kunde.?lieferant|cliente.?emisor|cliente.?fornitore|customer.?supplier|client.?fournisseur",
                plain(one.name).replace(" ", "-"),
            )
        ]
        if (name is not None or both) and both:
            self.ask(
                f'"{both[0].label}" can be a customer or a supplier: are all rows invoices that you issued?'
            )

    def _line_of(self, column: Seen, text: str) -> int:
        return next(self.seen.lines[row] for row, cell in enumerate(column.cells) if str(cell) == text)

    def _credit_notes(self) -> None:
        self.settings.setdefault("credit_notes", "as_written")
        self.ask("there are credit notes: shall their amounts stay as the table writes them (\"as_written\"), or be turned round "
                 "(\"reversed\")? Spain wants negative ones, other countries positive ones", ("credit_notes",), "as_written")  # fmt: skip

    # --- days

    def _dates(self) -> None:
        seen = self.seen
        typed = [
            one
            for one in seen.columns
            if one.filled and all(not isinstance(cell, (str, int, float)) for cell in one.filled)
        ]
        named = [
            one
            for one in self.named("date")
            if one.filled and (one in typed or any(one.fits(form) for form in seen.dates))
        ]
        if not named:
            named = [one for one in seen.columns
                     if one.index not in self.taken and one.filled and any(one.fits(form) for form in seen.dates)
                     and re.search(r"date|fecha|data|datum|created", plain(one.name))]  # fmt: skip
            named = [one for one in named if len(one.filled) >= len(self.groups)] or named
            if named:
                self.ask(f'is "{named[0].label}" the day of the invoice ({", ".join(named[0].samples[:2])})?')
        if not named:
            self.ask('no column looks like the day of the invoice; map one to "date"')
        else:
            chosen = named[0]
            if len(named) > 1:
                ranks = {one.index: _rank(one, "date") for one in named}
                named.sort(key=lambda one: ranks[one.index])
                chosen = named[0]
                others = [one for one in named[1:] if one.texts != chosen.texts]
                if others:
                    self.ask(f'is the day of the invoice "{chosen.label}" or "{others[0].label}"?')
            self.take(
                chosen,
                "date",
                "by its name" if self.why.get(chosen.index) is None else self.why[chosen.index],
            )
        for name in ("due_date", "tax_point_date"):
            column = self.of(name)
            if column is not None and not (column in typed or any(column.fits(form) for form in seen.dates)):
                self.taken.pop(column.index)
                self.why[column.index] = "its cells are no days"
        forms = seen.dates
        if forms and forms[0] != "%Y-%m-%d":
            self.settings["date"] = forms[0]
        first = forms[0] if forms else ""
        if len(forms) > 1 and {first[:2], forms[1][:2]} == {"%d", "%m"} and "." not in first:
            samples = ", ".join((self.of("date") or seen.columns[0]).samples)
            self.ask(
                f"nothing in the table says whether the day or the month stands first ({samples})",
                ("date",),
                first,
            )
        day = self.of("date")
        if day is not None and "%H" in first and day.fits(first):
            self.ask(f'"{day.label}" has a time of day: is it the day of the invoice, or of an order?')

    # --- the party

    def _party(self) -> None:
        name, columns = self.of("contact.name"), self.seen.columns
        if name is not None and all(re.fullmatch(r"[0-9]{1,9}", text) for text in name.texts):
            self.take(name, "", "numbers of the program, no names")
            self.ask(
                f'"{name.label}" holds only the customers\' numbers ({", ".join(name.samples)}), and no column their names'
            )
            name = None
        number = self.of("number")
        if name is not None and number is not None and name.index == number.index:
            name = None
        company = next((one for one in columns if plain(one.name) in ("billing company", "company", "empresa", "societe", "firma", "company name")
                        and one.index not in self.taken), None)  # fmt: skip
        if company is not None and company.filled:
            if name is None:
                self.take(company, "contact.name", "by its name")
            else:
                self.taken.pop(name.index)
                self.why[name.index] = self.why[company.index] = "the first of them that is filled"
                self.settings["first_filled"] = {"contact.name": [company.label, name.label]}
                self.ask(
                    f'the customer is "{company.label}" where it is filled, else "{name.label}"; is that right?'
                )
        if self.of("contact.tin_value") is None:
            like = next((one for one in columns if one.index not in self.taken and one.filled
                         and re.search(r"partner|customer|cliente|client|kunde", plain(one.name))
                         and all(_TAX_ID.fullmatch(text) for text in one.texts)), None)  # fmt: skip
            if like is not None:
                self.take(like, "contact.tin_value", "its values look like tax numbers")
                self.ask(
                    f'does "{like.label}" hold the tax numbers of the customers ({", ".join(like.samples[:2])})?'
                )
        if self.of("contact.name") is None and "first_filled" not in self.settings:
            self.ask(
                "no column holds the name of the customers; add one, or delete this line if their number is enough"
            )
        if self.of("contact.tin_value") is None and self.of("contact.cin_value") is None:
            self.ask(
                "no column holds the tax number of the customers, and the server refuses those without one; add it, or delete this line"
            )
        tin = self.of("contact.tin_value")
        if tin is not None and self._own_ids and any(self._is_own(text) for text in tin.texts):
            self.ask(
                f'"{tin.label}" holds your own tax number in some rows: are those purchases, or is it the column of the seller?'
            )
        country = self.of("contact.country")
        if country is not None and any(not re.fullmatch("[A-Za-z]{2}", text) for text in country.texts):
            words = {text: COUNTRIES.get(plain(text)) for text in dict.fromkeys(country.texts)}
            known = {
                text: code or (text.lower() if re.fullmatch("[A-Za-z]{2}", text) else "")
                for text, code in words.items()
            }
            unknown = [text for text, code in known.items() if not code]
            if unknown:
                self.take(country, "", "names of countries")
                self.ask(
                    f'"{country.label}" holds {", ".join(unknown[:3])}, which must become codes of countries; say them in [values]'
                )
            else:
                self.settings.setdefault("values", {})[country.label] = known
                told = ", ".join(f"{text} is {code}" for text, code in list(known.items())[:3])
                self.ask(f'"{country.label}" holds names of countries: {told}; is that right?')
        codes = [
            one
            for one in columns
            if self.taken.get(one.index, "").startswith("contact.") or self.taken.get(one.index) == "number"
        ]
        if any(re.fullmatch(r"'[0-9]+", text) for one in codes for text in one.texts):
            self.settings["apostrophes"] = "remove"
            self.ask(
                "an apostrophe stands before some numbers, as spreadsheets keep text; it is taken off, is that right?"
            )

    def _is_own(self, text: str) -> bool:
        plain_id = re.sub(r"[^0-9A-Z]", "", text.upper())
        return bool(plain_id) and any(
            plain_id in (one, one[2:]) or one == plain_id[2:] for one in self._own_ids
        )

    # --- money

    def _money(self) -> None:
        """Give columns of money their fields where the name leaves no choice, and note the readings where it does."""
        self.readings: list[list[tuple[tuple[Seen, str], ...]]] = []
        self.noughts: list[tuple[Seen, str, bool]] = []
        lines = getattr(self, "lines", False)
        pairs = any(name.startswith("base@") for name in self.taken.values())
        for name in (
            "withholding.percent",
            "surcharge.percent",
            "line.quantity",
            "line.discount_percent",
            "paid",
            "base@0",
        ):
            found = [one for one in self.named(name) if self._is_amount(one)]
            found = [one for one in found if one.filled] or found
            if not found and name.endswith(".percent"):
                keys = [one for one in self.named(name, name.replace("percent", "amount")) if one.filled]
                found = []
                if keys and "%" in keys[0].name:
                    self.take(keys[0], name.replace("percent", "key"), "codes for a rate")
                    continue
            if found and (found[0].filled or name == "base@0" or name.endswith("percent")):
                self.take(found[0], name, "by its name")
        for name in ("withholding.amount", "surcharge.amount"):
            found = [one for one in self.named(name) if one.filled and self._is_amount(one)]
            if found:
                column = found[0]
                charged = any(self._amounts[column.index] or [])
                if (
                    charged
                    and self.of(name.replace("amount", "percent")) is None
                    and self._all_rates(
                        column, ("1", "2", "5", "7", "9", "15", "19", "20", "24", "25", "35", "0")
                    )
                ):
                    percent = name.replace("amount", "percent")
                    self.readings.append([((column, percent),), ((column, name),)])
                else:
                    self.take(column, name, "by its name")
            else:
                keys = [one for one in self.named(name) if one.filled and not self._is_amount(one)]
                if keys:
                    self.take(keys[0], name.replace("amount", "key"), "codes for a rate")
        self._taxes(pairs)
        self._prices(lines)
        self._discounts(lines)
        self._net(lines, pairs)
        self._totals(lines)

    def _all_rates(self, column: Seen, rates: Iterable[str] = ALL_RATES) -> bool:
        amounts = self._amounts[column.index]
        known = {Decimal(rate) for rate in rates}
        values = {abs(amount) for amount in amounts or [] if amount is not None}
        return bool(values) and values <= known

    def _taxes(self, pairs: bool) -> None:
        percents = [one for one in self.named("tax.percent") if one.filled]
        numeric = [one for one in percents if self._is_amount(one)]
        # `IVA` without anything beside it can be the rate, or the amount.
        plain_tax = [
            one
            for one in self.named("tax.amount")
            if self._is_amount(one) and one.filled and one not in numeric
        ]
        if numeric:
            self.take(numeric[0], "tax.percent", "by its name")
        elif percents:
            self.take(percents[0], "tax.key", "codes for a rate")
        for column in self.named("tax.key"):
            if column.filled and self.of("tax.percent") is None and self.of("tax.key") is None:
                if self._is_amount(column) and self._all_rates(column):
                    self.take(column, "tax.percent", "its values are rates")
                else:
                    self.take(column, "tax.key", "codes or words for a rate")
        amounts = [one for one in plain_tax if one.index not in self.taken]
        if not amounts:
            return
        amounts.sort(key=lambda one: _rank(one, "tax.amount"))
        column = amounts[0]
        whole = (
            "tax_total"
            if pairs or (self._repeated(column) and any(len(group) > 1 for group in self.groups))
            else "tax.amount"
        )
        if self.of("tax.percent") is None and self.of("tax.key") is None and not pairs:
            if self._all_rates(column):
                self.readings.append([((column, "tax.percent"),), ((column, "tax_total"),)])
                return
            whole = (
                "tax_total" if not getattr(self, "lines", False) or self._repeated(column) else "tax.amount"
            )
        self.take(column, whole, "by its name")

    def _prices(self, lines: bool) -> None:
        column = next(
            (
                one
                for one in self.named("line.price", "line.price_gross")
                if self._is_amount(one) and one.filled
            ),
            None,
        )
        if column is None:
            return
        names = self.options[column.index]
        first = (
            "line.price_gross" if "line.price_gross" in names and "line.price" not in names else "line.price"
        )
        readings = (
            ["line.price", "line.price_gross"] if "cena netto" not in plain(column.name) else ["line.price"]
        )
        if self.of("line.quantity") is not None:
            readings += ["line.net"]
        readings.sort(key=lambda one: one != first)
        self.readings.append([((column, one),) for one in readings])

    def _discounts(self, lines: bool) -> None:
        for word in ("shipping", "discount"):
            column = next((one for one in self.named(word) if self._is_amount(one) and one.filled), None)
            if column is None:
                continue
            amounts = [amount for amount in self._amounts[column.index] or [] if amount]
            if not amounts:
                of_line = (
                    word == "discount"
                    and lines
                    and not self._repeated(column)
                    and not self._first_rows_only(column)
                )
                self.noughts.append((column, word, of_line))
                continue
            if word == "discount" and lines and not self._repeated(column):
                self.readings.append([((column, "line.discount_percent"),), ((column, "line.discount"),)])
            else:
                self.readings.append([((column, f"{word}.net"),), ((column, f"{word}.gross"),)])
                self.ask(
                    f'"{column.label}" belongs to the whole order, and becomes a line of its own; is that right?'
                )

    def _net(self, lines: bool, pairs: bool) -> None:
        columns = [one for one in self.named("net") if self._is_amount(one) and one.filled]
        if not columns:
            return
        columns.sort(key=lambda one: _rank(one, "net"))
        column = columns[0]
        priced = any(
            one.endswith(("line.price", "line.price_gross"))
            for reading in self.readings
            for option in reading
            for _, one in option
        )
        if pairs or (lines and self._repeated(column)) or (priced and self._first_rows_only(column)):
            self.take(
                column, "net", "the same in all rows of an invoice" if lines else "the sum of the pairs"
            )
            if priced and self._first_rows_only(column):
                # A shop's subtotal is with tax where the prices are.
                self.readings.append([((column, "net"),), ((column, ""),)])
                self.taken.pop(column.index)
        elif lines:
            self.take(column, "line.net", "differs from row to row")
            quantity = self.of("line.quantity")
            quantities = (
                []
                if quantity is None
                else [one for one in self._amounts[quantity.index] or [] if one not in (None, 1)]
            )
            if quantity is not None and quantities and not priced:
                self.taken.pop(column.index)
                self.readings.append([((column, "line.net"),), ((column, "line.price"),)])
                self.ask(
                    f'"{column.label}" is taken for the amount of the line and not for the price of one piece: price = amount ÷ quantity; is that right?'
                )
        else:
            self.take(column, "net", "by its name")
        for other in columns[1:]:
            if other.index not in self.taken and self._amounts[other.index] == self._amounts[column.index]:
                self.take(other, "", f'the same as "{column.label}"')

    def _first_rows_only(self, column: Seen) -> bool:
        return self._same_in_groups(column) and any(len(group) > 1 for group in self.groups)

    def _totals(self, lines: bool) -> None:
        columns = [one for one in self.named("total") if self._is_amount(one) and one.filled]
        if not columns:
            return
        columns.sort(key=lambda one: _rank(one, "total"))
        column = columns[0]
        several = any(len(group) > 1 for group in self.groups)
        held = set(self.taken.values()) | {
            one for reading in self.readings for option in reading for _, one in option
        }
        if lines and several and not self._repeated(column):
            self.take(column, "line.gross", "differs from row to row of an invoice")
            if "line.net" not in held and "line.price" not in held:
                self.taken.pop(column.index)
                self.readings.append([((column, "line.gross"),), ((column, "line.net"),)])
            return
        priced = held & {"net", "line.net", "line.price", "line.price_gross", "line.gross"}
        if len(columns) > 1 and not priced and not any(name.startswith("base@") for name in held):
            # Two names for a total and none for a net amount: one of them is it.
            self.readings.append(
                [((one, "net"), (other, "total")) for one, other in itertools.permutations(columns[:3], 2)]
            )
            return
        readings = ["total"]
        if any(name.startswith("withholding.") for name in held):
            readings.append("total_before_withholding")
        if not held & {"net", "line.net", "line.price", "line.price_gross"} and not any(
            name.startswith("base@") for name in held
        ):
            readings = ["line.gross", "net"]
        if len(readings) == 1:
            self.take(column, readings[0], "by its name")
        else:
            self.readings.append([((column, one),) for one in readings])

    # --- rates

    def _rates(self) -> None:
        key, percent = self.of("tax.key"), self.of("tax.percent")
        rates: dict[str, Any] = {}
        amount = self.of("tax.amount")
        taxes = self._amounts[amount.index] if amount is not None else None
        net = self.of("line.net") or self.of("net")
        nets = self._amounts[net.index] if net is not None else None
        if key is not None:
            for text in dict.fromkeys(key.texts):
                rows = [row for row, cell in enumerate(key.cells) if str(cell) == text]
                by_amount = _rate_of(rows, nets, taxes)
                in_text = _rate_in(text)
                rate = by_amount if by_amount is not None else in_text
                zero = taxes is not None and all((taxes[row] or 0) == 0 for row in rows)
                if (rate is None and zero) or rate == 0:
                    rates[text] = self._exempt()
                    self.ask(
                        f'"{text}" in "{key.label}" is taken for 0 % and exempt (E); is it, or Z, AE, K, G, O, NS? Say it in [rates]'
                    )
                elif rate is None:
                    self.ask(f'which rate is "{text}" in "{key.label}"? Say it in [rates]')
                else:
                    rates[text] = _number(rate)
                    if by_amount is None:
                        self.ask(f'is "{text}" in "{key.label}" {rate} %? Nothing but its name says so')
            if len(key.filled) < len(key.cells):
                first = {row for group in self.groups for row in group[:1]}
                if all(row not in first for row, cell in enumerate(key.cells) if cell is None):
                    self.settings.setdefault("fill", []).append("tax.key")
                    self.ask(
                        f'"{key.label}" stands only in the first row of an invoice, and is taken for all of its lines; is that right?'
                    )
                else:
                    self.ask(
                        f'"{key.label}" is empty in some rows; what does that mean? Say it in [rates] with ""'
                    )
        elif percent is not None:
            values = self._amounts[percent.index] or []
            for value in dict.fromkeys(one for one in values if one is not None):
                rows = [row for row, one in enumerate(values) if one == value]
                numbers = [self.seen.lines[row] for row in rows]
                charged = None if taxes is None else [taxes[row] for row in rows]
                if value and charged is not None and all(one == 0 for one in charged):
                    rates[f"{value:f}"] = self._exempt()
                    self.ask(
                        f'line {numbers[0]}: "{percent.label}" is {value:f}, and the tax is 0: is {value:f} a code for exempt and no rate? '
                        "[rates] takes it for 0 %"
                    )
                elif value == 0:
                    rates["0"] = self._exempt()
                    self.ask(f"0 % in line {numbers[0]}: why? [rates] says exempt (E); Z is zero rate, AE reverse charge, K within the "
                             "Union, G export, O outside the scope, NS not subject")  # fmt: skip
            if any(cell is None for cell in percent.cells) and not any(
                name.startswith("base@") for name in self.taken.values()
            ):
                empty = [self.seen.lines[row] for row, cell in enumerate(percent.cells) if cell is None]
                rates[""] = self._exempt()
                self.ask(
                    f"no rate stands in line {empty[0]}: what does that mean? [rates] takes the empty cell for exempt (E)"
                )
            exempt = self.named("exemption")
            if exempt and exempt[0].filled:
                self.take(exempt[0], "tax.comment", "why nothing is charged")
        self._rates_of_pairs(rates)
        if rates:
            self.settings["rates"] = rates
        names = {"tax": self._tax_name(), "withholding": "IRPF", "surcharge": "RE"}
        for tax, name in names.items():
            if any(
                one.startswith((f"{tax}.", "base@" if tax == "tax" else "-")) for one in self._all_names()
            ) or (tax == "tax"):
                self.constants[f"{tax}.name"] = name
        if self._holds_something("surcharge."):
            self.ask(
                'the surcharge is called "RE" for the server; is that its name there?',
                ("constants", "surcharge.name"),
                "RE",
            )

    def _exempt(self) -> dict[str, Any]:
        """Return what stands for a rate of 0 % until somebody says why."""
        made: dict[str, Any] = {"percent": 0, "category": "E"}
        if not self.named("exemption") and self.of("tax.comment") is None:
            made["comment"] = "E1" if self.seen.language in ("es", "ca") else "exempt"
        return made

    def _tax_name(self) -> str:
        """Return the name of the tax that stands in names of columns or in codes; that of the language where none does."""
        key = self.of("tax.key")
        texts = [column.name for column in self.seen.columns] + ([] if key is None else key.texts)
        words = {word for text in texts for word in re.findall("[a-z]+", plain(text))}
        found = [name for name in ("IGIC", "IPSI", "IVA", "TVA") if name.casefold() in words]
        return found[0] if found else TAX_NAMES[self.seen.language]

    def _holds_something(self, start: str) -> bool:
        return any(
            name.startswith(start) and any(amount for amount in self._amounts[at] or [])
            for at, name in self.taken.items()
        )

    def _all_names(self) -> list[str]:
        return [
            *self.taken.values(),
            *(name for reading in self.readings for option in reading for _, name in option),
        ]

    def _rates_of_pairs(self, rates: dict[str, Any]) -> None:
        zero = self.of("base@0")
        if zero is not None:
            rates.setdefault("0", self._exempt())
            filled = [
                self.seen.lines[row] for row, amount in enumerate(self._amounts[zero.index] or []) if amount
            ]
            if filled:
                self.ask(f"0 % in line {filled[0]}: why? [rates] says exempt (E); Z is zero rate, AE reverse charge, K within the Union, "
                         "G export, O outside the scope, NS not subject")  # fmt: skip

    def _rates_from_amounts(self) -> None:
        names = self._all_names()
        if any(
            name in ("tax.percent", "tax.key") or name.startswith("base@") for name in self.taken.values()
        ):
            return
        tax = self.of("tax_total") or self.of("tax.amount")
        net = self.of("net") or self.of("line.net")
        country = RATES[self.seen.language]
        if tax is None or net is None:
            if "tax.percent" not in names and "tax_total" not in names:
                self._no_tax(net)
            return
        taxes, nets = self._amounts[tax.index] or [], self._amounts[net.index] or []
        used: Counter[str] = Counter()
        unfit: list[int] = []
        zero: list[int] = []
        for row, (amount, base) in enumerate(zip(taxes, nets, strict=True)):
            if amount is None or base is None:
                continue
            if amount == 0:
                zero.append(self.seen.lines[row])
                continue
            fits = [rate for rate in country if share(base, Decimal(rate)) == amount]
            if len(fits) == 1:
                used[fits[0]] += 1
            else:
                unfit.append(self.seen.lines[row])
        allowed = [rate for rate in country if rate in used] or [rate for rate in country if rate != "0"]
        if zero:
            allowed.append("0")
            self.settings.setdefault("rates", {})["0"] = self._exempt()
            self.ask(f"there is no tax in line {zero[0]}: why? [rates] says exempt (E)")
        self.settings.setdefault("rates_from_amounts", {})["tax"] = [
            _number(Decimal(rate)) for rate in allowed
        ]
        told = ", ".join(f"{rate} % in {count} row{'s' if count > 1 else ''}" for rate, count in used.items())
        self.ask(
            f"no column holds the rate; these fit to the cent: {told or 'none'}. Shall the rates come from the amounts?"
        )
        if unfit:
            number = self.of("number")
            name = number.cells[self.seen.lines.index(unfit[0])] if number is not None else f"line {unfit[0]}"
            self.ask(f"{name} (line {unfit[0]}): its tax is no single rate of {', '.join(country)} %, so there are several and the table can't say "
                     "which; leave it out with [skip], or give the table a row for each rate")  # fmt: skip

    def _withheld_from_amounts(self) -> None:
        """Propose rates of withholdings where a column holds their amounts alone."""
        for tax in ("withholding", "surcharge"):
            amount = self.of(f"{tax}.amount")
            if (
                amount is None
                or self.of(f"{tax}.percent")
                or self.of(f"{tax}.key")
                or not any(self._amounts[amount.index] or [])
            ):
                continue
            rates = _WITHHELD if tax == "withholding" else _SURCHARGES
            self.settings.setdefault("rates_from_amounts", {})[tax] = [
                _number(Decimal(rate)) for rate in rates
            ]
            self.ask(f'"{amount.label}" holds what is {"withheld" if tax == "withholding" else "added"}, and no column the rate: shall it come '
                     f"from the amounts, if one of {', '.join(rates)} % fits to the cent?")  # fmt: skip

    def _no_tax(self, net: Seen | None) -> None:
        total = next((one for one in self.named("total") if self._is_amount(one)), None) or self.of("total")
        about = ""
        if net is not None and total is not None:
            pairs = list(zip(self._amounts[net.index] or [], self._amounts[total.index] or [], strict=True))
            more = [
                (row, b - a, a)
                for row, (a, b) in enumerate(pairs)
                if a is not None and b is not None and a != b
            ]
            equal = len(pairs) - len(more)
            about = f": the total is the net amount in {equal} of {len(pairs)} rows"
            if more:
                row, difference, base = more[0]
                share_ = f", {(difference / base * 100).normalize():f} %" if base else ""
                about += f", and {difference} more in line {self.seen.lines[row]}{share_[:9]}"
        self.constants.setdefault("tax.percent", 0)
        self.constants.setdefault("tax.category", "E")
        self.constants.setdefault("tax.comment", self._exempt().get("comment", "exempt"))
        self.ask(
            f"no column holds a tax{about}. Say the rate in [constants]; 0 % and exempt (E) stand there until you do"
        )

    # --- the rest

    def _currency(self) -> None:
        column = self.of("currency")
        signs = self.seen.signs
        if column is not None:
            codes = {text: SIGNS.get(text, text.upper()) for text in dict.fromkeys(column.texts)}
            odd = [text for text, code in codes.items() if code not in CODES]
            if odd:
                self.ask(f'"{column.label}" says {", ".join(odd)}; say in [currencies] which codes they are')
            said = set(codes.values())
            for sign in signs:
                if SIGNS.get(sign, sign) not in said:
                    only = next(iter(said)) if len(said) == 1 else "EUR"
                    self.settings.setdefault("currencies", {})[sign] = only
                    self.ask(
                        f'amounts carry {sign}, and "{column.label}" says {", ".join(codes)}: which currency? [currencies] takes {sign} for {only}'
                    )
            if any(column.cells[group[0]] is None for group in self.groups):
                self.ask(f'"{column.label}" is empty in some invoices; say currency in [constants] for those')
            return
        in_names = next(
            (code for sign, code in SIGNS.items() for one in self.seen.columns if sign in one.name), None
        )
        in_names = in_names or next(
            (code for code in CODES for one in self.seen.columns if re.search(rf"\b{code}\b", one.name)), None
        )
        by_sign = next((SIGNS.get(sign, sign if sign in CODES else None) for sign in signs), None)
        proposal = (
            in_names or by_sign or self._money_of_account or ("PLN" if self.seen.language == "pl" else "EUR")
        )
        self.constants["currency"] = proposal
        where = (
            " (it stands in the names)"
            if in_names
            else f" ({next(iter(signs))} stands beside amounts)"
            if by_sign
            else ""
        )
        self.ask(
            f"currency: no column says it; [constants] says {proposal}{where}",
            ("constants", "currency"),
            proposal,
        )

    def _rest(self) -> None:
        reference = next((one for one in self.named("reference") if one.filled), None)
        if reference is not None:
            numbers = set((self.of("number") or reference).texts)
            credits = any(
                kind in ("credit_note", "correction") for kind in self.settings.get("kinds", {}).values()
            )
            if credits and numbers & set(reference.texts):
                self.take(
                    reference, "ponumber|corrects.number", "names an invoice of this table in credit notes"
                )
                self.ask(
                    f'"{reference.label}" is the order on invoices, and the corrected invoice on credit notes; is that right?'
                )
            else:
                self.take(reference, "", "a reference; of what?")
                self.ask(
                    f'"{reference.label}" ({", ".join(reference.samples[:2])}) is not used; map it to ponumber or the like if it should be'
                )
        if self.of("line.description") is None:
            self.constants["line.description"] = "Services"
            self.ask(
                "no column describes the lines; [constants] says what stands on each",
                ("constants", "line.description"),
                "Services",
            )
        unit = self.of("line.unit")
        if unit is not None and not all(re.fullmatch("[0-9]+", text) for text in unit.texts):
            self.take(unit, "", "words for units; the server wants its own numbers for them")
        if "kind" not in self.taken.values() and self._negative():
            row, text = self._negative()[0]
            self.settings["negative"] = "correction" if self.seen.language in ("es", "ca") else "credit_note"
            number = self.of("number")
            name = number.cells[row] if number is not None else "a row"
            self.ask(f"{name} (line {self.seen.lines[row]}) is negative ({text}): is it a correction, and of which invoice? `negative` says "
                     f"{self.settings['negative']}; map a column to corrects.number if one has it", ("negative",), self.settings["negative"])  # fmt: skip
            self._credit_notes()
        names = Counter(one.name for one in self.seen.columns if one.name)
        for name, count in names.items():
            if count > 1:
                labels = ", ".join(
                    f'"{one.label}" is {self.taken.get(one.index) or "not used"}'
                    for one in self.seen.columns
                    if one.name == name
                )
                self.ask(
                    f'"{name}" names {count} columns, which are known by their places: {labels}; is that right?'
                )
        if self._looks_like_orders():
            self.ask(
                "this looks like the orders of a shop: are their numbers and days those of the invoices?"
            )
            self._refunds()
        words = {plain(one.name) for one in self.seen.columns}
        debit = {
            "debit",
            "credit",
            "soll",
            "haben",
            "debe",
            "haber",
            "dare",
            "avere",
            "wn",
            "ma",
            "sollkonto",
            "habenkonto",
            "konto soll",
        }
        if len(words & debit) >= 2:
            self.ask(
                "this looks like bookings (debit and credit): these are no invoices, and can't be uploaded as such"
            )

    def _negative(self) -> list[tuple[int, str]]:
        names = ("total", "net", "line.net", "line.gross", "tax_total", "line.quantity", "line.price")
        for column in self.seen.columns:
            options = [self.taken.get(column.index, "")] + [
                name
                for reading in self.readings
                for option in reading
                for one, name in option
                if one is column
            ]
            if any(option in names for option in options):
                found = [
                    (row, str(column.cells[row]))
                    for row, amount in enumerate(self._amounts[column.index] or [])
                    if amount is not None and amount < 0
                ]
                if found:
                    return found
        return []

    def _looks_like_orders(self) -> bool:
        words = " ".join(plain(one.name) for one in self.seen.columns)
        return (
            sum(word in words for word in ("lineitem", "financial status", "shipping", "billing", "order"))
            >= 2
        )

    def _refunds(self) -> None:
        for column in self.seen.columns:
            if "refund" in plain(column.name) and any(self._amounts[column.index] or []):
                self.ask(
                    f'"{column.label}" holds amounts: some orders were refunded; leave them out with [skip] if they are no invoices'
                )

    # --- arithmetic decides

    def _decide(self) -> None:
        """Try each reading on the rows, and take the one that holds where no other does."""
        if not self.readings:
            return
        combinations = list(itertools.islice(itertools.product(*self.readings), MOST_READINGS))
        scores: list[tuple[int, int, dict[int, str]]] = []
        for combination in combinations:
            chosen = dict(self.taken)
            for option in combination:
                for column, name in option:
                    chosen[column.index] = name
            fields = [name for name in chosen.values() if name]
            if len(set(fields)) != len(fields):
                continue
            fine, tried = self._try(chosen)
            scores.append((fine, tried, chosen))
        if not scores:
            return
        best = max(score[0] for score in scores)
        holding = [chosen for fine, _, chosen in scores if fine == best]
        tried = max(score[1] for score in scores)
        first = holding[0]
        compared = self._is_compared(first)
        for reading in self.readings:
            for option in reading:
                for column, _ in option:
                    name = first.get(column.index, "")
                    others = sorted({other.get(column.index, "") for other in holding} - {name})
                    self.taken[column.index] = name
                    self.why[column.index] = f"holds in {best} of {tried} invoices"
                    if (others or not compared or best == 0) and len(
                        {one for option_ in reading for _, one in option_}
                    ) > 1:
                        known = " or ".join(
                            f'"{one}"'
                            for one in dict.fromkeys(one for option_ in reading for _, one in option_)
                        )
                        self.ask(
                            f'"{column.label}": is it {known}? The amounts of the table don\'t decide; "{name}" stands in the mapping'
                        )

    def _is_compared(self, chosen: Mapping[int, str]) -> bool:
        """Whether a second amount stands against the first, so that a reading can fail."""
        names = set(chosen.values())
        return bool(names & {"total", "total_before_withholding", "tax.amount", "tax_total", "net", "line.gross", "line.net"}) and (
            len(names & {"total", "total_before_withholding", "tax.amount", "tax_total", "net", "line.gross", "line.net", "line.price",
                         "line.price_gross"}) > 1
        )  # fmt: skip

    def _try(self, chosen: Mapping[int, str]) -> tuple[int, int]:
        """Return how many invoices a reading makes without contradiction, and how many there are."""
        columns = {self.seen.columns[at].label: _field_value(name) for at, name in chosen.items() if name}
        constants = dict(self.constants)
        constants.setdefault("currency", "EUR")
        constants.setdefault("tax.name", "VAT")
        names = set(chosen.values())
        if "tax.percent" in names or "tax.key" in names:
            constants.pop("tax.percent", None)
            constants.pop("tax.category", None)
        if not any(name.startswith("contact.") for name in names):
            constants["contact.name"] = "Nobody"
        if "contact.country" in names and "values" not in self.settings:
            columns = {label: name for label, name in columns.items() if name != "contact.country"}
        given: dict[str, Any] = {**self.settings, "columns": columns, "constants": constants}
        given.setdefault("negative", "invoice")
        given.setdefault("credit_notes", "as_written")
        given.setdefault("rates", {})
        for tax, rates in (("withholding", _WITHHELD), ("surcharge", _SURCHARGES)):
            if f"{tax}.amount" in names and not names & {f"{tax}.percent", f"{tax}.key"}:
                given.setdefault("rates_from_amounts", {})[tax] = [_number(Decimal(rate)) for rate in rates]
        if not any(name in ("tax.percent", "tax.key") or name.startswith("base@") for name in names):
            if names & {"tax.amount", "tax_total"}:
                allowed = [_number(Decimal(rate)) for rate in RATES[self.seen.language]]
                given.setdefault("rates_from_amounts", {})["tax"] = allowed
            else:
                constants.setdefault("tax.percent", 0)
                constants.setdefault("tax.category", "E")
                constants.setdefault("tax.comment", "?")
        given["rates"] = {"0": {"percent": 0, "category": "Z"}, **given["rates"]}
        try:
            table = Table(self.seen.path, mapping_from(given), sheet=self._sheet, today=self._today)
        except ConfigurationError:
            return 0, len(self.groups)
        problems, judgement = Problems(), Judgement()
        fine = 0
        for _ in table.look(problems, judgement):
            fine += 1
            if fine + problems.count >= TRIED:
                break
        return fine, fine + problems.count

    def _unused(self, guesses: Sequence[Guess]) -> None:
        for guess in guesses:
            column = guess.column
            if guess.field or column.index in self.taken:
                continue
            listed = self.settings.get("first_filled", {}).get("contact.name", [])
            if column.label in listed:
                guess.why = "see [first_filled]"
                continue
            if not column.filled:
                guess.why = "empty"
            elif any(self._amounts[column.index] or []) and (
                holds_money(column.name) or _shows_cents(column)
            ):
                guess.why = "holds amounts"
                self.ask(
                    f'"{column.label}" holds amounts ({", ".join(column.samples)}), and is not used; what is it?'
                )
            else:
                guess.why = guess.why or "not part of an invoice, as far as its name says"

    def _prove(self, proposal: Proposal) -> None:
        """Say how many invoices the mapping makes, and the first of them in words."""
        given = proposal.mapping(answered=True)
        named = [*given["columns"].values(), *given.get("constants", {}), *given.get("first_filled", {})]
        if not any(isinstance(name, str) and name.startswith("contact.") for name in named):
            given["constants"] = {**given.get("constants", {}), "contact.name": "?"}
        try:
            table = Table(self.seen.path, mapping_from(given), sheet=self._sheet, today=self._today)
        except ConfigurationError as error:
            proposal.proof.append(f"the mapping is not whole yet: {error}")
            self.ask(f"the mapping is not whole yet: {error}")
            return
        problems, judgement = Problems(), Judgement()
        first = None
        fine = 0
        for invoice in table.look(problems, judgement):
            first = first or invoice
            fine += 1
        proposal.proof.append(
            f"{fine} of {fine + problems.count} invoices add up with this mapping"
            + (f"; {sum(judgement.left_out.values())} rows are left out" if judgement.left_out else "")
        )
        proposal.proof += [f"not yet: {problem}" for problem in problems.first[:5]]
        if problems.count:
            self.ask(
                f"{problems.count} of {fine + problems.count} invoices can't be made with this mapping; the first: {problems.first[0]}"
            )
        if first is not None:
            content, totals = first.content, first.totals
            lines = content["invoice_lines_attributes"]
            taxes = "".join(f", {tax.name} {tax.percent:f} % {tax.amount}" for tax in totals.taxes)
            who = content.get("contact", {}).get("name") or content.get("contact", {}).get("tin_value") or "?"
            proposal.proof.append(
                f"the first: {content['number']} of {content['date']} to {who}, {len(lines)} line{'s' if len(lines) > 1 else ''}, net "
                f"{totals.net}{taxes}, total {totals.total} {content['currency']}"
            )


@lru_cache(maxsize=1)
def _compact() -> dict[str, list[str]]:
    """Return the words without spaces, for names like `InvoiceNo`."""
    return {word.replace(" ", ""): fields for word, fields in index().items()}


_CREDIT: Final = frozenset(plain(word) for word in CREDIT_WORDS)
_INVOICE: Final = frozenset(plain(word) for word in INVOICE_WORDS)
_OTHER: Final = frozenset(plain(word) for word in OTHER_WORDS)


def _shows_cents(column: Seen) -> bool:
    """Whether its cells look like money: most have two digits behind the mark."""
    cents = [text for text in column.texts if re.search(r"[0-9][.,][0-9]{2}(?![0-9])", text)]
    floats = [cell for cell in column.filled if isinstance(cell, (float, Decimal)) and cell != int(cell)]
    return 2 * (len(cents) + len(floats)) >= len(column.filled) > 0


def _word_of(text: str) -> str | None:
    """Return the kind that a word stands for."""
    word = plain(text)
    if word in _CREDIT:
        return "credit_note"
    if word in _INVOICE:
        return "invoice"
    return "leave_out" if word in _OTHER else None


def _rank(column: Seen, name: str) -> int:
    words = [plain(word) for word in WORDS[name].split(", ")]
    text = plain(column.name)
    return words.index(text) if text in words else len(words)


def _rate_of(
    rows: Sequence[int], nets: Sequence[Decimal | None] | None, taxes: Sequence[Decimal | None] | None
) -> Decimal | None:
    """Return the only rate that gives the tax of every row to the cent."""
    if nets is None or taxes is None:
        return None
    pairs = [(nets[row], taxes[row]) for row in rows]
    known = [(net, tax) for net, tax in pairs if net and tax]
    if not known:
        return None
    fits = [
        Decimal(rate) for rate in ALL_RATES if all(share(net, Decimal(rate)) == tax for net, tax in known)
    ]
    return fits[0] if len(fits) == 1 else None


def _rate_in(text: str) -> Decimal | None:
    """Return the known rate that stands in a code: 21 in `s_iva_21`, `IVA 21%` or `s_iva21b`."""
    found = [
        Decimal(one.replace(",", "."))
        for one in re.findall(r"(?<![0-9.,])[0-9]{1,2}(?:[.,][0-9]{1,2})?(?![0-9])", text)
    ]
    known = [one for one in found if f"{one.normalize():f}" in {rate_key(rate) for rate in ALL_RATES} and one]
    if len(set(known)) == 1:
        return known[0]
    return (
        Decimal(0) if re.search(r"zero|exempt|exent|esente|exo", text, re.IGNORECASE) and not known else None
    )


def _number(value: Decimal) -> int | Decimal:
    return int(value) if value == value.to_integral() else value.normalize()
