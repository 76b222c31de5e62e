"""An upload in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .upload import MAX_BYTES, Upload

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from ..client import B2Brouter
    from .outcome import Outcome, Summary
    from .patience import Patience
    from .source import Documents


async def upload_many(
    client: B2Brouter,
    documents: Documents,
    *,
    journal: str | os.PathLike[str],
    on_outcome: Callable[[Outcome], object] | None = None,
    concurrency: int = 32,
    send: bool = True,
    received: bool = False,
    verify_totals: bool = False,
    wait: bool = False,
    retry_refused: bool = False,
    patience: Patience | None = None,
    max_bytes: int = MAX_BYTES,
    on_progress: Callable[[Summary], object] | None = None,
) -> Summary:
    """Upload documents in one call. What became of each is in the journal, see `open_journal`.

    Args:
        client: a client, or a view of one, with an account.
        documents: as for a run of `Upload`.
        journal: the file that remembers what was sent.
        on_outcome: called with each outcome; it must not block.
        concurrency, send, received, verify_totals, wait, retry_refused, patience, max_bytes, on_progress: see `Upload`.

    Returns:
        How many came to what.

    Raises:
        JournalError: the journal can't be used.
        APIStatusError: the key or the account is refused.
    """
    async with Upload(
        client,
        journal=journal,
        concurrency=concurrency,
        send=send,
        received=received,
        verify_totals=verify_totals,
        wait=wait,
        retry_refused=retry_refused,
        patience=patience,
        max_bytes=max_bytes,
        on_progress=on_progress,
    ) as run:
        async for outcome in run(documents):
            if on_outcome is not None:
                on_outcome(outcome)
    return run.summary
