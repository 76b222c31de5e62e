"""A new version of the API: what is new appears by itself, what is gone is told, what is needed stops the generation."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from b2brouter_async.client import B2Brouter
from b2brouter_async.generated.resources import RESOURCES
from overrides.codegen import generate as regenerate
from overrides.codegen.generate import OPENAPI, PACKAGE, ROOT, current, generate
from overrides.codegen.naming import IN_CLIENT
from overrides.codegen.report import compare, markdown
from overrides.codegen.spec import SpecError, read
from tests.generation.next_version import next_version, without_field, without_operation

if TYPE_CHECKING:
    from pathlib import Path

    from overrides.codegen.generate import Generation
    from overrides.codegen.spec import Node

DOCUMENT = current(OPENAPI)[0]


def generated(spec: Node, folder: Path) -> Generation:
    source = folder / "next.json"
    source.write_text(json.dumps(spec), encoding="utf-8")
    return generate(source, folder / "generated", provenance={})


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Node:
    folder = tmp_path_factory.mktemp("before")
    return generate(DOCUMENT, folder / "generated", provenance={}).surface


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> tuple[Generation, Path]:
    folder = tmp_path_factory.mktemp("after")
    return generated(next_version(read(DOCUMENT)), folder), folder / "generated"


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
        generated(without_operation(read(DOCUMENT), method, path), tmp_path)

    assert sentence in str(caught.value)
    assert "b2brouter_async/resources/invoices.py" in str(caught.value)


def test_a_field_that_our_code_needs_stops_the_generation(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"model InvoiceListItem has no field number, which b2brouter_async/"):
        generated(without_field(read(DOCUMENT), "number"), tmp_path)


def test_generating_checking_and_generating_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], before: Node
) -> None:
    """The whole command, in a copy of the repository."""
    root = tmp_path / "copy"
    for name in ("openapi", "b2brouter_async"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "*.db"))
    assert (root / PACKAGE.name).is_dir()
    spec = tmp_path / "vendor.json"
    spec.write_text(json.dumps(next_version(read(DOCUMENT))), encoding="utf-8")

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


def test_the_committed_tree_is_what_the_document_says(before: Node) -> None:
    assert json.loads((OPENAPI / "surface.json").read_text("utf-8")) == before


def test_what_stops_the_command_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert regenerate.main(["--spec", str(tmp_path / "missing.yaml")]) == 1
    assert capsys.readouterr().err.startswith("make generate stopped: ")
