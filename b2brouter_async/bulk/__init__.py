"""Bulk upload: documents from a source through a journal to the server, each exactly once.

    async with client.account(123).upload(journal="run.db") as run:
        async for outcome in run(documents):
            ...
    print(run.summary)

docs/bulk.md says how it holds, and what stands in the journal.
"""

from __future__ import annotations

from .errors import JournalError, JournalInUseError
from .many import upload_many
from .outcome import KINDS, Kind, Outcome, Summary
from .outcomes import Outcomes
from .patience import Patience
from .reader import JournalReader, open_journal
from .schema import Row
from .settings import UploadSettings
from .source import Document
from .upload import Upload

__all__ = [
    "KINDS",
    "Document",
    "JournalError",
    "JournalInUseError",
    "JournalReader",
    "Kind",
    "Outcome",
    "Outcomes",
    "Patience",
    "Row",
    "Summary",
    "Upload",
    "UploadSettings",
    "open_journal",
    "upload_many",
]
