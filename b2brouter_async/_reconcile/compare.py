"""Whether an invoice on the server is the one that was sent: a comparison that asks nobody anything.

Adopted means proved. What was sent is compared field by field, by the fields that the models declare:

- a field that was sent and is shown otherwise, or shown empty, is a *difference*: it is another invoice;
- a field that was sent, and that a reply could show and doesn't, is *unseen*: nothing is proved;
- a field that was sent and that no reply ever shows is *hidden*: the comparison is not complete;
- a field that was not sent and is shown is an *addition*, for example a tax that the account brings (behaviour 26).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, TypeAlias, cast

from attrs import field, frozen

from .._core.model import fields_of
from ..einvoice import same_identifier
from ..generated.models.allowance_charge import AllowanceCharge
from ..generated.models.allowance_charge_input import AllowanceChargeInput
from ..generated.models.bank_account import BankAccount
from ..generated.models.bank_account_input import BankAccountInput
from ..generated.models.invoice import Invoice
from ..generated.models.invoice_contact import InvoiceContact
from ..generated.models.invoice_contact_input import InvoiceContactInput
from ..generated.models.invoice_input import InvoiceInput
from ..generated.models.invoice_line import InvoiceLine
from ..generated.models.invoice_line_input import InvoiceLineInput
from ..generated.models.invoice_reference import InvoiceReference
from ..generated.models.invoice_tax import InvoiceTax
from ..generated.models.tax_breakdown import TaxBreakdown
from ..generated.models.tax_breakdown_input import TaxBreakdownInput
from ..generated.models.tax_input import TaxInput
from ..generated.models.tax_report import TaxReport
from ..generated.models.tax_report_input import TaxReportInput
from ..generated.models.tax_report_line import TaxReportLine
from ..generated.models.tax_report_line_input import TaxReportLineInput

if TYPE_CHECKING:
    from .._core.model import Model
    from ..einvoice import DocumentFacts, Party
    from ..generated.models.invoice_list_item import InvoiceListItem

Object: TypeAlias = Mapping[str, object]

SHOWN_AS: Mapping[type[Model], type[Model]] = {
    InvoiceInput: Invoice,
    InvoiceContactInput: InvoiceContact,
    InvoiceLineInput: InvoiceLine,
    TaxInput: InvoiceTax,
    AllowanceChargeInput: AllowanceCharge,
    BankAccountInput: BankAccount,
    InvoiceReference: InvoiceReference,
    TaxReportInput: TaxReport,
    TaxBreakdownInput: TaxBreakdown,
    TaxReportLineInput: TaxReportLine,
}
"""What is sent, and as what a reply shows it."""
PARTS: Mapping[str, type[Model]] = {
    "contact": InvoiceContactInput,
    "invoice_lines_attributes": InvoiceLineInput,
    "taxes_attributes": TaxInput,
    "allowance_charges_attributes": AllowanceChargeInput,
    "bank_account": BankAccountInput,
    "invoice_references": InvoiceReference,
    "tax_breakdowns": TaxBreakdownInput,
    "tax_report_lines": TaxReportLineInput,
}
"""The parts of an invoice or a tax report that replies show, by the key they are sent under."""
_LINES = "invoice_lines_attributes"
_WHOLE = (_LINES, "tax_breakdowns", "tax_report_lines")
"""Lists in which an item more makes another document."""
_KEYS = {_LINES: "lines"}
"""Where a reply's key is not the one that was sent without its `_attributes`."""
_BY_ID = {"contact_id": "contact", "bank_account_id": "bank_account"}
"""Objects that can be sent by their ids alone."""

_GIVEN: Mapping[type[Model], frozenset[str]] = {
    InvoiceInput: frozenset({"number", "series_code"}),
    InvoiceLineInput: frozenset({"id", "position"}),
}
"""What the server gives where it was not sent, so that it is no addition."""
_SEARCHED = 200
"""So many items that stand at another place are looked for; were there more, it would take too long."""
_DEFAULTS: Mapping[type[Model], Object] = {InvoiceLineInput: {"quantity": 1, "base_quantity": 1}}
"""What is meant where nothing is sent."""


@frozen
class Comparison:
    """What the comparison of an invoice that was sent with one on the server has shown, in words for people."""

    differences: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything that was sent is shown, equal, and nothing besides."""
        return not (self.differences or self.unseen or self.hidden or self.added)

    @property
    def equal(self) -> bool:
        """Whether everything that was sent and can be seen is equal."""
        return not (self.differences or self.unseen)

    def __str__(self) -> str:
        if self.differences:
            return _first(self.differences)
        parts: list[str] = []
        if self.unseen or self.hidden:
            parts.append(f"the server doesn't show {_first((*self.unseen, *self.hidden))}")
        if self.added:
            parts.append(f"not sent, and on the server: {_first(self.added)}")
        return "; ".join(parts)


def compare_invoice(
    sent: Object, there: Invoice, *, total: Decimal | None = None, usual: Object | None = None
) -> Comparison:
    """Compare an invoice as it was sent, as JSON, with one on the server.

    Args:
        sent: the invoice, under the keys of the wire.
        there: the server's, read with its lines.
        total: what it must come to with taxes, where that is known.
        usual: what the account brings where nothing is sent, for example its currency.
    """
    found = _Found(usual or {})
    shown = there.to_dict()
    found.fields(InvoiceInput, sent, shown, "")
    credit = sent.get("is_credit_note") is True
    taxes_added = any("taxes" in one for one in found.added)
    expected, apart = (_worth(sent), _rounding(sent)) if total is None else (total, Decimal(0))
    if expected is not None and there.total is None:
        if total is not None:
            found.unseen.append("total")
    elif expected is not None and not _same_total(expected, there.total, credit, apart):
        text = f"total is {_shown(expected)} here and {_shown(there.total)} there"
        # Where the server has added something, or works with what isn't known here, the sum is not taken for another.
        (found.added if taxes_added or total is None else found.differences).append(text)
    return found.comparison()


def compare_report(sent: Object, there: TaxReport) -> Comparison:
    """Compare a tax report, or a correction of one, as it was sent, as JSON, with one on the server.

    What was not sent, and is there, proves nothing: a correction keeps what it doesn't name, and the account's settings
    fill in the rest. It is among what was added.

    Args:
        sent: the report, under the keys of the wire.
        there: the server's.
    """
    found = _Found({})
    found.fields(TaxReportInput, sent, there.to_dict(), "")
    return found.comparison()


def compare_document(
    facts: DocumentFacts, there: Invoice, *, issued: bool, total: Decimal | None = None
) -> Comparison:
    """Compare what a document says about itself with an invoice on the server, where its bytes can't be compared.

    It is never complete: a document holds more than is read of it.

    Args:
        facts: what the document says.
        there: the server's.
        issued: whether the account is the seller.
        total: what it must come to with taxes, where somebody knows better than the document.
    """
    differences: list[str] = []
    credit = facts.kind == "credit_note"
    pairs: tuple[tuple[str, object, object, bool], ...] = (
        ("date", facts.date, there.date, facts.date == there.date),
        ("due_date", facts.due_date, there.due_date, facts.due_date == there.due_date),
        ("currency", facts.currency, there.currency, _same("currency", facts.currency, there.currency)),
        ("is_credit_note", credit, there.is_credit_note, credit == there.is_credit_note),
        ("subtotal", facts.subtotal, there.subtotal, _same_total(facts.subtotal, there.subtotal, credit)),
    )
    known = facts.total if total is None else total
    pairs += (("total", known, there.total, _same_total(known, there.total, credit)),)
    for name, here, other, same in pairs:
        if here is not None and other is not None and not same:
            differences.append(f"{name} is {_shown(here)} here and {_shown(other)} there")
    party, account = (facts.buyer, facts.seller) if issued else (facts.seller, facts.buyer)
    # Where a document is self-billed it may be the other one that the server shows.
    itself = facts.issued_by == "seller" or same_party(account, there) is not True
    if itself and same_party(party, there) is False:
        assert there.contact is not None
        differences.append(f"contact is {_shown(party.name)} here and {_shown(there.contact.name)} there")
    unseen = [
        name
        for name, here, other in (("date", facts.date, there.date), ("total", known, there.total))
        if here is not None and other is None
    ]
    return Comparison(
        differences=tuple(differences),
        unseen=tuple(unseen),
        hidden=("the document itself",),
    )


def same_party(party: Party, there: Invoice | InvoiceListItem) -> bool | None:
    """Tell whether an invoice's other party is the one a document names; None if that can't be told."""
    if there.contact is None:
        return None
    ids = [one for one in (there.contact.tin_value, there.contact.cin_value) if one]
    if ids and (party.tax_id or party.company_id or party.endpoint_id):
        return party.known_as(ids)
    if not party.name or not there.contact.name:
        return None
    return party.name == there.contact.name


def same_amount(one: Decimal, other: Decimal, *, credit: bool = False) -> bool:
    """Compare two amounts; those of credit notes whatever their sign, on which countries differ (behaviour 28)."""
    return abs(one) == abs(other) if credit else one == other


def _same_total(
    here: Decimal | None, there: Decimal | None, credit: bool, apart: Decimal = Decimal(0)
) -> bool:
    if here is None or there is None:
        return False
    if credit:
        here, there = abs(here), abs(there)
    return abs(here - there) <= apart


@frozen
class _Found:
    """What is found while two invoices are compared."""

    usual: Object
    differences: list[str] = field(factory=list[str])
    unseen: list[str] = field(factory=list[str])
    hidden: list[str] = field(factory=list[str])
    added: list[str] = field(factory=list[str])

    def comparison(self) -> Comparison:
        return Comparison(*(tuple(one) for one in (self.differences, self.unseen, self.hidden, self.added)))

    def take(self, other: _Found) -> None:
        self.differences.extend(other.differences)
        self.unseen.extend(other.unseen)
        self.hidden.extend(other.hidden)
        self.added.extend(other.added)

    def fields(self, kind: type[Model], sent: Object, shown: Object, path: str) -> None:
        """Compare an object that was sent with what a reply shows of it."""
        known = {item.key for item in fields_of(SHOWN_AS[kind])}
        for key, value in sent.items():
            if value is None:
                continue
            name = f"{path}{key}"
            if key in _BY_ID:
                self._by_id(name, value, _BY_ID[key], shown)
                continue
            shown_key = _shown_key(key)
            if shown_key in shown:
                self.value(key, value, shown[shown_key], name)
            elif shown_key not in known:
                if value != "" and value != [] and value != {}:
                    self.hidden.append(name)
            elif not _empty(value):
                self.unseen.append(name)
        if kind is InvoiceContactInput and any(sent.get(name) for name in ("tin_value", "cin_value")):
            return  # whose number it is, is known: the server fills the rest in from its own address book
        by_id = {_BY_ID[key] for key in sent if key in _BY_ID and sent[key] is not None}
        usual = dict(self.usual) if kind is InvoiceInput else dict(_DEFAULTS.get(kind, {}))
        usual |= _worked_out(kind, sent, shown)
        for item in fields_of(kind):
            key, value = item.key, shown.get(_shown_key(item.key))
            if sent.get(key) is not None or key in by_id or key in _BY_ID or key in _GIVEN.get(kind, ()):
                continue
            if not _empty(value) and not (key in usual and _same(key, usual[key], value)):
                self.added.append(f"{path}{key} {_shown(value)}")

    def value(self, key: str, sent: object, shown: object, path: str) -> None:
        """Compare one field."""
        if _empty(sent) and _empty(shown):
            return
        one, other = _object(sent), _object(shown)
        items, others = _items(sent), _items(shown)
        if one is not None and other is not None:
            part = PARTS.get(key)
            if part is not None:
                self.fields(part, one, other, f"{path}.")
            elif not _same(key, one, other):
                self._differ(path, one, other)
        elif items is not None and others is not None:
            self._list(key, items, others, path)
        elif not _same(key, sent, shown):
            self._differ(path, sent, shown)

    def _list(self, key: str, sent: list[object], shown: list[object], path: str) -> None:
        """Compare two lists; a server may show the items in another order."""
        left = dict(enumerate(shown))
        unmatched: dict[int, object] = {}
        for place, item in enumerate(sent):
            pair = self._pair(key, item, left[place], f"{path}[{place}]") if place in left else None
            if pair is None or pair.differences or pair.added:
                unmatched[place] = item
            else:
                self.take(pair)
                del left[place]
        if len(unmatched) <= _SEARCHED:
            for place, item in tuple(unmatched.items()):
                pairs = {at: self._pair(key, item, other, f"{path}[{place}]") for at, other in left.items()}
                equal = {at: pair for at, pair in pairs.items() if not pair.differences}
                if equal:
                    best = min(equal, key=lambda at: (len(equal[at].added), at != place))
                    self.take(equal[best])
                    del left[best], unmatched[place]
        for place, item in unmatched.items():
            self.take(self._pair(key, item, left.pop(min(left)) if left else None, f"{path}[{place}]"))
        for other in left.values():
            if key in _WHOLE:
                self._differ(path, None, other)
            else:
                self.added.append(f"{path} {_shown(other)}")

    def _pair(self, key: str, sent: object, shown: object, path: str) -> _Found:
        found = _Found(self.usual)
        found.value(key, sent, shown, path)
        return found

    def _by_id(self, path: str, sent: object, key: str, shown: Object) -> None:
        if key not in shown:
            self.unseen.append(path)
            return
        there = _object(shown[key])
        other = None if there is None else there.get("id")
        if there is not None and other is None:
            self.unseen.append(path)
        elif not _same(key, sent, other):
            self._differ(path, sent, other)

    def _differ(self, path: str, sent: object, shown: object) -> None:
        self.differences.append(f"{path} is {_shown(sent)} here and {_shown(shown)} there")


def _worked_out(kind: type[Model], sent: Object, shown: Object) -> Object:
    """Return the sums that follow from the rest, as the server would write them."""
    if kind is InvoiceInput:
        total, paid = _number(shown.get("total")), _number(shown.get("payments_on_account") or 0)
        return {} if total is None or paid is None else {"total_amount_due": total - paid}
    net = _net(sent) if kind is InvoiceLineInput else None
    there = _number(shown.get("extension_amount"))
    if net is None or there is None:
        return {}
    # It may be rounded to cents, or not.
    return {"extension_amount": there if abs(there - net) < Decimal("0.01") else net}


def _net(line: Object) -> Decimal | None:
    """Work out what a line comes to before taxes; None if that isn't known."""
    quantity, price = _number(line.get("quantity") or 1), _number(line.get("price") or 0)
    base = _number(line.get("base_quantity") or 1)
    if quantity is None or price is None or not base:
        return None
    net = whole = quantity * price / base
    for extra in _items(line.get("allowance_charges_attributes")) or ():
        fields = _object(extra) or {}
        amount = _number(fields.get("amount"))
        if amount is None:
            share = _number(fields.get("percentage"))
            if share is None:
                return None
            amount = whole * share / 100
        net += amount if fields.get("allowance_charge_indicator") == "charge" else -amount
    return net


_UNPREDICTABLE = frozenset(
    {"allowance_charges_attributes", "adjustment_in_cents", "withheld_percent", "amounts_withheld"}
)
"""What the server may take into a total in ways that nobody has written down."""


def _worth(sent: Object) -> Decimal | None:
    """Work out what an invoice comes to with its taxes; None if that isn't known."""
    lines = _items(sent.get(_LINES))
    if not lines or any(not _empty(sent.get(name)) for name in _UNPREDICTABLE):
        return None
    total = Decimal(0)
    for item in lines:
        line = _object(item) or {}
        given = _number(line.get("extension_amount"))
        net = _net(line) if given is None else given
        if net is None:
            return None
        total += net
        for tax in _items(line.get("taxes_attributes")) or ():
            percent = _number((_object(tax) or {}).get("percent"))
            if percent is None:
                return None
            total += net * percent / 100
    try:
        return total.quantize(Decimal("0.01"))
    except InvalidOperation:  # more digits than any sum has
        return None


def _rounding(sent: Object) -> Decimal:
    """Return how far two ways of rounding can be apart: half a cent for each line and each of its taxes."""
    lines = _items(sent.get(_LINES)) or []
    taxes = (_items((_object(line) or {}).get("taxes_attributes")) or [] for line in lines)
    return Decimal("0.005") * (2 + len(lines) + sum(map(len, taxes)))


def _shown_key(key: str) -> str:
    return _KEYS.get(key) or key.removesuffix("_attributes")


def _empty(value: object) -> bool:
    """Tell whether a value says nothing: what is not sent is shown as null, as nothing, as none or as no."""
    return value in (None, "", 0) or _object(value) == {} or _items(value) == []


def _object(value: object) -> Object | None:
    return cast("Object", value) if isinstance(value, Mapping) else None


def _items(value: object) -> list[object] | None:
    return cast("list[object]", value) if isinstance(value, list) else None


_IDENTIFIERS = ("tin_value", "cin_value", "pin_value")
_ACCOUNTS = ("iban", "bic")
_CODES = ("country", "currency", "language")
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


def _same(key: str, sent: object, shown: object) -> bool:
    """Compare two values as the server understands them: numbers by value, dates as days, identifiers as such."""
    if isinstance(sent, str) and isinstance(shown, str):
        return sent == shown or _same_text(key, sent, shown)
    one, other = _number(sent), _number(shown)
    if one is not None and other is not None:
        return one == other
    left, right = _object(sent), _object(shown)
    if left is not None and right is not None:
        return all(_same(name, left.get(name), right.get(name)) for name in {*left, *right})
    items, others = _items(sent), _items(shown)
    if items is not None and others is not None:
        return len(items) == len(others) and all(
            _same(key, item, there) for item, there in zip(items, others, strict=True)
        )
    return sent == shown or (_empty(sent) and _empty(shown))


def _same_text(key: str, sent: str, shown: str) -> bool:
    sent, shown = unicodedata.normalize("NFC", sent), unicodedata.normalize("NFC", shown)
    if sent == shown or (key == "number" and sent.strip() == shown.strip()):
        return True
    if key in _IDENTIFIERS:
        return same_identifier(sent, shown)
    if key.endswith(_ACCOUNTS):
        return _bare(sent) == _bare(shown) != ""
    if key.endswith(_CODES):
        return sent.casefold() == shown.casefold()
    if key.endswith("_scheme"):
        return sent.lstrip("0") == shown.lstrip("0")
    one, other = _DAY.fullmatch(sent), _DAY.fullmatch(shown)
    if one and other:
        return one[1] == other[1]
    # The name of a tax is shown with its percentage: `IVA 21,00%`.
    return key == "name" and re.fullmatch(rf"{re.escape(sent)} [\d.,]+ ?%", shown) is not None


def _bare(value: str) -> str:
    return "".join(letter for letter in value if letter.isalnum()).upper()


def _number(value: object) -> Decimal | None:
    """Return a value as a number; numbers may come as text, schemes for example (behaviour 64)."""
    if isinstance(value, (bool, int, Decimal)):
        return Decimal(value)
    if isinstance(value, str):
        try:
            number = Decimal(value)
        except InvalidOperation:
            return None
        return number if number.is_finite() else None
    return None


def _first(texts: Sequence[str], most: int = 3) -> str:
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def _shown(value: object) -> str:
    """Return a value for a line of text."""
    if value is None or value == "":
        return "nothing"
    fields, items = _object(value), _items(value)
    if fields is not None:
        inner = (f"{name} {_shown(one)}" for name, one in fields.items() if not _empty(one))
        return f"({_first(tuple(inner), 4)})"
    if items is not None:
        return _first(tuple(map(_shown, items)), 1) if items else "nothing"
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
