"""Which reading of the amounts holds on every row: tried by the judge itself."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ...errors import ConfigurationError
from ..errors import Problems
from ..mapping import mapping_from
from ..table import Judgement, Table
from ..words import RATES
from .proposal import Proposal, field_value
from .rates import SURCHARGES, WITHHELD, short_rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .draft import Draft


TRIED: Final = 400

MOST_READINGS: Final = 48


def decide(draft: Draft) -> None:
    """Try each reading on the rows, and take the one that holds where no other does."""
    if not draft.readings:
        return
    combinations = list(itertools.islice(itertools.product(*draft.readings), MOST_READINGS))
    scores: list[tuple[int, int, dict[int, str]]] = []
    for combination in combinations:
        chosen = dict(draft.taken)
        for option in combination:
            for column, name in option:
                chosen[column.index] = name
        fields = [name for name in chosen.values() if name]
        if len(set(fields)) != len(fields):
            continue
        fine, tried = try_reading(draft, chosen)
        scores.append((fine, tried, chosen))
    if not scores:
        return
    best = max(score[0] for score in scores)
    holding = [chosen for fine, _, chosen in scores if fine == best]
    tried = max(score[1] for score in scores)
    first = holding[0]
    compared = is_compared(first)
    for reading in draft.readings:
        for option in reading:
            for column, _ in option:
                name = first.get(column.index, "")
                others = sorted({other.get(column.index, "") for other in holding} - {name})
                draft.taken[column.index] = name
                draft.why[column.index] = f"holds in {best} of {tried} invoices"
                if (others or not compared or best == 0) and len(
                    {one for option_ in reading for _, one in option_}
                ) > 1:
                    known = " or ".join(
                        f'"{one}"' for one in dict.fromkeys(one for option_ in reading for _, one in option_)
                    )
                    draft.ask(
                        f'"{column.label}": is it {known}? The amounts of the table don\'t decide; "{name}" stands in the mapping'
                    )


def is_compared(chosen: Mapping[int, str]) -> bool:
    """Whether a second amount stands against the first, so that a reading can fail."""
    names = set(chosen.values())
    return bool(names & {"total", "total_before_withholding", "tax.amount", "tax_total", "net", "line.gross", "line.net"}) and (
        len(names & {"total", "total_before_withholding", "tax.amount", "tax_total", "net", "line.gross", "line.net", "line.price",
                     "line.price_gross"}) > 1
    )  # fmt: skip


def try_reading(draft: Draft, chosen: Mapping[int, str]) -> tuple[int, int]:
    """Return how many invoices a reading makes without contradiction, and how many there are."""
    columns = {draft.seen.columns[at].label: field_value(name) for at, name in chosen.items() if name}
    constants = dict(draft.constants)
    constants.setdefault("currency", "EUR")
    constants.setdefault("tax.name", "VAT")
    names = set(chosen.values())
    if "tax.percent" in names or "tax.key" in names:
        constants.pop("tax.percent", None)
        constants.pop("tax.category", None)
    if not any(name.startswith("contact.") for name in names):
        constants["contact.name"] = "Nobody"
    if "contact.country" in names and "values" not in draft.settings:
        columns = {label: name for label, name in columns.items() if name != "contact.country"}
    given: dict[str, Any] = {**draft.settings, "columns": columns, "constants": constants}
    given.setdefault("negative", "invoice")
    given.setdefault("credit_notes", "as_written")
    given.setdefault("rates", {})
    for tax, rates in (("withholding", WITHHELD), ("surcharge", SURCHARGES)):
        if f"{tax}.amount" in names and not names & {f"{tax}.percent", f"{tax}.key"}:
            given.setdefault("rates_from_amounts", {})[tax] = [short_rate(Decimal(rate)) for rate in rates]
    if not any(name in ("tax.percent", "tax.key") or name.startswith("base@") for name in names):
        if names & {"tax.amount", "tax_total"}:
            allowed = [short_rate(Decimal(rate)) for rate in RATES[draft.seen.language]]
            given.setdefault("rates_from_amounts", {})["tax"] = allowed
        else:
            constants.setdefault("tax.percent", 0)
            constants.setdefault("tax.category", "E")
            constants.setdefault("tax.comment", "?")
    given["rates"] = {"0": {"percent": 0, "category": "Z"}, **given["rates"]}
    try:
        table = Table(draft.seen.path, mapping_from(given), sheet=draft.sheet, today=draft.today)
    except ConfigurationError:
        return 0, len(draft.groups)
    problems, judgement = Problems(), Judgement()
    fine = 0
    for _ in table.look(problems, judgement):
        fine += 1
        if fine + problems.count >= TRIED:
            break
    return fine, fine + problems.count


def prove(draft: Draft, proposal: Proposal) -> None:
    """Say how many invoices the mapping makes, and the first of them in words."""
    given = proposal.mapping(answered=True)
    named = [*given["columns"].values(), *given.get("constants", {}), *given.get("first_filled", {})]
    if not any(isinstance(name, str) and name.startswith("contact.") for name in named):
        given["constants"] = {**given.get("constants", {}), "contact.name": "?"}
    try:
        table = Table(draft.seen.path, mapping_from(given), sheet=draft.sheet, today=draft.today)
    except ConfigurationError as error:
        proposal.proof.append(f"the mapping is not whole yet: {error}")
        draft.ask(f"the mapping is not whole yet: {error}")
        return
    problems, judgement = Problems(), Judgement()
    first = None
    fine = 0
    for invoice in table.look(problems, judgement):
        first = first or invoice
        fine += 1
    proposal.proof.append(
        f"{fine} of {fine + problems.count} invoices add up with this mapping"
        + (f"; {sum(judgement.left_out.values())} rows are left out" if judgement.left_out else "")
    )
    proposal.proof += [f"not yet: {problem}" for problem in problems.first[:5]]
    if problems.count:
        draft.ask(
            f"{problems.count} of {fine + problems.count} invoices can't be made with this mapping; the first: {problems.first[0]}"
        )
    if first is not None:
        content, totals = first.content, first.totals
        lines = content["invoice_lines_attributes"]
        taxes = "".join(f", {tax.name} {tax.percent:f} % {tax.amount}" for tax in totals.taxes)
        who = content.get("contact", {}).get("name") or content.get("contact", {}).get("tin_value") or "?"
        proposal.proof.append(
            f"the first: {content['number']} of {content['date']} to {who}, {len(lines)} line{'s' if len(lines) > 1 else ''}, net "
            f"{totals.net}{taxes}, total {totals.total} {content['currency']}"
        )
