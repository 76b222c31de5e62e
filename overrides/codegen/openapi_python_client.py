"""openapi-python-client at work: our canonical spec and our templates go in, a tree of files comes out."""

from __future__ import annotations

import contextlib
import copy
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser import openapi as parser
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.strings import PythonIdentifier

from .naming import CLASSES, IN_CLIENT, pascal
from .placeholders import hide_all
from .spec import SpecError
from .texts import docstring, literal
from .types import DICTIONARIES, classes, described, is_map
from .views import EndpointView, ModelField, documentation, endpoint_view, model_fields, plain_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openapi_python_client.parser.properties import EnumProperty, LiteralEnumProperty, ModelProperty

    from .canonical import Canonical, Described
    from .spec import Node

CONFIG = Path(__file__).parents[2] / "generator-config.yaml"
UNUSED = ("client.py", "errors.py", "types.py")

# The generator copies an endpoint with every schema it touches each time it adds or sorts parameters, and drops the
# old one: two thirds of its time.
vars(parser)["deepcopy"] = copy.copy


@frozen
class Base:
    """What a model's class stands on."""

    name: str
    module: str = ""
    """Its module in the package, where it is none of `_core.model`."""


@frozen
class Outcome:
    """What was generated."""

    views: list[EndpointView]
    models: dict[str, tuple[list[ModelField], bool]]
    """Fields of each model, and whether a caller fills it in."""
    enums: dict[str, list[Any]]


def run(
    rebuilt: Canonical,
    target: Path,
    *,
    templates: Path,
    platform: Node,
    api_version: str,
    bases: Mapping[str, str] | None = None,
) -> Outcome:
    """Write models, endpoint functions and resources into a folder that doesn't exist yet.

    Args:
        rebuilt: the spec under our names.
        target: the folder.
        templates: the folder of the templates.
        platform: overrides/platform.yaml.
        api_version: the version that the spec describes.
        bases: name of a model → module and name of the class it stands on, where that has methods of its own.

    Raises:
        SpecError: the generator refused the spec, or warned.
    """
    project = _project(rebuilt, target, templates)
    outcome = _prepare(project, rebuilt, bases or {})
    with contextlib.redirect_stdout(io.StringIO()):
        problems = [one for one in project.build() if one]
    if problems:
        texts = "; ".join(
            " ".join(str(part) for part in (one.header, one.detail) if part) for one in problems
        )
        raise SpecError(f"openapi-python-client warned: {texts}")
    for name in UNUSED:
        (target / name).unlink()
    _write_resources(project, target, outcome)
    _write_dictionaries(project, target, outcome)
    (target / "platform.py").write_text(
        project.env.get_template("platform.py.jinja").render(platform=platform, api_version=api_version),
        encoding="utf-8",
    )
    return outcome


def _project(rebuilt: Canonical, target: Path, templates: Path) -> Project:
    config = Config.from_sources(
        ConfigFile.load_from_path(CONFIG),
        MetaType.NONE,
        document_source=Path("spec.yaml"),
        file_encoding="utf-8",
        overwrite=False,
        output_path=target,
    )
    data = GeneratorData.from_dict(hide_all(rebuilt.spec), config=config)
    if isinstance(data, GeneratorError):
        raise SpecError(f"openapi-python-client refused the spec: {data.header} {data.detail}")
    return Project(openapi=data, config=config, custom_template_path=templates)


def _prepare(project: Project, rebuilt: Canonical, bases: Mapping[str, str]) -> Outcome:
    openapi = project.openapi
    # The generator turns tags and operationIds into names of folders and modules; the same way leads back.
    by_module: dict[tuple[str, str], Described] = {}
    for info in rebuilt.operations.values():
        entry = info.matched.entry
        key = (str(PythonIdentifier(entry.resource, "tag")), str(PythonIdentifier(entry.name, "field_")))
        if key in by_module:
            raise SpecError(f"{info.matched.name} and {by_module[key].matched.name} need one module")
        by_module[key] = info
    views: dict[tuple[str, str], EndpointView] = {}
    for collection in openapi.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            key = (str(endpoint.tags[0]), str(endpoint.name))
            views[key] = endpoint_view(endpoint, by_module[key])
    openapi.models = [
        model
        for model in openapi.models
        if str(model.class_info.name) not in rebuilt.body_models and not is_map(model)
    ]
    models = {
        str(model.class_info.name): (
            model_fields(model, rebuilt.request_models),
            str(model.class_info.name) in rebuilt.request_models,
        )
        for model in openapi.models
    }
    exported: dict[str, list[str]] = {}
    for one in [*openapi.models, *openapi.enums]:
        exported.setdefault(str(one.class_info.module_name), []).append(str(one.class_info.name))
    filled_in = sorted(f"{name}Dict" for name, (_, request) in models.items() if request)
    if DICTIONARIES in exported or {*filled_in} & {*models}:
        raise SpecError("a model has the name of what is made for dictionaries")
    if filled_in:
        exported[DICTIONARIES] = filled_in

    def others(model: ModelProperty, *, dictionaries: bool = False) -> list[tuple[str, str]]:
        request = dictionaries and str(model.class_info.name) in rebuilt.request_models
        found: set[tuple[str, str]] = set()
        for prop in [*(model.required_properties or []), *(model.optional_properties or [])]:
            found.update(classes(prop, request=request))
        return sorted(found)

    def base(model: ModelProperty) -> Base:
        name = str(model.class_info.name)
        if name in bases:
            module, _, known_as = bases[name].rpartition(".")
            return Base(known_as, module)
        return Base("RequestModel" if name in rebuilt.request_models else "Model")

    def component(enum: EnumProperty | LiteralEnumProperty) -> Node:
        found: Node = rebuilt.spec["components"]["schemas"][str(enum.class_info.name)]
        return found

    project.env.filters.update(literal=literal, docstring=docstring, plain_keys=plain_keys)
    project.env.globals.update(
        view_of=lambda endpoint: views[str(endpoint.tags[0]), str(endpoint.name)],
        fields_of=lambda model: models[str(model.class_info.name)][0],
        classes_of=others,
        base_of=base,
        members_of=lambda enum: list(
            zip(component(enum)["x-enum-varnames"], component(enum)["enum"], strict=True)
        ),
        described=described,
        doc_of=documentation,
        exported=sorted(exported.items()),
    )
    order = {name: index for index, name in enumerate(rebuilt.operations)}
    return Outcome(
        sorted(views.values(), key=lambda view: order[view.name]),
        models,
        {str(one.class_info.name): list(component(one)["enum"]) for one in openapi.enums},
    )


def _write_dictionaries(project: Project, target: Path, outcome: Outcome) -> None:
    filled_in = {name: fields for name, (fields, request) in outcome.models.items() if request}
    names = [str(one.class_info.name) for one in [*project.openapi.models, *project.openapi.enums]]
    said = " ".join(field.in_dictionary for fields in filled_in.values() for field in fields)
    words = set(re.findall(r"\w+", said))
    text = project.env.get_template("dictionaries.py.jinja").render(
        dictionaries=sorted(filled_in.items()),
        # From the package: the models' modules take these types in turn.
        imports=sorted(name for name in names if name in words),
    )
    if filled_in:
        (target / "models" / f"{DICTIONARIES}.py").write_text(text, encoding="utf-8")


def _write_resources(project: Project, target: Path, outcome: Outcome) -> None:
    resources: dict[str, list[EndpointView]] = {}
    for view in outcome.views:
        resources.setdefault(view.resource, []).append(view)
    out = target / "resources"
    out.mkdir()
    template = project.env.get_template("resource.py.jinja")
    listed: list[tuple[str, str]] = []
    for resource, members in resources.items():
        if resource in IN_CLIENT:
            raise SpecError(f"resource {resource}: the client has something else of this name")
        imports = sorted({pair for view in members for pair in view.imports})
        own = pascal(resource)
        if own in CLASSES or own in {name for _, name in imports}:
            own = f"{own}Resource"
        listed.append((resource, own))
        text = template.render(
            resource_class=own,
            resource_doc=f"Operations on {resource.replace('_', ' ')}.",
            views=members,
            imports=imports,
        )
        (out / f"{resource}.py").write_text(text, encoding="utf-8")
    (out / "__init__.py").write_text(
        project.env.get_template("resources_init.py.jinja").render(resources=listed), encoding="utf-8"
    )
