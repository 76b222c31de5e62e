"""An upload in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .upload import Upload

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

    from ..client import B2Brouter
    from .outcome import Outcome, Summary
    from .settings import UploadSettings
    from .source import Documents


async def upload_many(
    client: B2Brouter,
    documents: Documents,
    *,
    on_outcome: Callable[[Outcome], object] | None = None,
    **settings: Unpack[UploadSettings],
) -> Summary:
    """Upload documents in one call. What became of each is in the journal, see `open_journal`.

    Args:
        client: a client, or a view of one, with an account.
        documents: as for a run of `Upload`.
        on_outcome: called with each outcome; it must not block.
        settings: `journal`, the file that remembers what was sent, and more: see `Upload`.

    Returns:
        How many came to what.

    Raises:
        ConfigurationError: settings that contradict each other.
        JournalError: the journal can't be used.
        APIStatusError: the key or the account is refused.
    """
    async with Upload(client, **settings) as run:
        async for outcome in run(documents):
            if on_outcome is not None:
                on_outcome(outcome)
    return run.summary
