"""`b2brouter map`: a mapping to start from, for a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import anyio
import typer

from ..config import VARIABLES
from ..errors import ConfigurationError
from .connection import BaseUrlOption, Connection, EnvironmentOption, KeyFileOption
from .output import plural, printable, remarks, write_file

if TYPE_CHECKING:
    from ..generated.models import Account
    from ..tables import Proposal


def map_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A table: .csv, .tsv, .xlsx, .xls, .ods, .jsonl.")
    ],
    account: Annotated[
        str | None,
        typer.Option(
            "--account",
            envvar=VARIABLES["account"],
            metavar="ID",
            help="The account the invoices belong to: its country, its currency and its tax number help.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE.toml",
            help="Where to; '-' is standard output. Named after the table.",
        ),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(metavar="NAME", help="The sheet of a spreadsheet; the first when left out.")
    ] = None,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Write a mapping for a table: what each column probably is and why, and what must be decided.

    Names propose, arithmetic decides, and what neither decides is asked: here at a terminal, in the file elsewhere. A
    mapping with an open question is not used by `b2brouter upload`.
    """
    from ..tables import propose, toml_of

    if not file.is_file():
        raise ConfigurationError(f"{file}: there is no such file")
    target = output or file.with_suffix(".toml")
    if output is None and target.exists():
        raise ConfigurationError(f"{target} is there already; say where to with --output")
    known: dict[str, Any] = {}
    if account:
        owner = anyio.run(_fetch, Connection(environment, base_url, key_file), account)
        known = {
            "country": owner.country,
            "currency": owner.currency,
            "own_ids": [one for one in (owner.tin_value, owner.cin_value) if one],
        }
    proposal = propose(file, sheet=sheet, **known)
    if sys.stdin.isatty() and sys.stderr.isatty():
        _ask(proposal)
    text = toml_of(proposal)
    if target == Path("-"):
        sys.stdout.write(text)
    else:
        write_file(target, text.encode(), replace=output is not None)
    _tell(proposal, file, target)


async def _fetch(connection: Connection, account: str) -> Account:
    async with connection.client(account=account) as client:
        return await client.accounts.get(account)


def _ask(proposal: Proposal) -> None:
    """Ask at the terminal; what is answered is no question any more."""
    console = remarks()
    console.print(
        f"{plural(len(proposal.questions), 'question')}; an empty answer leaves a question open.",
        style="bold",
    )
    for question in list(proposal.questions):
        console.print(f"\n{printable(question.text)}", markup=False)
        if question.setting:
            answer = typer.prompt(
                f"  {'.'.join(question.setting)}", default=question.proposal or "", err=True
            )
            if answer.strip():
                proposal.answer(question, answer.strip())
        elif typer.confirm("  decided?", default=False, err=True):
            proposal.questions.remove(question)


def _tell(proposal: Proposal, file: Path, target: Path) -> None:
    console = remarks()
    for line in proposal.proof:
        console.print(printable(line), markup=False)
    if target != Path("-"):
        console.print(f"Mapping {target}", markup=False)
    if proposal.questions:
        console.print(
            f"{plural(len(proposal.questions), 'question')} must be decided before it is used; they stand at its beginning:",
            markup=False,
        )
        for question in proposal.questions:
            console.print(f"  {printable(question.text)}", markup=False)
    else:
        console.print(f"Next: b2brouter upload {file} --map {target} --dry-run", markup=False)
