"""Which invoice a command line means: exactly one, or none at all."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import B2BrouterError, ConfigurationError, NotFoundError
from .output import printable, remarks

if TYPE_CHECKING:
    from ..client import B2Brouter
    from ..generated.models import Invoice

InvoiceArgument = Annotated[str, typer.Argument(metavar="NUMBER|ID", help="The invoice's number, or its id.")]
ByIdOption = Annotated[bool, typer.Option("--id", help="It is the id, not the number.")]
SeriesOption = Annotated[
    str | None,
    typer.Option("--series", metavar="SERIES", help="The series of the number, where several have it."),
]
YearOption = Annotated[
    int | None, typer.Option("--year", metavar="YEAR", help="The year of the number, where several have it.")
]
ReceivedOption = Annotated[
    bool, typer.Option("--received", help="The number of a received invoice, not of an issued one.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]


class NoInvoiceError(B2BrouterError):
    """There is no such invoice."""


async def find_invoice(
    client: B2Brouter,
    given: str,
    *,
    by_id: bool = False,
    received: bool = False,
    series: str | None = None,
    year: int | None = None,
) -> Invoice:
    """Return the one invoice that is meant.

    A number is looked for in the client's account, exactly. What can be an id is looked for as one, too; where both are
    there and are two invoices, none is taken.

    Args:
        client: the client, with its account where numbers are looked for.
        given: the number or the id.
        by_id: it is the id.
        received: numbers of received invoices.
        series: the number's.
        year: the number's.

    Raises:
        NoInvoiceError, NotFoundError: there is none.
        ConfigurationError: there are several, or it is the id of another account's.
        APIStatusError: the server refuses.
    """
    given = given.strip()
    may_be_id = re.fullmatch(r"[1-9][0-9]{0,17}", given) is not None
    if by_id and not may_be_id:
        raise ConfigurationError(f"{given!r} is no id; leave --id out to look for the number")
    if not by_id and client.default_account is None and not may_be_id:
        raise ConfigurationError("--account: name it, for a number is looked for in an account")
    found: dict[int, Invoice] = {}
    numbered: set[int] = set()
    if not by_id and client.default_account is not None and given:
        numbered = await _numbered(client, given, received=received, series=series, year=year)
    for number in sorted(numbered):
        found[number] = await client.invoices.get(number)
    missing: NotFoundError | None = None
    if may_be_id and int(given) not in found and series is None and year is None:
        try:
            found[int(given)] = await client.invoices.get(int(given))
        except NotFoundError as error:
            missing = error
    if len(found) > 1:
        raise ConfigurationError(_several(given, list(found.values()), numbered))
    if not found:
        if missing is not None and (by_id or client.default_account is None):
            raise missing
        kind = "received" if received else "issued"
        also = ", and no invoice with that id" if missing is not None else ""
        raise NoInvoiceError(
            f"there is no {kind} invoice {given!r} in account {client.default_account}{also}"
        )
    (invoice,) = found.values()
    owner = invoice.account.id if invoice.account is not None else None
    if None not in (owner, client.default_account) and str(owner) != str(client.default_account):
        raise ConfigurationError(
            f"invoice {invoice.id} belongs to account {owner}, and --account says {client.default_account}"
        )
    return invoice


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is done that can't be undone.

    Args:
        question: what is about to be done.
        yes: don't ask.

    Raises:
        ConfigurationError: there is nobody to ask.
        typer.Exit: the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigurationError(f"{printable(question)} Say so with --yes; nothing was done")
    remarks().print(f"{printable(question)} [y/N] ", end="", markup=False)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        remarks().print("Nothing was done.")
        raise typer.Exit(1)


def described(invoice: Invoice) -> str:
    """Return an invoice in a few words: `F-1 (id 5, Ana, 121.00 EUR, sent)`."""
    amount = None if invoice.total is None else f"{invoice.total} {invoice.currency or ''}".rstrip()
    contact = invoice.contact.name if invoice.contact is not None else None
    parts = [f"id {invoice.id}", contact, amount, str(invoice.state) if invoice.state else None]
    return f"{invoice.number or 'without a number'} ({', '.join(part for part in parts if part)})"


async def _numbered(
    client: B2Brouter, number: str, *, received: bool, series: str | None, year: int | None
) -> set[int]:
    from ..generated.models import InvoiceType

    kinds = (
        [InvoiceType.RECEIVED_INVOICE]
        if received
        else [InvoiceType.ISSUED_INVOICE, InvoiceType.ISSUED_SIMPLIFIED_INVOICE]
    )
    found: set[int] = set()
    for kind in kinds:
        rows = await client.invoices.find_all_by_number(number, type=kind, series=series, year=year)
        found |= {row.id for row in rows}
    return found


def _several(given: str, found: list[Invoice], numbered: set[int]) -> str:
    named = "; ".join(described(invoice) for invoice in found)
    ways = ["take the id"]
    if any(invoice.id not in numbered for invoice in found):
        ways = [f"say --id for the one with the id {given}, or take the other's id"]
    elif len(numbered) > 1:
        ways.append("or add --series or --year")
    return f"{given!r} is {len(found)} invoices: {named}; {', '.join(ways)}"
