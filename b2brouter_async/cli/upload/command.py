"""`b2brouter upload`: every document reaches the server exactly once, and one can watch it."""

from __future__ import annotations

import contextlib
import logging
import os
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import anyio
import typer

from ...config import VARIABLES
from ...errors import ConfigurationError
from ..connection import (
    BaseUrlOption,
    Connection,
    EnvironmentOption,
    KeyFileOption,
    OptionalAccountOption,
    RedisOption,
    ShareLimitOption,
)
from ..variables import Command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...bulk import UploadSettings

STATES_AWAITED = 120.0
"""Seconds, where `--wait` says no number."""


class UploadCommand(Command):
    """A command whose `--wait` may be followed by a number, and needs none."""

    # Typer brings a click of its own, older ones use click itself: the context has two classes.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give `--wait` its number where the next argument is none; a path is not taken for it."""
        return super().parse_args(ctx, _with_seconds(args))


def _with_seconds(arguments: list[str]) -> list[str]:
    given: list[str] = []
    for index, argument in enumerate(arguments):
        if argument == "--":
            return given + arguments[index:]
        following = arguments[index + 1] if index + 1 < len(arguments) else ""
        if argument == "--wait" and not following.replace(".", "", 1).isdecimal():
            argument = f"--wait={STATES_AWAITED}"
        given.append(argument)
    return given


def upload(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATHS",
            help="E-invoices, folders of them, or tables (.csv, .tsv, .xlsx, .xls, .ods, .jsonl).",
        ),
    ],
    account: OptionalAccountOption = None,
    journal: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|URL",
            envvar="B2BROUTER_JOURNAL",
            help="Remembers what was sent, so that the same command goes on where it stopped. "
            "Left out: a file in this folder, named after environment and account. With postgresql://… any number "
            "of commands on any number of machines share one.",
        ),
    ] = None,
    concurrency: Annotated[
        int,
        typer.Option(
            min=1, max=500, metavar="N", envvar="B2BROUTER_CONCURRENCY", help="Documents worked on at once."
        ),
    ] = 32,
    no_send: Annotated[bool, typer.Option("--no-send", help="Leave drafts; nothing is sent on.")] = False,
    received: Annotated[
        bool, typer.Option("--received", help="The documents are invoices that the account received.")
    ] = False,
    self_billed: Annotated[
        bool,
        typer.Option(
            "--self-billed",
            help="Upload self-billed documents too: those that the seller didn't issue itself.",
        ),
    ] = False,
    verify_totals: Annotated[
        bool,
        typer.Option(
            "--verify-totals", help="Compare the server's totals with the documents' before sending."
        ),
    ] = False,
    wait: Annotated[
        float | None,
        typer.Option(
            "--wait",
            metavar="[SECONDS]",
            help="Wait for the states the invoices end in: so many seconds after the last was sent, "
            f"{STATES_AWAITED:.0f} where no number stands behind it.",
        ),
    ] = None,
    retry_refused: Annotated[
        bool, typer.Option("--retry-refused", help="Send again what an earlier run saw refused.")
    ] = False,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--map", metavar="FILE", help="Which column of a table is which field, as TOML or JSON."
        ),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The sheet of a spreadsheet; the first when left out."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write what happened as one HTML page.")
    ] = None,
    dry: Annotated[
        bool,
        typer.Option("--dry-run", help="Tell what would go out and what is wrong with it; nothing is sent."),
    ] = False,
    rehearse: Annotated[
        bool,
        typer.Option("--rehearse", help="Do all of it against a simulator in this process; nothing is sent."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each outcome.")] = False,
    requests_per_minute: Annotated[
        int | None,
        typer.Option(
            min=10,
            metavar="N",
            envvar=VARIABLES["requests_per_minute"],
            help="Another limit than the environment's, to share it.",
        ),
    ] = None,
    redis: RedisOption = None,
    share_limit: ShareLimitOption = None,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys",
            metavar="FILE",
            help="File with several keys, one a line, or name = key: each document goes to the account of who issues "
            "it, whichever key sees that. --journal is then a folder, with a journal for each account.",
            rich_help_panel="Connection",
        ),
    ] = None,
) -> None:
    """Upload e-invoices, each exactly once.

    Ctrl-C finishes what is under way and stops; a second one stops at once. Either way, and after a crash, the same
    command goes on where it stopped.

    Exit status: 0 all there, 1 some need attention, 2 nothing was begun, 3 run the same command again.
    """
    # Here and not above: other commands don't pay for what this one needs.
    from ..._postgres.url import is_database
    from ...bulk.settings import Patience
    from .destination import accounts_of_keys, one_account, simulated
    from .job import Job
    from .sources import Sources
    from .traffic import Traffic

    _check_report(report)
    _check_wait(wait, verify_totals=verify_totals, sent=not no_send and not received)
    if dry and rehearse:
        raise ConfigurationError("--dry-run, --rehearse: one of them at a time")
    if share_limit and not is_database(journal):
        raise ConfigurationError(
            "--share-limit: the limit is shared through the database of the journal; name it with "
            "--journal postgresql://…, or share it with --redis URL"
        )
    if keys is not None:
        _check_none_beside_keys(
            {
                "--account": account,
                "--key-file": key_file,
                "--dry-run": dry,
                "--rehearse": rehearse,
                "--redis": redis,
                "--share-limit": share_limit,
            }
        )
    elif account is None and not dry and not rehearse:
        raise ConfigurationError(
            "--account: name the account that the documents belong to, or set B2BROUTER_ACCOUNT"
        )
    sources = Sources.named([_path(name) for name in paths], mapping, sheet)
    # What our own modules log is told by the display and at the end.
    logging.getLogger("b2brouter_async").addHandler(logging.NullHandler())
    if dry:
        from .dry_run import dry_run

        raise typer.Exit(anyio.run(partial(dry_run, sources, report=report, as_json=as_json)))
    traffic = Traffic()
    with contextlib.ExitStack() as ending:
        if rehearse:
            destination = simulated(ending.enter_context(TemporaryDirectory()), middleware=traffic.count)
        elif keys is not None:
            destination = accounts_of_keys(
                Connection(environment, base_url, None),
                keys,
                journals=journal,
                requests_per_minute=requests_per_minute,
                middleware=traffic.count,
            )
        else:
            assert account is not None
            destination = one_account(
                Connection(environment, base_url, key_file),
                account,
                journal=journal,
                kind="-received" if received else "-drafts" if no_send else "",
                redis=redis,
                share_limit=share_limit,
                requests_per_minute=requests_per_minute,
                middleware=traffic.count,
            )
        traffic.limit = destination.limit
        settings: UploadSettings = {
            "journal": destination.journal.where,
            "concurrency": concurrency,
            "send": not no_send,
            "received": received,
            "self_billed": self_billed,
            "verify_totals": verify_totals,
            "retry_refused": retry_refused,
        }
        if wait is not None:
            settings["wait"] = True
            settings["patience"] = Patience(states=wait)
        job = Job(
            destination=destination,
            sources=sources,
            settings=settings,
            wait=wait,
            report=report,
            as_json=as_json,
            traffic=traffic,
        )
        status = anyio.run(job.run)
    raise typer.Exit(status)


def _check_wait(wait: float | None, *, verify_totals: bool, sent: bool) -> None:
    if (verify_totals or wait is not None) and not sent:
        raise ConfigurationError(
            "--verify-totals, --wait: only for invoices that are sent, without --no-send and --received"
        )
    # Not a bound of the option: in the help it would leave no place for the variables' names.
    if wait is not None and not wait >= 0:
        raise ConfigurationError("--wait: a number of seconds, 0 or more")


def _check_none_beside_keys(options: Mapping[str, object]) -> None:
    for name, given in options.items():
        if given:
            raise ConfigurationError(f"--keys, {name}: one of them at a time")


def _path(name: str) -> Path:
    # An empty name would mean this folder with everything in it, and comes from a shell's empty variable.
    if not name:
        raise ConfigurationError("PATH: an empty name; say '.' for this folder")
    return Path(name)


def _check_report(report: Path | None) -> None:
    """Look before anything is sent, so that nobody waits an hour for a report that can't be written."""
    if report is None:
        return
    folder = report.resolve().parent
    if not folder.is_dir():
        raise ConfigurationError(f"--report: {report.parent}: there is no such folder")
    if report.is_dir():
        raise ConfigurationError(f"--report: {report} is a folder; name a file in it")
    if not os.access(folder, os.W_OK):
        raise ConfigurationError(f"--report: {report.parent}: nothing can be written there")
