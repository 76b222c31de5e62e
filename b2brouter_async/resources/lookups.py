"""Look-ups whose answer takes its time: the directory of receivers, and checks of tax numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..generated.resources import directory, tin_verifications
from .waiting import wait_for_directory, wait_for_tin_verification

if TYPE_CHECKING:
    from ..generated.models.directory_entry import DirectoryEntry
    from ..generated.models.tin_verification import TinVerification
    from .waiting import Pace


class Directory(directory.Directory):
    """Operations on the directory of receivers."""

    __slots__ = ()

    async def wait_for(
        self,
        country: str | None,
        identifier: str,
        *,
        scheme: str | None = None,
        timeout: float = 60.0,
        pace: Pace | None = None,
    ) -> DirectoryEntry:
        """Look a party up, and wait for the answer where it isn't there yet (behaviour 38).

        Args:
            country: two letters, lower case; may be None with a scheme.
            identifier: the identifier without its scheme: `0214596464`, not `0208:0214596464`.
            scheme: the identifier's scheme, for example `0208`.
            timeout: seconds to wait at most.
            pace: how often to ask.

        Raises:
            NotFoundError: the party is not registered.
            UnprocessableError: the identifier is not valid.
            WaitTimeout: the directory did not answer in time.
            ArgumentError: neither country nor scheme is there.
        """
        return await wait_for_directory(self, country, identifier, scheme=scheme, timeout=timeout, pace=pace)


class TinVerifications(tin_verifications.TinVerifications):
    """Operations on checks of tax numbers."""

    __slots__ = ()

    async def wait_for(
        self, tin_verification_id: int | str, *, timeout: float = 600.0, pace: Pace | None = None
    ) -> TinVerification:
        """Wait until a check of tax numbers is finished (behaviour 39).

        Args:
            tin_verification_id: Id of the check.
            timeout: seconds to wait at most.
            pace: how often to ask.

        Raises:
            WaitTimeout: it was not finished in time.
            APIStatusError: the server refuses.
        """
        return await wait_for_tin_verification(self, tin_verification_id, timeout=timeout, pace=pace)
