"""Tables of invoices as accountants' programs write them: read with good will, judged whole, never guessed in silence.

Example:
    table = Table(Path("march.csv"), read_mapping(Path("march.toml")))
    table.judge()                      # raises TableError where anything needs a decision
    for invoice in table.invoices():
        print(invoice.content["number"], invoice.totals.total)

docs/tables.md describes what a mapping can say, and `propose` writes one to start from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy_names

if TYPE_CHECKING:
    from ..invoicing.totals import Totals as Totals
    from .errors import Problem as Problem
    from .errors import Problems as Problems
    from .errors import TableError as TableError
    from .files import SUFFIXES as SUFFIXES
    from .guess.proposal import Proposal as Proposal
    from .guess.proposal import Question as Question
    from .guess.propose import propose as propose
    from .guess.toml import toml_of as toml_of
    from .invoices import TableInvoice as TableInvoice
    from .mapping import TableMapping as TableMapping
    from .mapping import read_mapping as read_mapping
    from .table import Judgement as Judgement
    from .table import Table as Table

if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            ".invoicing.totals": ("Totals",),
            "errors": ("Problem", "Problems", "TableError"),
            "files": ("SUFFIXES",),
            "guess.proposal": ("Proposal", "Question"),
            "guess.propose": ("propose",),
            "guess.toml": ("toml_of",),
            "invoices": ("TableInvoice",),
            "mapping": ("TableMapping", "read_mapping"),
            "table": ("Judgement", "Table"),
        },
    )
