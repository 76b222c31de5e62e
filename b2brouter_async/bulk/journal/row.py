"""One document in a journal: how far it has come, and what is known of it."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import attrs
from attrs import frozen

from ..outcome import Outcome

Stage: TypeAlias = Literal["sending", "draft", "dispatching", "waiting", "done", "open"]
"""sending: perhaps under way. draft: created, nothing else asked of it yet. dispatching: the server was perhaps asked
to send it. waiting: done but for its final state. done: settled. open: begun, and provably not on the server."""
STAGES: tuple[Stage, ...] = get_args(Stage)

UNREAD = "unread:"
"""Begins the key of a document whose content could not be read, so that it has no hash."""

KNOWN = tuple(item.name for item in attrs.fields(Outcome) if item.name != "repeated")
"""What is kept of an outcome; that it is repeated is no fact about the document."""
COLUMNS = ("id", "stage", *KNOWN, "began", "changed")


@frozen(kw_only=True)
class Row:
    """One document in a journal.

    Example:
        with open_journal("run.db") as journal:
            for row in journal.rows():
                print(row.stage, row.outcome.kind, row.outcome.invoice_id)
    """

    id: int = 0
    """In the order the documents were first taken from a source."""
    stage: Stage
    outcome: Outcome
    """What is known of it; of the kind `unknown` as long as nothing is settled."""
    began: str = ""
    """UTC, ISO 8601: when the document was last begun."""
    changed: str = ""
    """UTC, ISO 8601: when the row was last written."""

    @property
    def key(self) -> str:
        """What a document is known by: the hash of its content, or its name where that could not be read."""
        return self.outcome.sha256 or f"{UNREAD}{self.outcome.source}"

    def columns(self) -> dict[str, object]:
        """Return everything by the names of a table's columns.

        Example:
            with open_journal("run.db") as journal:
                table = [row.columns() for row in journal.rows()]
        """
        known = {name: getattr(self.outcome, name) for name in KNOWN}
        return {
            "id": self.id,
            "stage": self.stage,
            **known,
            "sha256": self.key,
            "began": self.began,
            "changed": self.changed,
        }

    @property
    def settled(self) -> bool:
        """Whether there is nothing left to do about it."""
        return self.stage == "done"


def writable(text: str) -> str:
    """Return text as UTF-8 can hold it: a file's name, or a server's words, may have halves of characters."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
