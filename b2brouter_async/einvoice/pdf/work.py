"""What reading a PDF may cost, and how it ends where that isn't enough."""

from __future__ import annotations

from attrs import define, field

MAX_WORK = 600_000
"""Steps for one PDF, each about a microsecond. Files that were made by programs for invoices need some hundreds; a
megabyte in a slow filter takes some ten thousand."""


class DamagedPdf(Exception):
    """The file breaks the rules of PDF where we must read it; its text says how."""


class EncryptedPdf(Exception):
    """The file is encrypted."""


class TooMuchWork(Exception):
    """The file asks for more steps or more memory than it may."""


class TooManyBytes(TooMuchWork):
    """Data comes to more bytes than who asked for it allows."""


@define(eq=False)
class Work:
    """Counts steps rather than seconds, so that the same file ends the same way on every machine."""

    left: int = field(factory=lambda: MAX_WORK)

    def spend(self, steps: int) -> None:
        """Take steps off what is left.

        Raises:
            TooMuchWork: nothing is left.
        """
        self.left -= steps
        if self.left < 0:
            raise TooMuchWork
