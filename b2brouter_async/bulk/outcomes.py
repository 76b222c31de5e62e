"""The outcomes of a run, as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anyio.streams.memory import MemoryObjectReceiveStream

    from .outcome import Outcome
    from .upload import Upload


class Outcomes:
    """The outcomes of one source, as they come; for `async for`.

    A class and not a generator: leaving the loop early leaves nothing behind that only the garbage collector ends.
    """

    def __init__(self, receive: MemoryObjectReceiveStream[Outcome], upload: Upload) -> None:
        """Receive what an upload tells."""
        self._receive = receive
        self._upload = upload
        self.ended = False
        self.told = False
        """Whether the run's failure was raised here."""

    def __aiter__(self) -> AsyncIterator[Outcome]:
        return self

    async def __anext__(self) -> Outcome:
        """Return the next outcome.

        Raises:
            JournalError: the journal could not be written; nothing was sent that it doesn't know of.
            AuthenticationError, PermissionDeniedError: the key is refused; what wasn't sent stays to be resumed.
            Exception: what the source raised.
        """
        try:
            return await self._receive.receive()
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            self.close()
            self.ended = True
            failure = self._upload.failure
            if failure is not None and not self.told:
                self.told = True
                raise failure from None
            raise StopAsyncIteration from None

    def close(self) -> None:
        """Listen no more."""
        self._receive.close()
