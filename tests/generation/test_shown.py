"""The example in a generated docstring: from overrides/operations.yaml, or from names alone, never from the spec's text."""

from __future__ import annotations

import ast
import shutil
from typing import TYPE_CHECKING

import pytest

from overrides.codegen import generate as codegen
from overrides.codegen.spec import SpecError

from .own_spec import FOLDER, SPEC

if TYPE_CHECKING:
    from pathlib import Path


def generated(folder: Path, shows: str) -> Path:
    """Generate with an example for payments.create, and return where the tree is."""
    overrides = folder / "overrides"
    shutil.copytree(FOLDER, overrides)
    file = overrides / "operations.yaml"
    block = "".join(f"      {line}\n" for line in shows.splitlines())
    said = 'create: {call: "POST /accounts/{account}/payments", unwrap: payment}'
    text = file.read_text("utf-8")
    assert said in text
    given = f'create:\n    call: "POST /accounts/{{account}}/payments"\n    unwrap: payment\n    shows: |\n{block}'
    file.write_text(text.replace(said, given.rstrip("\n")), "utf-8")
    codegen.generate(SPEC, folder / "generated", provenance={}, folder=overrides)
    return folder / "generated"


def docstring(tree: Path, module: str) -> str:
    found = ast.parse((tree / "api" / f"{module}.py").read_text("utf-8"))
    (function,) = [one for one in found.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    return ast.get_docstring(function) or ""


def test_an_example_of_ours_stands_before_the_arguments_as_it_was_written(tmp_path: Path) -> None:
    shows = 'payment = await client.payments.create(\n    1234, payment={"note": "one \\\\ two"}\n)'
    parts = docstring(generated(tmp_path, shows), "payments/create").split("\n\n")
    (behind,) = [number for number, part in enumerate(parts) if part.startswith("Args:")]
    assert parts[behind - 1] == "\n".join(["Example:", *(f"    {line}" for line in shows.splitlines())])


@pytest.mark.parametrize(
    ("shows", "problem"),
    [
        ("payment = await client.(", "no Python"),
        (f"print({'1' * 100})", "more than 96 characters"),
        ('print("a  b")', "spaces"),
    ],
)
def test_an_example_that_could_not_be_shown_stops_the_generation(
    tmp_path: Path, shows: str, problem: str
) -> None:
    with pytest.raises(SpecError, match=f"what payments.create shows .*{problem}"):
        generated(tmp_path, shows)


def test_without_one_it_is_made_from_the_names_of_the_arguments(ours: tuple[object, Path]) -> None:
    _, tree = ours
    assert "    payment = await client.payments.create(account=1234, payment=payment)" in docstring(
        tree, "payments/create"
    )
    assert (
        "    async for invoice in client.invoices.list(account=1234):\n        print(invoice)"
        in docstring(tree, "invoices/list_")
    )
    assert "client.directory.lookup('be', 'identifier')" in docstring(tree, "directory/lookup")
