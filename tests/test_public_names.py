"""The names that users import: each can be loaded, and type checkers see the same ones as the interpreter."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import b2brouter_async

PACKAGES = [
    "b2brouter_async",
    "b2brouter_async.bulk",
    "b2brouter_async.einvoice",
    "b2brouter_async.fleet",
    "b2brouter_async.invoicing",
    "b2brouter_async.limiter",
    "b2brouter_async.simulator",
    "b2brouter_async.tables",
    "b2brouter_async.webhooks",
]

MODULES = ["b2brouter_async.errors", "b2brouter_async.sandbox"]
ROOMS = ["b2brouter_async.generated", "b2brouter_async.group", "b2brouter_async.resources"]
"""They hold modules and no names: what is public of them is taken from elsewhere."""
HOOKS = {"pytest_configure"}
"""What pytest looks for in a plugin, where `dir` shows it."""
PUBLIC = [
    "b2brouter_async",
    *(
        f"b2brouter_async.{found.name}"
        for found in iter_modules(b2brouter_async.__path__)
        if not found.name.startswith("_")
    ),
]


@pytest.mark.parametrize("package", PUBLIC)
def test_a_shell_and_an_editor_are_shown_public_names_alone(package: str) -> None:
    module = import_module(package)
    # pytest writes names with an @ into modules of a distribution that has a plugin.
    shown = {name for name in dir(module) if not name.startswith(("__", "@"))} - HOOKS
    if package in ROOMS:
        assert shown <= {found.name for found in iter_modules(module.__path__)}
        return
    assert shown == {name for name in module.__all__ if not name.startswith("__")}
    assert all(getattr(module, name) is not None for name in shown)


def test_every_package_with_names_is_among_those_that_are_looked_at() -> None:
    assert {*PACKAGES, *MODULES, *ROOMS} < set(PUBLIC)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_shows_everything_that_it_defines_itself(module: str) -> None:
    loaded = import_module(module)
    own = {name for name, value in vars(loaded).items() if getattr(value, "__module__", None) == module}
    assert {name for name in own if not name.startswith("_")} - {"HasEnvironment"} <= set(loaded.__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_can_be_loaded_and_no_other(package: str) -> None:
    module = import_module(package)
    for name in module.__all__:
        assert getattr(module, name) is not None
    assert set(module.__all__) <= set(dir(module))
    with pytest.raises(AttributeError, match="nonsense"):
        module.nonsense  # noqa: B018


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_and_the_interpreter_see_the_same_names_in_the_same_modules(package: str) -> None:
    module = import_module(package)
    tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
    declared = {
        alias.asname: "." * (node.level - 1) + (node.module or "")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    (table,) = [
        node.args[1]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "lazy_names"
    ]
    homes = {name: home for home, names in ast.literal_eval(table).items() for name in names}

    assert declared == homes
    assert sorted(homes) == module.__all__
