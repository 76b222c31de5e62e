"""Bulk upload: documents from a source through a journal to the server, each exactly once.

    async with client.account(123).upload(journal="run.db") as run:
        async for outcome in run(documents):
            ...
    print(run.summary)

docs/bulk.md says how it holds, and what stands in the journal.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import JournalError as JournalError
    from .errors import JournalInUseError as JournalInUseError
    from .many import upload_many as upload_many
    from .outcome import KINDS as KINDS
    from .outcome import Kind as Kind
    from .outcome import Outcome as Outcome
    from .outcome import Summary as Summary
    from .outcomes import Outcomes as Outcomes
    from .patience import Patience as Patience
    from .reader import JournalReader as JournalReader
    from .reader import open_journal as open_journal
    from .schema import Row as Row
    from .settings import UploadSettings as UploadSettings
    from .source import Document as Document
    from .upload import Upload as Upload

_HOMES = {
    "errors": ("JournalError", "JournalInUseError"),
    "many": ("upload_many",),
    "outcome": ("KINDS", "Kind", "Outcome", "Summary"),
    "outcomes": ("Outcomes",),
    "patience": ("Patience",),
    "reader": ("JournalReader", "open_journal"),
    "schema": ("Row",),
    "settings": ("UploadSettings",),
    "source": ("Document",),
    "upload": ("Upload",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
