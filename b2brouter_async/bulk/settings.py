"""The settings of an upload, for `client.upload(…)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Required, TypedDict

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from .outcome import Summary
    from .patience import Patience


class UploadSettings(TypedDict, total=False):
    """What `Upload` takes beside the client; it says what each means."""

    journal: Required[str | os.PathLike[str]]
    concurrency: int
    send: bool
    received: bool
    verify_totals: bool
    wait: bool
    retry_refused: bool
    patience: Patience | None
    max_bytes: int
    on_progress: Callable[[Summary], object] | None
