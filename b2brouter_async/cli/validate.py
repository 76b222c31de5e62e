"""`b2brouter validate`: whether B2Brouter would take documents, without sending them."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer resolves the annotations
from typing import TYPE_CHECKING, Annotated

import anyio
import typer

from ..errors import ArgumentError, BadRequestError, ConfigurationError
from .connection import BaseUrlOption, Connection, EnvironmentOption, KeyFileOption
from .output import print_json, print_table, printable, results

if TYPE_CHECKING:
    from ..generated.models import InvoiceValidation, ValidationFinding


def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="E-invoices.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file.")] = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Have the server check documents; nothing is sent to anybody. Exits with 1 where one is not valid.

    It checks schema, business rules, totals and more, each fault with its place; it does not check whether the receiver can
    be reached.
    """
    for file in files:
        if not file.is_file():
            why = "it is a folder; name the files in it" if file.is_dir() else "there is no such file"
            raise ConfigurationError(f"{file}: {why}")
    connection = Connection(environment, base_url, key_file)
    valid: list[bool] = []

    async def check() -> None:
        async with connection.client() as client:
            for file in files:
                try:
                    found = await client.documents.validate(file)
                except BadRequestError as error:
                    if error.code in _OF_THE_CALL:
                        raise
                    valid.append(False)
                    _tell_unreadable(file, error.message, as_json=as_json)
                except ArgumentError as error:
                    raise ConfigurationError(error.problem) from None
                else:
                    valid.append(_is_valid(found))
                    _tell(file, found, as_json=as_json)

    anyio.run(check)
    if not all(valid):
        raise typer.Exit(1)


_OF_THE_CALL = frozenset({"invalid_api_version", "missing_api_version", "api_version_subdomain_mismatch"})
"""400s that say nothing about a document."""


def _is_valid(found: InvoiceValidation) -> bool:
    return not found.errors if found.valid is None else found.valid


def _tell_unreadable(file: Path, why: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(file), "valid": False, "errors": [why], "warnings": []})
    else:
        results().print(printable(f"{file}: {why or 'it can not be read'}"), markup=False)


def _tell(file: Path, found: InvoiceValidation, *, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(file), **found.to_dict(), "valid": _is_valid(found)})
        return
    results().print(printable(f"{file}: {'valid' if _is_valid(found) else 'not valid'}"), markup=False)
    rows = [
        (kind, *_parts(one))
        for kind, findings in (("error", found.errors), ("warning", found.warnings))
        for one in findings or ()
    ]
    if rows:
        print_table(("", "rule", "place"), rows)


def _parts(finding: str | ValidationFinding) -> tuple[str | None, str | None]:
    if isinstance(finding, str):
        return finding, None
    said = finding.rule or finding.message or finding.error
    if said is None and finding.location is None:
        return str(finding.to_dict()), None  # under keys that nobody knows
    code = finding.code if finding.code and finding.code not in (said or "") else None
    return " ".join(part for part in (code, said) if part), finding.location
