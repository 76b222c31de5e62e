"""Ledgers, whose files may be read while they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from ..generated.resources import ledgers

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from .._core.operation import CallOptions
    from .._core.replies import DownloadStream


class Ledgers(ledgers.Ledgers):
    """Operations on ledgers."""

    __slots__ = ()

    def stream_download(
        self, ledger_id: int, **options: Unpack[CallOptions]
    ) -> AbstractAsyncContextManager[DownloadStream]:
        """Download a ledger, piece by piece; see `DownloadStream`.

            async with client.ledgers.stream_download(7) as file:
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
