"""The settings of an upload, for `client.upload(…)`, and how patient it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Required, TypedDict

from attrs import field, frozen, validators

from .._core.backoff import Backoff, Waiting
from .._core.callbacks import check_called
from .._core.files import check_kept
from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from .journal.protocol import Journal
    from .outcome import Kind, Summary


_LOOKS = Backoff(first=0.5)


@frozen(kw_only=True)
class Patience(Waiting):
    """How patiently a run settles what is in doubt. All times are in seconds.

    Example:
        patience = Patience(visibility=10.0, deadline=120.0)
        async with client.account(1234).upload(journal="run.db", patience=patience) as run:
            kinds = [outcome.kind async for outcome in run(documents)]
    """

    visibility: float = field(default=15.0, validator=validators.ge(0))
    """A document that the lists don't show this long after it was sent is not on the server. No public source says
    how far lists lag behind; the server's guard on numbers (behaviour 24) stands behind this."""
    deadline: float = field(default=300.0, validator=validators.gt(0))
    """How long a document is struggled for, from its first trouble, before it is left `unknown`."""
    states: float = field(default=120.0, validator=validators.ge(0))
    """With `wait=True`: how long final states are waited for after the last document was sent."""

    def looks(self, age: float = 0.0, *, at_once: bool = False) -> Iterator[float]:
        """Yield the pauses before each look: short ones first, the last look `visibility` after the sending.

        Example:
            pauses = list(Patience().looks())

        Args:
            age: how long ago the document was sent.
            at_once: begin with a look right now, where something is known to be there.
        """
        if at_once:
            yield 0.0
        yield from _LOOKS.pauses(self.visibility - age)
        if age >= self.visibility and not at_once:
            yield 0.0


class RunSettings(TypedDict, total=False):
    """The keyword arguments that every upload takes, whatever its journal; `Settings` says what each means."""

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


class UploadSettings(RunSettings, total=False):
    """The keyword arguments of `client.upload`; `Settings` says what each means.

    Example:
        settings: UploadSettings = {"journal": "run.db", "concurrency": 4}
        summary = await upload_many(client.account(1234), documents, **settings)
    """

    journal: Required[str | os.PathLike[str] | Journal]


def _patience(given: Patience | None) -> Patience:
    return given or Patience()


@frozen(kw_only=True)
class Settings:
    """What a run does, and how."""

    journal: str | os.PathLike[str] | Journal
    """What remembers which document was sent: the path of a file, made where it isn't there, or a `Journal`, which the
    run doesn't close."""
    concurrency: int = 32
    """How many documents are worked on at once. What the limit allows is reached if it is not less than requests per
    second times seconds per request."""
    send: bool = True
    """Whether the server sends each invoice; False leaves drafts."""
    received: bool = False
    """Whether the documents are invoices the account has received."""
    self_billed: bool = False
    """Whether self-billed documents are sent too, which the buyer issues, and those that a third party issues for the
    seller. What the server makes of them is in no public source, so each is `invalid` otherwise."""
    verify_totals: bool = False
    """Create drafts, compare their totals with the documents' and send only what agrees (behaviour 26). Takes two
    requests more for each document."""
    wait: bool = False
    """Wait for the states the invoices end in, and put them in the outcomes."""
    retry_refused: bool = False
    """Send again what an earlier run on this journal saw refused."""
    patience: Patience = field(default=None, converter=_patience)
    """How long to look for what is in doubt."""
    max_bytes: int = 20 * 1024 * 1024
    """Files larger than this are invalid."""
    on_progress: Callable[[Summary], object] | None = None
    """Called with the summary after each outcome and whenever a document is taken; it must not block."""

    def __attrs_post_init__(self) -> None:
        check_called(self.on_progress, "on_progress", ConfigurationError)
        if isinstance(self.journal, (str, os.PathLike)):
            check_kept(self.journal, "journal", "")
        elif not hasattr(self.journal, "claim"):
            raise ConfigurationError(
                f"expected a path, postgresql://… or a Journal, got {type(self.journal).__name__}",
                argument="journal",
            )
        if isinstance(self.concurrency, bool) or not isinstance(self.concurrency, int):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(
                f"expected a whole number, got {type(self.concurrency).__name__}", argument="concurrency"
            )
        for name in ("send", "received", "self_billed", "verify_totals", "wait", "retry_refused"):
            # A text would count as True, "no" too.
            if not isinstance(getattr(self, name), bool):
                raise ConfigurationError(
                    f"expected True or False, got {getattr(self, name)!r}", argument=name
                )
        if self.concurrency < 1:
            raise ConfigurationError(
                f"{self.concurrency} documents at once get nowhere; pass 1 or more", argument="concurrency"
            )
        for name, wanted in (("verify_totals", self.verify_totals), ("wait", self.wait)):
            if wanted and not self.sends:
                raise ConfigurationError("it needs send=True, and issued invoices", argument=name)

    @property
    def sends(self) -> bool:
        """Whether invoices are to be sent; received ones never are."""
        return self.send and not self.received

    @property
    def sends_at_once(self) -> bool:
        """Whether the server is asked to send with the request that creates."""
        return self.sends and not self.verify_totals

    @property
    def again(self) -> Collection[Kind]:
        """Outcomes of earlier runs that are tried again; nothing was made on the server by those."""
        again: tuple[Kind, ...] = ("invalid", "refused") if self.retry_refused else ("invalid",)
        return again
