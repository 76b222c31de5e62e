"""The shape: no more than a small burst, then a steady rate."""

from __future__ import annotations


class Pacer:
    """The generic cell rate algorithm (a leaky bucket kept as one point in time).

    Grants in any interval (s, t] number at most `burst + rate * (t - s)`. With
    `burst + rate * period <= limit` that bounds even a counter which weighs its previous window,
    at every phase.
    """

    __slots__ = ("_arrival", "_granted_at", "_stalled_since", "interval", "ready_at", "tolerance")

    def __init__(self, burst: float, rate: float) -> None:
        self.interval = 1.0 / rate
        self.tolerance = (burst - 1.0) * self.interval
        self.ready_at = float("-inf")
        """From when on the next grant conforms."""
        self._arrival = float("-inf")  # the theoretical arrival time of the next request
        self._granted_at = float("-inf")
        self._stalled_since: float | None = None

    def grant(self, now: float, interval: float) -> None:
        """Count one grant, the next one `interval` seconds after it in the long run."""
        self._granted_at = now
        arrival = self._arrival
        self._arrival = arrival = (arrival if arrival > now else now) + interval
        self.ready_at = arrival - self.tolerance

    def refund(self, granted_at: float, interval: float) -> None:
        """Take back a grant whose request never left.

        Only while it is among the latest: credit is capped, so a place left empty before later
        grants can no longer be used without making a burst of it.
        """
        if granted_at == self._granted_at:
            self._arrival -= interval
            self.ready_at = self._arrival - self.tolerance

    def stall(self, now: float) -> None:
        """Note that only the other layers hold the waiters back.

        Credit earned in such a pause would go out as one burst when the ledger opens, and that
        burst would come back every period: no credit is earned until `resume`.
        """
        if self._stalled_since is None:
            self._stalled_since = max(now, self.ready_at)

    def resume(self, now: float) -> None:
        """End a pause noted by `stall`."""
        since, self._stalled_since = self._stalled_since, None
        if since is not None and now > since:
            self._arrival = max(self._arrival, since) + (now - since)
            self.ready_at = self._arrival - self.tolerance
            self._granted_at = float("-inf")  # what was granted before the pause can't be taken back
