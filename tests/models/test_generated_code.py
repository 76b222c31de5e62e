"""The generated package: frozen names, lazy loading, and nothing in it but what templates say."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from b2brouter_async import generated
from b2brouter_async._core.model import Model
from b2brouter_async._core.operation import Resource
from b2brouter_async.generated import models, resources
from tests.generation.skeleton import foreign

HERE = Path(__file__).parent
ROOT = Path(generated.__file__ or "").parent
MODULES = sorted(ROOT.rglob("*.py"))


def class_of(resource: str) -> type[Resource]:
    module = import_module(f"{resources.__name__}.{resource}")
    [found] = [
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Resource) and one is not Resource
    ]
    return found


def test_the_exported_names_are_frozen() -> None:
    """A name that goes, or comes, is a decision: change names.json with it."""
    names = {
        "models": dir(models),
        "resources": {
            resource: [name for name in vars(class_of(resource)) if not name.startswith("_")]
            for resource in resources.RESOURCES
        },
    }

    assert names == json.loads((HERE / "names.json").read_text("utf-8"))


def test_every_exported_name_loads() -> None:
    for name in dir(models):
        assert getattr(models, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        models.Nonsense  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_holds_nothing_but_what_the_templates_write(path: Path) -> None:
    assert foreign(path.read_text("utf-8")) == []


def test_every_model_has_its_fields_under_distinct_keys_and_attributes() -> None:
    for name in dir(models):
        kind = getattr(models, name)
        if issubclass(kind, Model):
            fields = kind.fields()
            assert (
                len({item.key for item in fields}) == len({item.attribute for item in fields}) == len(fields)
            )


def test_a_model_is_loaded_when_it_is_first_touched() -> None:
    program = (
        "import sys; from b2brouter_async.generated import models; "
        "before = {n for n in sys.modules if '.generated.models.' in n}; "
        "models.Transport; "
        "after = {n for n in sys.modules if '.generated.models.' in n}; "
        "print(len(before), sorted(after))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "0 ['b2brouter_async.generated.models.transport']"
