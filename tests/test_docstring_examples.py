"""Each public function, class and method has an example in its docstring, and each example runs."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from b2brouter_async.generated import api
from b2brouter_async.pytest_plugin import make_client
from b2brouter_async.simulator import Delays, Simulator

from .shown import ANYWHERE, World, run, with_documents

Public = Any


def generated() -> dict[str, Public]:
    """The generated functions, those too that a hand-written method stands before."""
    found: dict[str, Public] = {}
    for module in pkgutil.walk_packages(api.__path__, f"{api.__name__}."):
        if not module.ispkg:
            for name, one in vars(importlib.import_module(module.name)).items():
                if inspect.isfunction(one) and one.__module__ == module.name:
                    found[f"{module.name.removeprefix(f'{api.__name__}.').rpartition('.')[0]}.{name}"] = one
    return found


@cache
def docstrings(path: str) -> dict[str, tuple[str, int]]:
    """The docstrings of a module by qualified name, each with the column it begins in.

    From the source: Python 3.13 takes the indentation away from what it hands out.
    """
    found: dict[str, tuple[str, int]] = {}

    def visit(node: ast.Module | ast.ClassDef, before: str) -> None:
        for one in node.body:
            if isinstance(one, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(one, clean=False)
                if text is not None:
                    found[before + one.name] = (text, one.body[0].col_offset)
                if isinstance(one, ast.ClassDef):
                    visit(one, f"{before}{one.name}.")

    visit(ast.parse(Path(path).read_text(encoding="utf-8")), "")
    return found


def blocks(one: Public) -> list[str]:
    """The indented blocks of a docstring: what stands four columns in, after an empty line."""
    text, column = docstrings(inspect.getfile(importlib.import_module(one.__module__))).get(
        one.__qualname__, ("", 0)
    )
    margin = " " * (column + 4)
    found: list[str] = []
    for part in re.split(r"\n\s*\n(?=\s*\S)", text)[1:]:
        lines = part.rstrip().splitlines()
        if all(line.startswith(margin) for line in lines if line.strip()):
            found.append(textwrap.dedent("\n".join(lines)))
    # Only an empty line stands between two parts of one example.
    return ["\n\n".join(found)] if found else []


GENERATED = generated()
EXAMPLES = {f"generated {name}": found[0] for name, one in GENERATED.items() if (found := blocks(one))}


@pytest.mark.parametrize("name", GENERATED)
def test_every_generated_method_has_an_example_that_calls_it(name: str) -> None:
    resource, method = name.split(".")
    assert f"client.{resource}.{method}(" in EXAMPLES[f"generated {name}"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "anyio_backend", ["asyncio", pytest.param("trio", marks=pytest.mark.nightly)], indirect=True
)
@pytest.mark.parametrize("name", EXAMPLES)
async def test_the_example_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(with_documents(tmp_path))
    example = EXAMPLES[name]
    simulator = Simulator(delays=Delays(tax_report=0))
    simulator.add_party("be", "0208", "0214596464", "Acme NV")
    async with make_client(simulator) as client:
        example = await World(client, simulator).furnish(example)
        await run(example, name, {**ANYWHERE, "client": client, "simulator": simulator})
