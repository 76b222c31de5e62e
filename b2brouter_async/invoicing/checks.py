"""What is wrong with an invoice in a request, as far as that can be known before it is sent.

Two kinds. What stops would not do what was meant: the server refuses it, ignores it, or takes it for something else. All
else is worth a look, and is sent. What the server may know and we don't is never refused: unknown types, units, taxes,
and whatever stands in `additional_properties` under a key of its own.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from attrs import evolve

from .._core.dictionaries import EXTRA
from .._core.model import Model, fields_of
from .._core.problems import Problem
from ..einvoice.identifiers import has_number
from ..errors import ArgumentError
from .keys import APRIL, BESIDE, GONE, MARCH, beside_text, gone_text, held_to_keys
from .payment_methods import PAYMENT_METHODS
from .rounding import digits_of
from .totals import NO_PRICE, added_up, line_net, two_amounts

if TYPE_CHECKING:
    from collections.abc import Sequence

SIMPLIFIED: Final = "IssuedSimplifiedInvoice"
FRENCH: Final = ("remittance_information", "payment_method_text", "payment_terms")

_ISSUED: Final = "IssuedInvoice"
_NAMED: Final = (None, _ISSUED, "ReceivedInvoice")
"""Types whose other party needs a number; of further types nothing is known."""
_NO_CHARGE: Final = frozenset({"E", "Z", "AE", "K", "G", "O", "NS"})
_FULL: Final = frozenset({"S", "H", "AA", "AAA"})
_REASONS: Final = "E is exempt, Z zero rate, AE reverse charge, K within the Union, G export, O outside the scope, NS not subject"
_WITHHOLDINGS: Final = ("IRPF", "IRNR", "RETENCION", "RETENCIO", "RITENUTA")
"""In the names of taxes that are withheld."""
_ADDED: Final = frozenset({"IVA", "TVA", "BTW", "VAT", "IGIC", "IPSI", "MWST", "UST"})
"""Names of taxes that are never withheld."""
_PAYMENT_CODES: Final = frozenset(one.code for one in PAYMENT_METHODS)
_LAST_OF_FACTURAE = 19
"""B2Brouter's codes up to here are those of Facturae, so those that sources don't name may exist."""
_COUNTRIES: Final = ("country", "delivery_country", "item_origin_country", "customer_party_country")
"""Keys of fields that hold the code of a country."""
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_SMALLEST_RATE = Decimal("0.3")
"""No tax has a rate below: the smallest are 0.5 % (IPSI, recargo) and 0.9 % (TVA in Corsica)."""


class AccountFacts(Protocol):
    """What has to be known of an account: `Account`, `AccountInput`."""

    @property
    def country(self) -> str | None:
        """Two letters."""
        ...


class SettingFacts(Protocol):
    """What has to be known of a setting for tax reports: `TaxReportSetting`."""

    @property
    def code(self) -> str | None:
        """The authority, for example `dgfip`."""
        ...

    @property
    def enabled(self) -> bool | None:
        """Whether it is in force."""
        ...


def problems_of(
    invoice: Model | Mapping[str, Any],
    *,
    api_version: str | None = None,
    account: AccountFacts | None = None,
    settings: Sequence[SettingFacts] | None = None,
) -> list[Problem]:
    """Return what is wrong with a new invoice, what stops first.

    Example:
        for problem in problems_of({"number": "F-1", "contact_id": 77}):
            print(problem.place, problem.text, problem.stops)

    Args:
        invoice: the invoice, or a dictionary in its place.
        api_version: the version of the API that it would be sent to; left out, every rule holds.
        account: whose it is, where that is known.
        settings: its settings for tax reports, where they are known.
    """
    strange: list[Problem] = []
    if not isinstance(invoice, Model):  # a model has no key that isn't its own
        try:
            held_to_keys(invoice)
        except ArgumentError as error:
            if not isinstance(invoice, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise
            strange = [Problem(error.argument or "invoice", error.problem)]
    found = [*strange, *_stops(invoice, new=True), *_french(invoice, account, settings), *_remarks(invoice)]
    holds: list[Problem] = []
    for one in found:
        again = any((one.place, one.text) == (other.place, other.text) for other in holds)
        if not again and (api_version is None or api_version >= one.since):
            holds.append(one)
    return sorted(holds, key=lambda one: not one.stops)


def check_new(values: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what stops a new invoice, with its place in the request.

    Args:
        values: the arguments of the call.
    """
    return _in_request(_stops(values.get("invoice"), new=True))


def check_change(values: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what stops a change of an invoice, which says only what changes; see `check_new`."""
    return _in_request(_stops(values.get("invoice"), new=False))


def check_contact(values: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what stops a contact, new or changed, with its place in the request.

    Args:
        values: the arguments of the call.
    """
    return _of_party(values, "contact")


def check_account(values: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what stops an account, new or changed; see `check_contact`."""
    return _of_party(values, "details")


def check_tax_report(values: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what stops a tax report, new or correcting; see `check_contact`."""
    yield from _of_party(values, "tax_report")
    report = _declared(values.get("tax_report"))
    for at, tax in _objects(report, "tax_breakdowns", "tax_report"):
        yield from _rate(f"{at}.percent", _number(tax.get("percent")))


def _of_party(values: Mapping[str, object], argument: str) -> Iterator[Problem]:
    party = _declared(values.get(argument))
    for problem in (*_countries(party), *_currency(party)):
        yield evolve(problem, place=f"{argument}.{problem.place}")


def _in_request(found: Iterator[Problem]) -> Iterator[Problem]:
    return (evolve(one, place=f"invoice.{one.place}") for one in found)


def _stops(value: object, *, new: bool) -> Iterator[Problem]:
    invoice = _declared(value)
    yield from _misplaced(value)
    method = _whole(invoice.get("payment_method"))
    if method is not None and not _may_be_payment_method(method):
        yield Problem("payment_method", payment_text(method))
    digits = digits_of(invoice.get("currency"))
    yield from _currency(invoice)
    yield from _number_and_days(invoice)
    yield from _countries(invoice)
    yield from _of_party(invoice, "contact")
    if new:
        yield from _party(invoice)
        yield from _prices(invoice)
        lines = [line for _, line in _objects(invoice, "invoice_lines_attributes")]
        yield from _two_amounts(invoice, lines, digits)
    for place, line in _objects(invoice, "invoice_lines_attributes"):
        yield from _line(place, line)
        if line.get("price") is not None and line.get("extension_amount") is None:
            alone = {key: line.get(key) for key in ("quantity", "price", "base_quantity")}
            yield from _two_amounts(line, (alone,), digits, place)
        for at, tax in _objects(line, "taxes_attributes", place):
            yield from _tax(at, tax, named=True)
    for place, extra in _objects(invoice, "allowance_charges_attributes"):
        if extra.get("tax_attributes") is not None:
            yield from _tax(f"{place}.tax_attributes", _declared(extra["tax_attributes"]), named=False)


def _number_and_days(invoice: Mapping[str, Any]) -> Iterator[Problem]:
    number = invoice.get("number")
    if isinstance(number, str) and number:
        if not number.strip():
            yield Problem("number", f"{number!r} is blank; leave it out where the server shall number it")
        unseen = next((one for one in number if unicodedata.category(one) in _UNSEEN), None)
        if unseen is not None:
            what = "half a character" if unicodedata.category(unseen) == "Cs" else "a sign that nobody sees"
            yield Problem("number", f"{what}, U+{ord(unseen):04X}, stands in {number!r}")
    for key, value in invoice.items():
        day = _day(value) if key.endswith(("date", "_start", "_end")) else None
        if day is not None and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            yield Problem(key, f"{day} is in the year {day.year}; is the year right?")


def _two_amounts(
    holder: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], digits: int, place: str = ""
) -> Iterator[Problem]:
    """An amount, and a percentage that makes another one of the lines: which of the two does the server take?"""
    for at, extra in _objects(holder, "allowance_charges_attributes", place):
        if extra.get("amount") is None or extra.get("percentage") is None:
            continue
        try:
            base = sum((line_net(written_of(line)) for line in lines), Fraction(0))
            contradiction = two_amounts(extra, base, at, digits)
        except ArgumentError:
            return  # what is no amount is told where it is written
        if contradiction is not None:
            yield Problem(f"{at}.percentage", contradiction)


_UNSEEN: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of Unicode: controls, marks without width, halves of letters, ends of lines."""


def _day(value: object) -> datetime.date | None:
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _prices(invoice: Mapping[str, Any]) -> Iterator[Problem]:
    """What costs nothing because nobody said what it costs; None says nothing."""
    for place, line in _objects(invoice, "invoice_lines_attributes"):
        costs = (line.get("price"), line.get("extension_amount"))
        if costs == (None, None) and any(
            line.get(key) is not None for key in ("quantity", "taxes_attributes")
        ):
            yield Problem(f"{place}.price", NO_PRICE)


def _currency(fields: Mapping[str, Any]) -> Iterator[Problem]:
    currency = fields.get("currency")
    if isinstance(currency, str) and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        yield Problem("currency", f"{currency!r} is no code of ISO 4217, for example EUR")


def _countries(fields: Mapping[str, Any]) -> Iterator[Problem]:
    for key in _COUNTRIES:
        value = fields.get(key)
        country = None if value is None else str(value)
        if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
            yield Problem(
                key, f"{country!r} is no code of a country: two letters of ISO 3166, for example es"
            )


def _line(place: str, line: Mapping[str, Any]) -> Iterator[Problem]:
    for problem in _countries(line):
        yield evolve(problem, place=f"{place}.{problem.place}")
    seen: set[tuple[str, Decimal]] = set()
    for at, tax in _objects(line, "taxes_attributes", place):
        percent = _number(tax.get("percent"))
        if percent:
            same = (str(tax.get("name") or "").strip().casefold(), percent)
            if same in seen:
                yield Problem(
                    at, f"{tax.get('name')} of {percent} % is there twice, and would be added twice"
                )
            seen.add(same)


def _misplaced(value: object) -> Iterator[Problem]:
    """What stands in the invoice and has no effect there."""
    given = {*_declared(value), *_further(value)}
    for name in BESIDE:
        if name in given:
            yield Problem(name, beside_text(name))
    for name, (since, successor) in GONE.items():
        if name in given:
            yield Problem(name, gone_text(since, successor), since=since)


def _may_be_payment_method(code: int) -> bool:
    return code in _PAYMENT_CODES or 1 <= code <= _LAST_OF_FACTURAE


def payment_text(given: object) -> str:
    """Tell that a payment method is none of B2Brouter's, and the way out (behaviours 29 and 54)."""
    choice = ", ".join(f"{one.code} {one.name}" for one in PAYMENT_METHODS)
    meant = [one for one in PAYMENT_METHODS if str(given) in (one.ubl, one.facturae, one.fatturapa)]
    hint = (
        f"; for {given} of other formats that is {meant[0].code} ({meant[0].name})" if len(meant) == 1 else ""
    )
    return (
        f"{given!r} is none of B2Brouter's own codes{hint}; known: {choice}; payment_method(ubl=…) translates those of "
        'UBL. One that is newer goes into additional_properties={"payment_method": …}'
    )


def _party(invoice: Mapping[str, Any]) -> Iterator[Problem]:
    contact = invoice.get("contact")
    if invoice.get("type") not in _NAMED or contact is None or invoice.get("contact_id") is not None:
        return
    fields = _declared(contact)
    if _filled(fields, "tin_value") or _filled(fields, "cin_value"):
        return
    if _further(contact):
        return  # a key that we don't know may be what identifies it
    routed = (
        "; pin_value routes the invoice and doesn't identify the party" if fields.get("pin_value") else ""
    )
    yield Problem(
        "contact",
        "the other party needs tin_value (tax number) or cin_value (company number)"
        f'{routed}; a consumer without one gets type="{SIMPLIFIED}" (behaviours 22 and 59)',
        since=APRIL,
    )


def _french(
    value: object, account: AccountFacts | None, settings: Sequence[SettingFacts] | None
) -> Iterator[Problem]:
    """What the French platform needs (behaviour 63)."""
    invoice = _declared(value)
    contact = _declared(invoice.get("contact"))
    typed = _filled(invoice, "document_type_code") or _filled(contact, "document_type_code")
    if str(contact.get("country") or "").lower() == "fr" and not typed:
        yield Problem(
            "contact.document_type_code",
            'the vendor recommends "xml.ubl.invoice.frcius.v1" for every French contact',
            stops=False,
        )
    if (
        account is None
        or (account.country or "").lower() != "fr"
        or invoice.get("type") not in (None, _ISSUED)
    ):
        return
    reports = settings is not None and any(
        (one.code or "").lower() == "dgfip" and one.enabled is not False for one in settings
    )
    if settings is not None and not reports:
        return
    for name in FRENCH:
        if not _filled(invoice, name):
            condition = "" if reports else ", where the account reports to the DGFiP"
            yield Problem(
                name, f"an invoice of a French account to a business needs it{condition}", stops=reports
            )


def _remarks(value: object) -> Iterator[Problem]:
    """What is sent, and makes somebody wonder."""
    invoice = _declared(value)
    if invoice.get("type") == SIMPLIFIED and invoice.get("contact_id") is not None:
        yield Problem(
            "contact_id",
            "the server ignores it for simplified invoices; give the buyer as contact",
            stops=False,
            since=MARCH,
        )
    contact = _declared(invoice.get("contact"))
    for name in ("tin_value", "cin_value"):
        if _filled(contact, name) and not has_number(str(contact[name])):
            yield Problem(f"contact.{name}", f"{contact[name]!r} is nobody's number", stops=False)
    lines = [*_objects(invoice, "invoice_lines_attributes")]
    if not lines:
        yield Problem(
            "invoice_lines_attributes", "an invoice without lines is made and never sent", stops=False
        )
    corrects = invoice.get("is_amend") or invoice.get("is_credit_note")
    if corrects and not invoice.get("invoice_references") and invoice.get("amend_of_id") is None:
        yield Problem(
            "invoice_references",
            "it corrects an invoice, and says not which; give its number and date",
            stops=False,
        )
    for place, line in lines:
        base = _number(line.get("base_quantity"))
        if base is not None and base <= 0:
            does = "counts as 1" if base == 0 else "turns the sign of the line"
            yield Problem(
                f"{place}.base_quantity", f"the price is for so many units, and {base} {does}", stops=False
            )
        yield from _amount_remarks(place, line, digits_of(invoice.get("currency")))
        for at, tax in _objects(line, "taxes_attributes", place):
            yield from _tax_remarks(at, tax)
        for at, extra in _objects(line, "allowance_charges_attributes", place):
            yield from _extra_remarks(at, extra)
    for place, extra in _objects(invoice, "allowance_charges_attributes"):
        yield from _extra_remarks(place, extra)
        yield from _taxed_remarks(place, extra)
    yield from _total_remarks(value, corrects=bool(corrects))


def _amount_remarks(place: str, line: Mapping[str, Any], digits: int) -> Iterator[Problem]:
    """A net amount that is another than quantity and price make."""
    if line.get("extension_amount") is None or line.get("price") is None:
        return
    written = {key: value for key, value in written_of(line).items() if key != "extension_amount"}
    try:
        made = line_net(written, place, digits)
        taken = Fraction(line_net({"extension_amount": line["extension_amount"]}, place))
    except ArgumentError:
        return  # told where it is added up
    if abs(made - taken) >= Fraction(1, 10**digits):
        yield Problem(
            f"{place}.extension_amount",
            f"it is {line['extension_amount']}, and quantity, price and allowances make {float(made):.{digits}f}; the first counts",
            stops=False,
        )


def _total_remarks(value: object, *, corrects: bool) -> Iterator[Problem]:
    try:
        written = written_of(value)
        found = added_up(written)
    except ArgumentError as error:
        yield Problem(error.argument or "", error.problem, stops=False)
        return
    due = _number(written.get("total_amount_due"))
    if due is not None and found.payable is not None and due != found.payable:
        yield Problem(
            "total_amount_due",
            f"it says that {due} is to be paid, and the invoice comes to {found.payable}",
            stops=False,
        )
    if found.total < 0 and not corrects:
        yield Problem(
            "is_credit_note",
            f"it comes to {found.total}, and is called an invoice; is it a credit note (is_credit_note), or a correction "
            "(is_amend)?",
            stops=False,
        )


def _tax(place: str, tax: Mapping[str, Any], *, named: bool) -> Iterator[Problem]:
    name = str(tax.get("name") or "").strip()
    percent = _number(tax.get("percent"))
    if named and not name:
        yield Problem(
            f"{place}.name", "a tax without a name is dropped by the server; give it, for example IVA"
        )
    if percent is None:
        return
    at = f"{place}.percent"
    impossible = [*_rate(at, percent)]
    yield from impossible
    if not impossible and percent > 0 and _is_withheld(name):
        yield Problem(at, f"{name} is withheld, and its rate negative: pass {-percent}")
    category = tax.get("category")
    if percent and category in _NO_CHARGE:
        yield Problem(
            f"{place}.category",
            f"{category} charges nothing, and the rate is {percent} %; which of the two is right?",
        )


def _rate(at: str, percent: Decimal | None) -> Iterator[Problem]:
    """A rate that no tax has: beyond 100 %, or a fraction in the place of a percentage."""
    if percent is not None and abs(percent) > 100:
        yield Problem(at, f"no tax is {percent} %; 21 % is 21")
    elif percent is not None and 0 < abs(percent) < _SMALLEST_RATE:
        yield Problem(
            at, f"{percent} is {percent} %; for {_plain(percent * 100)} % pass {_plain(percent * 100)}"
        )


def _is_withheld(name: str) -> bool:
    letters = re.sub("[^A-Z]", "", unicodedata.normalize("NFD", name).upper())
    return any(word in letters for word in _WITHHOLDINGS)


def _tax_remarks(place: str, tax: Mapping[str, Any]) -> Iterator[Problem]:
    percent, category = _number(tax.get("percent")), tax.get("category")
    name = str(tax.get("name") or "").strip()
    if percent is not None and percent < 0 and name.upper() in _ADDED:
        yield Problem(
            f"{place}.percent",
            f"{name} is charged, and a negative rate takes it off the total; a credit has negative amounts instead",
            stops=False,
        )
    if percent == 0 and category in _FULL:
        yield Problem(
            f"{place}.category", f"{category} charges a tax, and the rate is 0; {_REASONS}", stops=False
        )
    elif percent == 0 and category is None:
        yield Problem(f"{place}.category", f"a rate of 0: why? {_REASONS}", stops=False)
    if category == "E" and not _filled(tax, "comment"):
        yield Problem(
            f"{place}.comment", "an exempt line needs its reason, for example E1 or VATEX-EU-132", stops=False
        )


def _extra_remarks(place: str, extra: Mapping[str, Any]) -> Iterator[Problem]:
    if extra.get("amount") is None and extra.get("percentage") is None:
        yield Problem(f"{place}.amount", "neither an amount nor a percentage is given", stops=False)
    amount = _number(extra.get("amount"))
    if amount is not None and amount < 0:
        kind = str(extra.get("allowance_charge_indicator") or "")
        turned = {"allowance": "raises", "charge": "lowers"}.get(kind, "turns")
        yield Problem(f"{place}.amount", f"a negative {kind or 'amount'} {turned} the total", stops=False)


def _taxed_remarks(place: str, extra: Mapping[str, Any]) -> Iterator[Problem]:
    tax = extra.get("tax_attributes")
    if tax is not None:
        yield from _tax_remarks(f"{place}.tax_attributes", _declared(tax))
        if not extra.get("apply_taxes"):
            yield Problem(
                f"{place}.apply_taxes", "its tax is reckoned only where apply_taxes is true", stops=False
            )
    elif extra.get("apply_taxes"):
        yield Problem(f"{place}.tax_attributes", "taxes shall apply to it, and none is named", stops=False)


def written_of(value: object) -> dict[str, Any]:
    """Return an invoice, or a dictionary in its place, as it is sent, without a check of its values."""
    return cast("dict[str, Any]", _written(value))


def _written(value: object) -> object:
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        given = {**_declared(fields), **_further(fields)}
        return {key: _written(one) for key, one in given.items()}
    if isinstance(value, (list, tuple)):
        return [_written(one) for one in cast("list[object]", value)]
    return value


def _declared(value: object) -> Mapping[str, Any]:
    """Return what stands in fields of the spec, by their keys. What stands beside them is let through."""
    if isinstance(value, Model):
        named = ((item.key, getattr(value, item.attribute)) for item in fields_of(type(value)))
        further = value.additional_properties
        return {key: one for key, one in named if one is not None and key not in further}
    if not isinstance(value, Mapping):
        return {}
    given = cast("Mapping[str, object]", value)
    return {key: one for key, one in given.items() if key != EXTRA and one is not None}


def _further(value: object) -> Mapping[str, object]:
    """Return what stands beside the fields of the spec."""
    if isinstance(value, Model):
        return value.additional_properties
    further = cast("Mapping[str, object]", value).get(EXTRA) if isinstance(value, Mapping) else None
    return cast("Mapping[str, object]", further) if isinstance(further, Mapping) else {}


def _objects(
    fields: Mapping[str, Any], name: str, place: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    value = fields.get(name)
    entries = cast("list[object]", value) if isinstance(value, (list, tuple)) else []
    for index, one in enumerate(entries):
        yield f"{place}.{name}[{index}]" if place else f"{name}[{index}]", _declared(one)


def _filled(fields: Mapping[str, Any], name: str) -> bool:
    return bool(str(fields.get(name) or "").strip())


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    number = Decimal(value)
    return number if number.is_finite() else None  # NaN compares with nothing


def _whole(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
