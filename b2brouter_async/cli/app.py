"""The commands, and how what goes wrong is told: one sentence, no traceback."""

from __future__ import annotations

import sys
from functools import cache
from inspect import cleandoc
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperCommand

from ..errors import ArgumentError, B2BrouterError, ConfigurationError
from . import (
    accounts,
    contacts,
    directory,
    doctor,
    invoices,
    journal,
    limiter,
    migrate,
    received,
    simulator,
    spec,
    tax_reports,
    validate,
    webhooks,
)
from . import map as map_command
from . import worker as worker_command
from .error_texts import error_text
from .output import print_error, reconfigured, silence_stdout
from .upload import command as upload
from .variables import Command, settle_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FAILED = 1
USAGE = 2

app: typer.Typer = typer.Typer(
    name="b2brouter",
    help="Send e-invoices through B2Brouter: each exactly once, as fast as the limit allows.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("upload", cls=upload.UploadCommand)(upload.upload)
app.command("map")(map_command.map_)
app.command("journal")(journal.journal)
app.command("migrate")(migrate.migrate)
app.command("worker")(worker_command.worker)
app.command("accounts")(accounts.accounts)
app.add_typer(contacts.app, name="contacts")
app.add_typer(invoices.app, name="invoices")
app.command("validate")(validate.validate)
invoices.app.command("validate")(validate.validate)
app.add_typer(tax_reports.app, name="tax-reports")
app.command("directory")(directory.directory)
app.add_typer(received.app, name="received")
app.command("simulator", context_settings=simulator.PASSED_ON)(simulator.simulator)
app.command("spec")(spec.spec)
app.command("limiter")(limiter.limiter)
app.add_typer(webhooks.app, name="webhooks")
app.command("doctor")(doctor.doctor)


def _complete(group: typer.Typer) -> None:
    """Let every command look at its variables, and the lines of its help flow: Typer keeps those of the source."""
    for command in group.registered_commands:
        if not issubclass(command.cls or TyperCommand, Command):
            command.cls = Command
        text = cleandoc((command.callback and command.callback.__doc__) or "")
        command.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            _complete(inner.typer_instance)


_complete(app)


def _version(wanted: bool) -> None:
    if wanted:
        from ..client import library_version

        print(library_version())
        raise typer.Exit


@app.callback()
def _settings(  # pyright: ignore[reportUnusedFunction]  # Typer holds it
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@cache
def _command() -> Callable[..., object]:
    """Return all commands, put together: Typer does it anew whenever its application is called."""
    return typer.main.get_command(app)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit status.

    Args:
        arguments: what stands behind `b2brouter`; taken from the process when left out.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigured(stream, errors="replace")  # a letter that an output has no place for ends no command
    settle_variables()
    try:
        try:
            _command()(args=None if arguments is None else list(arguments), prog_name="b2brouter")
        finally:
            sys.stdout.flush()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED if end.code else 0
    except (ConfigurationError, ArgumentError) as error:
        print_error(error_text(error))
        return USAGE
    except B2BrouterError as error:
        print_error(error_text(error))
        return FAILED
    except BrokenPipeError:
        silence_stdout()
        return FAILED
    except OSError as error:
        silence_stdout()
        print_error(f"the output can't be written: {error.strerror or error}")
        return FAILED
    except KeyboardInterrupt:
        print_error("interrupted")
        return 130
    return 0
