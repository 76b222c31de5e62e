"""The hard cap: a token is out from its grant until one period after the reply."""

from __future__ import annotations

import math
from heapq import heappop, heappush


class Ledger:
    """`limit` tokens, each free, in flight, or due back at a known time.

    The server counts request i at c_i, somewhere between its sending and its reply. The next
    user of the same token is sent a whole period after that reply, so it is counted at least
    a period after c_i. Any interval of one period therefore holds at most one count per token,
    whatever the latency, the order of arrival or the kind of window.
    """

    __slots__ = ("_due", "free", "in_flight", "limit", "next_due")

    def __init__(self, limit: int) -> None:
        self.limit: int = limit
        self.free: int = limit
        self.in_flight: int = 0
        self.next_due: float = math.inf
        """When the next token comes back; infinite if none is on its way."""
        self._due: list[float] = []

    @property
    def in_use(self) -> int:
        """Tokens the server may be counting now."""
        return self.limit - self.free

    @property
    def returning(self) -> int:
        """Tokens that are neither free nor in flight: they have a time to come back."""
        return len(self._due)

    def collect(self, now: float) -> None:
        """Take back what has come due."""
        due = self._due
        while due and due[0] <= now:
            heappop(due)
            self.free += 1
        self.next_due = due[0] if due else math.inf

    def refund(self) -> None:
        """Take back a token whose request never left."""
        self.in_flight -= 1
        self.free += 1

    def settle(self, due: float) -> None:
        """Write down when a token whose request was answered, or lost, comes back."""
        self.in_flight -= 1
        heappush(self._due, due)
        if due < self.next_due:
            self.next_due = due

    def spend_all(self, due: float) -> None:
        """Let every free token come back at `due`."""
        for _ in range(self.free):
            heappush(self._due, due)
        self.free = 0
        self.next_due = self._due[0] if self._due else math.inf
