"""How an upload is watched: a live display at a terminal, plain lines elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

from attrs import define, field, frozen
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ..output import duration, percent, plural, printable, tally
from .record import TONES, is_fine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from ...bulk.outcome import Kind, Outcome, Summary
    from ...limiter import Snapshot
    from .traffic import Traffic

PROBLEMS_TOLD = 20
PLAIN_EVERY = 10.0
COLOURS: Mapping[str, str] = {
    kind: {"good": "green", "warn": "yellow", "bad": "red"}[tone] for kind, tone in TONES.items()
}


@frozen(kw_only=True)
class Status:
    """How an upload stands at one moment."""

    counts: Mapping[Kind, int]
    total: int
    """Documents there are, as far as was counted."""
    last_minute: int
    """Requests in the last 60 seconds."""
    limit: int
    """Requests a minute; 0 where there is none."""
    left: float | None
    """Seconds; None where they can't be told."""
    waits_for: str
    awaited: int | None = None
    """Documents that are sent and wait for the states they end in; None where nobody waits for states."""

    @property
    def done(self) -> int:
        """Documents that are settled."""
        return sum(self.counts.values())

    @property
    def sent(self) -> int:
        """Documents that are settled, or wait for their state alone."""
        return self.done + (self.awaited or 0)

    @property
    def share(self) -> str:
        """How much is done: with states awaited, what is sent and what is known apart."""
        if self.awaited is None:
            return f"{self.done:,} of {self.total:,} · {percent(self.done, self.total)}"
        return (
            f"{self.sent:,} of {self.total:,} sent · {percent(self.sent, self.total)} · "
            f"state known of {self.done:,} · {percent(self.done, self.total)}"
        )

    @property
    def pace(self) -> str:
        """The rate, the time left and what is waited for."""
        of = f" of {self.limit:,}" if self.limit else ""
        left = "" if self.left is None else f" · {duration(self.left)} left"
        return f"{self.last_minute:,}{of} requests a minute{left} · waiting for {self.waits_for}"


def status_of(
    summary: Summary,
    traffic: Traffic,
    limiter: Snapshot,
    *,
    total: int,
    stopping: bool,
    wait: float | None = None,
) -> Status:
    """Return how an upload stands.

    Args:
        summary: the run's own counts.
        traffic: what was sent and settled, by the second.
        limiter: how the limiter stands.
        total: documents there are.
        stopping: whether no more documents are taken.
        wait: how many seconds final states are waited for; None where they are not.
    """
    pace = traffic.pace
    open_ = total - summary.total
    # While most wait for their states, the pace says when these come and not when the work is done.
    tellable = not stopping and pace > 0 and open_ > 0 and _awaited(summary) <= summary.total
    return Status(
        counts=dict(summary.counts),
        total=max(total, summary.total),
        last_minute=traffic.last_minute,
        limit=traffic.limit,
        left=limiter.frozen_for + 60 * open_ / pace if tellable else None,
        waits_for=_waits_for(summary, limiter, stopping=stopping, wait=wait),
        awaited=None if wait is None else _awaited(summary),
    )


def _waits_for(summary: Summary, limiter: Snapshot, *, stopping: bool, wait: float | None) -> str:
    if limiter.frozen_for > 0:
        return f"the end of a pause after a 429, {duration(limiter.frozen_for)}"
    doubts = f", and for {summary.settling:,} in doubt" if summary.settling else ""
    if awaited := _awaited(summary):
        doubts += f", and for {plural(awaited, 'final state')}"
        if wait is not None and summary.taken == summary.total + awaited:
            doubts += f", at most {duration(wait)}"
    if stopping:
        return f"what is under way{doubts}"
    if limiter.waiting:
        return f"the limit{doubts}"
    if summary.active:
        return f"replies{doubts}"
    return doubts.removeprefix(", and for ") or ("the end" if summary.taken else "the server")


def _awaited(summary: Summary) -> int:
    """Return how many invoices are there and wait for the states they end in."""
    return max(0, summary.taken - summary.total - summary.active - summary.settling)


class Display(Protocol):
    """What shows an upload while it runs."""

    def show(self, now: Status) -> None:
        """Show how it stands."""
        ...

    def tell(self, outcome: Outcome) -> None:
        """Take note of an outcome."""
        ...

    def say(self, text: str) -> None:
        """Say something that stays."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@define
class _Problems:
    """Tells the first problems as they come; all of them are told at the end, by cause."""

    told: int = 0

    def line(self, outcome: Outcome) -> Text | None:
        """Return the line about an outcome; None where there is nothing to tell."""
        if is_fine(outcome) or self.told > PROBLEMS_TOLD:
            return None
        self.told += 1
        if self.told > PROBLEMS_TOLD:
            return Text("Further problems are told at the end.", style="dim")
        return problem(outcome)


def problem(outcome: Outcome) -> Text:
    """Return an outcome in one line."""
    kind = outcome.kind.replace("_", " ")
    said = " ".join(part for part in (outcome.code, f"({outcome.param})" if outcome.param else None) if part)
    state = f"its state is {outcome.state}" if outcome.state and not outcome.message else None
    why = ": ".join(part for part in (said, outcome.message or state) if part)
    return Text.assemble(
        (kind, COLOURS[outcome.kind]),
        " ",
        printable(outcome.source),
        *((": ", printable(why)) if why else ()),
    )


@define
class LiveDisplay:
    """A bar and three lines at the foot of a terminal; problems scroll by above it."""

    console: Console
    title: str
    _problems: _Problems = field(factory=_Problems, init=False)
    _live: Live = field(init=False)

    def __attrs_post_init__(self) -> None:
        # Refreshed by the run itself: a thread of Rich's own would read the counts while they change.
        self._live = Live(console=self.console, auto_refresh=False, transient=True)

    def show(self, now: Status) -> None:
        """Draw it anew."""
        self._live.update(render(now, self.title), refresh=True)

    def tell(self, outcome: Outcome) -> None:
        """Let a problem scroll by."""
        line = self._problems.line(outcome)
        if line is not None:
            self.console.print(line)

    def say(self, text: str) -> None:
        """Say something above the bar."""
        self.console.print(text, markup=False, style="bold")

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()


def render(now: Status, title: str) -> Group:
    """Return what the live display shows."""
    bar = Table.grid(padding=(0, 1), expand=True)
    bar.add_column(ratio=1)
    bar.add_column(justify="right", no_wrap=True)
    bar.add_row(
        ProgressBar(
            total=max(1, now.total), completed=now.sent, complete_style="green", finished_style="green"
        ),
        now.share,
    )
    counts = [
        Text(f"{count:,} {kind.replace('_', ' ')}", style=COLOURS[kind])
        for kind, count in now.counts.items()
        if count
    ]
    return Group(
        Text(title, style="dim"),
        bar,
        Text(" · ").join(counts) if counts else Text("nothing settled yet", style="dim"),
        Text(now.pace, style="dim"),
    )


@define
class PlainDisplay:
    """A line now and then, for logs."""

    console: Console
    _problems: _Problems = field(factory=_Problems, init=False)

    def show(self, now: Status) -> None:
        """Print a line: how much is done, and how it goes on."""
        self.console.print(plain_line(now), markup=False)

    def tell(self, outcome: Outcome) -> None:
        """Print a problem."""
        line = self._problems.line(outcome)
        if line is not None:
            self.console.print(line)

    def say(self, text: str) -> None:
        """Print a line."""
        self.console.print(text, markup=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


def plain_line(now: Status) -> str:
    """Return how an upload stands in one line."""
    counts = tally(now.counts.items())
    return f"{now.share}{': ' + counts if counts else ''} · {now.pace}"
