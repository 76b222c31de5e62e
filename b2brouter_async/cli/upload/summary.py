"""How an upload's end is told, and the exit status that says the same to programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from ..output import duration, plural, printable
from .progress import COLOURS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .record import Cause, Record

ALL_THERE = 0
SOME_REFUSED = 1
NOTHING_BEGUN = 2
NOT_SETTLED = 3

GOING_ON = "To go on, run the same command again"
CAUSES_TOLD = 10
FILES_TOLD = 3


def exit_status(record: Record, *, finished: bool, elsewhere: int = 0) -> int:
    """Return 0 if all documents are there, 1 if some need attention, 3 if the same command is to be run again.

    Args:
        record: what happened.
        finished: whether the source was worked off to its end.
        elsewhere: how many of those that are not settled this command can't send, however often it is run.
    """
    if record.counts["unknown"] > elsewhere or not finished:
        return NOT_SETTLED
    return ALL_THERE if record.fine == record.total else SOME_REFUSED


def unsettled_lines(unknown: int, *, held: int, elsewhere: int) -> Iterator[str]:
    """Yield what is to be done about documents that are not settled, by whose they are.

    Args:
        unknown: how many they are.
        held: how many of them another process works on.
        elsewhere: how many were left by others and are not among this command's.
    """
    own = unknown - held - elsewhere
    if own > 0:
        yield f"{plural(own, 'document')} could not be settled in time. {GOING_ON}: it looks for them first."
    if held:
        yield (
            f"{plural(held, 'document')} left to other processes, which had not come to an end of them. The same command tells "
            "later what became of them, and takes over what they leave."
        )
    if elsewhere:
        yield (
            f"{plural(elsewhere, 'document')} of another command or process, which ended before its time, could not be settled "
            "here, where they are not at hand: run that command again, or give them to this one. They are looked for before "
            "anything is sent."
        )


def summary_lines(
    record: Record, seconds: float, *, skipped: int, names: Sequence[str] = ()
) -> Iterator[Text]:
    """Yield the lines that tell the end: the counts, then the problems by cause.

    Args:
        record: what happened.
        seconds: how long it took.
        skipped: how many files were passed over.
        names: the first of them.
    """
    line = Text(f"{plural(record.total, 'document')} in {duration(seconds)}")
    kinds = [(kind, count) for kind, count in record.counts.items() if count]
    for index, (kind, count) in enumerate(kinds):
        line.append(", " if index else ": ")
        line.append(f"{count:,} {kind.replace('_', ' ')}", style=COLOURS[kind])
    if record.repeated:
        line.append(f" ({record.repeated:,} settled before)")
    if skipped:
        line.append(f"; {plural(skipped, 'file')} passed over")
    yield line
    if names:
        yield Text(f"passed over: {_few(names, skipped)}", style="dim")
    causes = record.worst()
    for cause in causes[:CAUSES_TOLD]:
        yield from _cause(cause)
    rest = len(causes) - CAUSES_TOLD
    if rest > 0:
        yield Text(f"{plural(rest, 'more cause')}; see the report or the journal", style="dim")


def _cause(cause: Cause) -> Iterator[Text]:
    said = " ".join(part for part in (cause.code, f"({cause.param})" if cause.param else None) if part)
    why = ": ".join(part for part in (said, cause.message) if part)
    kind = cause.kind.replace("_", " ")
    yield Text.assemble(
        (f"{cause.count:,} {kind}", COLOURS[cause.kind]), *((": ", printable(why)) if why else ())
    )
    named = _few([document.source for document in cause.documents], cause.count)
    different = f" ({cause.different_text})" if cause.different > 1 else ""
    yield Text(f"    {named}{different}", style="dim")


def _few(names: Sequence[str], count: int) -> str:
    """Return the first names, and how many more there are."""
    shown = [printable(name) for name in names[:FILES_TOLD]]
    rest = count - len(shown)
    return f"{', '.join(shown)}{f' and {rest:,} more' if rest else ''}"
