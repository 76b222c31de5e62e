"""The live display: what it says at one moment, and that a real terminal is left as it was."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from b2brouter_async.bulk import Outcome, Summary
from b2brouter_async.cli.upload.progress import (
    PROBLEMS_TOLD,
    LiveDisplay,
    PlainDisplay,
    Status,
    plain_line,
    render,
    status_of,
)
from b2brouter_async.cli.upload.traffic import Traffic
from b2brouter_async.limiter import Snapshot
from tests.cli.conftest import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def limiter(*, waiting: int = 0, frozen_for: float = 0.0) -> Snapshot:
    return Snapshot(limit=600, period=60.0, believed=600, free=0, in_flight=3, waiting=waiting, waiting_interactive=0,
                    next=0.0, frozen_for=frozen_for, rejections=0)  # fmt: skip


def after_a_minute(summary: Summary) -> Traffic:
    now = [0.0]
    traffic = Traffic(600, lambda: now[0])
    for second in range(60):
        now[0] = second + 0.999
        traffic.requests.add(second, 10)
    for _ in range(summary.total):
        traffic.finished.add(30)
    return traffic


def a_summary(**counts: int) -> Summary:
    summary = Summary()
    for kind, count in counts.items():
        summary.counts[kind] = count  # type: ignore[index]
    summary.taken = sum(counts.values()) + 5
    summary.active = 5
    return summary


def test_a_line_says_how_much_is_done_how_fast_how_long_and_what_for() -> None:
    summary = a_summary(created=590, refused=10)
    now = status_of(summary, after_a_minute(summary), limiter(waiting=4), total=3000, stopping=False)
    assert plain_line(now) == (
        "600 of 3,000 · 20 %: 590 created, 10 refused · 600 of 600 requests a minute · 4:00 left · "
        "waiting for the limit"
    )


@pytest.mark.parametrize(
    ("settling", "active", "snapshot", "stopping", "what"),
    [
        (0, 5, limiter(frozen_for=12), False, "the end of a pause after a 429, 12 s"),
        (2, 5, limiter(waiting=1), False, "the limit, and for 2 in doubt"),
        (0, 5, limiter(), False, "replies"),
        (5, 0, limiter(), False, "5 in doubt"),
        (0, 0, limiter(), False, "5 final states"),
        (1, 3, limiter(), False, "replies, and for 1 in doubt, and for 1 final state"),
        (1, 5, limiter(waiting=9), True, "what is under way, and for 1 in doubt"),
    ],
    ids=["a pause", "the limit", "replies", "doubts", "states", "all of it", "stopping"],
)
def test_it_says_what_is_waited_for(
    settling: int, active: int, snapshot: Snapshot, stopping: bool, what: str
) -> None:
    summary = a_summary(created=1)
    summary.settling, summary.active = settling, active
    now = status_of(summary, after_a_minute(summary), snapshot, total=100, stopping=stopping)
    assert now.waits_for == what


@pytest.mark.parametrize(
    ("active", "stopping", "told"),
    [(5, False, True), (5, True, False), (4, False, True), (3, False, False)],
    ids=["under way", "stopping", "one waits for its state", "most wait for their states"],
)
def test_the_time_left_is_told_only_where_the_pace_says_it(active: int, stopping: bool, told: bool) -> None:
    summary = a_summary(created=1)
    summary.active = active
    now = status_of(summary, after_a_minute(summary), limiter(), total=100, stopping=stopping)
    assert (now.left is not None) == told


def test_nothing_is_promised_before_anything_is_settled() -> None:
    now = status_of(a_summary(), Traffic(600, lambda: 0.0), limiter(), total=100, stopping=False)
    assert now.left is None
    assert plain_line(now) == "0 of 100 · 0 % · 0 of 600 requests a minute · waiting for replies"


def test_the_display_draws_a_bar_the_outcomes_and_the_pace() -> None:
    console = Console(width=72, force_terminal=True, no_color=True, color_system=None, file=io.StringIO())
    now = Status(
        counts={"created": 30, "adopted": 0, "refused": 2},
        total=64,
        last_minute=592,
        limit=600,
        left=75.0,
        waits_for="the limit",
    )
    with console.capture() as captured:
        console.print(render(now, "Uploading to account 123"))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", captured.get()).splitlines()
    assert [line.rstrip() for line in lines] == [
        "Uploading to account 123",
        "━" * 28 + " " * 28 + " 32 of 64 · 50 %",
        "30 created · 2 refused",
        "592 of 600 requests a minute · 1:15 left · waiting for the limit",
    ]


def test_what_is_sent_and_what_is_known_are_told_apart_while_states_are_awaited() -> None:
    summary = a_summary(created=30)
    summary.taken, summary.active = 90, 20
    now = status_of(summary, after_a_minute(summary), limiter(), total=100, stopping=False, wait=300)
    assert plain_line(now).startswith("70 of 100 sent · 70 % · state known of 30 · 30 %: 30 created")
    assert now.waits_for == "replies, and for 40 final states"
    summary.taken, summary.active = 100, 0
    now = status_of(summary, after_a_minute(summary), limiter(), total=100, stopping=False, wait=300)
    assert plain_line(now).startswith("100 of 100 sent · 100 % · state known of 30 · 30 %: 30 created")
    assert now.waits_for == "70 final states, at most 5:00"


@pytest.mark.parametrize("kind", [PlainDisplay, LiveDisplay])
def test_the_first_problems_are_told_as_they_come(kind: type[PlainDisplay | LiveDisplay]) -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    display = PlainDisplay(console) if kind is PlainDisplay else LiveDisplay(console, "title")
    for index in range(50):
        display.tell(
            Outcome(kind="refused", source=f"{index}\x1b[2J.xml", code="c", param="p", message="m [bold]")
        )
        display.tell(Outcome(kind="created", source="fine.xml"))
    told = console.export_text().splitlines()
    assert len(told) == PROBLEMS_TOLD + 1
    assert told[0] == "refused 0\N{REPLACEMENT CHARACTER}[2J.xml: c (p): m [bold]"
    assert told[-1] == "Further problems are told at the end."


@pytest.mark.usefixtures("connected")
def test_at_a_terminal_the_bar_comes_and_goes(invoices: Callable[..., Path]) -> None:
    import pty

    folder = invoices(12)
    environment = {
        **os.environ,
        "TERM": "xterm-256color",
        "B2BROUTER_REQUESTS_PER_MINUTE": "600",
        "COLUMNS": "90",
    }
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "upload", str(folder)], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    seen = b""
    # At the end Linux says that nobody writes there any more, others that there is nothing more.
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 65536):
            seen += part
    os.close(terminal)
    assert process.wait(timeout=60) == 0
    screen = seen.decode()
    assert "━" in screen
    assert "of 600 requests a minute" in screen
    assert screen.rfind("\x1b[?25l") < screen.rfind("\x1b[?25h")  # the cursor is shown again
    assert screen.splitlines()[-1] == "Journal b2brouter-sandbox-483921.db"
