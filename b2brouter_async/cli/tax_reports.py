"""`b2brouter tax-reports`: list them, show one with its chain, and its QR code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import anyio
import typer

from ..errors import ConfigurationError
from .connection import (
    AccountOption,
    BaseUrlOption,
    Connection,
    EnvironmentOption,
    KeyFileOption,
    OptionalAccountOption,
)
from .days import days
from .output import print_json, print_table, printable, remarks, write_file
from .rows import MOST, AllOption, Column, CsvOption, JsonOption, MostOption, check_forms, gather, print_rows
from .which import find_invoice

if TYPE_CHECKING:
    from ..generated.models import TaxReport
    from ..resources.qr import QRCode
    from ..resources.report_chain import TaxReportChain

app: typer.Typer = typer.Typer(
    help="Tax reports: list them, show one, and its QR code.", no_args_is_help=True
)

ReportArgument = Annotated[int, typer.Argument(metavar="ID", help="The tax report's id.")]

COLUMNS: tuple[Column[TaxReport], ...] = (
    Column("id", lambda row: row.id, number=True),
    Column("system", lambda row: row.label or row.type),
    Column("invoice number", lambda row: row.invoice_number),
    Column("date", lambda row: row.invoice_date),
    Column("state", lambda row: row.state),
    Column("total", lambda row: row.tax_inclusive_amount, number=True),
    Column("tax", lambda row: row.tax_amount, number=True),
    Column("currency", lambda row: row.currency),
    Column("what", lambda row: _what(row)),
    Column("invoice", lambda row: row.invoice_id, in_table=False),
    Column("customer", lambda row: row.customer_party_name, in_table=False),
    Column("customer tax number", lambda row: row.customer_party_tax_id, in_table=False),
    Column("identifier", lambda row: row.identifier, in_table=False),
    Column("sent", lambda row: row.sent_at, in_table=False),
    Column("ledger", lambda row: row.ledger_id, in_table=False),
    Column("errors", lambda row: _errors(row), in_table=False),
)


@app.command("list")
def list_(
    account: AccountOption,
    invoice: Annotated[
        str | None, typer.Option(metavar="NUMBER|ID", help="Only those of this invoice.")
    ] = None,
    states: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="STATE", help="Only this state; more than once for several."),
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="Sent on this day or later.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Sent on this day or before.")
    ] = None,
    most: MostOption = MOST,
    everything: AllOption = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """List an account's tax reports."""
    check_forms(as_json, as_csv)
    begin, end = days(first, last)
    wanted = {state.strip().lower() for state in states or ()}
    limit = None if everything else most
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> list[TaxReport]:
        async with connection.client(account=account) as client:
            pager = client.tax_reports.list(
                invoice_id=None if invoice is None else (await find_invoice(client, invoice)).id,
                sent_at_from=begin,
                sent_at_to=end,
                limit=500 if limit is None or wanted else min(limit, 500),
            )
            return await gather(pager, limit, lambda row: not wanted or str(row.state) in wanted)

    found = anyio.run(fetch)
    print_rows(found, COLUMNS, as_json=as_json, as_csv=as_csv, most=limit)


@app.command("get")
def get(
    report: ReportArgument,
    account: OptionalAccountOption = None,
    chain: Annotated[
        bool, typer.Option("--chain", help="With every report that corrects or annuls it, or that it does.")
    ] = False,
    as_json: JsonOption = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Show one tax report. What came before a correction is found with --account."""
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> TaxReport:
        async with connection.client(account=account) as client:
            return await client.tax_reports.get(report)

    async def fetch_chain() -> TaxReportChain:
        async with connection.client(account=account) as client:
            return await client.tax_reports.chain(report)

    if chain:
        found = anyio.run(fetch_chain)
        print_rows(found.reports, COLUMNS, as_json=as_json)
        current = found.current
        if not as_json:
            holds = "None of them holds: annulled." if current is None else f"Report {current.id} holds."
            remarks().print(holds if found.whole else f"{holds} What came before the first is not known.")
        return
    one = anyio.run(fetch)
    if as_json:
        print_json(one.to_dict())
    else:
        print_table(("", ""), [row for row in _lines(one) if row[1] is not None])


@app.command("qr")
def qr(
    report: Annotated[int | None, typer.Argument(metavar="ID", help="The tax report's id.")] = None,
    account: OptionalAccountOption = None,
    invoice: Annotated[
        str | None,
        typer.Option(metavar="NUMBER|ID", help="The invoice instead: the VeriFactu report of it that holds."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to, as .png or .svg; '-' is the SVG on standard output.",
        ),
    ] = None,
    size: Annotated[
        float, typer.Option(metavar="MM", help="Millimetres of an SVG's edge, without its white.")
    ] = 35.0,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Fetch the QR code of a tax report, for its invoice. An SVG of VeriFactu needs the extra qr."""
    if (report is None) == (invoice is None):
        raise ConfigurationError("ID, --invoice: name one of them")
    to_stdout = output == Path("-")
    if output is not None and not to_stdout and output.suffix.lower() not in (".png", ".svg"):
        raise ConfigurationError(f"--output: {output} ends neither in .png nor in .svg")
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> QRCode:
        async with connection.client(account=account) as client:
            if report is not None:
                return await client.tax_reports.qr(report)
            assert invoice is not None
            return await client.tax_reports.verifactu_qr(await find_invoice(client, invoice))

    code = anyio.run(fetch)
    if to_stdout:
        sys.stdout.write(code.svg(size=size))
        return
    target = output or Path(f"qr-{report}.png" if report is not None else "qr.png")
    content = code.png if target.suffix.lower() == ".png" else code.svg(size=size).encode()
    write_file(target, content, replace=output is not None)
    said = f": {code.text}" if code.text else ""
    remarks().print(printable(f"{target}{said}"), markup=False)


def _what(report: TaxReport) -> str | None:
    parts = [
        "annuls another" if report.annullation else None,
        "corrects another" if report.correction else None,
        f"corrected by {report.corrected_by_id}" if report.corrected_by_id is not None else None,
        f"annulled by {report.annulled_by_id}" if report.annulled_by_id is not None else None,
    ]
    return ", ".join(part for part in parts if part) or None


def _errors(report: TaxReport) -> str | None:
    texts: list[str] = []
    for one in report.errors or ():
        if isinstance(one, str):
            texts.append(one)
        else:
            texts.append(" ".join(part for part in (one.code, one.description) if part) or str(one.to_dict()))
    return "; ".join(texts) or None


def _lines(report: TaxReport) -> list[tuple[str, object]]:
    return [
        *((one.name, one.value(report)) for one in COLUMNS),
        ("has a QR code", "yes" if report.qr else None),
    ]
