"""A new version of the API: what is new appears by itself, what is gone is told, what is needed stops the generation."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from b2brouter_async.client import B2Brouter
from b2brouter_async.generated.resources import RESOURCES
from overrides.codegen import generate as regenerate
from overrides.codegen.generate import OPENAPI, PACKAGE, PROVENANCE, ROOT, SURFACE
from overrides.codegen.naming import IN_CLIENT
from overrides.codegen.report import compare, markdown
from overrides.codegen.spec import SpecError, as_json
from tests.generation.next_version import next_version, without_field, without_operation
from tests.generation.own_spec import FOLDER, SPEC, generate, original

if TYPE_CHECKING:
    from pathlib import Path

    from overrides.codegen.generate import Generation
    from overrides.codegen.spec import Node

pytestmark = pytest.mark.nightly


def generated(spec: Node, folder: Path) -> Generation:
    source = folder / "next.json"
    source.write_text(json.dumps(spec), encoding="utf-8")
    return generate(source, folder / "generated")


@pytest.fixture(scope="module")
def before(ours: tuple[Generation, Path]) -> Node:
    return ours[0].surface


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> tuple[Generation, Path]:
    folder = tmp_path_factory.mktemp("after")
    return generated(next_version(original()), folder), folder / "generated"


CHANGES = {
    "operation `orders.list` (GET /accounts/{account}/orders)": ("new", False),
    "operation `orders.accept` (POST /orders/{order_id}/accept)": ("new", False),
    "operation `ledgers.download` (GET /ledgers/{ledger_id}/download)": ("gone", True),
    "operation `code_lists.document_types` is deprecated": ("changed", False),
    "operation `invoices.list`: argument `channel`: `str | None`": ("new", False),
    "operation `events.list`: argument `since`: `datetime.date | str`, required": ("new", True),
    "model `Order`": ("new", False),
    "enumeration `OrderState`": ("new", False),
    "model `Transport`: field `priority`: `int | None`": ("new", False),
    "model `Transport`: field `credit_note`": ("gone", True),
    "model `Transport`: field `order`: type `bool | None` is now `str | None`": ("changed", True),
    "enumeration `InvoiceState`: value `half_sent`": ("new", False),
    "enumeration `InvoiceState`: value `billed`": ("gone", True),
}


def test_the_report_tells_everything_that_changed_and_what_of_it_breaks(
    before: Node, after: tuple[Generation, Path]
) -> None:
    changes = compare(before, after[0].surface)

    assert {change.text: (change.kind, change.breaking) for change in changes} == CHANGES


def test_the_report_is_markdown_with_what_is_gone_first(before: Node, after: tuple[Generation, Path]) -> None:
    text = markdown("2027-01-15", compare(before, after[0].surface), after[0].notes)

    assert "13 changes, 5 of them breaking." in text
    assert (
        text.index("### Gone") < text.index("### Changed") < text.index("### New") < text.index("### Noticed")
    )
    assert "- **breaking** operation `ledgers.download`" in text
    assert "operations.yaml names ledgers.download, which the spec no longer has" in text
    assert "operation orders.accept (POST /orders/{order_id}/accept) is named by its path" in text
    assert "Order is named by the spec or by its place" in text


def test_the_documentation_shows_this_report(before: Node, after: tuple[Generation, Path]) -> None:
    shown = (ROOT / "docs" / "regeneration.md").read_text("utf-8")

    for line in markdown("2027-01-15", compare(before, after[0].surface), after[0].notes).splitlines():
        if line.startswith("- "):
            assert line in shown


def test_no_resource_can_hide_what_the_client_has_of_its_own() -> None:
    own = {name for name in dir(B2Brouter) if not name.startswith("_")} - {*RESOURCES, "caller"}

    assert own <= IN_CLIENT


def test_nothing_changed_is_said_so(before: Node) -> None:
    assert compare(before, before) == []
    assert "Nothing changed that a caller can see." in markdown("2026-06-26", [], [])


def test_an_operation_that_nobody_named_is_there_with_its_iterator(after: tuple[Generation, Path]) -> None:
    listed, accepted = (
        (after[1] / "api" / "orders" / f"{name}.py").read_text("utf-8") for name in ("list_", "accept")
    )
    resource = (after[1] / "resources" / "orders.py").read_text("utf-8")

    assert "def list(" in listed
    assert "-> Pager[Order]:" in listed
    assert "async def accept(" in accepted
    assert "-> Order:" in accepted
    assert 'list = endpoint("orders.list_")' in resource
    assert 'accept = endpoint("orders.accept")' in resource
    assert '"orders"' in (after[1] / "resources" / "__init__.py").read_text("utf-8")


@pytest.mark.parametrize(
    ("method", "path", "sentence"),
    [
        ("post", "/accounts/{}/invoices/import", "there is no operation invoices.import_document"),
        ("get", "/accounts/{}/invoices", "there is no operation invoices.list"),
    ],
)
def test_an_operation_that_our_code_needs_stops_the_generation(
    method: str, path: str, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecError) as caught:
        generated(without_operation(original(), method, path), tmp_path)

    assert sentence in str(caught.value)
    assert "b2brouter_async/resources/invoices.py" in str(caught.value)


def test_a_field_that_our_code_needs_stops_the_generation(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"model InvoiceListItem has no field number, which b2brouter_async/"):
        generated(without_field(original(), "number"), tmp_path)


def own_repository(root: Path, surface: Node) -> Path:
    """A copy of the repository that was generated from the tests' own spec."""
    shutil.copytree(
        ROOT / PACKAGE.name, root / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__", "*.db")
    )
    shutil.copytree(ROOT / "overrides" / "templates", root / "overrides" / "templates")
    for path in FOLDER.glob("*.yaml"):
        shutil.copy(path, root / "overrides")
    openapi = root / "openapi"
    openapi.mkdir()
    shutil.copy(SPEC, openapi)
    facts = {"sha256": hashlib.sha256(SPEC.read_bytes()).hexdigest()}
    (openapi / PROVENANCE).write_text(json.dumps({"current": SPEC.name, "specs": {SPEC.name: facts}}))
    (openapi / SURFACE).write_text(as_json(surface))
    return root


@pytest.mark.nightly
def test_generating_checking_and_generating_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], before: Node
) -> None:
    """The whole command, in a copy of the repository."""
    root = own_repository(tmp_path / "copy", before)
    spec = tmp_path / "vendor.json"
    spec.write_text(json.dumps(next_version(original())), encoding="utf-8")

    assert regenerate.run(spec, check=False, root=root) == 0

    assert "13 changes, 5 of them breaking." in capsys.readouterr().out
    assert (root / "openapi" / "CHANGES.md").read_text("utf-8").startswith("# What regeneration changed\n")
    assert "operation `orders.list`" in (root / "openapi" / "CHANGES.md").read_text("utf-8")
    assert (root / "b2brouter_async/generated/resources/orders.py").exists()
    assert not (root / "b2brouter_async/generated/api/ledgers/download.py").exists()
    assert "/orders/{order_id}/accept" in (root / "b2brouter_async/simulator/openapi.json").read_text("utf-8")
    assert regenerate.run(spec, check=True, root=root) == 0

    (root / "b2brouter_async/generated/models/order.py").write_text("changed by hand")
    (root / "b2brouter_async/simulator/openapi.json").write_text("{}")
    (root / "openapi/surface.json").write_text("{}")
    capsys.readouterr()
    assert regenerate.run(spec, check=True, root=root) == 1
    told = capsys.readouterr().out
    assert "b2brouter_async/generated/models/order.py" in told
    assert "b2brouter_async/simulator/openapi.json" in told
    assert "openapi/surface.json" in told


def test_the_committed_tree_is_what_the_current_spec_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert regenerate.run(None, check=True) == 0, capsys.readouterr().out
    assert (OPENAPI / SURFACE).exists()


def test_what_stops_the_command_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert regenerate.main(["--spec", str(tmp_path / "missing.yaml")]) == 1
    assert capsys.readouterr().err.startswith("make generate stopped: ")
