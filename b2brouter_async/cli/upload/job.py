"""One upload with somebody watching: progress, signals, the end and the report."""

from __future__ import annotations

import contextlib
import datetime
import signal
import sys
from typing import TYPE_CHECKING, Final

import anyio
import anyio.abc
import attrs
from attrs import define, field

from ...client import library_version
from ...errors import B2BrouterError, ConfigurationError, NotFoundError
from ..error_texts import error_text, invalid_text
from ..output import duration, plural, print_error, print_json, printable, remarks, results, silence_stdout
from .progress import PLAIN_EVERY, LiveDisplay, PlainDisplay, status_of
from .record import Record
from .report import Run, write
from .summary import (
    GOING_ON,
    NOTHING_BEGUN,
    SOME_REFUSED,
    exit_status,
    summary_lines,
    unsettled_lines,
)

if TYPE_CHECKING:
    from pathlib import Path

    from ...bulk import Outcome, Upload, UploadSettings
    from .destination import Destination
    from .group import GroupRun
    from .progress import Display
    from .sources import Sources
    from .traffic import Traffic

REFRESH: Final = 0.125


@define(kw_only=True)
class Job:
    """One upload, from the counting to the report."""

    destination: Destination
    sources: Sources
    settings: UploadSettings
    """Of the upload itself."""
    wait: float | None
    """How many seconds final states are waited for; None where they are not."""
    report: Path | None
    as_json: bool
    traffic: Traffic
    record: Record = field(factory=Record, init=False)
    total: int = field(default=0, init=False)
    stopping: bool = field(default=False, init=False)
    heard: bool = field(default=True, init=False)
    """Whether anybody reads the lines of `--json`."""
    unwritten: bool = field(default=False, init=False)
    """Whether lines of `--json` were lost that somebody wanted to have."""

    async def run(self) -> int:
        """Do it and return the exit status.

        Raises:
            B2BrouterError: nothing was begun.
        """
        began = datetime.datetime.now().astimezone()
        async with self.destination.client:
            self.total = await self._count()
            if not self.total and not self.destination.journal.may_hold_documents:
                raise ConfigurationError(
                    "there is no document to upload (.xml, .pdf, .xsig and .p7m count in folders)"
                )
            run = self.destination.client.upload(**self.settings)
            with self._display() as display:
                failure = await self._watch(run, display)
        return self._end(run, failure, began)

    async def _count(self) -> int:
        """Judge the tables and count the documents, with somebody watching."""
        console = remarks()
        with console.status("Reading…") if console.is_terminal else contextlib.nullcontext() as status:

            def show(name: str, rows: int) -> None:
                if status is not None:
                    status.update(f"Reading {printable(name)}: {rows:,} rows")

            count = await self.sources.count(show)
        for reason, rows in self.sources.left_out.items():
            console.print(f"Left out: {plural(rows, 'row')} where {printable(reason)}", markup=False)
        return count

    def _display(self) -> Display:
        console = remarks()
        to = self.destination
        if to.rehearsal:
            title = "Rehearsing with a simulator; nothing is sent"
        else:
            accounts = to.accounts or f"account {to.account}"
            title = f"Uploading to {accounts} · {to.client.environment.name} · journal {to.journal}"
        if self.wait is not None:
            title += f" · states are awaited for {duration(self.wait)} after the last was sent"
        if console.is_terminal and not console.is_dumb_terminal:
            return LiveDisplay(console, title)
        plain = PlainDisplay(console)
        plain.say(f"{title} · {plural(self.total, 'document')}")
        return plain

    async def _watch(self, run: Upload | GroupRun, display: Display) -> Exception | None:
        """Upload with somebody watching, and signals heard; return what ended it before its time."""
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            scope = anyio.CancelScope()
            if sys.platform != "win32":  # there, Ctrl-C stops at once
                await tasks.start(self._hear, run, display, scope)
            tasks.start_soon(self._refresh, run, display)
            with scope:
                try:
                    await self._upload(run, display)
                except Exception as error:
                    # Not let through: the group would wrap it.
                    failure = error
            tasks.cancel_scope.cancel()
        return failure

    async def _upload(self, run: Upload | GroupRun, display: Display) -> None:
        async with run:
            if self.stopping:
                return
            async for outcome in run(self.sources.read()):
                if outcome.kind == "invalid":
                    outcome = attrs.evolve(outcome, message=invalid_text(outcome.message, outcome.code))
                if not outcome.repeated and outcome.kind != "invalid":
                    self.traffic.finish()
                self.record.note(outcome)
                display.tell(outcome)
                if self.as_json and self.heard:
                    self._print(run, display, outcome)

    def _print(self, run: Upload | GroupRun, display: Display, outcome: Outcome) -> None:
        try:
            print_json(attrs.asdict(outcome))
            sys.stdout.flush()
        except OSError as error:
            # Whoever read this has enough, or there is no room: a reason to stop, not to be cut off.
            silence_stdout()
            self.heard = False
            if not isinstance(error, BrokenPipeError):
                self.unwritten = True
                display.say(f"Standard output can't be written ({error.strerror or error}); stopping.")
            self._stop(run)

    def _stop(self, run: Upload | GroupRun) -> None:
        self.stopping = True
        run.stop()

    async def _hear(
        self,
        run: Upload | GroupRun,
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
                self._stop(run)
                display.say(
                    "Finishing what is under way; Ctrl-C again stops at once, and can be resumed as well."
                )

    async def _refresh(self, run: Upload | GroupRun, display: Display) -> None:
        """Show how it stands: often at a terminal, seldom in a log."""
        every = REFRESH if isinstance(display, LiveDisplay) else PLAIN_EVERY
        due = anyio.current_time() + (0 if isinstance(display, LiveDisplay) else every)
        while True:
            if anyio.current_time() >= due:
                due = anyio.current_time() + every
                display.show(
                    status_of(
                        run.summary,
                        self.traffic,
                        self.destination.client.limiter.snapshot(),
                        total=self.total,
                        stopping=self.stopping,
                        wait=self.wait,
                    )
                )
            await anyio.sleep(REFRESH)

    def _end(self, run: Upload | GroupRun, failure: Exception | None, began: datetime.datetime) -> int:
        """Tell how it ended, write the report and return the exit status."""
        record, summary = self.record, run.summary
        begun = bool(summary.taken or record.total)
        if failure is not None and not begun:
            if not isinstance(failure, B2BrouterError):
                raise failure
            print_error(error_text(failure) + self._way_out(failure))
            return NOTHING_BEGUN
        console = remarks() if self.as_json else results()
        skipped = self.sources.skipped
        for line in summary_lines(record, self.traffic.seconds, skipped=skipped.count, names=skipped.names):
            console.print(line)
        console.print(
            "A rehearsal: nothing was sent."
            if self.destination.rehearsal
            else f"Journal {self.destination.journal}",
            markup=False,
        )
        for number, problem in getattr(run, "failures", {}).items():
            print_error(f"account {number}: {problem}")
        status = exit_status(record, finished=summary.finished, elsewhere=summary.elsewhere)
        reported = self.report is None or self._write_report(run, began)
        if self.unwritten or not reported:
            status = max(status, SOME_REFUSED)
        if failure is not None:
            if not isinstance(failure, B2BrouterError):
                raise failure
            print_error(f"{failure}. {GOING_ON}.")
        elif not summary.finished:
            cut = (
                f"; {plural(len(summary.in_flight), 'document')} cut off on the way"
                if summary.in_flight
                else ""
            )
            remarks().print(f"Stopped before the end{cut}. {GOING_ON}; nothing is sent twice.", markup=False)
        else:
            unknown = record.counts["unknown"]
            for told in unsettled_lines(unknown, held=summary.held, elsewhere=summary.elsewhere):
                remarks().print(told, markup=False)
        return status

    def _way_out(self, failure: B2BrouterError) -> str:
        return (
            "; 'b2brouter accounts' lists those that the key sees"
            if isinstance(failure, NotFoundError)
            else ""
        )

    def _write_report(self, run: Upload | GroupRun, began: datetime.datetime) -> bool:
        assert self.report is not None
        to = self.destination
        told = Run(
            record=self.record,
            traffic=self.traffic,
            seconds=self.traffic.seconds,
            began=began,
            account=to.accounts or to.account,
            environment="a rehearsal; nothing was sent" if to.rehearsal else to.client.environment.name,
            host=to.client.base_url,
            journal="none" if to.rehearsal else str(to.journal),
            program=library_version(),
            finished=run.summary.finished,
            in_flight=run.summary.in_flight,
            skipped=self.sources.skipped.count,
            skipped_names=tuple(self.sources.skipped.names),
        )
        try:
            write(told, self.report)
        except OSError as error:
            print_error(f"--report: {self.report}: {error.strerror or error}")
            return False
        (remarks() if self.as_json else results()).print(f"Report {self.report}", markup=False)
        return True
