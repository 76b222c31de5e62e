"""What the SDK says of itself, and what it loads when."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest

import b2brouter_async
from b2brouter_async import SpecInfo, preload, spec_info
from b2brouter_async.generated.platform import API_VERSION
from overrides.codegen.generate import OPENAPI, current
from overrides.codegen.spec import operations, read

LOADED = "import sys; {}; print(*sorted(name for name in sys.modules))"


def loaded_by(statement: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(statement)], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_it_tells_the_document_it_was_generated_from() -> None:
    info = spec_info()
    path, facts = current(OPENAPI)

    assert isinstance(info, SpecInfo)
    assert info.api_version == API_VERSION == facts["api_version"]
    assert info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() == facts["sha256"]
    assert info.date is not None
    assert info.date.isoformat() == facts["date"]
    assert info.generator.startswith("openapi-python-client ")
    assert info.openapi.startswith(("3.0", "3.1"))


def test_it_counts_the_operations_by_how_well_they_are_known() -> None:
    spec = read(current(OPENAPI)[0])
    # The vendor's own spec is the documentation.
    silent = "unstated" if spec["info"].get("x-reconstruction") else "documented"
    stated = [node.get("x-evidence") or silent for _, _, node, _ in operations(spec)]

    info = spec_info()

    assert info.operations == len(stated)
    assert dict(info.evidence) == {kind: stated.count(kind) for kind in sorted(set(stated))}


def test_what_it_tells_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        spec_info().evidence["documented"] = 0  # type: ignore[index]
    assert spec_info() is spec_info()


def test_importing_the_package_loads_nothing_that_costs() -> None:
    more = loaded_by("import b2brouter_async") - loaded_by("import __future__, importlib, typing")

    assert {name for name in more if not name.startswith("b2brouter_async")} == set()
    ours = {"b2brouter_async", "b2brouter_async._lazy", "b2brouter_async._version"}
    assert {name for name in more if name.startswith("b2brouter_async")} == ours


def test_importing_the_client_loads_no_model_no_resource_and_no_operation() -> None:
    modules = loaded_by("from b2brouter_async import B2Brouter")

    assert not [name for name in modules if name.startswith("b2brouter_async.generated.models.")]
    assert not [name for name in modules if name.startswith("b2brouter_async.generated.api")]
    assert not [name for name in modules if name.startswith("b2brouter_async.generated.resources.")]
    unneeded = {"simplejson", "starlette", "rich", "typer", "pypdf", "yaml", "redis", "defusedxml", "sqlite3"}
    assert not (modules - loaded_by("import httpx")) & unneeded


def test_preloading_loads_all_that_calls_would_load() -> None:
    before = loaded_by("import b2brouter_async; b2brouter_async.preload()")
    generated = {name for name in before if name.startswith("b2brouter_async.generated")}

    assert len([name for name in generated if name.startswith("b2brouter_async.generated.models.")]) > 80
    assert len([name for name in generated if name.startswith("b2brouter_async.generated.api.")]) > 63
    assert {"simplejson", "httpx", "b2brouter_async._core.pagination"} <= before
    # A first call's worth of work loads no more of ours.
    after = loaded_by(
        "import b2brouter_async; b2brouter_async.preload();"
        "from b2brouter_async.generated.models import Invoice; Invoice.from_dict({'id': 1}).to_dict();"
        "from b2brouter_async._core.exact_json import dump_json; dump_json({})"
    )
    assert after == before


def test_preloading_twice_is_no_harm() -> None:
    preload()
    preload()
    assert b2brouter_async.spec_info().operations > 0
