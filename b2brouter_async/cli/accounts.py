"""`b2brouter accounts`: the accounts that the key sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import anyio
import typer

from .connection import BaseUrlOption, Connection, EnvironmentOption, KeyFileOption
from .output import print_json, print_table

if TYPE_CHECKING:
    from ..generated.models import Account


def accounts(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """List the accounts that the key sees."""
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> list[Account]:
        async with connection.client() as client:
            return [account async for account in client.accounts.list(limit=500)]

    found = anyio.run(fetch)
    if as_json:
        for account in found:
            print_json(account.to_dict())
        return
    print_table(
        ("id", "name", "tax number", "country", "archived"),
        (
            (
                account.id,
                account.name,
                account.tin_value,
                account.country,
                "yes" if account.archived else None,
            )
            for account in found
        ),
        numbers=("id",),
    )
