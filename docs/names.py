"""Write docs/names.md: every public name by package, from the code itself.

python docs/names.py            writes the page; `make names` does it
"""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from b2brouter_async import B2Brouter, models

if TYPE_CHECKING:
    from types import ModuleType

PAGE = Path(__file__).with_name("names.md")
HEAD = """# Every public name, by package

What stands here is public: it changes only with a note in [CHANGELOG.md](../CHANGELOG.md). Modules and names that begin with
`_` are not. `make names` writes this page from the code.
"""
PACKAGES = {
    "b2brouter_async": "",
    "b2brouter_async.models": "",
    "b2brouter_async.bulk": "bulk.md",
    "b2brouter_async.webhooks": "webhooks.md",
    "b2brouter_async.tables": "tables.md",
    "b2brouter_async.invoicing": "building.md",
    "b2brouter_async.einvoice": "einvoice.md",
    "b2brouter_async.limiter": "limiter.md",
    "b2brouter_async.fleet": "fleet.md",
    "b2brouter_async.simulator": "simulator.md",
    "b2brouter_async.sandbox": "sandbox.md",
    "b2brouter_async.errors": "calls.md",
    "b2brouter_async.config": "environment.md",
    "b2brouter_async.spec": "regeneration.md",
    "b2brouter_async.pytest_plugin": "testing.md",
}


def first_line(text: str | None) -> str:
    """Return a docstring's first line, as a cell of a table."""
    lines = inspect.cleandoc(text or "").splitlines()
    return lines[0].replace("|", "\\|") if lines else ""


def said_of(package: ModuleType, name: str) -> str:
    """Return what the code says a name is."""
    value = getattr(package, name)
    if inspect.isclass(value) or inspect.isroutine(inspect.unwrap(value)):
        return first_line(value.__doc__)
    for module in [
        module for key, module in sorted(sys.modules.items()) if key.startswith("b2brouter_async")
    ]:
        if vars(module).get(name) is not value or not module.__file__:
            continue
        body = ast.parse(Path(module.__file__).read_text("utf-8")).body
        for statement, after in itertools.pairwise(body):
            target = getattr(statement, "target", None) or (getattr(statement, "targets", None) or [None])[0]
            if getattr(target, "id", None) == name and isinstance(after, ast.Expr):
                return first_line(ast.literal_eval(after.value))
    raise SystemExit(f"{package.__name__}.{name} has no text below it that says what it is")


def table(head: str, rows: list[tuple[str, str]]) -> str:
    """Return a table of two columns."""
    return "\n".join([f"| {head} | what it is |", "|---|---|", *(f"| `{a}` | {b} |" for a, b in rows)]) + "\n"


def methods(kind: type) -> list[tuple[str, str]]:
    """Return the public methods and properties of a class, with what they do."""
    found: list[tuple[str, str]] = []
    for name in dir(kind):
        value = inspect.getattr_static(kind, name)
        if isinstance(value, staticmethod | classmethod):
            value = value.__func__
        shown = getattr(kind, name) if not isinstance(value, property) else value
        if not name.startswith("_") and name != "caller" and first_line(shown.__doc__):
            found.append((name, first_line(shown.__doc__)))
    return found


def page() -> str:
    """Return the whole page."""
    parts = [HEAD]
    parts.append(
        "\n".join(f"- [`{name}`](#{name.replace('.', '')})" for name in [*PACKAGES, "client"]) + "\n"
    )
    for name, more in PACKAGES.items():
        package = import_module(name)
        parts.append(f"## {name}\n")
        parts.append(first_line(package.__doc__) + (f" See [{more}]({more})." if more else "") + "\n")
        names = sorted(models.__all__ if name.endswith("models") else package.__all__)
        if name == "b2brouter_async":
            errors = {
                one
                for one in names
                if inspect.isclass(getattr(package, one)) and issubclass(getattr(package, one), Exception)
            }
            parts.append(table("name", [(one, said_of(package, one)) for one in names if one not in errors]))
            parts.append(
                "Errors; [calls.md](calls.md) says when each comes and whether trying again helps:\n"
            )
            names = sorted(errors)
        parts.append(table("name", [(one, said_of(package, one)) for one in names]))
    parts.append("## client\n")
    parts.append(
        "What a `B2Brouter` has. `client.account(1234)` has the same, without the account's number as first argument.\n"
    )
    client = B2Brouter("test_names")
    resources = {
        name: type(getattr(client, name))
        for name in dir(client)
        if not name.startswith("_")
        and name != "caller"
        and hasattr(type(getattr(client, name, None)), "caller")
    }
    parts.append(table("`client.…`", [row for row in methods(B2Brouter) if row[0] not in resources]))
    for name, kind in resources.items():
        parts.append(f"### client.{name}\n")
        parts.append(table(f"`client.{name}.…`", methods(kind)))
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
