"""One generation: from a document to a tree of files, without touching anything else."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from attrs import frozen
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError

from . import overlay, rendering
from .canonical import Builder, Canonical, ReplyShape
from .document import DocumentError, Node, as_json, parse, read
from .naming import pascal
from .operations import load_entries, match
from .rendering import EndpointView, endpoint_view, model_fields
from .report import surface

if TYPE_CHECKING:
    from openapi_python_client.parser.properties import EnumProperty, ModelProperty

HERE = Path(__file__).parent
GENERATOR_CONFIG = HERE.parent / "generator-config.yaml"


@frozen
class Generation:
    """What came of it."""

    surface: Node
    notes: list[str]
    api_version: str
    sha256: str
    operations: int


def pins(path: Path) -> dict[str, str]:
    """Return place of use → name from overrides/schemas.yaml.

    Raises:
        DocumentError: a place is pinned twice.
    """
    found: dict[str, str] = {}
    for name, places in cast("dict[str, list[str]]", parse(path.read_bytes())).items():
        for place in places:
            if place in found:
                raise DocumentError(f"{path.name}: {place} is pinned to {found[place]} and to {name}")
            found[place] = name
    return found


def canonical(document: Node, folder: Path = HERE) -> tuple[Canonical, list[str]]:
    """Name and correct a document.

    Returns:
        The rebuilt document, and sentences on what was noticed.
    """
    platform = cast("Node", parse((folder / "platform.yaml").read_bytes()))
    entries = load_entries(folder / "operations.yaml")
    matched, gone = match(document, entries)
    headers = frozenset({platform["headers"]["key"].lower(), platform["headers"]["version"].lower()})
    rebuilt = Builder(document, pins(folder / "schemas.yaml"), headers).build(matched)
    notes = [
        f"operations.yaml names {one.resource}.{one.name}, which the document no longer has" for one in gone
    ]
    notes += [
        f"operation {one.name} ({one.entry.method} {one.document_path}) is named by its path; put it into operations.yaml"
        for one in matched
        if not one.entry.known
    ]
    rebuilt.document, idle = overlay.apply(rebuilt.document, overlay.load(folder / "overlay.yaml"))
    _adopt_corrections(rebuilt)
    return rebuilt, [*notes, *rebuilt.notes, *(f"overlay.yaml: {one}" for one in idle)]


def _adopt_corrections(rebuilt: Canonical) -> None:
    """Tell the descriptions which replies the overlay added or removed."""
    for info in rebuilt.operations.values():
        entry = info.matched.entry
        operation = rebuilt.document["paths"][info.matched.path][entry.method.lower()]
        responses = cast("Node", operation["responses"])
        kept = [shape for shape in info.replies if str(shape.status) in responses]
        known = {shape.status for shape in kept}
        for status, response in responses.items():
            if status.isdigit() and int(status) not in known:
                kept.append(ReplyShape(int(status), "json" if response.get("content") else "nothing"))
        info.replies = sorted(kept, key=lambda shape: (shape.kind == "nothing", shape.status))


def needed_names(rebuilt: Canonical, folder: Path = HERE) -> None:
    """Stop where the document lacks what hand-written code stands on.

    Raises:
        DocumentError: with what is missing, and who needs it.
    """
    needs = cast("Node", parse((folder / "needed.yaml").read_bytes()))
    for name, reason in cast("dict[str, str]", needs.get("operations") or {}).items():
        if name not in rebuilt.operations:
            raise DocumentError(f"the document has no operation for {name}: {reason}")
    schemas = rebuilt.document["components"]["schemas"]
    for model, fields in cast("dict[str, dict[str, str]]", needs.get("fields") or {}).items():
        for name, reason in fields.items():
            if name not in schemas.get(model, {}).get("properties", {}):
                raise DocumentError(f"the document has no field {model}.{name}: {reason}")


def generate(document_path: Path, target: Path, *, provenance: Node, folder: Path = HERE) -> Generation:
    """Write a generation into a folder that doesn't exist yet.

    Args:
        document_path: an OpenAPI 3.0 or 3.1 document.
        target: where the package `generated` goes.
        provenance: what is known of the document, for SPEC.json.
        folder: the folder that holds operations.yaml and its siblings.

    Raises:
        DocumentError: the document can't be used, or the generator warned.
    """
    document = read(document_path)
    rebuilt, notes = canonical(document, folder)
    needed_names(rebuilt, folder)
    project = _project(rebuilt, target, folder)
    views, models, enums = _prepare(project, rebuilt, folder)
    with contextlib.redirect_stdout(io.StringIO()):
        problems = [one for one in project.build() if one]
    if problems:
        texts = "; ".join(
            " ".join(str(part) for part in (one.header, one.detail) if part) for one in problems
        )
        raise DocumentError(f"openapi-python-client warned: {texts}")
    for name in ("client.py", "errors.py", "types.py"):
        (target / name).unlink()
    _write_rest(project, target, views, models, rebuilt, str(document["info"]["version"]), folder)
    digest = hashlib.sha256(document_path.read_bytes()).hexdigest()
    (target / "SPEC.json").write_text(as_json(_spec(document, digest, provenance, views)), encoding="utf-8")
    _format(target)
    return Generation(
        surface(views, models, {str(one.class_info.name): list(_values(one, rebuilt)) for one in enums}),
        notes,
        str(document["info"]["version"]),
        digest,
        len(views),
    )


def _project(rebuilt: Canonical, target: Path, folder: Path) -> Project:
    config = Config.from_sources(
        ConfigFile.load_from_path(GENERATOR_CONFIG),
        MetaType.NONE,
        document_source=Path("document.yaml"),
        file_encoding="utf-8",
        overwrite=False,
        output_path=target,
    )
    data = GeneratorData.from_dict(rebuilt.document, config=config)
    if isinstance(data, GeneratorError):
        raise DocumentError(f"openapi-python-client refused the document: {data.header} {data.detail}")
    return Project(openapi=data, config=config, custom_template_path=folder / "templates")


def _prepare(
    project: Project, rebuilt: Canonical, folder: Path
) -> tuple[list[EndpointView], dict[str, tuple[list[rendering.ModelField], bool]], list[Any]]:
    openapi = project.openapi
    views: dict[tuple[str, str], EndpointView] = {}
    for resource, collection in openapi.endpoint_collections_by_tag.items():
        for endpoint in collection.endpoints:
            info = (
                rebuilt.operations.get(f"{resource}.{endpoint.name}")
                or rebuilt.operations[f"{resource}.{str(endpoint.name).rstrip('_')}"]
            )
            views[str(resource), str(endpoint.name)] = endpoint_view(endpoint, info)
    openapi.models = [
        model
        for model in openapi.models
        if str(model.class_info.name) not in rebuilt.body_models and not rendering.is_map(model)
    ]
    models = {
        str(model.class_info.name): (
            model_fields(model, rebuilt.request_models),
            str(model.class_info.name) in rebuilt.request_models,
        )
        for model in openapi.models
    }
    exported = sorted(
        (str(one.class_info.module_name), str(one.class_info.name))
        for one in [*openapi.models, *openapi.enums]
    )

    def others(model: ModelProperty) -> list[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for prop in [*(model.required_properties or []), *(model.optional_properties or [])]:
            found.update(rendering.classes(prop))
        return sorted(found)

    project.env.filters.update(rendering.FILTERS)
    project.env.globals.update(
        view_of=lambda endpoint: views[str(endpoint.tags[0]), str(endpoint.name)],
        fields_of=lambda model: models[str(model.class_info.name)][0],
        classes_of=others,
        members_of=lambda enum: list(_members(enum, rebuilt)),
        described=rendering.described,
        doc_of=documentation,
        exported=exported,
    )
    ordered = sorted(views.values(), key=lambda view: list(rebuilt.operations).index(view.name))
    return ordered, models, list(openapi.enums)


def _values(enum: EnumProperty, rebuilt: Canonical) -> list[Any]:
    return list(rebuilt.document["components"]["schemas"][str(enum.class_info.name)]["enum"])


def _members(enum: EnumProperty, rebuilt: Canonical) -> list[tuple[str, Any]]:
    component = rebuilt.document["components"]["schemas"][str(enum.class_info.name)]
    return list(zip(component["x-enum-varnames"], component["enum"], strict=True))


def documentation(view: EndpointView) -> str:
    """Return the docstring of a method: purpose, arguments, result, errors, source."""
    info = view.info
    lines = [f"{info.summary or view.name}.".replace("..", ".")]
    if info.description:
        lines += ["", info.description]
    rows = ["account: Id of the account; the client's own where it is left out."] if view.account else []
    for one in [*view.positional, *view.keywords]:
        rows.append(f"{one.name}: {one.description or 'see ' + one.annotation}")
    rows.append("timeout, deadline, headers, priority, max_attempts: see `Options`.")
    lines += ["", "Args:", *(f"    {row}" for row in rows)]
    if info.paged:
        lines += [
            "",
            "Returns:",
            "    A pager: await it for one page, iterate it for every item. Nothing is sent before.",
        ]
    elif "None" in view.returns.split(" | ") and view.returns != "None":
        lines += ["", "Returns:", "    None where the server answers without a body (behaviour 34)."]
    lines += ["", "Raises:", "    ArgumentError: an argument can't be sent as it is; nothing was sent."]
    lines += ["    APIStatusError: the server refuses; a subclass for each status that matters."]
    if info.repeat in ("write", "reconcilable"):
        lines += [
            "    OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25)."
        ]
    entry = info.matched.entry
    source = f"Source: {entry.method} {entry.path}, {info.evidence}"
    lines += ["", source + (", called beta by the vendor." if info.beta else ".")]
    return "\n".join(lines)


def _write_rest(
    project: Project,
    target: Path,
    views: list[EndpointView],
    models: Any,
    rebuilt: Canonical,
    api_version: str,
    folder: Path,
) -> None:
    env = project.env
    resources: dict[str, list[EndpointView]] = {}
    for view in views:
        resources.setdefault(view.resource, []).append(view)
    out = target / "resources"
    out.mkdir()
    template = env.get_template("resource.py.jinja")
    for resource, members in resources.items():
        imports = sorted({pair for view in members for pair in view.imports})
        text = template.render(
            resource_class=pascal(resource),
            resource_doc=f"Operations on {resource.replace('_', ' ')}.",
            views=members,
            imports=imports,
        )
        (out / f"{resource}.py").write_text(text, encoding="utf-8")
    listed = [(resource, pascal(resource)) for resource in resources]
    (out / "__init__.py").write_text(
        env.get_template("resources_init.py.jinja").render(resources=listed), encoding="utf-8"
    )
    platform = parse((folder / "platform.yaml").read_bytes())
    (target / "platform.py").write_text(
        env.get_template("platform.py.jinja").render(platform=platform, api_version=api_version),
        encoding="utf-8",
    )


def _spec(document: Node, digest: str, provenance: Node, views: list[EndpointView]) -> Node:
    evidence: dict[str, int] = {}
    for view in views:
        evidence[view.info.evidence] = evidence.get(view.info.evidence, 0) + 1
    return {
        "api_version": str(document["info"]["version"]),
        "openapi": str(document["openapi"]),
        "sha256": digest,
        "date": provenance.get("date"),
        "source": provenance.get("source"),
        "reconstruction": bool(document["info"].get("x-reconstruction")),
        "generator": f"openapi-python-client {version('openapi-python-client')}",
        "operations": len(views),
        "evidence": dict(sorted(evidence.items())),
    }


def _format(target: Path) -> None:
    """Drop what templates import and a module doesn't need, and lay everything out alike."""
    config = HERE.parent / "pyproject.toml"
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"
    common = [
        "--quiet",
        "--config",
        str(config),
        "--config",
        "lint.isort.split-on-trailing-comma=false",
        "--no-cache",
    ]
    fixes = ["--select", "F401,I,TC,PIE790", "--fix", "--unsafe-fixes"]
    for command in (
        [ruff, "check", *common, *fixes, str(target)],
        [ruff, "format", *common, str(target)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if done.returncode:
            raise DocumentError(f"ruff stopped on generated code: {done.stdout[-3000:]}{done.stderr[-1000:]}")
