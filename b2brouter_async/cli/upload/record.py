"""What a run's end is told from: counts, causes and the slowest; little memory, however many documents."""

from __future__ import annotations

import heapq
import re
from typing import TYPE_CHECKING, Final, Literal

from attrs import define, field, frozen

from ..._reconcile.states import FAILED, REFUSED
from ...bulk.outcome import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...bulk.outcome import Kind, Outcome

FINE: frozenset[Kind] = frozenset({"created", "adopted"})
"""The kinds that need nobody's attention."""

TONES: Final[Mapping[Kind, Literal["good", "warn", "bad"]]] = {
    "created": "good",
    "adopted": "good",
    "created_with_errors": "warn",
    "duplicate": "warn",
    "refused": "bad",
    "invalid": "bad",
    "unknown": "warn",
}
"""How outcomes are coloured."""

BAD_STATES = REFUSED | FAILED
"""Final states of invoices that did not arrive, or were not wanted."""

FILES_KEPT = 1000
CAUSES_KEPT = 200
MESSAGES_TOLD_APART = 10_000
SLOWEST_KEPT = 15

_PARTICULARS = re.compile(r"'[^']*'|\"[^\"]*\"|«[^»]*»|\S*\d\S*")


def is_fine(outcome: Outcome) -> bool:
    """Tell whether a document is there and needs nobody's attention."""
    return outcome.kind in FINE and outcome.state not in BAD_STATES


@frozen
class Named:
    """One document with a problem."""

    source: str
    number: str | None
    invoice_id: int | None
    message: str | None

    def about(self, alike: bool) -> str:
        """Return what is known of it.

        Args:
            alike: the message is told once for all, and left out here.
        """
        parts = [
            f"number {self.number}" if self.number else None,
            f"invoice {self.invoice_id}" if self.invoice_id is not None else None,
            None if alike else self.message,
        ]
        return ", ".join(part for part in parts if part)


@define
class Cause:
    """Documents that failed for the same reason."""

    kind: Kind
    code: str | None
    param: str | None
    message: str
    """In the words of the first of them."""
    count: int = 0
    """How many they are."""
    documents: list[Named] = field(factory=list[Named])
    """The first of them; the journal has all."""
    _messages: set[int] = field(factory=set[int], repr=False)

    def add(self, document: Named) -> None:
        """Take in one more document."""
        self.count += 1
        if len(self.documents) < FILES_KEPT:
            self.documents.append(document)
        if len(self._messages) <= MESSAGES_TOLD_APART:
            self._messages.add(hash(document.message or ""))

    @property
    def different(self) -> int:
        """How many different messages there are, up to one more than can be told apart."""
        return len(self._messages)

    @property
    def different_text(self) -> str:
        """How many different messages there are, in words."""
        most = self.different > MESSAGES_TOLD_APART
        return (
            f"{'more than ' if most else ''}{min(self.different, MESSAGES_TOLD_APART):,} different messages"
        )

    @property
    def alike(self) -> bool:
        """Whether all documents say the same, so that it need not be repeated with each."""
        return self.different <= 1


@define
class Record:
    """What happened to the documents of a run."""

    counts: dict[Kind, int] = field(factory=lambda: dict.fromkeys(KINDS, 0))
    repeated: int = 0
    in_bad_state: int = 0
    """Created or adopted, and then come to a bad state."""
    causes: dict[tuple[str, ...], Cause] = field(factory=dict[tuple[str, ...], Cause])
    further: int = 0
    """Documents with a problem whose cause is not kept, because there were too many causes."""
    _slowest: list[tuple[float, int, Outcome]] = field(factory=list[tuple[float, int, "Outcome"]])

    def note(self, outcome: Outcome) -> None:
        """Take in one outcome."""
        self.counts[outcome.kind] += 1
        self.repeated += outcome.repeated
        if not outcome.repeated:
            # The count breaks ties: outcomes can't be compared.
            entry = (outcome.seconds, -self.total, outcome)
            if len(self._slowest) < SLOWEST_KEPT:
                heapq.heappush(self._slowest, entry)
            else:
                heapq.heappushpop(self._slowest, entry)
        if not is_fine(outcome):
            self.in_bad_state += outcome.kind in FINE
            self._blame(outcome)

    @property
    def total(self) -> int:
        """All outcomes."""
        return sum(self.counts.values())

    @property
    def fine(self) -> int:
        """Documents that are there and need nobody's attention."""
        return sum(self.counts[kind] for kind in FINE) - self.in_bad_state

    @property
    def slowest(self) -> list[Outcome]:
        """The documents that took longest, the slowest first."""
        return [outcome for _, _, outcome in sorted(self._slowest, reverse=True)]

    def worst(self) -> list[Cause]:
        """The causes, the most frequent first."""
        return sorted(self.causes.values(), key=lambda cause: (-cause.count, cause.kind, cause.message))

    def _blame(self, outcome: Outcome) -> None:
        message = outcome.message or (
            f"the invoice came to the state {outcome.state}" if outcome.state else ""
        )
        # The server's code says what it is; where there is none, its words do, but for what is the document's own.
        reason = outcome.code or _PARTICULARS.sub("…", message)
        key = (outcome.kind, reason, outcome.param or "")
        cause = self.causes.get(key)
        if cause is None:
            if len(self.causes) >= CAUSES_KEPT:
                self.further += 1
                return
            cause = self.causes[key] = Cause(outcome.kind, outcome.code, outcome.param, message)
        cause.add(Named(outcome.source, outcome.number, outcome.invoice_id, message or None))
