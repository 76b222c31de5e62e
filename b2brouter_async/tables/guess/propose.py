"""From a table to a mapping to start from: names propose, arithmetic decides, and what neither decides is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ConfigurationError
from ..files import table_path
from ..survey import survey
from ..words import RATES
from .arithmetic import decide, prove
from .draft import Draft
from .kinds import kinds_of_rows
from .money import amounts_by_name, noughts
from .names import file_settings, name_columns, number_column, row_meaning
from .party import days, party
from .proposal import Guess, Proposal
from .rates import rates_from_amounts, rates_of_codes, withheld_from_amounts
from .rest import currency_of, unused, what_is_missing

if TYPE_CHECKING:
    import datetime
    import os
    from collections.abc import Sequence


def propose(
    path: str | os.PathLike[str],
    *,
    sheet: str | None = None,
    country: str | None = None,
    currency: str | None = None,
    own_ids: Sequence[str] = (),
    today: datetime.date | None = None,
) -> Proposal:
    """Look at a table and return what its columns probably are.

    Example:
        proposal = propose(Path("march.csv"), country="es", currency="EUR")
        for question in proposal.questions:
            print(question.text)

    Args:
        path: a CSV file, a spreadsheet or JSON Lines.
        sheet: the sheet of a spreadsheet.
        country: of who issues the invoices, for the rates of its taxes; guessed from the language when left out.
        currency: proposed where no column says one.
        own_ids: identifiers of who issues the invoices; a column that holds one is not the customer's.
        today: bounds the days that invoices may have; today when left out.

    Raises:
        ConfigurationError: it can't be read, or holds no invoices.
    """
    path = table_path(path)
    seen = survey(path, sheet=sheet)
    language = next((name for name in RATES if name == (country or "").lower()), None)
    if language is not None:
        seen.language = language
    if not seen.lines:
        raise ConfigurationError(f"{path}: there is no row below the names of the columns")
    draft = Draft(seen, sheet, today, currency, own_ids)
    file_settings(draft)
    name_columns(draft)
    number_column(draft)
    row_meaning(draft)
    kinds_of_rows(draft)
    days(draft)
    party(draft)
    amounts_by_name(draft)
    rates_of_codes(draft)
    currency_of(draft)
    what_is_missing(draft)
    decide(draft)
    rates_from_amounts(draft)
    withheld_from_amounts(draft)
    noughts(draft)
    guesses = [
        Guess(column, draft.taken.get(column.index, ""), draft.why.get(column.index, ""))
        for column in seen.columns
    ]
    unused(draft, guesses)
    if draft.constants:
        draft.settings["constants"] = draft.constants
    made = Proposal(seen, guesses, draft.settings, draft.questions, draft.proof)
    prove(draft, made)
    return made
