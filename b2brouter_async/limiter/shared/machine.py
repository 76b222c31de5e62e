"""The state machine of a limiter whose ledger is kept elsewhere, by a script that all processes call."""

from __future__ import annotations

import math
import secrets
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from ..interface import BULK, INTERACTIVE, Callers, Lease, Outcome
from ..queue import W, WaitQueue
from .worker import Answer, NoAnswer, Release, Settings, SlotRequest, Worker, slot_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..reports import Snapshot


class SharedMachine(WaitQueue[W]):
    """The waiters of this process in front of slots that the script reserves for it.

    The script doesn't say yes or no but *when*: it reserves the next slot and the process waits for
    it, so nobody polls. A slot goes to whoever is first in the queue when its time comes. What
    can go at once is reserved together; ahead of time at most one slot of each priority.
    """

    def __init__(
        self, settings: Settings, worker: Worker, deliver: Callable[[Answer | NoAnswer], None]
    ) -> None:
        super().__init__()
        self.limit: int = settings.limit
        self.period: float = settings.period
        self.sent_alone: bool = False
        """Requests went out that the script knows nothing of."""
        self._settings = settings
        self._worker = worker
        self._deliver = deliver
        self._out: dict[Lease, str] = {}
        self._serial = 0
        self._begin()

    def _begin(self) -> None:
        self._name = secrets.token_hex(6)
        self._asked = ""  # the token asked for, until the answer comes
        self._asked_urgently = False
        self._reserved: list[tuple[float, str, bool]] = []  # a heap: when, which, whether asked urgently
        self._for_bulk: set[str] = set()  # those of them that are bulk's turn
        self._ask_at = [-math.inf, -math.inf]  # by priority
        self._release_helps = False
        self._frozen_until = -math.inf
        self._answer: Answer | None = None

    @property
    def frozen_until(self) -> float:
        """End of the pause after the last 429, as far as this process has heard."""
        return self._frozen_until

    def owns(self, lease: Lease) -> bool:
        """Whether this machine granted a lease that is still out."""
        return lease in self._out

    def try_grant(self, now: float, priority: int, callers: Callers) -> Lease | None:
        """Never at once: the script must be asked first."""
        return None

    def pump(self, now: float) -> list[tuple[W, Lease]]:
        """Grant the reserved slots whose time has come, and ask for the next ones."""
        granted: list[tuple[W, Lease]] = []
        reserved = self._reserved
        while reserved and (now > reserved[0][0] + self._settings.horizon or not self.waiting):
            # Nobody wants it; or this process stood still, and sending now would break the pace.
            self._return_slot(now)
        while reserved and reserved[0][0] <= now and self.waiting:
            _, token, _ = heappop(reserved)
            # Whose turn it is the script says, which knows what the bulk work of other processes has had.
            turn = self.bulk and (token in self._for_bulk or not self.interactive)
            self._for_bulk.discard(token)
            waiter, callers = self.take(self.bulk if turn else self.interactive)
            lease = Lease()
            lease.callers, lease.granted_at, lease.interval, lease.settled = callers, now, 0.0, False
            self._out[lease] = token
            granted.append((waiter, lease))
        self.wake_at: float = math.inf
        if not self.waiting:
            while reserved:
                self._return_slot(now)
        elif not self._asked:
            urgent = bool(self.interactive)
            # A slot far ahead that was asked for bulk work is no help to a call that is urgent.
            if not reserved or (urgent and not any(asked_urgently for _, _, asked_urgently in reserved)):
                if now >= self._ask_at[urgent]:
                    self._ask(urgent)
                else:
                    self.wake_at = self._ask_at[urgent]
        if reserved:
            self.wake_at = min(self.wake_at, reserved[0][0])
        return granted

    def answered(self, answer: Answer, now: float) -> None:
        """Take the script's answer to the last request; pump afterwards."""
        self.sent_alone = False
        self._answer = answer
        self._frozen_until = answer.at + answer.frozen_for
        self._release_helps = answer.release_helps
        if answer.token != self._asked:  # asked for before this process was forked
            for token in answer.tokens:
                self.give_back(token, now)
            return
        self._asked = ""
        if not self._asked_urgently:
            self._ask_at[BULK] = answer.at + answer.place
        if answer.tokens:
            self._for_bulk.update(answer.for_bulk)
            for token in answer.tokens:
                heappush(self._reserved, (answer.at + answer.wait, token, self._asked_urgently))
        else:
            self._ask_at[self._asked_urgently] = answer.at + answer.wait

    def failed(self, token: str, now: float) -> None:
        """Take note that there was no answer: what it may have reserved expires with its lease."""
        if token:
            for number in range(self._settings.most_at_once):
                self.give_back(slot_name(token, number), now)
        if token == self._asked:
            self._asked = ""

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None, now: float) -> bool:
        """Send a lease back. Whether this began a pause only the script can tell."""
        if not self.owns(lease):
            return False
        lease.settled = True
        if retry_after is not None:
            # Bounded here: an absurd number must not spoil the script that it goes with.
            retry_after = min(max(0.0, retry_after), self._settings.freeze_cap)
        token = self._out.pop(lease)
        self._worker.submit(Release(token, outcome, lease.granted_at, now, retry_after))
        if self._release_helps:
            self._ask_at = [now, now]
        return False

    def give_back(self, token: str, now: float) -> None:
        """Return a slot nobody has used."""
        self._worker.submit(Release(token, "unsent", now, now, None))

    def write_off(self, callers: Callers, now: float) -> None:
        """Take the leases of callers that are gone for requests of unknown fate."""
        callers.written_off = True
        for lease in [lease for lease in self._out if lease.callers is callers]:
            self._worker.submit(Release(self._out.pop(lease), "unknown", now, now, None))

    def forked(self) -> None:
        """Begin anew in a child: leases and slots are its parent's."""
        self._out.clear()
        self._begin()

    def snapshot(self, now: float) -> Snapshot:
        """Say how things stand, by the script's last answer."""
        answer = self._answer
        ready = self._reserved[0][0] if self._reserved else self._ask_at[bool(self.interactive)]
        from ..reports import Snapshot

        return Snapshot(
            limit=self.limit,
            period=self.period,
            believed=self.limit if answer is None else answer.believed,
            free=self.limit if answer is None else answer.free,
            in_flight=len(self._out),
            waiting=self.waiting,
            waiting_interactive=self.waiting_interactive,
            next=None if self._asked else max(0.0, ready - now) if math.isfinite(ready) else 0.0,
            frozen_for=max(0.0, self._frozen_until - now),
            rejections=0 if answer is None else answer.rejections,
        )

    def _ask(self, urgent: bool) -> None:
        self._serial += 1
        self._asked = f"{self._name}:{self._serial}"
        self._asked_urgently = urgent
        wanted = self.waiting_interactive if urgent else 1
        self._worker.submit(
            SlotRequest(
                token=self._asked,
                count=min(wanted, self._settings.most_at_once),
                priority=INTERACTIVE if urgent else BULK,
                beside_bulk=urgent and bool(self.bulk),
                sent_alone=self.sent_alone,
                deliver=self._deliver,
            )
        )

    def _return_slot(self, now: float) -> None:
        _, token, _ = heappop(self._reserved)
        self._for_bulk.discard(token)
        self.give_back(token, now)
