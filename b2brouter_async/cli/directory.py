"""`b2brouter directory`: whether and how a party can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import anyio
import typer

from .connection import BaseUrlOption, Connection, EnvironmentOption, KeyFileOption
from .output import print_json, print_table, printable, results

if TYPE_CHECKING:
    from ..resources.reach import Reach

NOT_SETTLED = 3


def directory(
    country: Annotated[str, typer.Argument(metavar="COUNTRY", help="Two letters, for example be.")],
    identifiers: Annotated[
        list[str],
        typer.Argument(
            metavar="NUMBERS", help="Its numbers: BE0214596464, or 0208:0214596464 with the scheme."
        ),
    ],
    document: Annotated[
        str, typer.Option("--as", metavar="TYPE", help="Invoice, CreditNote …, or a document type code.")
    ] = "Invoice",
    timeout: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="How long to ask.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Find out whether a party can be reached, and how.

    Exits with 0 where there is a way, with 1 where there is none, and with 3 where not every question was answered: ask
    again.
    """
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> Reach:
        async with connection.client() as client:
            return await client.directory.reach(
                country, *identifiers, document_type=document, timeout=timeout
            )

    way = anyio.run(fetch)
    if as_json:
        import attrs

        told = {one.name: getattr(way, one.name) for one in attrs.fields(type(way))}
        print_json({"reachable": way.reachable, **told, "tried": [attrs.asdict(one) for one in way.tried]})
    else:
        results().print(printable(way.reason), markup=False)
        print_table(
            ("", ""),
            [
                row
                for row in (
                    ("name", way.name),
                    ("transport", way.transport_type_code),
                    ("document type", way.document_type_code),
                    ("address", f"{way.scheme}:{way.identifier}" if way.scheme else way.identifier),
                )
                if row[1]
            ],
        )
        print_table(
            ("tried", "answer", "detail"),
            [
                (f"{one.scheme}:{one.identifier}" if one.scheme else one.identifier, one.answer, one.detail)
                for one in way.tried
            ],
        )
    if not way.reachable:
        raise typer.Exit(1 if way.settled else NOT_SETTLED)
