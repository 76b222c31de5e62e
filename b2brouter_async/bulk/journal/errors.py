"""What goes wrong with a journal. None of it loses an outcome: what was sent can be resumed."""

from __future__ import annotations

from ...errors import B2BrouterError


class JournalError(B2BrouterError):
    """The journal can't be written or read: a full disk, a read-only folder, a damaged file, another run's journal."""


class JournalInUseError(JournalError):
    """Another run writes to this journal."""


class ClaimLostError(JournalError):
    """This process no longer has the document: its lease is over, or another has claimed it. Nothing more is sent of it."""


def another_run(journal: str, name: str, known: str | None, this: str) -> JournalError:
    """Return the error of a journal that is about something else.

    Args:
        journal: what it is called.
        name: what is different, for example `account`.
        known: as the journal has it.
        this: as the run has it.
    """
    return JournalError(
        f"{journal} is the journal of another run: its {name} is {known!r}, this run's is {this!r}. "
        "Name another journal, or repeat the run it belongs to"
    )
