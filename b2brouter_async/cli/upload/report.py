"""The report of an upload: one HTML page that needs no network, on screen and on paper."""

from __future__ import annotations

import datetime  # noqa: TC003 - attrs resolves the annotations
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ..._core.files import write_whole
from ..output import plural
from ..page import render_page
from . import plot
from .record import TONES, Record
from .traffic import Traffic  # noqa: TC001

if TYPE_CHECKING:
    from pathlib import Path

    from ...bulk.outcome import Kind

MEANINGS: Final[dict[Kind, str]] = {
    "created": "the server took it",
    "adopted": "was there already, with the same content",
    "created_with_errors": "is on the server, and will not be sent",
    "duplicate": "its number is taken by a different document",
    "refused": "the server said no",
    "invalid": "unreadable, or failed a check here; nothing was sent",
    "unknown": "not settled in time; the next run settles it",
}


@frozen(kw_only=True)
class Run:
    """One upload, as its report tells it."""

    record: Record
    traffic: Traffic
    seconds: float
    began: datetime.datetime
    """With its time zone."""
    account: str
    """Its id, or what it went to where that is not one account."""
    environment: str
    host: str
    journal: str
    program: str
    """Name and version of what uploaded."""
    finished: bool
    """Whether the source was worked off to its end."""
    in_flight: tuple[str, ...] = ()
    """Documents that were under way when the run was cut short."""
    skipped: int = 0
    """How many files were passed over."""
    skipped_names: tuple[str, ...] = ()
    """The first of them."""

    @property
    def pace(self) -> float:
        """Documents a minute, those that were settled before left out."""
        return 60 * (self.record.total - self.record.repeated) / max(self.seconds, 1.0)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What else is to be known: names and values, which may be empty."""
        return [
            ("began", self.began.isoformat(sep=" ", timespec="seconds")),
            ("server", self.host),
            ("limit", f"{self.traffic.limit:,} requests a minute" if self.traffic.limit else "none"),
            ("journal", self.journal),
            (
                "ended",
                "the source was worked off"
                if self.finished
                else "stopped before its end; run it again to go on",
            ),
            ("passed over", plural(self.skipped, "file") if self.skipped else ""),
            ("program", self.program),
        ]


def headline(run: Run) -> tuple[str, str]:
    """Return the run in one sentence, and its tone: good, warn or bad."""
    record = run.record
    if not record.total:
        return "No document was uploaded", "good" if run.finished else "warn"
    if record.fine == record.total:
        sentence = f"{plural(record.total, 'document')}: all there"
        return (sentence, "good") if run.finished else (f"{sentence}, and more to do", "warn")
    sentence = f"{record.fine:,} of {plural(record.total, 'document')} there"
    certain = sum(record.counts[kind] for kind in ("refused", "invalid"))
    return sentence, "bad" if certain else "warn"


def render(run: Run) -> str:
    """Return the page."""
    title, tone = headline(run)
    when = run.began.strftime("%d %B %Y, %H:%M").lstrip("0")
    return render_page(
        "upload.html",
        title=title,
        tone=tone,
        when=when,
        lead=f"Upload to {'account ' if run.account.isdigit() else ''}{run.account} ({run.environment}), {when}",
        run=run,
        plot=plot.svg(run.traffic, run.seconds),
        tones=TONES,
        meanings=MEANINGS,
    )


def write(run: Run, path: Path) -> None:
    """Write the page to a file, all of it or nothing.

    Raises:
        OSError: the file can't be written.
    """
    write_whole(path, render(run).encode())
