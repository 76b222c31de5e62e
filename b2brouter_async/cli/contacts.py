"""`b2brouter contacts`: list them, find one, and see that one is there once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import anyio
import typer

from ..errors import B2BrouterError, ConfigurationError
from .connection import AccountOption, BaseUrlOption, Connection, EnvironmentOption, KeyFileOption
from .output import plural, print_json, printable, remarks
from .rows import MOST, AllOption, Column, CsvOption, JsonOption, MostOption, check_forms, gather, print_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..client import B2Brouter
    from ..generated.models import Contact
    from ..generated.models.dictionaries import ContactInputDict

app: typer.Typer = typer.Typer(
    help="List contacts, find one, and see that one is there once.", no_args_is_help=True
)

COLUMNS: tuple[Column[Contact], ...] = (
    Column("id", lambda row: row.id, number=True),
    Column("name", lambda row: row.name),
    Column("tax number", lambda row: row.tin_value),
    Column("company number", lambda row: row.cin_value),
    Column("country", lambda row: row.country),
    Column("transport", lambda row: row.transport_type_code),
    Column("document type", lambda row: row.document_type_code, in_table=False),
    Column("address", lambda row: row.address, in_table=False),
    Column("postal code", lambda row: row.postalcode, in_table=False),
    Column("city", lambda row: row.city, in_table=False),
    Column("email", lambda row: row.email, in_table=False),
    Column("code", lambda row: row.integration_code, in_table=False),
)


@app.command("list")
def list_(
    account: AccountOption,
    name: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only those in whose name, address or tax number this is."),
    ] = None,
    customers: Annotated[bool, typer.Option("--customers", help="Only customers.")] = False,
    suppliers: Annotated[bool, typer.Option("--suppliers", help="Only suppliers.")] = False,
    most: MostOption = MOST,
    everything: AllOption = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """List an account's contacts."""
    check_forms(as_json, as_csv)
    limit = None if everything else most
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> list[Contact]:
        async with connection.client(account=account) as client:
            pager = client.contacts.list(
                name=name,
                is_client=customers or None,
                is_provider=suppliers or None,
                limit=500 if limit is None else min(limit, 500),
            )
            return await gather(pager, limit)

    found = anyio.run(fetch)
    print_rows(found, COLUMNS, as_json=as_json, as_csv=as_csv, most=limit)


@app.command("find")
def find(
    account: AccountOption,
    text: Annotated[
        str, typer.Argument(metavar="NUMBER|NAME", help="A tax number, a company number, or a whole name.")
    ],
    by: Annotated[str | None, typer.Option(metavar="WHAT", help="Only as this: tin, cin or name.")] = None,
    country: Annotated[
        str | None, typer.Option(metavar="CC", help="The party's country, two letters.")
    ] = None,
    as_json: JsonOption = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Find one contact, whatever the spelling. Exits with 1 where there is none, or several."""
    from ..resources.matching import AmbiguousMatchError

    if by not in (None, *_WAYS):
        raise ConfigurationError(f"--by: {by!r} is none of {', '.join(_WAYS)}")
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> list[Contact]:
        async with connection.client(account=account) as client:
            return await _found(client, text, [by] if by else list(_WAYS), country)

    try:
        found = anyio.run(fetch)
    except AmbiguousMatchError as error:
        ids = ", ".join(map(str, error.ids))
        raise NoContactError(f"contacts {ids} all have {text!r}; say which with --country") from None
    if not found:
        raise NoContactError(f"account {account} has no contact {text!r}")
    if len(found) > 1:
        named = ", ".join(f"{one.id} ({one.name})" for one in found)
        raise NoContactError(f"{text!r} is several contacts: {named}; say which with --by or --country")
    print_rows(found, COLUMNS, as_json=as_json)


_WAYS = ("tin", "cin", "name")


class NoContactError(B2BrouterError):
    """There is no such contact, or not one alone."""


async def _found(client: B2Brouter, text: str, ways: list[str], country: str | None) -> list[Contact]:
    from ..einvoice import has_number

    found: dict[int, Contact] = {}
    for way in ways:
        if way == "name":
            contact = await client.contacts.find_by_name(text, country=country)
        elif not has_number(text):
            continue  # there is nothing in it that could be a number
        elif way == "tin":
            contact = await client.contacts.find_by_tin(text, country=country)
        else:
            contact = await client.contacts.find_by_cin(text, country=country)
        if contact is not None:
            found[contact.id] = contact
    return list(found.values())


@app.command("upsert")
def upsert(
    account: AccountOption,
    fields: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FIELD=VALUE", help='For example name="Acme SL" tin_value=ESB12345678 country=es'
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", metavar="FILE", help="A JSON object a line, each a contact; '-' is standard input."
        ),
    ] = None,
    route: Annotated[
        bool,
        typer.Option("--route", help="Look up how each can be reached, and set transport and document type."),
    ] = False,
    as_json: JsonOption = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """See that a contact is there once, as given: made, changed, or left as it is.

    Of a file every line is done, also after one that can't be; exits with 1 then.
    """
    if bool(fields) == (file is not None):
        raise ConfigurationError("FIELD=VALUE, --file: pass one of them")
    wanted = list(_of_file(file)) if file is not None else [(None, _of_fields(fields or []))]
    connection = Connection(environment, base_url, key_file)
    failed: list[str] = []

    async def work() -> list[Contact]:
        done: list[Contact] = []
        async with connection.client(account=account) as client:
            for line, contact in wanted:
                try:
                    done.append(await client.contacts.upsert(contact=contact, route=route))
                except B2BrouterError as error:
                    if line is None or error.retry == "later":
                        raise
                    failed.append(f"line {line}: {error}")
                    remarks().print(printable(failed[-1]), markup=False, style="red")
        return done

    done = anyio.run(work)
    if as_json:
        for contact in done:
            print_json(contact.to_dict())
    else:
        print_rows(done, COLUMNS)
    if failed:
        remarks().print(f"{plural(len(failed), 'line')} of {len(wanted):,} could not be done.", markup=False)
        raise typer.Exit(1)


def _of_fields(given: list[str]) -> ContactInputDict:
    """Return a contact from `FIELD=VALUE`, its values as the fields want them."""
    from .._core.codecs import Kind
    from .._core.model import fields_of
    from .._core.spelling import did_you_mean
    from ..generated.models import ContactInput

    known = {field.key: field.codec for field in fields_of(ContactInput)}
    contact: dict[str, object] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise ConfigurationError(f"{one!r} is no FIELD=VALUE")
        if name not in known:
            raise ConfigurationError(f"{name}: a contact has no such field{did_you_mean(name, list(known))}")
        if name in contact:
            raise ConfigurationError(f"{name}: it is given twice")
        kind = known[name].kind
        if kind is Kind.BOOLEAN:
            if value.lower() not in _YES | _NO:
                raise ConfigurationError(f"{name}: {value!r} is neither yes nor no")
            contact[name] = value.lower() in _YES
        elif kind is Kind.INTEGER:
            if not (value.isascii() and value.isdigit()):
                raise ConfigurationError(f"{name}: {value!r} is no whole number")
            contact[name] = int(value)
        else:
            contact[name] = value
    return cast("ContactInputDict", contact)


_YES = {"yes", "true", "1"}
_NO = {"no", "false", "0"}


def _of_file(file: Path) -> Iterator[tuple[int, ContactInputDict]]:
    """Yield the contacts of a file with their lines; all of it is read before anything is sent."""
    from .._core.exact_json import load_json
    from ..errors import ShapeError

    try:
        content = sys.stdin.buffer.read() if file == Path("-") else file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"--file: {file}: {error.strerror or error}") from None
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            contact = load_json(line)
        except ShapeError as error:
            raise ConfigurationError(f"--file: line {number}: {error.problem}; nothing was sent") from None
        if not isinstance(contact, dict):
            raise ConfigurationError(f"--file: line {number} is no object; nothing was sent")
        yield number, cast("ContactInputDict", contact)
