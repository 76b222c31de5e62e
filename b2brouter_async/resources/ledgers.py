"""Ledgers: tax reports that go to an authority together, and whose files may be read while they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from .._reconcile.states import REPORT_ENDED, REPORT_FAILED
from ..errors import ArgumentError
from ..generated.resources import ledgers as generated

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractAsyncContextManager

    from .._core.downloads import DownloadStream
    from .._core.operation import CallOptions
    from ..generated.models.ledger import Ledger
    from .waiting import Pace


class Ledgers(generated.Ledgers):
    """Operations on ledgers.

    Example:
        ledger = await client.ledgers.get(5)
    """

    __slots__ = ()

    async def wait_for(
        self,
        ledger_id: int,
        *,
        until: str | Collection[str] = REPORT_ENDED,
        timeout: float = 600.0,
        pace: Pace | None = None,
    ) -> Ledger:
        """Wait until a ledger is in a state. French ones go about two in the night (behaviour 36).

        Example:
            ledger = await client.ledgers.wait_for(5, timeout=3600.0)
            print(ledger.state)

        Args:
            ledger_id: Id of the ledger; a report says it in `ledger_id`.
            until: any of these states ends the wait; also one alone, as text. Left out: registered,
                registered_with_errors and annulled.
            timeout: seconds to wait at most.
            pace: how often to ask.

        Returns:
            The ledger as it was read last.

        Raises:
            NotDeliveredError: it ended in error, refused or invalid, and that is not waited for.
            WaitTimeout: it did not come there in time; it has the last state.
            ArgumentError: no state is named.
        """
        from .following import NotDeliveredError
        from .waiting import pace_of, poll

        wanted = {until} if isinstance(until, str) else {str(state) for state in until}
        if not wanted:
            raise ArgumentError("name a state at least, or nothing ends the wait", argument="until")

        def show(ledger: Ledger) -> str | None:
            if ledger.state in wanted:
                return None
            if ledger.state in REPORT_FAILED:
                raise NotDeliveredError(ledger.id, str(ledger.state), kind="ledger")
            return str(ledger.state)

        return await poll(
            lambda left: self.get(ledger_id, deadline=left),
            show,
            waited_for=f"ledger {ledger_id} in state {' or '.join(sorted(wanted))}",
            timeout=timeout,
            pace=pace_of(self, pace),
        )

    def stream_download(
        self, ledger_id: int, **options: Unpack[CallOptions]
    ) -> AbstractAsyncContextManager[DownloadStream]:
        """Download a ledger, piece by piece; see `DownloadStream`.

        Example:
            async with client.ledgers.stream_download(5) as file:
                await file.save("ledger.xml")

        Args:
            ledger_id: Id of the ledger.
            options: see `CallOptions`; a deadline holds until the last piece.

        Raises:
            ArgumentError: an argument can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.

        Source: GET /ledgers/{ledger_id}/download, third-party.
        """
        from ..generated.api.ledgers.download import OPERATION

        return self.caller.open(OPERATION, OPERATION.request(ledger_id=ledger_id), options)
