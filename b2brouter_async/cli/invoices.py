"""`b2brouter invoices`: look at invoices, fetch their files, and act on exactly one of them."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import anyio
import typer

from ..errors import ArgumentError, B2BrouterError, ConfigurationError
from .connection import (
    AccountOption,
    BaseUrlOption,
    Connection,
    EnvironmentOption,
    KeyFileOption,
    OptionalAccountOption,
)
from .days import FromOption, MonthOption, ToOption, days
from .output import plural, print_json, print_table, printable, remarks, write_file
from .rows import MOST, AllOption, Column, CsvOption, JsonOption, MostOption, check_forms, gather, print_rows
from .which import (
    ByIdOption,
    InvoiceArgument,
    ReceivedOption,
    SeriesOption,
    YearOption,
    YesOption,
    confirm,
    described,
    find_invoice,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .._core.downloads import Download
    from ..client import B2Brouter
    from ..generated.models import Invoice, InvoiceListItem
    from ..resources.saving import MissingFile, SavedFile, SavedFiles

app: typer.Typer = typer.Typer(
    help="Look at invoices, fetch their files, and act on one of them.", no_args_is_help=True
)

COLUMNS: tuple[Column[InvoiceListItem], ...] = (
    Column("id", lambda row: row.id, number=True),
    Column("number", lambda row: row.number),
    Column("series", lambda row: row.series_code, in_table=False),
    Column("date", lambda row: row.date),
    Column("due date", lambda row: row.due_date, in_table=False),
    Column("state", lambda row: row.state),
    Column("state since", lambda row: row.state_updated_at, in_table=False),
    Column("type", lambda row: row.type, in_table=False),
    Column("contact", lambda row: row.contact.name if row.contact else None),
    Column("tax number", lambda row: row.contact.tin_value if row.contact else None, in_table=False),
    Column("subtotal", lambda row: row.subtotal, number=True, in_table=False),
    Column("total", lambda row: row.total, number=True),
    Column("currency", lambda row: row.currency),
    Column("tax reports", lambda row: " ".join(map(str, row.tax_report_ids or ())), in_table=False),
    Column("errors", lambda row: "; ".join(_complaints(row)), in_table=False),
)


@app.command("list")
def list_(
    account: AccountOption,
    first: FromOption = None,
    last: ToOption = None,
    month: MonthOption = None,
    states: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="STATE", help="Only this state; more than once for several."),
    ] = None,
    contact: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only of this contact: a part of its name, its number, or its id."),
    ] = None,
    received: Annotated[
        bool,
        typer.Option("--received", help="Received invoices, acknowledged or not, instead of issued ones."),
    ] = False,
    number: Annotated[str | None, typer.Option(metavar="TEXT", help="Numbers that begin so.")] = None,
    most: MostOption = MOST,
    everything: AllOption = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """List an account's invoices."""
    from .._reconcile.listing import ISSUED, RECEIVED, all_of

    check_forms(as_json, as_csv)
    begin, end = days(first, last, month)
    wanted = {state.strip().lower() for state in states or ()}
    # Of received invoices the flags have other names, and what they take in is not known.
    flags = wanted if not received and wanted <= _state_flags() else set[str]()
    fits = _fits(wanted, contact)
    limit = None if everything else most
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> list[InvoiceListItem]:
        async with connection.client(account=account) as client:
            pager = client.invoices.list(
                number=number,
                date_from=begin,
                date_to=end,
                limit=500 if limit is None or wanted or contact else min(limit, 500),
                extra_query=dict.fromkeys(sorted(flags), 1) or None,
                **all_of(RECEIVED if received else ISSUED),
            )
            return await gather(pager, limit, fits)

    found = anyio.run(fetch)
    print_rows(found, COLUMNS, as_json=as_json, as_csv=as_csv, most=limit)
    if not found:
        _doubt_states(wanted)


@app.command("get")
def get(
    invoice: InvoiceArgument,
    account: OptionalAccountOption = None,
    by_id: ByIdOption = False,
    received: ReceivedOption = False,
    series: SeriesOption = None,
    year: YearOption = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="As JSON, amounts digit by digit; so it is where the output is no terminal."
        ),
    ] = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Show one invoice."""
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> Invoice:
        async with connection.client(account=account) as client:
            return await find_invoice(
                client, invoice, by_id=by_id, received=received, series=series, year=year
            )

    found = anyio.run(fetch)
    if as_json or not sys.stdout.isatty():
        print_json(found.to_dict())
    else:
        print_table(("", ""), [row for row in _lines(found) if row[1] is not None])


@app.command("send")
def send(
    invoice: InvoiceArgument,
    account: OptionalAccountOption = None,
    by_id: ByIdOption = False,
    series: SeriesOption = None,
    year: YearOption = None,
    yes: YesOption = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Send one invoice. It can't be taken back."""

    async def act(client: B2Brouter, found: Invoice) -> None:
        await client.invoices.send(found.id)
        now = await client.invoices.get(found.id)
        if now.state == "new":
            # After a request to send, new means that it was not sent (behaviour 23).
            why = "; ".join(_complaints(now)) or "the server doesn't say why"
            remarks().print(
                f"{printable(described(now))} was not sent: {printable(why)}", markup=False, style="red"
            )
            raise typer.Exit(1)
        remarks().print(f"{printable(described(now))}.", markup=False)

    _act(
        Connection(environment, base_url, key_file).client(account=account),
        lambda client: find_invoice(client, invoice, by_id=by_id, series=series, year=year),
        "Send invoice {}?".format,
        act,
        yes=yes,
    )


@app.command("ack")
def ack(
    invoice: InvoiceArgument,
    account: OptionalAccountOption = None,
    by_id: ByIdOption = False,
    year: YearOption = None,
    yes: YesOption = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Acknowledge one received invoice: it leaves the queue, and no other program finds it there any more."""

    async def find(client: B2Brouter) -> Invoice:
        found = await find_invoice(client, invoice, by_id=by_id, received=True, year=year)
        if found.type not in (None, "ReceivedInvoice"):
            raise ConfigurationError(
                f"{described(found)} is no received invoice; only those are acknowledged"
            )
        return found

    async def act(client: B2Brouter, found: Invoice) -> None:
        await client.invoices.ack(found.id)
        remarks().print(f"{printable(described(found))} is acknowledged.", markup=False)

    _act(
        Connection(environment, base_url, key_file).client(account=account),
        find,
        "Acknowledge received invoice {}?".format,
        act,
        yes=yes,
    )


@app.command("mark")
def mark(
    invoice: InvoiceArgument,
    state: Annotated[str, typer.Argument(metavar="STATE", help="For example paid, accepted, refused.")],
    account: OptionalAccountOption = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="What the other party is told.")] = None,
    reason_code: Annotated[
        str | None, typer.Option(metavar="CODE", help="A structured reason, for example a French one.")
    ] = None,
    by_id: ByIdOption = False,
    received: ReceivedOption = False,
    series: SeriesOption = None,
    year: YearOption = None,
    yes: YesOption = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Change the state of one invoice. The other party may be told."""

    async def find(client: B2Brouter) -> Invoice:
        from ..resources.marking import check_state

        found = await find_invoice(client, invoice, by_id=by_id, received=received, series=series, year=year)
        try:
            check_state(state, found.type)
        except ArgumentError as error:
            raise ConfigurationError(
                f"STATE: {error.problem.replace('; force=True sends it all the same', '')}"
            ) from None
        return found

    async def act(client: B2Brouter, found: Invoice) -> None:
        await client.invoices.mark_as(
            found.id, state=state, reason=reason, reason_code=reason_code, type=found.type
        )
        now = await client.invoices.get(found.id)
        remarks().print(f"{printable(described(now))}.", markup=False)

    _act(
        Connection(environment, base_url, key_file).client(account=account),
        find,
        lambda about: f"Mark invoice {about} as {state}?",
        act,
        yes=yes,
    )


@app.command("delete")
def delete(
    invoice: InvoiceArgument,
    account: OptionalAccountOption = None,
    by_id: ByIdOption = False,
    received: ReceivedOption = False,
    series: SeriesOption = None,
    year: YearOption = None,
    yes: YesOption = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Delete one invoice."""

    async def act(client: B2Brouter, found: Invoice) -> None:
        await client.invoices.delete(found.id)
        remarks().print(f"{printable(described(found))} is deleted.", markup=False)

    _act(
        Connection(environment, base_url, key_file).client(account=account),
        lambda client: find_invoice(
            client, invoice, by_id=by_id, received=received, series=series, year=year
        ),
        "Delete invoice {}?".format,
        act,
        yes=yes,
    )


def _act(
    client: B2Brouter,
    find: Callable[[B2Brouter], Awaitable[Invoice]],
    question: Callable[[str], str],
    act: Callable[[B2Brouter, Invoice], Awaitable[None]],
    *,
    yes: bool,
) -> None:
    """Find one invoice, ask, and do something to it."""
    # Asking stops the thread, so it is done between two event loops; the client works in both.
    try:
        found = anyio.run(find, client)
        confirm(question(described(found)), yes=yes)
    except BaseException:
        anyio.run(client.aclose)
        raise

    async def closing() -> None:
        async with client:
            await act(client, found)

    anyio.run(closing)


@app.command("download")
def download(
    invoice: Annotated[
        str | None,
        typer.Argument(
            metavar="NUMBER|ID", help="The invoice; left out, those of --month, or --from and --to."
        ),
    ] = None,
    account: OptionalAccountOption = None,
    document: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="TYPE",
            help="original, pdf.invoice, legal, or another document type code. Left out: the original of one, and of "
            "many the PDFs of issued and the originals of received ones.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to; '-' is standard output. Left out: invoice-NUMBER with its ending, here.",
        ),
    ] = None,
    first: FromOption = None,
    last: ToOption = None,
    month: MonthOption = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="FOLDER", help="Where many files go.")
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--pattern", metavar="PATTERN", help="How many files are named; left out: {date:%Y-%m}/{number}"
        ),
    ] = None,
    by_id: ByIdOption = False,
    received: ReceivedOption = False,
    series: SeriesOption = None,
    year: YearOption = None,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Fetch the file of one invoice, or of all of a month: what is there whole is not fetched again."""
    connection = Connection(environment, base_url, key_file)
    if first is None and last is None and month is None:
        _refuse({"--folder": folder, "--pattern": pattern}, "it goes with --month, or --from and --to")
        if invoice is None:
            raise ConfigurationError("NUMBER|ID: name an invoice, or say --month")
        sought = partial(
            find_invoice, given=invoice, by_id=by_id, received=received, series=series, year=year
        )
        _download_one(connection.client(account=account), sought, document or "original", output)
        return
    _refuse(
        {
            "NUMBER|ID": invoice,
            "--output": output,
            "--series": series,
            "--year": year,
            "--id": by_id or None,
        }
    )
    if folder is None:
        raise ConfigurationError("--folder: say where the files go")
    if account is None:
        raise ConfigurationError("--account: name it")
    begin, end = days(first, last, month)
    _download_many(
        connection.client(account=account),
        folder,
        lambda client, each: client.invoices.save_all(
            folder,
            date_from=begin,
            date_to=end,
            received=received,
            document_type_code=document,
            pattern=pattern or "{date:%Y-%m}/{number}",
            each=each,
        ),
    )


def _download_one(
    client: B2Brouter,
    find: Callable[[B2Brouter], Awaitable[Invoice]],
    document: str,
    output: Path | None,
) -> None:
    """Save the file of one invoice, or write it to standard output."""

    async def fetch() -> tuple[Invoice, Download]:
        async with client:
            found = await find(client)
            return found, await client.invoices.download(found.id, document)

    found, file = anyio.run(fetch)
    if output == Path("-"):
        sys.stdout.buffer.write(file.content)
        return
    target = output or Path(_name(found) + file.extension)
    write_file(target, file.content, replace=output is not None)
    remarks().print(
        f"{printable(str(target))}: {len(file):,} bytes, {printable(file.media_type)}", markup=False
    )


def _download_many(
    client: B2Brouter,
    folder: Path,
    save: Callable[[B2Brouter, Callable[[SavedFile | MissingFile], object]], Awaitable[SavedFiles]],
) -> None:
    """Save many files and tell how many; exits with 1 where one is missing."""
    from ..resources.saving import MissingFile

    def told(what: SavedFile | MissingFile) -> None:
        if isinstance(what, MissingFile):
            later = "; the same command may get it later" if what.retry == "later" else ""
            line = f"{what.number or what.id}: {what.problem}{later}"
            remarks().print(printable(line), markup=False, style="red")

    async def run() -> SavedFiles:
        async with client:
            return await save(client, told)

    try:
        saved = anyio.run(run)
    except B2BrouterError as error:  # some of them are OSErrors, too
        if not isinstance(error, ArgumentError):
            raise
        option = f"--{error.argument}: " if error.argument == "pattern" else ""
        raise ConfigurationError(f"{option}{error.problem}") from None
    except OSError as error:
        raise ConfigurationError(f"--folder: {folder}: {error.strerror or error}") from None
    missing = f", {len(saved.missing):,} missing" if saved.missing else ""
    remarks().print(
        f"{plural(saved.fetched, 'file')} fetched, {saved.there:,} there already{missing}: "
        f"{printable(str(folder))}",
        markup=False,
    )
    if saved.missing:
        raise typer.Exit(1)


def _refuse(options: dict[str, object], why: str = "it goes with one invoice, not with days") -> None:
    for name, value in options.items():
        if value is not None:
            raise ConfigurationError(f"{name}: {why}")


def _name(invoice: Invoice) -> str:
    from .._files.names import Pattern

    return "/".join(Pattern.parse("invoice-{number}").path(invoice))


def _fits(states: set[str], contact: str | None) -> Callable[[InvoiceListItem], bool]:
    from ..einvoice import has_number, same_number

    sought = (contact or "").strip()

    def fits(row: InvoiceListItem) -> bool:
        if states and str(row.state) not in states:
            return False
        if not sought:
            return True
        if row.contact is None:
            return False
        there = row.contact
        if str(there.id) == sought or sought.casefold() in (there.name or "").casefold():
            return True
        return has_number(sought) and any(
            value and same_number(sought, value) for value in (there.tin_value, there.cin_value)
        )

    return fits


def _state_flags() -> set[str]:
    """Return the states that the server filters by (behaviour 15); others are filtered here."""
    from ..generated.api.invoices.list_ import OPERATION
    from ..generated.models import InvoiceState

    return {argument.name for argument in OPERATION.arguments} & {state.value for state in InvoiceState}


def _doubt_states(states: set[str]) -> None:
    """Where nothing was found, say which state nobody knows: it may be misspelt, or newer than this program."""
    from .._core.spelling import did_you_mean
    from ..generated.models import InvoiceState

    known = [state.value for state in InvoiceState]
    for state in sorted(states - set(known)):
        remarks().print(
            printable(f"No state {state!r} is known here{did_you_mean(state, known)}."), markup=False
        )


def _lines(invoice: Invoice) -> list[tuple[str, object]]:
    """Return what people want to see of an invoice."""
    contact = invoice.contact
    numbers = [] if contact is None else [contact.tin_value, contact.cin_value]
    taxes = "; ".join(
        " ".join(str(part) for part in (tax.name, tax.amount) if part is not None)
        for tax in invoice.taxes or ()
    )
    reports = " ".join(map(str, invoice.tax_report_ids or ()))
    errors = "; ".join([*_complaints(invoice), *filter(None, [invoice.error_code, invoice.refuse_reason])])
    return [
        ("number", invoice.number),
        ("series", invoice.series_code),
        ("id", invoice.id),
        ("type", invoice.type),
        ("state", invoice.state),
        ("since", invoice.state_updated_at),
        ("date", invoice.date),
        ("due", invoice.due_date),
        ("contact", contact.name if contact else None),
        ("its number", " ".join(filter(None, numbers)) or None),
        ("subtotal", invoice.subtotal),
        ("taxes", taxes or None),
        ("total", None if invoice.total is None else f"{invoice.total} {invoice.currency or ''}".rstrip()),
        ("tax reports", reports or None),
        ("errors", errors or None),
    ]


def _complaints(invoice: Invoice | InvoiceListItem) -> tuple[str, ...]:
    from .._reconcile.states import complaints

    return complaints(invoice)
