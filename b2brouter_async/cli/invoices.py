"""`b2brouter invoices`: look at invoices and fetch their files."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import anyio
import typer

from b2brouter_async.errors import ConfigurationError

from .connection import AccountOption, BaseUrlOption, Connection, EnvironmentOption, KeyFileOption
from .output import print_json, print_table, remarks

if TYPE_CHECKING:
    from b2brouter_async._core.replies import Download
    from b2brouter_async.generated.models import Invoice, InvoiceListItem

app = typer.Typer(help="Look at invoices and fetch their files.", no_args_is_help=True)


@app.command("list")
def list_(
    account: AccountOption,
    received: Annotated[
        bool, typer.Option("--received", help="Received invoices instead of issued ones.")
    ] = False,
    number: Annotated[str | None, typer.Option(help="Numbers that begin so.")] = None,
    most: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """List an account's invoices."""
    from b2brouter_async._reconcile.listing import ISSUED, RECEIVED, all_of

    connection = Connection(environment, base_url, key_file)

    async def fetch() -> list[InvoiceListItem]:
        found: list[InvoiceListItem] = []
        async with connection.client(account=account) as client:
            pager = client.invoices.list(
                number=number, limit=min(most, 500), **all_of(RECEIVED if received else ISSUED)
            )
            async for invoice in pager:
                found.append(invoice)
                if len(found) == most:
                    break
        return found

    found = anyio.run(fetch)
    if as_json:
        for invoice in found:
            print_json(invoice.to_dict())
        return
    print_table(
        ("id", "number", "date", "state", "total", "currency"),
        (
            (
                one.id,
                one.number,
                one.date,
                one.state,
                one.total,
                one.currency,
            )
            for one in found
        ),
        numbers=("id", "total"),
    )
    if len(found) == most:
        remarks().print(f"The first {most}; --limit shows more.")


@app.command("get")
def get(
    invoice_id: Annotated[int, typer.Argument(metavar="ID", help="The invoice's id.")],
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Print one invoice as JSON."""
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> Invoice:
        async with connection.client() as client:
            return await client.invoices.get(invoice_id)

    print_json(anyio.run(fetch).to_dict())


@app.command("download")
def download(
    invoice_id: Annotated[int, typer.Argument(metavar="ID", help="The invoice's id.")],
    document: Annotated[
        str,
        typer.Option("--as", metavar="TYPE", help="original, pdf.invoice, or another document type code."),
    ] = "original",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to; '-' is standard output. Named by the server."
        ),
    ] = None,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Fetch an invoice's file: the original, or as another type."""
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> Download:
        async with connection.client() as client:
            return await client.invoices.download(invoice_id, document)

    file = anyio.run(fetch)
    if output == Path("-"):
        sys.stdout.buffer.write(file.content)
        return
    target = output or Path(safe_name(file, invoice_id))
    try:
        # A name that the server chose must not replace anything.
        with target.open("xb" if output is None else "wb") as opened:
            opened.write(file.content)
    except FileExistsError:
        raise ConfigurationError(f"{target} is there already; say where to with --output") from None
    except OSError as error:
        raise ConfigurationError(f"{target}: {error.strerror or error}") from None
    remarks().print(f"{target}: {len(file):,} bytes, {file.media_type}", markup=False)


def safe_name(file: Download, invoice_id: int) -> str:
    """Return a name for an invoice's file, from the one that the server, or whoever sent it, chose."""
    name = os.path.basename((file.filename or "").replace("\\", "/"))
    name = re.sub(r"[^\w.() -]", "_", name).strip(". ")[-100:]
    return name or f"invoice-{invoice_id}"
