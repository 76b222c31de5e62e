"""The work on a run's documents, each from what it is to its outcome; many side by side."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

import anyio.to_thread
from attrs import define, evolve, field

from ..errors import ArgumentError
from .delivery import Course
from .journal.errors import JournalError
from .journal.schema import Row, writable
from .outcome import Outcome
from .prepare import Invalid, Known, Prepared, Rules, key_of, known_from, prepare
from .slots import Slot, Turns

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .account import Api
    from .journal.sqlite import Journal
    from .settings import Patience
    from .source import Document

_log = logging.getLogger("b2brouter_async.bulk")


@define
class Work:
    """What a run does about its documents, and what it remembers of them."""

    journal: Journal
    api: Api
    rules: Rules
    patience: Patience
    opened: float
    """On the clock of `patience`. Whatever earlier runs sent, they sent before this moment: the lock on the journal says
    so, and no clock that somebody may have turned in between."""
    turns: Turns = field(factory=Turns, init=False)
    under_way: dict[str, str] = field(factory=dict[str, str], init=False)
    """Names of documents that are perhaps being sent just now."""
    left: dict[str, float] = field(factory=dict[str, float], init=False)
    """What this run gave up on, and when."""
    waiting: set[str] = field(factory=set[str], init=False)
    """What is settled but for its final state."""

    async def see_through(self, item: Document | ArgumentError, slot: Slot) -> Outcome | None:
        """See one document through. None where its outcome comes later."""
        began = self.patience.clock()
        if isinstance(item, ArgumentError):
            return Outcome(kind="invalid", source="?", message=str(item))
        name = writable(item.name or "document")
        item = evolve(item, name=name)
        try:
            prepared = await anyio.to_thread.run_sync(prepare, item, self.rules, self.journal.settled)
        except Known as known:
            return known.row.outcome().again(name)
        except JournalError:
            raise
        except Exception as error:
            if not isinstance(error, Invalid):  # one odd document must not end the run of all others
                _log.warning("%s can't be read", name, exc_info=True)
            invalid = error if isinstance(error, Invalid) else Invalid(f"It can't be read: {error!r}")
            async with self.turns.alone(key_of(name, invalid), slot.aside):
                return await self._reject(name, invalid, began)
        async with self._alone(prepared, slot):
            return await self._run(prepared, began, slot)

    @contextlib.asynccontextmanager
    async def _alone(self, prepared: Prepared, slot: Slot) -> AsyncGenerator[None]:
        """Have the second of two that are the same, or have one number, wait until the first is settled."""
        number = (prepared.number, prepared.series or "", prepared.year)
        async with self.turns.alone(prepared.sha256, slot.aside), self.turns.alone(number, slot.aside):
            yield

    async def _run(self, prepared: Prepared, began: float, slot: Slot) -> Outcome | None:
        row = prepared.row()
        known = await self.journal.claim(row, self.rules.again)
        if known is not None and (known.settled or (known.stage == "waiting" and not self.rules.wait)):
            return known.outcome().again(prepared.source)
        if known is not None and known.stage == "waiting":
            return self._awaited(known, prepared.source)
        return await self._go(prepared, known, began, slot)

    async def settle(self, row: Row, slot: Slot) -> Outcome | None:
        """See through what an earlier run began; the document itself isn't at hand."""
        prepared = known_from(row, self.rules)
        async with self._alone(prepared, slot):
            return await self._go(prepared, row, self.patience.clock(), slot)

    async def _go(self, prepared: Prepared, known: Row | None, began: float, slot: Slot) -> Outcome | None:
        """Send what was just claimed, or go on with what the journal knows."""
        course = Course(
            prepared,
            known or prepared.row(),
            self.rules,
            self.api,
            self.journal,
            self.patience,
            aside=slot.aside,
            began=began,
        )
        self.under_way[prepared.sha256] = prepared.source
        if known is None:
            outcome = await course.send()
        else:
            outcome = await course.resume(self.left.get(prepared.sha256, self.opened))
        del self.under_way[prepared.sha256]
        if outcome.kind == "unknown":
            self.left[prepared.sha256] = self.patience.clock()
        return self._awaited(course.row, None) if course.row.stage == "waiting" else outcome

    async def _reject(self, name: str, invalid: Invalid, began: float) -> Outcome:
        outcome = Outcome(
            kind="invalid",
            source=name,
            sha256=invalid.sha256,
            number=invalid.number,
            code=invalid.code,
            message=invalid.reason,
            seconds=round(self.patience.clock() - began, 3),
        )
        row = Row(sha256=key_of(name, invalid), source=name, number=invalid.number, stage="done")
        known = await self.journal.claim(row.with_outcome(outcome))
        # An earlier run with other settings may have sent it: that is what became of it.
        return outcome if known is None else known.outcome().again(name)

    def _awaited(self, row: Row, source: str | None) -> Outcome | None:
        """Keep an outcome back until its state is final; a second appearance of the document needs none of its own."""
        met = row.sha256 in self.waiting
        self.waiting.add(row.sha256)
        return row.outcome().again(source) if met and source is not None else None
