"""Bulk upload: documents from a source through a journal to the server, each exactly once.

Example:
    async with client.account(1234).upload(journal="run.db") as run:
        async for outcome in run(documents):
            ...
    print(run.summary)

docs/bulk.md says how it holds, and what stands in the journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy_names

if TYPE_CHECKING:
    from .journal.errors import ClaimLostError as ClaimLostError
    from .journal.errors import JournalError as JournalError
    from .journal.errors import JournalInUseError as JournalInUseError
    from .journal.postgres.holder import LeaseTimes as LeaseTimes
    from .journal.postgres.journal import PostgresJournal as PostgresJournal
    from .journal.postgres.ledger import Ledger as Ledger
    from .journal.protocol import Claim as Claim
    from .journal.protocol import Journal as Journal
    from .journal.reader import JournalReader as JournalReader
    from .journal.reader import open_journal as open_journal
    from .journal.row import Row as Row
    from .journal.sqlite import SQLiteJournal as SQLiteJournal
    from .outcome import KINDS as KINDS
    from .outcome import Kind as Kind
    from .outcome import Outcome as Outcome
    from .outcome import Summary as Summary
    from .settings import Patience as Patience
    from .settings import UploadSettings as UploadSettings
    from .source import Document as Document
    from .upload import Outcomes as Outcomes
    from .upload import Upload as Upload
    from .upload import upload_many as upload_many

if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "journal.errors": (
                "ClaimLostError",
                "JournalError",
                "JournalInUseError",
            ),
            "journal.postgres.holder": ("LeaseTimes",),
            "journal.postgres.journal": ("PostgresJournal",),
            "journal.postgres.ledger": ("Ledger",),
            "journal.protocol": (
                "Claim",
                "Journal",
            ),
            "journal.reader": (
                "JournalReader",
                "open_journal",
            ),
            "journal.row": ("Row",),
            "journal.sqlite": ("SQLiteJournal",),
            "outcome": (
                "KINDS",
                "Kind",
                "Outcome",
                "Summary",
            ),
            "settings": (
                "Patience",
                "UploadSettings",
            ),
            "source": ("Document",),
            "upload": (
                "Outcomes",
                "Upload",
                "upload_many",
            ),
        },
    )
