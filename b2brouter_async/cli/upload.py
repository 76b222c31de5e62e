"""`b2brouter upload`: every document reaches the server exactly once, and one can watch it."""

from __future__ import annotations

import datetime
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import anyio
import anyio.abc
import attrs
import typer
from attrs import define, field

from b2brouter_async.bulk import Upload
from b2brouter_async.errors import B2BrouterError, ConfigurationError
from b2brouter_async.transport import library_version

from . import ending
from .connection import AccountOption, BaseUrlOption, Connection, EnvironmentOption, KeyFileOption
from .console import complain, remarks, results
from .listing import print_json
from .progress import PLAIN_EVERY, LiveDisplay, PlainDisplay, standing
from .record import Record
from .report import Run, write
from .sources import Sources
from .traffic import Traffic
from .words import counted

if TYPE_CHECKING:
    from b2brouter_async.client import B2Brouter

    from .progress import Display

REFRESH = 0.125
GOING_ON = "To go on, run the same command again"


def upload(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH…", help="E-invoices, folders of them, or tables (.csv, .tsv, .jsonl, .ndjson)."
        ),
    ],
    account: AccountOption,
    journal: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="B2BROUTER_JOURNAL",
            help="Remembers what was sent, so that the same command goes on where it stopped. "
            "Left out: b2brouter-ENVIRONMENT-ACCOUNT.db in this folder.",
        ),
    ] = None,
    concurrency: Annotated[
        int, typer.Option(min=1, max=500, envvar="B2BROUTER_CONCURRENCY", help="Documents worked on at once.")
    ] = 32,
    no_send: Annotated[bool, typer.Option("--no-send", help="Leave drafts; nothing is sent on.")] = False,
    received: Annotated[
        bool, typer.Option("--received", help="The documents are invoices that the account received.")
    ] = False,
    verify_totals: Annotated[
        bool,
        typer.Option(
            "--verify-totals", help="Compare the server's totals with the documents' before sending."
        ),
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the states the invoices end in.")] = False,
    retry_refused: Annotated[
        bool, typer.Option("--retry-refused", help="Send again what an earlier run saw refused.")
    ] = False,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--map", metavar="FILE", help="Which column of a table is which field, as TOML or JSON."
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write what happened as one HTML page.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each outcome.")] = False,
    requests_per_minute: Annotated[
        int | None,
        typer.Option(
            min=10,
            envvar="B2BROUTER_REQUESTS_PER_MINUTE",
            help="Another limit than the environment's, to share it.",
        ),
    ] = None,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Upload e-invoices, each exactly once.

    Ctrl-C finishes what is under way and stops; a second one stops at once. Either way, and after a crash, the same
    command goes on where it stopped.

    Exit status: 0 all there, 1 some need attention, 2 nothing was begun, 3 run the same command again.
    """
    _check_report(report)
    sources = Sources.named(paths, mapping)
    traffic = Traffic()
    client = Connection(environment, base_url, key_file).client(
        account=account, requests_per_minute=requests_per_minute, middleware=[traffic.count]
    )
    traffic.limit = requests_per_minute or client.environment.requests_per_minute
    kind = "-received" if received else "-drafts" if no_send else ""
    job = Job(
        client=client,
        sources=sources,
        account=account,
        journal=journal or Path(f"b2brouter-{client.environment.name}-{account}{kind}.db"),
        concurrency=concurrency,
        send=not no_send,
        received=received,
        verify_totals=verify_totals,
        wait=wait,
        retry_refused=retry_refused,
        report=report,
        as_json=as_json,
        traffic=traffic,
    )
    # It warns about every font it doesn't like, in the middle of the progress.
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    raise typer.Exit(anyio.run(job.run))


@define(kw_only=True)
class Job:
    """One upload, from the counting to the report."""

    client: B2Brouter
    sources: Sources
    account: str
    journal: Path
    concurrency: int
    send: bool
    received: bool
    verify_totals: bool
    wait: bool
    retry_refused: bool
    report: Path | None
    as_json: bool
    traffic: Traffic
    record: Record = field(factory=Record, init=False)
    total: int = field(default=0, init=False)
    stopping: bool = field(default=False, init=False)

    async def run(self) -> int:
        """Do it and return the exit status.

        Raises:
            B2BrouterError: nothing was begun.
        """
        began = datetime.datetime.now().astimezone()
        async with self.client:
            self.total = await self.sources.count()
            if not self.total and not self.journal.exists():
                raise ConfigurationError(
                    "there is no document to upload (.xml, .pdf, .xsig and .p7m count in folders)"
                )
            run = Upload(
                self.client,
                journal=self.journal,
                concurrency=self.concurrency,
                send=self.send,
                received=self.received,
                verify_totals=self.verify_totals,
                wait=self.wait,
                retry_refused=self.retry_refused,
            )
            with self._display() as display:
                failure = await self._watch(run, display)
        return self._end(run, failure, began)

    def _display(self) -> Display:
        console = remarks()
        title = (
            f"Uploading to account {self.account} · {self.client.environment.name} · journal {self.journal}"
        )
        if console.is_terminal and not console.is_dumb_terminal:
            return LiveDisplay(console, title)
        plain = PlainDisplay(console)
        plain.say(f"{title} · {self.total:,} documents")
        return plain

    async def _watch(self, run: Upload, display: Display) -> Exception | None:
        """Upload with somebody watching, and signals heard; return what ended it before its time."""
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            scope = anyio.CancelScope()
            if sys.platform != "win32":  # there, Ctrl-C stops at once
                await tasks.start(self._hear, run, display, scope)
            tasks.start_soon(self._refresh, run, display, scope)
            with scope:
                try:
                    await self._upload(run, display)
                except Exception as error:
                    # Not let through: the group would wrap it.
                    failure = error
            tasks.cancel_scope.cancel()
        return failure

    async def _upload(self, run: Upload, display: Display) -> None:
        async with run:
            if self.stopping:
                return
            async for outcome in run(self.sources.read()):
                self.traffic.finish()
                self.record.note(outcome)
                if self.as_json:
                    print_json(attrs.asdict(outcome))
                display.tell(outcome)

    async def _hear(
        self,
        run: Upload,
        display: Display,
        scope: anyio.CancelScope,
        *,
        task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        """Stop in order at the first Ctrl-C, at once at the second."""
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            task_status.started()
            async for _ in signals:
                if self.stopping:
                    scope.cancel()
                    return
                self.stopping = True
                run.stop()
                display.say(
                    "Finishing what is under way; Ctrl-C again stops at once, and can be resumed as well."
                )

    async def _refresh(self, run: Upload, display: Display, scope: anyio.CancelScope) -> None:
        """Show how it stands: often at a terminal, seldom in a log."""
        every = REFRESH if isinstance(display, LiveDisplay) else PLAIN_EVERY
        due = anyio.current_time() + (0 if isinstance(display, LiveDisplay) else every)
        idle = 0
        while True:
            if anyio.current_time() >= due:
                due = anyio.current_time() + every
                display.show(
                    standing(
                        run.summary,
                        self.traffic,
                        self.client.limiter.snapshot(),
                        total=self.total,
                        stopping=self.stopping,
                    )
                )
            # Final states may take minutes: who has asked for the end doesn't wait for them. Two turns, so that the
            # last outcomes are told.
            idle = idle + 1 if self.stopping and self.wait and not run.summary.active else 0
            if idle > 2:
                scope.cancel()
            await anyio.sleep(REFRESH)

    def _end(self, run: Upload, failure: Exception | None, began: datetime.datetime) -> int:
        """Tell how it ended, write the report and return the exit status."""
        record, summary = self.record, run.summary
        begun = bool(summary.taken or record.total)
        if failure is not None and not begun:
            raise failure
        console = remarks() if self.as_json else results()
        for line in ending.told(record, self.traffic.seconds, skipped=summary.skipped):
            console.print(line)
        console.print(f"Journal {self.journal}", markup=False)
        status = ending.exit_status(record, finished=summary.finished)
        if self.report is not None and not self._write_report(run, began):
            status = max(status, ending.SOME_REFUSED)
        if failure is not None:
            if not isinstance(failure, B2BrouterError):
                raise failure
            complain(f"{failure}. {GOING_ON}.")
        elif not summary.finished:
            cut = (
                f"; {counted(len(summary.in_flight), 'document')} cut off on the way"
                if summary.in_flight
                else ""
            )
            remarks().print(f"Stopped before the end{cut}. {GOING_ON}; nothing is sent twice.", markup=False)
        elif status == ending.NOT_SETTLED:
            remarks().print(
                f"Some could not be settled in time. {GOING_ON}: it looks for them first.", markup=False
            )
        return status

    def _write_report(self, run: Upload, began: datetime.datetime) -> bool:
        assert self.report is not None
        told = Run(
            record=self.record,
            traffic=self.traffic,
            seconds=self.traffic.seconds,
            began=began,
            account=self.account,
            environment=self.client.environment.name,
            host=self.client.base_url,
            journal=str(self.journal),
            program=library_version(),
            finished=run.summary.finished,
            in_flight=run.summary.in_flight,
            skipped=run.summary.skipped,
        )
        try:
            write(told, self.report)
        except OSError as error:
            complain(f"--report: {self.report}: {error.strerror or error}")
            return False
        (remarks() if self.as_json else results()).print(f"Report {self.report}", markup=False)
        return True


def _check_report(report: Path | None) -> None:
    if report is not None and not report.resolve().parent.is_dir():
        raise ConfigurationError(f"--report: {report.parent}: there is no such folder")
