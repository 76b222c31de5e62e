"""Fourteen tables in the shapes of real ones, with mappings in which every question is answered."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from b2brouter_async.tables import Judgement, Problems, Table
from b2brouter_async.tables.mapping import read_mapping

HERE = Path(__file__).parent
SAMPLES = sorted(HERE.glob("samples/*.expected.json"))
TODAY = datetime.date(2026, 11, 26)
UNSAYABLE = {"28/2026", "26/2026", "FV/3/2026"}
"""Invoices whose rates no column says: the table can't be uploaded with them."""


def sample(expected: Path) -> tuple[dict[str, Any], Table]:
    told: dict[str, Any] = json.loads(expected.read_text(encoding="utf-8"))
    name = told["table"]
    mapping = read_mapping(HERE / "answers" / f"{Path(name).stem}.toml")
    return told, Table(HERE / "samples" / name, mapping, today=TODAY)


@pytest.mark.parametrize("expected", SAMPLES, ids=lambda path: path.name.split(".")[0])
def test_an_answered_sample_comes_to_the_cent(expected: Path) -> None:
    told, table = sample(expected)
    problems = Problems()
    invoices = list(table.look(problems, Judgement()))
    totals = {
        f"{one.content.get('series_code', '')} {one.content['number']}".strip(): str(abs(one.totals.total))
        for one in invoices
    }
    right = {number: total.split()[0].lstrip("-") for number, total in told["totals"].items()}
    assert totals == {number: total for number, total in right.items() if number not in UNSAYABLE}
    assert {problem.number for problem in problems.first} == UNSAYABLE & set(right)
    first = told["first"]
    made = invoices[0]
    assert made.content["number"] == first["number"]
    assert str(made.content["date"]) == first["date"]
    assert str(made.totals.net) == first["net"]
    assert str(made.totals.total) == first["total"]
    assert sorted((tax.percent, tax.amount) for tax in made.totals.taxes) == sorted(
        (Decimal(tax["percent"]), Decimal(tax["amount"])) for tax in first["taxes"]
    )
    assert {**first["contact"], **made.content["contact"]} == made.content["contact"]
    assert len(made.content["invoice_lines_attributes"]) == len(first["lines"])
