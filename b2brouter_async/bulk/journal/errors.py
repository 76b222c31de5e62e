"""What goes wrong with a journal. None of it loses an outcome: what was sent can be resumed."""

from __future__ import annotations

from ...errors import B2BrouterError


class JournalError(B2BrouterError):
    """The journal can't be written or read: a full disk, a read-only folder, a damaged file, another run's journal."""


class JournalInUseError(JournalError):
    """Another run writes to this journal."""
