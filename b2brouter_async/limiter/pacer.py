"""The shape: no more than a small burst, then a steady rate."""

from __future__ import annotations


class Pacer:
    """The generic cell rate algorithm (a leaky bucket kept as one point in time).

    Grants in any interval (s, t] number at most `burst + rate * (t - s)`. Bulk work may have a
    smaller burst of the same rate: it leaves the rest to whoever is more urgent.
    """

    __slots__ = ("_stalled_since", "arrival", "granted_at", "interval", "tolerances")

    def __init__(self, burst: float, rate: float, *, bulk_burst: float) -> None:
        self.interval: float = 1.0 / rate
        self.tolerances: tuple[float, float] = (
            (bulk_burst - 1.0) * self.interval,
            (burst - 1.0) * self.interval,
        )
        """How far ahead of its time a grant may be, by priority."""
        self.arrival: float = float("-inf")
        """The theoretical arrival time of the next request."""
        self.granted_at: float = float("-inf")
        self._stalled_since: float | None = None

    def ready_at(self, priority: int) -> float:
        """From when on the next grant conforms."""
        return self.arrival - self.tolerances[priority]

    def grant(self, now: float, interval: float) -> None:
        """Count one grant, the next one `interval` seconds after it in the long run."""
        self.granted_at = now
        arrival = self.arrival
        self.arrival = (arrival if arrival > now else now) + interval

    def refund(self, granted_at: float, interval: float) -> None:
        """Take back a grant whose request never left.

        Only while it is among the latest: credit is capped, so a place left empty before later
        grants can no longer be used without making a burst of it.
        """
        if granted_at == self.granted_at:
            self.arrival -= interval

    def stall(self, now: float, priority: int) -> None:
        """Note that only the other layers hold the waiters back.

        Credit earned in such a pause would go out as one burst when the ledger opens, and that
        burst would come back every period: no credit is earned until `resume`.
        """
        if self._stalled_since is None:
            self._stalled_since = max(now, self.ready_at(priority))

    def resume(self, now: float) -> None:
        """End a pause noted by `stall`."""
        since, self._stalled_since = self._stalled_since, None
        if since is not None and now > since:
            self.arrival = max(self.arrival, since) + (now - since)
            self.granted_at = float("-inf")  # what was granted before the pause can't be taken back
