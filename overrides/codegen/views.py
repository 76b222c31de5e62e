"""What the templates are given of models and operations: names, types and expressions, as source."""

from __future__ import annotations

import ast
import re
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from attrs import define
from openapi_python_client.parser.properties import ModelProperty

from .naming import IN_ENDPOINTS, IN_FUNCTIONS, IN_MODELS, free, snake
from .spec import SpecError
from .texts import literal
from .types import annotation, classes, codec, described, is_map, wire_name

if TYPE_CHECKING:
    from openapi_python_client.parser.openapi import Endpoint

    from .canonical import Described


# A property of such a name is a secret, whatever spec it stands in: no repr shows its value.
SECRET = re.compile(r"(^|_)(secret|password|passphrase|token|private_key|api_key)s?$")


@define
class ModelField:
    """One attribute of a model, as source."""

    name: str
    key: str
    annotation: str
    codec: str
    required: bool
    description: str
    in_dictionary: str = ""
    """The type of its value in a dictionary that stands in the place of the model."""

    @property
    def declared(self) -> str:
        """What stands behind the annotation in the class."""
        if SECRET.search(self.name):
            return " = field(repr=False)" if self.required else " = field(default=None, repr=False)"
        return "" if self.required else " = None"


def model_fields(model: ModelProperty, request_models: set[str]) -> list[ModelField]:
    """Return the attributes of a model in the spec's order, required ones first."""
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
            there = annotation(prop, request=True, argument=True)
            there = f"Required[{there}]" if required else there if there == "object" else f"{there} | None"
            fields.append(
                ModelField(name, wire_name(prop), text, codec(prop), required, described(prop), there)
            )
    return fields


def plain_keys(fields: list[ModelField]) -> bool:
    """Tell whether every key of a dictionary can be written as an attribute of a class, and hides no type's name."""
    types = {
        "Decimal",
        "Mapping",
        "Required",
        "Sequence",
        "bool",
        "datetime",
        "float",
        "int",
        "object",
        "str",
        "uuid",
    }
    # Python reads letters outside ASCII as others, and puts the class's name before a name that begins with "__".
    return all(
        one.key.isascii()
        and one.key.isidentifier()
        and not iskeyword(one.key)
        and not one.key.startswith("__")
        and one.key not in types
        for one in fields
    )


@define
class Argument:
    """One argument of a method, as source."""

    name: str
    key: str
    where: str
    annotation: str
    required: bool
    description: str
    codec: str = ""
    words: tuple[str, ...] = ()

    @property
    def record(self) -> str:
        """The argument in the operation's record."""
        parts = [literal(self.name), literal(self.where), literal(self.key), self.codec]
        parts += ["required=True"] if self.required else []
        parts += [f"words=({''.join(literal(word) + ', ' for word in self.words)})"] if self.words else []
        return f"Argument({', '.join(filter(None, parts))})"

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
    function: str
    info: Described
    arguments: list[Argument]
    parsed: str
    """The type of what its parser returns."""
    item: str
    parse: str
    imports: list[tuple[str, str]]

    @property
    def item_paged(self) -> bool:
        """Whether it gives a pager."""
        return bool(self.info.paged and self.item)

    @property
    def returns(self) -> str:
        """The type of what the function returns."""
        # Where the function itself is called list, the builtin is not.
        return f"Pager[{self.item}]" if self.item_paged else self.parsed.replace("list[", "builtins.list[")

    @property
    def media_type(self) -> str:
        """What the body is."""
        kind = self.info.body_kind
        return self.info.body_media_type if kind in ("form", "bytes") else "application/json"

    @property
    def check(self) -> tuple[str, str] | None:
        """Module and name of what tells what is wrong with the arguments, where there is such a thing."""
        said = self.info.matched.entry.check
        return None if said is None else (said.rpartition(".")[0], said.rpartition(".")[2])

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

    def signature(self) -> str:
        """Return the parameter list of the function."""
        parts = ["client: Client"]
        if self.account:
            parts.append("account: AccountId | None = None")
        parts += [one.declaration for one in self.positional]
        named = [one.declaration for one in self.keywords]
        return ", ".join([*parts, *(["*", *named] if named else []), "**options: Unpack[CallOptions]"])


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
            imports.update(classes(prop, request=True))
        if wire_name(prop) in info.flags and where == "query":
            text = "bool | int"
        wanted = name or info.matched.entry.rename.get(wire_name(prop)) or snake(wire_name(prop))
        python = free(wanted, taken)
        taken.add(python)
        if where == "path":
            # Ids are numbers or text as the spec says; an account's may be either.
            text = "AccountId" if python == "account" else ("int" if text == "int" else "str")
        if not required and text != "object":
            text += " | None"
        argument = Argument(python, wire_name(prop), where, text, required, described(prop))
        argument.words = tuple(info.matched.entry.words.get(wire_name(prop), ()))
        if where == "query" and wire_name(prop) in info.flags:
            argument.codec = "FLAG"
        elif where == "query" and type(prop).__name__ == "DateProperty":
            argument.codec = "DATE"
        elif where in ("body", "form", "value"):
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
            where = "form" if info.body_kind == "form" else "body"
            for inner in prop.required_properties or []:
                add(inner, where, required=True)
            for inner in prop.optional_properties or []:
                add(inner, where, required=False)
        elif info.body_kind == "value":
            add(prop, "value", required=True, name=info.body_argument)
        else:
            add(prop, "content", required=True, name=info.body_argument)
    parsed, item, parse, reply_imports = _replies(endpoint, info)
    imports |= reply_imports
    return EndpointView(
        name=info.matched.name,
        method=info.matched.entry.name,
        module=str(endpoint.name),
        package=str(endpoint.tags[0]),
        resource=info.matched.entry.resource,
        function=free(info.matched.entry.name, IN_ENDPOINTS),
        info=info,
        arguments=arguments,
        parsed=parsed,
        item=item,
        parse=parse,
        imports=sorted(imports),
    )


def _replies(endpoint: Endpoint, info: Described) -> tuple[str, str, str, set[tuple[str, str]]]:
    """Return the type that is parsed, the item's type, the parser, and what they import."""
    by_status = {
        response.status_code.range[0]: response.prop
        for response in endpoint.responses.patterns
        if response.status_code.range is not None
    }
    types: list[str] = []
    parsers: list[tuple[int, str]] = []
    imports: set[tuple[str, str]] = set()
    item = ""
    kinds = {shape.kind for shape in info.replies}
    if kinds == {"nothing"}:
        return "None", "", "read_nothing", imports
    if "file" in kinds:
        nothing = "nothing" in kinds
        return _either(["Download"], nothing), "", _parser([(200, "read_file")], nothing), imports
    for shape in (one for one in info.replies if one.kind != "nothing"):
        prop = by_status[shape.status]
        imports.update(classes(prop))
        if shape.kind in ("list", "page"):
            item = annotation(prop.inner_property)  # type: ignore[union-attr]
            text = f"Page[{item}]" if shape.kind == "page" else f"list[{item}]"
            page = f"PageReader({item}, {literal(info.items)})"
            parser = (
                page
                if shape.kind == "page"
                else f"partial(read_list, kind={item}, key={literal(info.items)})"
            )
        elif isinstance(prop, ModelProperty) and not is_map(prop):
            text = str(prop.class_info.name)
            key = f", key={literal(info.unwrap)}" if info.unwrap else ""
            parser = f"partial(read, kind={text}{key}{', or_root=True' if info.root_too and key else ''})"
        else:
            text, parser = "object", "Reply.json"
        if shape.kind == "file or json":
            parser = f"file_or({parser})"
        if parser not in {known for _, known in parsers}:
            parsers.append((shape.status, parser))
        if text not in types:
            types.append(text)
        if shape.kind == "file or json":
            types.insert(0, "Download")
    return _either(types, "nothing" in kinds), item, _parser(parsers, "nothing" in kinds), imports


def _parser(parsers: list[tuple[int, str]], nothing: bool) -> str:
    """Return the parser of all replies: the first for any status that no other is for."""
    text = parsers[0][1]
    for status, other in parsers[1:]:
        text = f"by_status({status}, {other}, {text})"
    return f"optional({text})" if nothing else text


def _either(types: list[str], nothing: bool) -> str:
    if "object" in types:
        return "object"
    return " | ".join([*types, *(["None"] if nothing else [])])


# A line of an example is never wrapped: it would be another program.
WIDTH = 96


def shown(view: EndpointView) -> list[str]:
    """Return the example of a method: what overrides/operations.yaml shows, or a call made from its arguments' names.

    Nothing that the spec says gets into it but names, which naming.py lets through.

    Raises:
        SpecError: the example in operations.yaml is no Python, or a docstring would change it.
    """
    given = view.info.matched.entry.shows
    if given is None:
        return _derived(view)
    lines = given.rstrip().splitlines()
    try:
        compile(given, view.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        raise SpecError(f"operations.yaml: what {view.name} shows is no Python: {error.msg}") from None
    if any(len(line) > WIDTH for line in lines):
        raise SpecError(f"operations.yaml: what {view.name} shows has lines of more than {WIDTH} characters")
    if any("  " in line.strip() for line in lines):
        raise SpecError(f"operations.yaml: what {view.name} shows has spaces that a docstring would lose")
    return lines


def _derived(view: EndpointView) -> list[str]:
    """Return an example that is made from names: ids are numbers, everything else is called as its argument."""
    values = view.info.matched.entry.example

    def value(one: Argument) -> str:
        if one.annotation == "Content":
            return 'Path("invoice.xml")'
        if one.annotation == "int":
            return "77" if one.name == "contact_id" else "5"
        if one.where == "path":
            return literal(values.get(one.name, one.name))
        return one.name

    arguments = ["account=1234"] if view.account else []
    arguments += [value(one) for one in view.positional]
    arguments += [f"{one.name}={value(one)}" for one in view.keywords if one.required]
    call = f"client.{view.resource}.{view.method}({', '.join(arguments)})"
    if len(call) > WIDTH - 24:
        inner = [f"    {one}," for one in arguments]
        call = "\n".join([f"client.{view.resource}.{view.method}(", *inner, ")"])
    listed = re.fullmatch(r"(?:Pager|(?:builtins\.)?list)\[(\w+)\]", view.returns)
    if listed:
        items = view.info.matched.entry.items
        row = snake(items.removesuffix("s") if items else listed[1])
        start = f"async for {row} in {call}" if view.item_paged else f"for {row} in await {call}"
        text = f"{start}:\n    print({row})"
    elif view.returns == "Download":
        text = f'file = await {call}\nawait file.save(f"{view.resource}-5{{file.extension}}")'
    elif re.fullmatch(r"[A-Z]\w*", view.returns) and view.returns != "None":
        text = f"{snake(view.returns)} = await {call}"
    else:
        text = f"await {call}"
    return text.splitlines()


def documentation(view: EndpointView) -> str:
    """Return the docstring of a method: purpose, example, arguments, result, errors, source."""
    info = view.info
    purpose = " ".join((info.summary or view.name).split())
    lines = [purpose if purpose.endswith((".", "!", "?")) else f"{purpose}."]
    if info.description:
        lines += ["", info.description]
    lines += ["", "Example:", *(f"    {line}" for line in shown(view))]
    rows = ["account: Id of the account; the client's own where it is left out."] if view.account else []
    for one in [*view.positional, *view.keywords]:
        rows.append(f"{one.name}: {' '.join(one.description.split()) or 'see ' + one.annotation}")
    rows.append("options: see `CallOptions`.")
    lines += ["", "Args:", *(f"    {row}" for row in rows)]
    if info.paged:
        lines += [
            "",
            "Returns:",
            "    A pager: await it for one page, iterate it for every item. Nothing is sent before.",
        ]
    elif view.info.replies[0].kind == "file or json":
        reason = view.parsed.split(" | ")[1]
        lines += ["", "Returns:", f"    The file; {reason} where the reply says why there is none, as JSON."]
        if "None" in view.parsed.split(" | "):
            lines += ["    None where the server answers without a body (behaviour 34)."]
    elif "None" in view.parsed.split(" | ") and view.parsed != "None":
        lines += ["", "Returns:", "    None where the server answers without a body (behaviour 34)."]
    lines += ["", "Raises:", "    ArgumentError: an argument can't be sent as it is; nothing was sent."]
    lines += ["    APIStatusError: the server refuses; a subclass for each status that matters."]
    if info.repeat in ("write", "reconcilable"):
        lines += [
            "    OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25)."
        ]
    entry = info.matched.entry
    source = f"Source: {entry.method} {entry.path}, {' '.join(info.evidence.split())}"
    lines += ["", source + (", called beta by the vendor." if info.beta else ".")]
    return "\n".join(lines)
