"""`b2brouter received`: the queue of received invoices, and working it off with a command of yours."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import anyio
import typer

from ..errors import B2BrouterError, ConfigurationError
from .connection import AccountOption, BaseUrlOption, Connection, EnvironmentOption, KeyFileOption
from .output import plural, print_json, print_table, remarks

if TYPE_CHECKING:
    from .._core.downloads import Download
    from ..generated.models import InvoiceListItem
    from ..resources.processing import DeadInvoice, Processed, ReceivedDocument

app: typer.Typer = typer.Typer(
    help="Received invoices: look at the queue, and work it off.", no_args_is_help=True
)

StoreOption = Annotated[
    Path,
    typer.Option(
        "--store",
        metavar="FILE",
        help="Knows what was handled; the same file for every worker.",
    ),
]
_STORE = Path("b2brouter-received.sqlite")


@app.command("list")
def list_(
    account: AccountOption,
    everything: Annotated[
        bool, typer.Option("--acknowledged", help="Those that were acknowledged, too.")
    ] = False,
    most: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="How many at most.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """List the received invoices that nobody has acknowledged."""
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> list[InvoiceListItem]:
        async with connection.client(account=account) as client:
            rows = client.received.all() if everything else client.received.pending()
            return [row async for row in rows.take(most)]

    found = anyio.run(fetch)
    if as_json:
        for invoice in found:
            print_json(invoice.to_dict())
        return
    rows = [
        (
            row.id,
            row.number,
            row.date,
            row.contact.name if row.contact else None,
            row.state,
            row.total,
            row.currency,
        )
        for row in found
    ]
    print_table(
        ("id", "number", "date", "supplier", "state", "total", "currency"), rows, numbers=("id", "total")
    )
    if len(found) == most:
        remarks().print(f"The first {most}; --limit shows more.")


@app.command("download")
def download(
    account: AccountOption,
    folder: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where the documents go.")],
    everything: Annotated[
        bool, typer.Option("--acknowledged", help="Those that were acknowledged, too.")
    ] = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Fetch the originals of the received invoices; it acknowledges none, and fetches none that is there already."""
    from ..errors import NotFoundError, UnprocessableError

    connection = Connection(environment, base_url, key_file)

    async def fetch() -> tuple[int, int, list[int]]:
        fetched, there = 0, 0
        without: list[int] = []
        async with connection.client(account=account) as client:
            pending = client.received.all(limit=500) if everything else client.received.pending(limit=500)
            for row in [row async for row in pending]:
                if any(folder.glob(f"{row.id}-*")):
                    there += 1
                    continue
                try:
                    file = await client.invoices.download(row.id, "original")
                except (NotFoundError, UnprocessableError):
                    without.append(row.id)
                    continue
                await file.save(folder / f"{row.id}-{_safe_name(file, row.id)}")
                fetched += 1
        return fetched, there, without

    try:
        folder.mkdir(parents=True, exist_ok=True)
        fetched, there, without = anyio.run(fetch)
    except B2BrouterError:
        raise  # some of them are OSErrors, too
    except OSError as error:
        raise ConfigurationError(f"--to: {folder}: {error.strerror or error}") from None
    remarks().print(f"{plural(fetched, 'document')} fetched, {there:,} there already.", markup=False)
    if without:
        remarks().print(f"Without an original: {', '.join(map(str, without))}", markup=False)


@app.command("process")
def process(
    account: AccountOption,
    command: Annotated[
        str,
        typer.Option(
            "--exec",
            metavar="CMD",
            help="What handles an invoice: it gets the document's path as its last argument. Exit status 0 "
            "acknowledges the invoice.",
        ),
    ],
    store: StoreOption = _STORE,
    every: Annotated[
        float | None,
        typer.Option(min=0.1, metavar="SECONDS", help="Look again and again, until interrupted."),
    ] = None,
    attempts: Annotated[
        int, typer.Option(min=1, metavar="N", help="Tries before an invoice is set aside.")
    ] = 10,
    concurrency: Annotated[int, typer.Option(min=1, metavar="N", help="Commands at once.")] = 1,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Hand every pending invoice to a command, and acknowledge it when the command ends well.

    The command finds the invoice as JSON on its standard input, and B2BROUTER_INVOICE_ID, B2BROUTER_INVOICE_NUMBER,
    B2BROUTER_INVOICE_KEY in its environment, without the API key. Exits with 1 where an invoice failed or was set
    aside.
    """
    from ..webhooks import Work

    words = _words(command)
    connection = Connection(environment, base_url, key_file)

    def failed(invoice: DeadInvoice, error: Exception, dead: bool) -> None:
        end = "set aside; `b2brouter received retry` tries it again" if dead else "will be tried again"
        remarks().print(f"invoice {invoice.id}: {error}; {end}", markup=False, style="red")

    async def work() -> Processed:
        async with connection.client(account=account) as client:
            return await client.received.process(
                lambda document: _execute(words, document),
                store=store,
                work=Work(attempts=attempts, concurrency=concurrency),
                every=every,
                failed=failed,
            )

    import logging

    logging.getLogger("b2brouter_async.received").setLevel(logging.CRITICAL)  # said above, once
    done = anyio.run(work)
    remarks().print(
        f"{plural(done.handled, 'invoice')} handled, {done.failed:,} failed, {done.dead:,} set aside, "
        f"{done.waiting:,} waiting for the next try.",
        markup=False,
    )
    if done.failed or done.dead:
        raise typer.Exit(1)


@app.command("dead")
def dead(
    account: AccountOption,
    store: StoreOption = _STORE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """List the invoices that were set aside after their last try."""
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> list[DeadInvoice]:
        async with connection.client(account=account) as client:
            return await client.received.dead(store=store)

    found = anyio.run(fetch)
    if as_json:
        for one in found:
            print_json({"id": one.id, "tries": one.tries, "problem": one.problem})
        return
    print_table(
        ("id", "tries", "problem"),
        [(one.id, one.tries, one.problem) for one in found],
        numbers=("id", "tries"),
    )


@app.command("retry")
def retry(
    invoice_ids: Annotated[list[int], typer.Argument(metavar="IDS", help="The invoices' ids.")],
    account: AccountOption,
    store: StoreOption = _STORE,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Let invoices that were set aside be tried again by the next `process`."""
    connection = Connection(environment, base_url, key_file)

    async def again() -> list[int]:
        async with connection.client(account=account) as client:
            return [one for one in invoice_ids if not await client.received.retry(one, store=store)]

    unknown = anyio.run(again)
    if unknown:
        raise ConfigurationError(
            f"not set aside: {', '.join(map(str, unknown))}; `b2brouter received dead` lists them"
        )


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigurationError(f"--exec: {error}") from None
    if not words:
        raise ConfigurationError("--exec: name a command")
    if shutil.which(words[0]) is None:
        # Told before anything is begun: it would count as a try of every invoice, and after ten set all of them aside.
        raise ConfigurationError(
            f"--exec: {words[0]}: No such file or command that can be run; no invoice was touched"
        )
    return words


def _execute(words: list[str], document: ReceivedDocument) -> None:
    """Run the command for one invoice; in a thread, for it blocks."""
    import simplejson

    invoice = document.invoice
    about: str = simplejson.dumps(invoice.to_dict(), use_decimal=True, default=str)
    # The command is another program: it gets no key.
    variables = {name: value for name, value in os.environ.items() if name != "B2BROUTER_API_KEY"}
    variables |= {
        "B2BROUTER_INVOICE_ID": str(document.id),
        "B2BROUTER_INVOICE_NUMBER": invoice.number or "",
        "B2BROUTER_INVOICE_KEY": document.key,
    }
    with tempfile.TemporaryDirectory(prefix="b2brouter-") as folder:
        arguments = list(words)
        if document.original is not None:
            path = Path(folder) / _safe_name(document.original, document.id)
            path.write_bytes(document.original.content)
            arguments.append(str(path))
        try:
            ended = subprocess.run(arguments, input=about.encode(), env=variables, check=False)  # noqa: S603 - the user's own command
        except OSError as error:
            raise CommandFailed(f"{words[0]}: {error.strerror or error}") from None
    if ended.returncode != 0:
        raise CommandFailed(f"{words[0]} ended with status {ended.returncode}")


class CommandFailed(Exception):
    """The command did not end well."""


def _safe_name(file: Download, invoice_id: int) -> str:
    """Return a name for an invoice's file, from the one that the server, or whoever sent it, chose."""
    from .._files.names import safe_part

    name = os.path.basename((file.filename or "").replace("\\", "/")).strip(" .")
    # Its end is kept, where the ending is.
    return safe_part(name[-100:]) if name else f"invoice-{invoice_id}"
