"""`b2brouter worker`: delivers what an outbox has, until it is stopped."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from functools import partial
from importlib import import_module
from pathlib import Path  # noqa: TC003 - Typer resolves the annotations
from typing import TYPE_CHECKING, Annotated, Any, cast

import anyio
import typer

from ..errors import B2BrouterError, ConfigurationError
from .connection import (
    BaseUrlOption,
    Connection,
    EnvironmentOption,
    KeyFileOption,
    RedisOption,
    ShareLimitOption,
    shared_through,
)
from .output import plural, remarks

if TYPE_CHECKING:
    from ..client import B2Brouter
    from ..fleet import Clients, Destination, Fetch, Retention, Worker
    from ..group.group import B2BrouterGroup

_PANEL = "Documents"
_LONGEST_LEASE = 86_400
"""Seconds for which what a dead worker had may lie."""


def worker(
    database: Annotated[
        str,
        typer.Option(
            envvar="B2BROUTER_DATABASE",
            metavar="URL",
            help="postgresql://user@host/name. The password is better kept in PGPASSWORD or ~/.pgpass: others see "
            "what stands in a command.",
        ),
    ],
    concurrency: Annotated[
        int, typer.Option(min=1, metavar="N", help="How many documents are delivered at once.")
    ] = 8,
    doubts: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="How many of those that are perhaps on the server are looked for beside."
        ),
    ] = 4,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="NAME", help="What people see of it; the machine and the process if left out."
        ),
    ] = None,
    redis: RedisOption = None,
    share_limit: ShareLimitOption = None,
    requests_per_minute: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            envvar="B2BROUTER_REQUESTS_PER_MINUTE",
            help="Another limit than the environment's, for all that share it; with --no-share-limit, for this one.",
        ),
    ] = None,
    files: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            metavar="FOLDER",
            help="References that were added are files below this folder.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    fetch: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:FUNCTION",
            help="References that were added are fetched with this function: it is given the name and returns the bytes.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    document_keys: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keys that documents are encrypted with, one a line. Without it B2BROUTER_DOCUMENT_KEYS is read.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    keep_documents: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="DAYS",
            help="Purge documents that are on the server so long after they were settled.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    keep_rows: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="DAYS", help="And later all that is known of them.", rich_help_panel=_PANEL
        ),
    ] = None,
    lease: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            help="A worker that says nothing for so long is taken for dead, and others look for what it had.",
        ),
    ] = 60.0,
    pooled: Annotated[
        bool,
        typer.Option(
            "--pooled", help="A pooler in transaction mode stands before the database; see docs/fleet.md."
        ),
    ] = False,
    schema: Annotated[
        str, typer.Option(metavar="NAME", help="The schema that the tables are in.")
    ] = "b2brouter",
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say what became of each document.")
    ] = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
    several: Annotated[
        Path | None,
        typer.Option(
            "--keys",
            metavar="FILE",
            help="File with several keys, one a line, or name = key: each document goes out with the first that sees its "
            "account, and each key has a limit of its own.",
            rich_help_panel="Connection",
        ),
    ] = None,
) -> None:
    """Deliver what an outbox has, each document exactly once, until stopped.

    Any number of workers may run, on any number of machines. SIGTERM and Ctrl-C let deliveries that have begun come to
    their end, for twenty seconds.
    """
    # Here and not above: other commands don't pay for what this one needs.
    from ..bulk import LeaseTimes
    from ..fleet import DocumentKeys, Retention, Worker, WorkerSettings
    from ..fleet.engine import engine_version
    from .ledger import days, read_keys
    from .upload.group import read_keys as read_several

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("b2brouter_async").setLevel(logging.INFO if verbose else logging.WARNING)
    engine_version()  # without it nothing of what follows matters, and its extra brings the driver, too
    keys = read_keys(document_keys)
    retention: Retention | None = None
    if keep_documents is not None or keep_rows is not None:
        retention = Retention(
            documents=days(keep_documents, "--keep-documents"), rows=days(keep_rows, "--keep-rows")
        )
    # Not a bound of the option: in the help it would leave no place for the variables' names.
    if not 1 <= lease <= _LONGEST_LEASE:
        raise ConfigurationError(f"--lease: a number of seconds, from 1 to {_LONGEST_LEASE:,}")
    if files is not None and fetch is not None:
        raise ConfigurationError("--files, --fetch: one of them at a time")
    connection = Connection(environment, base_url, key_file)
    shared = shared_through(database, redis=redis, share_limit=share_limit)
    client: B2Brouter | B2BrouterGroup
    clients: Clients
    if several is None:
        client = clients = connection.sharing_client(
            redis=redis, database=shared, schema=schema, requests_per_minute=requests_per_minute
        )
    elif key_file is not None:
        raise ConfigurationError("--keys, --key-file: one of them at a time")
    else:
        client = connection.sharing_group(
            read_several(several),
            redis=redis,
            database=shared,
            schema=schema,
            requests_per_minute=requests_per_minute,
        )
        clients = partial(_of_account, client)
    made = Worker(
        database,
        clients,
        settings=WorkerSettings(concurrency=concurrency, doubts=doubts, pooled=pooled),
        schema=schema,
        name=name,
        times=LeaseTimes(lease=lease, beat=lease / 4, margin=min(5.0, lease / 12)),
        keys=None if keys is None else DocumentKeys(keys),
        fetch=_named(fetch) if fetch is not None else None if files is None else partial(_read_below, files),
        retention=retention,
    )
    anyio.run(_run, made, client, name or f"worker {os.getpid()}")


async def _of_account(group: B2BrouterGroup, destination: Destination) -> B2Brouter:
    return await group.account(destination.account)


async def _run(worker: Worker, client: B2Brouter | B2BrouterGroup, name: str) -> None:
    from ..group.group import B2BrouterGroup

    async with contextlib.AsyncExitStack() as stack:
        # A group closes only the clients that it has made itself.
        for one in client.clients.values() if isinstance(client, B2BrouterGroup) else [client]:
            await stack.enter_async_context(one)
        failure: B2BrouterError | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_stop_on_signal, worker)
            try:
                await worker.run(started=lambda: remarks().print(f"{name} works", markup=False))
            except B2BrouterError as error:
                failure = error  # raised behind the group, which would wrap it
            tasks.cancel_scope.cancel()
        if failure is not None:
            raise failure
    remarks().print(f"{name} has settled {plural(worker.delivered, 'document')}", markup=False)


async def _stop_on_signal(worker: Worker) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            worker.stop()


def _named(function: str) -> Fetch:
    """Return a function of the application, looked for in this folder, too.

    Raises:
        ConfigurationError: there is none.
    """
    module, colon, name = function.partition(":")
    if not (module and colon and name):
        raise ConfigurationError(f"--fetch: {function!r} is not of the form module:function")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        found: Any = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(f"--fetch: {function} can't be had: {error}") from None
    except Exception as error:  # whatever the module does when it is imported
        raise ConfigurationError(
            f"--fetch: {module} can't be imported: {type(error).__name__}: {error}"
        ) from error
    if not callable(found):
        raise ConfigurationError(f"--fetch: {function} is no function")
    return cast("Fetch", found)


async def _read_below(folder: Path, name: str) -> bytes:
    path = await anyio.Path(folder / name).resolve()
    if not path.is_relative_to(await anyio.Path(folder).resolve()):
        raise ConfigurationError(f"{name!r} lies outside the folder of --files")
    return await path.read_bytes()
