"""The state machine of a limiter whose ledger is kept in Redis."""

from __future__ import annotations

import math
import os
import secrets
from typing import TYPE_CHECKING

from ..interface import Lease, Outcome, Snapshot
from ..queue import W, WaitQueue
from .worker import Answer, NoAnswer, Release, Settings, SlotRequest, Worker

if TYPE_CHECKING:
    from collections.abc import Callable


REMOTE = -1  # in place of a generation: tells these leases from those of a local share


class RedisMachine(WaitQueue[W]):
    """The waiters of this process in front of slots reserved one at a time.

    Redis doesn't say yes or no but *when*: it reserves the next slot and the process waits for
    it, so nobody polls. The slot goes to whoever is first in the queue when its time comes.
    """

    def __init__(
        self, settings: Settings, worker: Worker, deliver: Callable[[Answer | NoAnswer], None]
    ) -> None:
        super().__init__()
        self.limit = settings.limit
        self.period = settings.period
        self.was_idle = False  # a new event loop always starts anew here
        self.sent_alone = False  # requests went out that Redis knows nothing of
        self._settings = settings
        self._worker = worker
        self._deliver = deliver
        self._out: dict[Lease, str] = {}
        self._serial = 0
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._name = secrets.token_hex(6)
        self._wanted = ""
        self._reserved = ""
        self._ready_at = math.inf
        self._ask_at = -math.inf
        self._release_helps = False
        self._frozen_until = -math.inf
        self._answer: Answer | None = None

    @property
    def in_flight(self) -> int:
        """Leases of this process that are out."""
        return len(self._out)

    @property
    def frozen_until(self) -> float:
        """End of the pause after the last 429, as far as this process has heard."""
        return self._frozen_until

    def owns(self, lease: Lease) -> bool:
        """Whether this machine granted a lease that is still out."""
        return lease in self._out

    def try_grant(self, now: float) -> Lease | None:
        """Never at once: Redis must be asked first."""
        return None

    def pump(self, now: float) -> list[tuple[W, Lease]]:
        """Grant the reserved slot if its time has come, and ask for the next one."""
        granted: list[tuple[W, Lease]] = []
        if self._reserved and now > self._ready_at + self._settings.horizon:
            self._return_slot(now)  # this process stood still: sending now would break the pace
        if self._reserved and self._ready_at <= now and self.waiting:
            lease = Lease(REMOTE, now, 0.0)
            self._out[lease] = self._reserved
            granted.append((self.next(), lease))
            self._reserved = ""
        if self.waiting:
            if not (self._reserved or self._wanted) and now >= self._ask_at:
                self._ask()
        elif self._reserved:
            self._return_slot(now)
        if self._reserved:
            self.wake_at = self._ready_at
        else:
            self.wake_at = math.inf if self._wanted or not self.waiting else self._ask_at
        return granted

    def answered(self, answer: Answer, now: float) -> None:
        """Take Redis' answer to the last request; pump afterwards."""
        self.sent_alone = False
        self._answer = answer
        self._frozen_until = answer.at + answer.frozen_for
        self._release_helps = answer.release_helps
        if answer.token != self._wanted:  # a request of an event loop that has ended
            self.give_back(answer.token, now)
            return
        self._wanted = ""
        if answer.reserved:
            self._reserved, self._ready_at = answer.token, answer.at + answer.wait
        else:
            self._ask_at = answer.at + answer.wait

    def failed(self, token: str, now: float) -> None:
        """Take note that Redis didn't answer: the slot is given back in case it was reserved."""
        self.give_back(token, now)
        if token == self._wanted:
            self._wanted = ""

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None, now: float) -> bool:
        """Send a lease back. Whether this began a pause only Redis can tell."""
        if not self.owns(lease):
            return False
        lease.settled = True
        if retry_after is not None:
            # Bounded here: an absurd number must not spoil the script that it goes with.
            retry_after = min(max(0.0, retry_after), self._settings.freeze_cap)
        token = self._out.pop(lease)
        self._worker.submit(Release(token, outcome, lease.granted_at, now, retry_after))
        if self._release_helps:
            self._ask_at = now
        return False

    def give_back(self, token: str, now: float) -> None:
        """Return a slot nobody has used."""
        if token:
            self._worker.submit(Release(token, "unsent", now, now, None))

    def write_off(self, now: float) -> None:
        """Take every lease that is out for lost."""
        if self._pid != os.getpid():
            self._out.clear()  # they are our parent's
        else:
            for token in self._out.values():
                self._worker.submit(Release(token, "unknown", now, now, None))
            self._out.clear()
            self.give_back(self._reserved, now)
        self._begin()

    def snapshot(self, now: float) -> Snapshot:
        """Say how things stand, by Redis' last answer."""
        answer = self._answer
        free = self.limit if answer is None else answer.free
        ready = self._ready_at if self._reserved else self._ask_at
        return Snapshot(
            limit=self.limit,
            period=self.period,
            believed=self.limit if answer is None else answer.believed,
            free=free,
            in_flight=len(self._out),
            waiting=self.waiting,
            waiting_interactive=len(self.interactive),
            next=None if self._wanted else max(0.0, ready - now) if math.isfinite(ready) else 0.0,
            frozen_for=max(0.0, self._frozen_until - now),
            rejections=0 if answer is None else answer.rejections,
        )

    def _ask(self) -> None:
        self._serial += 1
        self._wanted = f"{self._name}:{self._serial}"
        self._worker.submit(SlotRequest(self._wanted, self.sent_alone, self._deliver))

    def _return_slot(self, now: float) -> None:
        token, self._reserved = self._reserved, ""
        self.give_back(token, now)
