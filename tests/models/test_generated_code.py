"""The generated package: frozen names, lazy loading, and nothing in it but what templates say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from b2brouter_async import generated
from b2brouter_async._core.model import Model
from b2brouter_async.generated import models
from tests.generation.skeleton import foreign
from tests.models.names import ACCEPT, FROZEN, exported, flat

ROOT = Path(generated.__file__ or "").parent
MODULES = sorted(ROOT.rglob("*.py"))


def test_the_exported_names_are_frozen() -> None:
    """A name that goes, or comes, is a decision."""
    frozen, found = flat(json.loads(FROZEN.read_text("utf-8"))), flat(exported())

    news = {"new": sorted(found - frozen), "gone": sorted(frozen - found)}
    told = "; ".join(f"{word}: {', '.join(names)}" for word, names in news.items() if names)
    assert not told, f"{told}; {ACCEPT}"


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
