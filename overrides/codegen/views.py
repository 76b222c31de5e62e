"""What the templates are given of models and operations: names, types and expressions, as source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define
from openapi_python_client.parser.properties import ModelProperty

from .naming import IN_FUNCTIONS, IN_MODELS, free, snake
from .texts import literal
from .types import annotation, classes, codec, described, is_map, wire_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openapi_python_client.parser.openapi import Endpoint

    from .canonical import Described


@define
class ModelField:
    """One attribute of a model, as source."""

    name: str
    key: str
    annotation: str
    codec: str
    required: bool
    description: str


def model_fields(model: ModelProperty, request_models: set[str]) -> list[ModelField]:
    """Return the attributes of a model in the document's order, required ones first."""
    request = str(model.class_info.name) in request_models
    taken: set[str] = set(IN_MODELS)
    fields: list[ModelField] = []
    for required, properties in ((True, model.required_properties), (False, model.optional_properties)):
        for prop in properties or []:
            name = free(snake(wire_name(prop)), taken)
            taken.add(name)
            text = annotation(prop, request=request)
            if not required and not text.endswith("None") and text != "object":
                text += " | None"
            fields.append(ModelField(name, wire_name(prop), text, codec(prop), required, described(prop)))
    return fields


@define
class Argument:
    """One argument of a method, as source."""

    name: str
    key: str
    where: str
    annotation: str
    required: bool
    value: str
    """The expression that goes into the request."""
    description: str
    codec: str = ""

    @property
    def declaration(self) -> str:
        """The argument in a signature."""
        return f"{self.name}: {self.annotation}" + ("" if self.required else " = None")


@define
class EndpointView:
    """Everything that the templates write of one operation, as source."""

    name: str
    method: str
    package: str
    """The folder and the module of its endpoint function."""
    module: str
    resource: str
    info: Described
    arguments: list[Argument]
    returns: str
    item: str
    parse: list[str]
    imports: list[tuple[str, str]]

    def of(self, *places: str) -> list[Argument]:
        """Return the arguments that go to one of the places."""
        return [argument for argument in self.arguments if argument.where in places]

    @property
    def account(self) -> bool:
        """Whether the path names an account."""
        return any(one.name == "account" for one in self.of("path"))

    @property
    def positional(self) -> list[Argument]:
        """Arguments that may be given by position, the account left out."""
        if self.account:
            return []
        content = [one for one in self.of("content", "value") if one.required]
        return [*self.of("path"), *(content if not self.of("path") else [])]

    @property
    def keywords(self) -> list[Argument]:
        """Arguments that are given by name: required ones first."""
        rest = [
            one
            for one in self.arguments
            if one not in self.positional and (one.where, one.name) != ("path", "account")
        ]
        return [one for one in rest if one.required] + [one for one in rest if not one.required]

    def signature(self, *, first: str, options: bool, account_optional: bool) -> str:
        """Return the parameter list of a function."""
        parts = [first] if first else []
        if self.account:
            parts.append("account: AccountId | None = None" if account_optional else "account: AccountId")
        parts += [one.declaration for one in self.positional]
        named = [one.declaration for one in self.keywords]
        if options:
            named += [
                "timeout: float | None = None",
                "deadline: float | None = None",
                "headers: Mapping[str, str] | None = None",
                "priority: int | None = None",
                "max_attempts: int | None = None",
            ]
        if named:
            parts += ["*", *named]
        return ", ".join(parts)

    def passed(self, account: str, without: Iterable[str] = ()) -> str:
        """Return the arguments of a call that hands everything on."""
        parts = [account] if self.account else []
        parts += [one.name for one in self.positional]
        parts += [f"{one.name}={one.name}" for one in self.keywords if one.name not in set(without)]
        return ", ".join(parts)


def endpoint_view(endpoint: Endpoint, info: Described) -> EndpointView:
    """Return one operation ready for the templates."""
    taken: set[str] = set(IN_FUNCTIONS) - {"account"}
    arguments: list[Argument] = []
    imports: set[tuple[str, str]] = set()

    def add(prop: Any, where: str, *, required: bool, name: str | None = None) -> None:
        text = annotation(prop, request=True, argument=True)
        if where == "content":
            text = "Content"
        else:
            imports.update(classes(prop))
        if wire_name(prop) in info.flags and where == "query":
            text = "bool | int"
        wanted = name or info.matched.entry.rename.get(wire_name(prop)) or snake(wire_name(prop))
        python = free(wanted, taken)
        taken.add(python)
        if where == "path":
            # Ids are numbers or text as the document says; an account's may be either.
            text = "AccountId" if python == "account" else ("int" if text == "int" else "str")
        if not required and text != "object":
            text += " | None"
        value = python
        if where == "query" and wire_name(prop) in info.flags:
            value = f"as_flag({python})"
        elif where == "query" and type(prop).__name__ == "DateProperty":
            value = f"as_date({literal(python)}, {python})"
        argument = Argument(python, wire_name(prop), where, text, required, value, described(prop))
        if where in ("body", "value"):
            argument.codec = codec(prop)
        arguments.append(argument)

    for prop in endpoint.path_parameters:
        add(prop, "path", required=True, name=wire_name(prop))
    for prop in endpoint.query_parameters:
        add(prop, "query", required=prop.required)
    for prop in endpoint.header_parameters:
        add(prop, "header", required=prop.required)
    if endpoint.bodies:
        prop = endpoint.bodies[0].prop
        if info.body_kind in ("object", "form"):
            assert isinstance(prop, ModelProperty)
            for inner in prop.required_properties or []:
                add(inner, "body", required=True)
            for inner in prop.optional_properties or []:
                add(inner, "body", required=False)
        elif info.body_kind == "value":
            add(prop, "value", required=True, name=info.body_argument)
        else:
            add(prop, "content", required=True, name=info.body_argument)
    returns, item, parse, reply_imports = _replies(endpoint, info)
    imports |= reply_imports
    return EndpointView(
        name=info.matched.name,
        method=info.matched.entry.name,
        module=str(endpoint.name),
        package=str(endpoint.tags[0]),
        resource=info.matched.entry.resource,
        info=info,
        arguments=arguments,
        returns=returns,
        item=item,
        parse=parse,
        imports=sorted(imports),
    )


def _replies(endpoint: Endpoint, info: Described) -> tuple[str, str, list[str], set[tuple[str, str]]]:
    """Return the type, the item's type, the lines of parse, and what they import."""
    by_status = {
        response.status_code.range[0]: response.prop
        for response in endpoint.responses.patterns
        if response.status_code.range is not None
    }
    types: list[str] = []
    lines: list[str] = []
    imports: set[tuple[str, str]] = set()
    item = ""
    kinds = {shape.kind for shape in info.replies}
    if "nothing" in kinds:
        types.append("None")
        if kinds == {"nothing"}:
            return "None", "", ["return None"], imports
        lines.append("if reply.status == 204 or not reply.content:\n        return None")
    if "file" in kinds:
        return _optional(["Download", *types]), "", [*lines, "return download(reply)"], imports
    first_type, first_line = "", ""
    for shape in (one for one in info.replies if one.kind in ("json", "list", "page")):
        prop = by_status[shape.status]
        imports.update(classes(prop))
        if shape.kind in ("list", "page"):
            item = annotation(prop.inner_property)  # type: ignore[union-attr]
            text = f"Page[{item}]" if shape.kind == "page" else f"list[{item}]"
            line = (
                f"return page_of({literal(info.items)}, {item})(reply)"
                if shape.kind == "page"
                else f"return read_list(reply, {item}, {literal(info.items)})"
            )
        elif isinstance(prop, ModelProperty) and not is_map(prop):
            text = str(prop.class_info.name)
            key = f", {literal(info.unwrap)}" if info.unwrap else ""
            line = f"return read(reply, {text}{key}{', or_root=True' if info.root_too and key else ''})"
        else:
            text, line = "object", "return reply.json()"
        if not first_line:
            first_type, first_line = text, line
        elif line != first_line:
            lines.append(f"if reply.status == {shape.status}:\n        {line}")
        if text not in types:
            types.insert(len([one for one in types if one != "None"]), text)
    del first_type
    lines.append(first_line)
    return _optional(types), item, lines, imports


def _optional(types: list[str]) -> str:
    if "object" in types:
        return "object"
    return " | ".join([one for one in types if one != "None"] + (["None"] if "None" in types else []))
