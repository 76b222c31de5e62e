"""What a column can be: a field of the invoice in a request, or a word that tables need beside them."""

from __future__ import annotations

import difflib
import re
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

from attrs import Factory, frozen
from attrs import field as attrs_field

from .._core.codecs import Kind
from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._core.model import Model

LINE: Final = "line"
TAXES: Final = ("tax", "surcharge", "withholding")
"""The taxes of a line, in the order they are sent."""


_SINGLE: Final = frozenset({Kind.TEXT, Kind.NUMBER, Kind.INTEGER, Kind.DATE, Kind.BOOLEAN})
"""Kinds of values that a cell can hold."""


@frozen
class Field:
    """Where a value goes: `number`, `contact.name`, `line.price`, `tax.percent`."""

    section: str
    """Empty for the invoice itself."""
    key: str
    kind: Kind
    about: str = ""

    # Made once: they are asked for at every cell.
    name: str = attrs_field(init=False, default=Factory(lambda self: _name(self), takes_self=True))
    """The field as it is written in a mapping."""
    of_line: bool = attrs_field(
        init=False,
        default=Factory(lambda self: self.section in (LINE, *TAXES, "base@", "tax@"), takes_self=True),
    )
    """Whether each row has a value of its own; all others belong to the whole invoice."""
    is_code: bool = attrs_field(init=False, default=Factory(lambda self: _is_code(self), takes_self=True))
    """Whether it names something, so that no digit of it may get lost."""

    @property
    def several_lines(self) -> bool:
        """Whether line breaks may stand in its text."""
        return self.key in ("description", "notes", "notes2", "terms", "extra_info", "legal_literals")


def _name(made: Field) -> str:
    if made.section.endswith("@"):
        return made.section + made.key
    return f"{made.section}.{made.key}" if made.section else made.key


def _is_code(made: Field) -> bool:
    return made.name in _CODES or made.key.endswith(("_value", "_reference", "_code", "number"))


_CODES = frozenset(
    {"number", "series_code", "contact.postalcode", "ponumber", "line.article_code", "corrects.number",
     "corrects.series", "bank_account.iban", "contact_iban"}
)  # fmt: skip

_WORDS: Final = (
    Field("", "net", Kind.NUMBER, "Net amount of the whole invoice. Where a row is an invoice and no column holds the "
          "amount of a line, it is the amount of the one line."),
    Field("", "tax_total", Kind.NUMBER, "All taxes of the invoice but withholdings; compared."),
    Field("", "total", Kind.NUMBER, "What the invoice comes to, withholdings taken off; compared, never added."),
    Field("", "total_before_withholding", Kind.NUMBER, "What it comes to before withholdings; compared."),
    Field("", "paid", Kind.NUMBER, "What was paid already; read, and not sent."),
    Field("", "kind", Kind.TEXT, "A word for what the row is; [kinds] says which words there are."),
    Field("corrects", "number", Kind.TEXT, "Number of the invoice that this one corrects or credits."),
    Field("corrects", "series", Kind.TEXT, "Its series; put in front of its number."),
    Field("corrects", "date", Kind.DATE, "Its date."),
    Field("shipping", "net", Kind.NUMBER, "Shipping of the whole order without tax; becomes a line."),
    Field("shipping", "gross", Kind.NUMBER, "Shipping of the whole order with tax; becomes a line."),
    Field("shipping", "description", Kind.TEXT, "What that line is called; Shipping when left out."),
    Field("discount", "net", Kind.NUMBER, "Discount on the whole order without tax; becomes a line that lowers it."),
    Field("discount", "gross", Kind.NUMBER, "Discount on the whole order with tax; becomes a line that lowers it."),
    Field("discount", "description", Kind.TEXT, "What that line is called; Discount when left out."),
    Field(LINE, "net", Kind.NUMBER, "Amount of the line without tax: the price is this divided by the quantity."),
    Field(LINE, "gross", Kind.NUMBER, "Amount of the line with tax."),
    Field(LINE, "price_gross", Kind.NUMBER, "Price of a piece with tax."),
    Field(LINE, "discount_percent", Kind.NUMBER, "Lowers quantity times price by so many percent."),
    Field(LINE, "discount", Kind.NUMBER, "Lowers quantity times price by an amount."),
)  # fmt: skip
_TAX_WORDS: Final = (
    ("percent", Kind.NUMBER, "Rate of the {}."),
    ("amount", Kind.NUMBER, "Amount of the {} of the line; compared."),
    ("key", Kind.TEXT, "A code or words for the rate; the mapping says which rate each is."),
    ("name", Kind.TEXT, "Name of the {}, for example IVA or IRPF."),
    ("category", Kind.TEXT, "Category code of the {}: S, E, Z, AE, …"),
    ("comment", Kind.TEXT, "Why nothing is charged, for example E1."),
)
_PAIR = re.compile(r"(base|tax)@([0-9]{1,2}(?:\.[0-9]{1,2})?)")


@cache
def known_fields() -> dict[str, Field]:
    """Return the fields by their names; `base@21` and `tax@21` stand for as many as there are rates."""
    from ..generated.models import BankAccountInput, InvoiceContactInput, InvoiceInput, InvoiceLineInput

    sections: dict[str, type[Model]] = {
        "": InvoiceInput,
        "contact": InvoiceContactInput,
        "bank_account": BankAccountInput,
        LINE: InvoiceLineInput,
    }
    found: dict[str, Field] = {}
    for section, model in sections.items():
        for item in model.fields():
            kind = item.codec.kind
            if kind in _SINGLE and item.key not in ("id", "_destroy"):
                made = Field(section, item.key, kind)
                found[made.name] = made
    for made in _WORDS:
        found[made.name] = made
    for tax in TAXES:
        for key, kind, about in _TAX_WORDS:
            made = Field(tax, key, kind, about.format(tax))
            found[made.name] = made
    return found


def field_named(name: str) -> Field:
    """Return the field of a name.

    Raises:
        ConfigurationError: there is none, or no cell can hold its value.
    """
    plain = name.removeprefix("line.") if name.startswith("line.tax.") else name
    fields = known_fields()
    if plain in fields:
        return fields[plain]
    if pair := _PAIR.fullmatch(plain):
        rate = f"{Decimal(pair[2]).normalize():f}"
        return Field(f"{pair[1]}@", rate, Kind.NUMBER, f"Pair of the rate {rate} %.")
    parts = sorted({one.section for one in fields.values() if one.section})
    if plain in parts or plain.endswith("_attributes") or plain in ("invoice_references", "third_party"):
        deeper = "; fill it with " + " or ".join(
            f"{one}.…" for one in ([plain] if plain in parts else [LINE])
        )
        raise ConfigurationError(f"{name!r} is no single value, which no cell holds{deeper}")
    section = plain.rpartition(".")[0]
    if section and section not in parts:
        raise ConfigurationError(f"{name!r} is no field{instead(section, parts)}")
    raise ConfigurationError(f"{name!r} is no field of an invoice{instead(plain, fields)}")


def instead(name: str, known: Iterable[str]) -> str:
    """Return the known name that was perhaps meant, as the end of a sentence."""
    close = difflib.get_close_matches(name, [one for one in known if one], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
