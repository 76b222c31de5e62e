"""`b2brouter upload --dry-run`: what would go out, and what is wrong with it; nothing is sent."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anyio
import anyio.to_thread
from attrs import define, field, frozen

from ..._core.files import write_whole
from ...bulk.source import Source
from ...einvoice import UnreadableDocument, read_document
from ...errors import ArgumentError
from ...invoicing.rounding import digits_of
from ...models import InvoiceInput
from ...tables import Judgement, Problems, Table
from ..output import plural, print_json, print_table, printable, remarks, results
from ..page import render_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...invoicing import TaxTotal, Totals
    from ...tables import TableInvoice
    from .sources import Sources

SHOWN: Final = 200
KEPT: Final = 20_000
"""Invoices that a page lists; the sums hold all."""
ALL_FINE, SOME_WRONG = 0, 1


@frozen(kw_only=True)
class Planned:
    """An invoice that would go out, or what stands in its way."""

    source: str
    number: str | None = None
    date: datetime.date | None = None
    kind: str | None = None
    party: str | None = None
    lines: int | None = None
    net: Decimal | None = None
    taxes: tuple[tuple[str, Decimal], ...] = ()
    """By name and rate; of a document whose lines don't tell, the sum of all."""
    total: Decimal | None = None
    currency: str | None = None
    wrong: str | None = None
    doubt: str | None = None
    """Why the lines of a document don't come to what it states; it would go out as it is."""

    @property
    def tax_text(self) -> str:
        """The taxes in words."""
        return ", ".join(f"{name} {amount}" for name, amount in self.taxes)

    def as_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "source": self.source, "number": self.number, "date": None if self.date is None else self.date.isoformat(),
            "kind": self.kind, "party": self.party, "lines": self.lines, "net": self.net,
            "taxes": [{"name": name, "amount": amount} for name, amount in self.taxes],
            "total": self.total, "currency": self.currency, "wrong": self.wrong, "doubt": self.doubt,
        }  # fmt: skip


@define
class Sums:
    """What the invoices come to, by month, currency and rate."""

    _rates: dict[tuple[str, str, str], list[Decimal]] = field(
        factory=dict[tuple[str, str, str], list[Decimal]]
    )
    _totals: dict[tuple[str, str], list[Decimal]] = field(factory=dict[tuple[str, str], list[Decimal]])

    def add_tax(self, month: str, currency: str, tax: TaxTotal, sign: int) -> None:
        """Add a tax of an invoice, by its rate and its category."""
        category = f" {tax.category}" if tax.category else ""
        self.add_rate(month, currency, f"{_rate(tax)}{category}", sign * tax.base, sign * tax.amount)

    def add_rate(self, month: str, currency: str, rate: str, base: Decimal, amount: Decimal) -> None:
        """Add what invoices are taxed on, and what that comes to."""
        sums = self._rates.setdefault((month, currency, rate), [Decimal(0), Decimal(0)])
        sums[0] += base
        sums[1] += amount

    def add_total(self, month: str, currency: str, total: Decimal) -> None:
        """Add what an invoice comes to."""
        sums = self._totals.setdefault((month, currency), [Decimal(0), Decimal(0)])
        sums[0] += 1
        sums[1] += total

    def rows(self) -> Iterator[tuple[str, str, str, object, object]]:
        """Yield month, currency, what it is, its base and its amount."""
        for month, currency in sorted(self._totals):
            for (at, in_, rate), (base, amount) in sorted(self._rates.items()):
                if (at, in_) == (month, currency):
                    yield month, currency, rate, _digits(base, currency), _digits(amount, currency)
            count, total = self._totals[month, currency]
            yield month, currency, plural(int(count), "invoice"), None, _digits(total, currency)


@define
class Plan:
    """Everything that would go out."""

    invoices: list[Planned] = field(factory=list[Planned])
    count: int = 0
    wrong: list[Planned] = field(factory=list[Planned])
    wrong_count: int = 0
    sums: Sums = field(factory=Sums)
    left_out: dict[str, int] = field(factory=dict[str, int])
    _seen: dict[tuple[str, str, int], str] = field(factory=dict[tuple[str, str, int], str])

    def add(self, planned: Planned, series: str = "") -> Planned:
        """Take in an invoice; a number that stood there before is wrong."""
        if planned.wrong is None and planned.number is not None and planned.date is not None:
            before = self._seen.setdefault((planned.number, series, planned.date.year), planned.source)
            if before != planned.source:
                planned = _wrong(planned, f"its number is in {before} too")
        if planned.wrong is not None:
            self.wrong_count += 1
            if len(self.wrong) < KEPT:
                self.wrong.append(planned)
            return planned
        self.count += 1
        if len(self.invoices) < KEPT:
            self.invoices.append(planned)
        return planned


def _wrong(planned: Planned, why: str) -> Planned:
    return Planned(
        source=planned.source, number=planned.number, date=planned.date, party=planned.party, wrong=why
    )


async def dry_run(sources: Sources, *, report: Path | None, as_json: bool) -> int:
    """Tell what would go out, and return the exit status.

    Args:
        sources: what was named.
        report: write it as a page too.
        as_json: one JSON object a line instead of tables.
    """
    plan = Plan()
    console = remarks()
    for part in sources.parts:
        if isinstance(part, Table):
            await anyio.to_thread.run_sync(_plan_table, part, plan, as_json, abandon_on_cancel=True)
        else:
            await _plan_documents(part, sources, plan, as_json)
    if not as_json:
        _print(plan)
    for reason, rows in plan.left_out.items():
        console.print(f"Left out: {plural(rows, 'row')} where {printable(reason)}", markup=False)
    if sources.skipped.count:
        console.print(f"{plural(sources.skipped.count, 'file')} passed over", markup=False)
    wrong = f", {plural(plan.wrong_count, 'place', 'places')} wrong" if plan.wrong_count else ""
    console.print(f"{plural(plan.count, 'invoice')} would go out{wrong}. Nothing was sent.", markup=False)
    if report is not None:
        write_whole(report, _page(plan).encode())
        console.print(f"Report {report}", markup=False)
    return SOME_WRONG if plan.wrong_count else ALL_FINE


def _plan_table(table: Table, plan: Plan, as_json: bool) -> None:
    problems, judgement = Problems(), Judgement()
    name = table.path.name
    for invoice in table.look(problems, judgement):
        made = plan.add(_planned(name, invoice), str(invoice.content.get("series_code") or ""))
        if made.wrong is None:
            _add_sums(plan.sums, invoice)
        if as_json:
            print_json(made.as_json())
    for problem in problems.first:
        place = f"{name} line {problem.line}" if problem.line is not None else name
        column = f"column {problem.column!r}: " if problem.column else ""
        made = plan.add(Planned(source=place, number=problem.number, wrong=f"{column}{problem.text}"))
        if as_json:
            print_json(made.as_json())
    plan.wrong_count += problems.count - len(problems.first)
    for reason, rows in judgement.left_out.items():
        plan.left_out[reason] = plan.left_out.get(reason, 0) + rows


def _planned(name: str, invoice: TableInvoice) -> Planned:
    content: Mapping[str, Any] = invoice.content
    contact: Mapping[str, Any] = content.get("contact") or {}
    party = contact.get("name") or contact.get("tin_value")
    day = content.get("date")
    if isinstance(day, str):
        day = datetime.date.fromisoformat(day)
    return Planned(
        source=f"{name} {invoice.place}",
        number=str(content["number"]),
        date=day,
        kind=invoice.kind,
        party=party,
        lines=len(content.get("invoice_lines_attributes", ())),
        net=invoice.totals.net,
        taxes=tuple((_rate(tax), tax.amount) for tax in invoice.totals.taxes),
        total=invoice.totals.total,
        currency=content.get("currency"),
    )


def _add_sums(sums: Sums, invoice: TableInvoice) -> None:
    month, currency = str(invoice.content["date"])[:7], str(invoice.content.get("currency") or "?")
    sign = _sign(invoice.kind, invoice.totals.total)
    for tax in invoice.totals.taxes:
        sums.add_tax(month, currency, tax, sign)
    sums.add_total(month, currency, sign * invoice.totals.total)


def _sign(kind: str, total: Decimal | None) -> int:
    """Return what books take an invoice times: a credit note lowers the sums, whatever its sign."""
    return -1 if kind == "credit_note" and (total or 0) > 0 else 1


async def _plan_documents(path: Path, sources: Sources, plan: Plan, as_json: bool) -> None:
    source = Source(path, sources.skipped.add)
    while (item := await source.take()) is not None:
        if isinstance(item, ArgumentError):
            made = plan.add(Planned(source=str(path), wrong=str(item)))
        else:
            assert isinstance(item.content, Path)
            made = await anyio.to_thread.run_sync(_plan_document, item.content, item.name or path.name, plan)
        if as_json:
            print_json(made.as_json())


def _plan_document(path: Path, name: str, plan: Plan) -> Planned:
    try:
        content = path.read_bytes()
        facts = read_document(content)
    except OSError as error:
        return plan.add(Planned(source=name, wrong=f"the file can't be read: {error.strerror or error}"))
    except UnreadableDocument as error:
        return plan.add(Planned(source=name, wrong=str(error)))
    totals, lines, doubt = _added_up(content)
    taxes = () if facts.tax_total is None else (("taxes", facts.tax_total),)
    made = plan.add(
        Planned(
            source=name,
            number=facts.number,
            date=facts.date,
            kind=facts.kind,
            party=facts.buyer.name or facts.buyer.tax_id,
            lines=lines,
            net=facts.subtotal,
            taxes=taxes if totals is None else tuple((_rate(tax), tax.amount) for tax in totals.taxes),
            total=facts.total,
            currency=facts.currency,
            doubt=doubt,
        ),
        facts.series or "",
    )
    if made.wrong is None:
        month, currency = f"{facts.date:%Y-%m}", facts.currency or "?"
        sign = _sign(facts.kind, facts.total)
        for tax in () if totals is None else totals.taxes:
            plan.sums.add_tax(month, currency, tax, sign)
        if totals is None and facts.tax_total is not None:
            plan.sums.add_rate(
                month,
                currency,
                "taxes of documents",
                sign * (facts.subtotal or Decimal(0)),
                sign * facts.tax_total,
            )
        plan.sums.add_total(month, currency, sign * (facts.total or Decimal(0)))
    return made


def _added_up(content: bytes) -> tuple[Totals | None, int | None, str | None]:
    """Return what the lines of a document come to and how many they are, or why that isn't what it states."""
    try:
        read = InvoiceInput.from_document(content)
    except UnreadableDocument as error:
        return None, None, error.reason
    return read.totals, len(read.invoice.invoice_lines_attributes or ()), None


def _rate(tax: TaxTotal) -> str:
    return f"{tax.name} {tax.percent.normalize():f} %"


def _print(plan: Plan) -> None:
    numbers = ("lines", "net", "total")
    if plan.invoices:
        print_table(
            ("number", "date", "kind", "customer", "lines", "net", "taxes", "total", "currency", "from"),
            (
                (one.number, one.date, one.kind, one.party, one.lines, one.net, one.tax_text, one.total, one.currency, one.source)
                for one in plan.invoices[:SHOWN]
            ),
            numbers=numbers,
        )  # fmt: skip
        if plan.count > SHOWN:
            remarks().print(f"The first {SHOWN}; --json shows every one, --report lists more.")
        results().print()
        print_table(("month", "currency", "", "base", "amount"), plan.sums.rows(), numbers=("base", "amount"))
    doubtful = [one for one in plan.invoices if one.doubt is not None]
    if doubtful:
        results().print()
        print_table(
            ("doubtful", "number", "why"),
            ((one.source, one.number, one.doubt) for one in doubtful[:SHOWN]),
        )
    if plan.wrong:
        results().print()
        print_table(
            ("wrong", "number", "why"),
            ((one.source, one.number, one.wrong) for one in plan.wrong[:SHOWN]),
        )
        if plan.wrong_count > SHOWN:
            remarks().print(f"The first {SHOWN} of {plan.wrong_count:,}.")


def _page(plan: Plan) -> str:
    when = datetime.datetime.now().astimezone()
    title = f"{plural(plan.count, 'invoice')} would go out"
    if plan.wrong_count:
        title += f", {plural(plan.wrong_count, 'place', 'places')} wrong"
    return render_page(
        "dry_run.html",
        title=title,
        tone="bad" if plan.wrong_count else "good",
        when=when.strftime("%d %B %Y, %H:%M").lstrip("0"),
        lead="A dry run: nothing was sent",
        plan=plan,
        rows=list(plan.sums.rows()),
    )


def _digits(amount: Decimal, currency: str) -> Decimal:
    """Return a sum with the digits of its currency, and with all it has where those are more."""
    exponent = amount.normalize().as_tuple().exponent
    places = max(digits_of(currency), -exponent if isinstance(exponent, int) else 0)
    return amount.quantize(Decimal(1).scaleb(-places))
