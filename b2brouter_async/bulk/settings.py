"""The settings of an upload, for `client.upload(…)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Required, TypedDict

from attrs import field, frozen, validators

from .._core.backoff import Backoff, Waiting

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from .outcome import Summary


class UploadSettings(TypedDict, total=False):
    """What `Upload` takes beside the client; it says what each means."""

    journal: Required[str | os.PathLike[str]]
    concurrency: int
    send: bool
    received: bool
    self_billed: bool
    verify_totals: bool
    wait: bool
    retry_refused: bool
    patience: Patience | None
    max_bytes: int
    on_progress: Callable[[Summary], object] | None


_LOOKS = Backoff(first=0.5)


@frozen(kw_only=True)
class Patience(Waiting):
    """How patiently a run settles what is in doubt. All times are in seconds."""

    visibility: float = field(default=15.0, validator=validators.ge(0))
    """A document that the lists don't show this long after it was sent is not on the server. No public source says
    how far lists lag behind; the server's guard on numbers (behaviour 24) stands behind this."""
    deadline: float = field(default=300.0, validator=validators.gt(0))
    """How long a document is struggled for, from its first trouble, before it is left `unknown`."""
    states: float = field(default=120.0, validator=validators.ge(0))
    """With `wait=True`: how long final states are waited for after the last document was sent."""

    def looks(self, age: float = 0.0, *, at_once: bool = False) -> Iterator[float]:
        """Yield the pauses before each look: short ones first, the last look `visibility` after the sending.

        Args:
            age: how long ago the document was sent.
            at_once: begin with a look right now, where something is known to be there.
        """
        if at_once:
            yield 0.0
        yield from _LOOKS.pauses(self.visibility - age)
        if age >= self.visibility and not at_once:
            yield 0.0
