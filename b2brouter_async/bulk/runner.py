"""The work on a run's documents, each from what it is to its outcome; many side by side."""

from __future__ import annotations

import contextlib
import datetime
import logging
from typing import TYPE_CHECKING

import anyio.to_thread
from attrs import define, evolve, field

from .._call.granted import granted
from .._core.backoff import Backoff
from ..limiter import BULK
from .delivery import Delivery
from .journal.errors import ClaimLostError, JournalError
from .journal.row import Row, writable
from .outcome import Outcome
from .prepare import Invalid, Prepared, ReadApart, Rules, known_from, settled_before
from .reading import Reader
from .slots import Room, Slot, Turns
from .source import Document, NoDocument

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from .._call.granted import Granted
    from ..limiter import RateLimiter
    from .account import AccountCalls
    from .journal.protocol import Claim, Journal

ROOM = 128 * 1024 * 1024
"""Bytes of large files that are held at once. Each is sent from memory, since it must be what was hashed."""

_log = logging.getLogger("b2brouter_async.bulk")

_WAITS = Backoff(first=0.25, factor=1.5, longest=5.0)
_LEASE = 60.0
"""Seconds that a document may stay with a process that has died, beyond the time each is struggled for."""


@define
class Runner:
    """What a run does about its documents, and what it remembers of them."""

    journal: Journal
    account: AccountCalls
    rules: Rules
    opened: float
    """On the clock of `patience`. Whatever earlier runs sent, they sent before this moment: the lock on the journal says
    so, and no clock that somebody may have turned in between."""
    wait: float | None = None
    """Seconds to wait for a document that another process works on; None for as long as one may take."""
    limiter: RateLimiter | None = None
    """Whose token is waited for before a document is claimed: what a process that dies has claimed must be looked for, sent
    or not. None where that costs more than it saves: a run of one process looks for little."""
    turns: Turns = field(factory=Turns, init=False)
    room: Room = field(factory=lambda: Room(ROOM))
    reader: Reader = field(init=False)
    under_way: dict[str, str] = field(factory=dict[str, str], init=False)
    """Names of documents that are perhaps being sent just now, by their keys."""
    left: dict[str, float] = field(factory=dict[str, float], init=False)
    """What this run gave up on, and when."""
    waiting: set[str] = field(factory=set[str], init=False)
    """What is settled but for its final state."""
    held: set[str] = field(factory=set[str], init=False)
    """Keys of this run's documents that another process works on."""
    aside: list[Outcome] = field(factory=list[Outcome], init=False)
    """Outcomes of documents that had to be settled before others; whoever tells outcomes takes them out."""
    _tried_first: set[int] = field(factory=set[int], init=False)
    _midnight: datetime.datetime = field(init=False)
    """When the clock of `patience` stood at 0, by the journal's."""

    def __attrs_post_init__(self) -> None:
        self.reader = Reader(self.rules, self.journal.settled)
        self._midnight = self.journal.now() - datetime.timedelta(seconds=self._clock())

    async def settled_before(self, items: Sequence[Document | NoDocument]) -> list[Outcome | None]:
        """Return the outcomes of documents that an earlier run has settled; None for each other one."""
        rows = await anyio.to_thread.run_sync(settled_before, items, self.rules, self.journal.settled)
        return [
            None
            if row is None or isinstance(item, NoDocument)
            else row.outcome.again(writable(item.name or "document"))
            for item, row in zip(items, rows, strict=True)
        ]

    async def deliver(self, item: Document | NoDocument, slot: Slot) -> Outcome | None:
        """Deliver one document. None where its outcome comes later."""
        began = self._clock()
        if isinstance(item, NoDocument):
            return await self.reject(writable(item.name), Invalid(str(item)), slot, began)
        name = writable(item.name or "document")
        if name != item.name:
            item = evolve(item, name=name)
        try:
            return await self._deliver(item, name, self.reader.read, slot, began)
        except ReadApart as error:
            size = error.size
        # Nothing else is held by now that another could wait for: so room always comes.
        async with self.room.hold(size):
            return await self._deliver(item, name, self.reader.read_apart, slot, began)

    async def _deliver(
        self,
        item: Document,
        name: str,
        read: Callable[[Document], Awaitable[Prepared | Row]],
        slot: Slot,
        began: float,
    ) -> Outcome | None:
        try:
            prepared = await read(item)
        except (JournalError, ReadApart):
            raise
        except Exception as error:
            if not isinstance(error, Invalid):  # one odd document must not end the run of all others
                _log.warning("%s can't be read", name, exc_info=True)
            invalid = error if isinstance(error, Invalid) else Invalid(f"It can't be read: {error!r}")
            return await self.reject(name, invalid, slot, began)
        if isinstance(prepared, Row):
            return prepared.outcome.again(name)
        return await self.send(prepared, slot, began)

    async def send(self, prepared: Prepared, slot: Slot, began: float) -> Outcome | None:
        """Deliver a document that is ready to be sent. None where its outcome comes later.

        Args:
            prepared: the document.
            slot: its place among those that are worked on.
            began: when it was taken up, on the clock of `patience`.
        """
        async with self._alone(prepared, slot):
            return await self._run(prepared, began, slot)

    @contextlib.asynccontextmanager
    async def _alone(self, prepared: Prepared, slot: Slot) -> AsyncGenerator[None]:
        """Have the second of two that are the same, or have one number, wait until the first is settled."""
        sought = prepared.sought
        number = (sought.number, sought.series or "", sought.year)
        async with (
            self.turns.alone(prepared.sha256, slot.step_aside),
            self.turns.alone(number, slot.step_aside),
        ):
            yield

    async def _run(self, prepared: Prepared, began: float, slot: Slot) -> Outcome | None:
        settings = self.rules.settings
        while True:
            async with granted(self.limiter, BULK) as token:
                claim = await self._claim(Row(stage="sending", outcome=prepared.outcome()), slot, token)
                row = claim.row
                if not claim.granted:
                    token.give_back()
                if claim.held is not None:
                    self.held.add(prepared.sha256)
                    reason = f"Not sent: {claim.held} has not come to an end of it."
                    return evolve(prepared.outcome(), message=reason, seconds=round(self._clock() - began, 3))
                self.held.discard(prepared.sha256)
                if not claim.granted and (
                    row.settled or claim.given_up or (row.stage == "waiting" and not settings.wait)
                ):
                    return row.outcome.again(prepared.source)
                if not claim.granted and row.stage == "waiting":
                    return self.awaited(row, prepared.source)
                try:
                    return await self._go(prepared, row, began, slot, resumed=not claim.granted)
                except ClaimLostError as error:
                    # Nothing is lost: whoever has it now settles it, and this run hears of it by asking again.
                    _log.warning("%s: %s", prepared.source, error)

    async def _claim(self, row: Row, slot: Slot, token: Granted) -> Claim:
        """Claim a document; while another process works on it, wait for what becomes of it."""
        patience = self.rules.settings.patience
        pauses = _WAITS.pauses(patience.deadline + _LEASE if self.wait is None else self.wait)
        while True:
            claim = await self.journal.claim(row, self.rules.settings.again)
            if claim.held is None:
                return claim
            if claim.first is not None and claim.first.id not in self._tried_first:
                self._tried_first.add(claim.first.id)
                token.give_back()
                await self._settle_first(claim.first, slot)
                continue
            pause = next(pauses, None)
            if pause is None:
                return claim
            token.give_back()
            async with slot.step_aside():
                await patience.sleep(pause)

    async def _settle_first(self, row: Row, slot: Slot) -> None:
        """Settle a document that nobody works on, since another one with its number has to wait for it."""
        if row.key in self.left:
            return  # it was struggled for, and is left to the next run
        claim = await self.journal.claim(Row(stage="sending", outcome=row.outcome), ())
        if claim.held is not None or claim.row.settled or claim.row.stage == "waiting":
            return
        prepared = known_from(claim.row, self.rules)
        try:
            outcome = await self._go(prepared, claim.row, self._clock(), slot, resumed=not claim.granted)
        except ClaimLostError:
            return
        if outcome is not None:
            self.aside.append(outcome)

    async def settle(self, row: Row, slot: Slot) -> Outcome | None:
        """Settle what an earlier run began; the document itself isn't at hand."""
        prepared = known_from(row, self.rules)
        async with self._alone(prepared, slot):
            try:
                return await self._go(prepared, row, self._clock(), slot, resumed=True)
            except ClaimLostError as error:
                _log.warning("%s: %s", prepared.source, error)
                return None

    async def _go(
        self, prepared: Prepared, row: Row, began: float, slot: Slot, *, resumed: bool
    ) -> Outcome | None:
        """Send what was just claimed, or go on with what the journal knows."""
        delivery = Delivery(
            prepared,
            row,
            self.rules,
            self.account,
            self.journal,
            step_aside=slot.step_aside,
            began=began,
            now=self._now,
        )
        self.under_way[prepared.sha256] = prepared.source
        try:
            outcome = await (delivery.resume(self._sent_before(prepared)) if resumed else delivery.send())
        except BaseException as error:
            self.journal.let_go(row)
            if isinstance(error, ClaimLostError):
                del self.under_way[prepared.sha256]
            raise
        del self.under_way[prepared.sha256]
        if outcome.kind == "unknown":
            self.left[prepared.sha256] = self._clock()
        return self.awaited(delivery.row, None) if delivery.row.stage == "waiting" else outcome

    def _sent_before(self, prepared: Prepared) -> float:
        """Return before which moment a document was sent, if ever, that was left in the middle."""
        # Another process may have sent it until its lease was over, a moment ago perhaps.
        return self._clock() if self.journal.shared else self.left.get(prepared.sha256, self.opened)

    async def reject(self, name: str, invalid: Invalid, slot: Slot, began: float) -> Outcome:
        """Note that a document can't be sent as it is.

        Args:
            name: what it is called.
            invalid: why.
            slot: its place among those that are worked on.
            began: when it was taken up, on the clock of `patience`.
        """
        outcome = Outcome(
            kind="invalid",
            source=name,
            sha256=invalid.sha256,
            number=invalid.number,
            code=invalid.code,
            message=invalid.reason,
            seconds=round(self._clock() - began, 3),
        )
        row = Row(stage="done", outcome=outcome)
        async with self.turns.alone(row.key, slot.step_aside):
            claim = await self.journal.claim(row)
        if claim.granted or claim.held is not None:
            return outcome
        # An earlier run with other settings may have sent it: that is what became of it.
        if not claim.row.settled:
            self.journal.let_go(claim.row)
        return claim.row.outcome.again(name)

    def awaited(self, row: Row, source: str | None) -> Outcome | None:
        """Keep an outcome back until its state is final; a second appearance of the document needs none of its own.

        Args:
            row: the document.
            source: what it is called where it appears; None where no source brought it.
        """
        met = row.key in self.waiting
        self.waiting.add(row.key)
        return row.outcome.again(source) if met and source is not None else None

    def _clock(self) -> float:
        return self.rules.settings.patience.clock()

    def _now(self) -> datetime.datetime:
        """Return the time of day. Nobody who sets the machine's clock during the run changes it."""
        return self._midnight + datetime.timedelta(seconds=self._clock())
