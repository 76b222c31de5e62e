"""This process, as the ledger knows it: one row with a lease, renewed by one small write every few seconds."""

from __future__ import annotations

import math
import os
import socket
from typing import TYPE_CHECKING

from attrs import field, frozen, validators

from ...._postgres.session import running_time
from ..errors import ClaimLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...._postgres.session import Steps


@frozen(kw_only=True)
class LeaseTimes:
    """How long a process that says nothing is taken for alive. All times are in seconds.

    Example:
        async with await Ledger.open("postgresql://…", times=LeaseTimes(lease=120.0, beat=30.0)) as ledger:
            ...
    """

    lease: float = field(default=60.0, validator=validators.gt(0))
    """From its last beat, on the database's clock: then others may take over what it has."""
    beat: float = field(default=15.0, validator=validators.gt(0))
    """Between two beats."""
    margin: float = field(default=5.0, validator=validators.ge(0))
    """So much earlier it stops sending by itself: clocks run differently, and a check takes a moment."""

    def __attrs_post_init__(self) -> None:
        if self.beat + self.margin >= self.lease:
            raise ValueError("lease: it must be longer than beat and margin together")


class Holder:
    """The lease of this process. Used by the thread of the session, and read from everywhere."""

    def __init__(self, sql: Mapping[str, bytes], times: LeaseTimes, name: str | None = None) -> None:
        """Begin without a lease.

        Args:
            sql: the ledger's.
            times: how long a lease is.
            name: what people see; the machine and the number of the process where it is left out.
        """
        self.name: str = name or f"{socket.gethostname()}:{os.getpid()}"
        self.times = times
        self.due: float = 0.0
        """When the next beat is to be made."""
        self._sql = sql
        # One value, so that whoever reads it from another thread sees both parts of one lease.
        self._lease: tuple[int, float] = (0, -math.inf)

    @property
    def id(self) -> int:
        """The row of this process; 0 before there is one."""
        return self._lease[0]

    def check(self, holder: int) -> None:
        """Make sure that what was claimed under a row may still be sent.

        Args:
            holder: the row of this process when it was claimed.

        Raises:
            ClaimLostError: the lease is over, or was.
        """
        current, until = self._lease
        if current != holder or running_time() >= until:
            raise ClaimLostError(
                "the lease of this process was over before all of the document was sent; what became of it is looked for"
            )

    def steps(self) -> Steps[Callable[[], None]]:
        """Renew the lease; begin another one where it is lost for good."""
        # From before it is asked: the database counts from a moment later.
        asked = running_time()
        holder = self.id
        values: dict[str, object] = {"name": self.name, "lease": self.times.lease, "holder": holder}
        if not holder or not (yield self._sql["beat"], values):
            yield self._sql["forget_buried"], {}
            ((holder,),) = yield self._sql["begin_lease"], values
        until = asked + self.times.lease - self.times.margin

        def renewed() -> None:
            self._lease = (holder, until)
            self.due = asked + self.times.beat

        return renewed

    def failed(self) -> None:
        """Try again in a moment."""
        self.due = running_time() + min(1.0, self.times.beat)

    def lose(self) -> None:
        """Send nothing more of what was claimed."""
        self._lease = (self.id, -math.inf)
        self.due = math.inf

    def retire(self) -> Steps[None]:
        """Let go of everything at the end."""
        values = {"holder": self.id}
        if self.id:
            yield self._sql["let_go_of_all"], values
            yield self._sql["end_lease"], values
