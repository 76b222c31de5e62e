"""The spec is input from outside: whatever its texts hold, none of them becomes code."""

from __future__ import annotations

import ast
import keyword
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from overrides.codegen.generate import PACKAGE, import_everything
from overrides.codegen.naming import CLASSES, class_name, constant, pascal, snake
from overrides.codegen.placeholders import hide, real
from overrides.codegen.spec import SpecError
from overrides.codegen.texts import docstring, literal
from tests.generation.skeleton import foreign
from tests.generation.small import answers, generated, spec

if TYPE_CHECKING:
    from overrides.codegen.spec import Node

pytestmark = pytest.mark.nightly

CANARY = "open('CANARY','w').close()"
FRAGMENTS = [
    CANARY,
    f'"""\n{CANARY}\n"""',
    f"'''\n{CANARY}\n'''",
    f'"); {CANARY} #',
    f"'); {CANARY} #",
    f"\n{CANARY}\n",
    f"\r{CANARY}\r",
    f"\u2028{CANARY}\u2029",
    f"\x0c{CANARY}\x0b\x85",
    f"{{{{ {CANARY} }}}}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{# comment #}",
    "{0.__class__}",
    "{__import__('os')}",
    "%s%n%(x)s",
    "${HOME}`id`",
    '"',
    "'",
    '"""',
    "\\",
    '\\"""',
    "\\N{BULLET}\\x41\\u0041\\U0001F600\\777",
    "\x00\x1b[31m",
    "\ud800",
    "\u202e}};\u2066",
    "class",
    "None",
    "match",
    "self",
    "cls",
    "__class__",
    "__init__",
    "__import__",
    "import_",
    "Model",
    "Field",
    "Decimal",
    "Mapping",
    "Sequence",
    "Operation",
    "Resource",
    "datetime",
    "str",
    "list",
    "classmethod",
    "attr_dict",
    "additional_properties",
    "operation",
    "account",
    "limit",
    "offset",
    "timeout",
    "caller",
    "名前",
    "é",
    "",
    " ",
    "1",
    "-1",
    "a-b",
    "a_b",
    "A B",
    "# noqa",
    "# type: ignore",
    ")",
    "(",
]
texts = st.one_of(
    st.sampled_from(FRAGMENTS),
    st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=6), min_size=1, max_size=4).map("".join),
    st.text(st.characters(), max_size=30),
)


def hostile(words: list[str]) -> Node:
    """Return a spec that holds the words wherever a spec has text."""
    turn = iter(range(10**6))

    def word() -> str:
        return words[next(turn) % len(words)]

    def named(*schemas: Node) -> Node:
        return {f"{word()}{word()}": schema for schema in schemas}

    def said(schema: Node) -> Node:
        return {**schema, "description": word(), "title": word(), "x-note": word()}

    component = word().replace("~", "").replace("/", "") or "C"
    other = f"{component}Other"

    def ref(name: str) -> Node:
        return {"$ref": f"#/components/schemas/{name}"}

    leaves = [
        said({"type": "string", "default": word()}),
        said({"type": "string", "enum": list(dict.fromkeys([word(), word(), word(), "z"]))}),
        said({"type": "string", "const": word()}),
        said({"type": "integer", "enum": [1, -1, 0]}),
        said({"type": "number", "format": word()}),
        said({"type": ["string", "null"], "format": word(), "pattern": word()}),
        said({"type": "array", "items": ref(other)}),
        said({"type": "object", "additionalProperties": said({"type": "string"})}),
        said({"oneOf": [ref(other), {"type": "string"}]}),
        ref(other),
    ]
    whole = said(
        {"type": "object", "properties": named(*leaves), "required": [word(), word()], "x-evidence": word()}
    )
    parameters = [
        {
            "name": f"{word() if where != 'header' else ''}{where}{number}",
            "in": where,
            "description": word(),
            "schema": schema,
        }
        for where in ("query", "header", "cookie")
        for number, schema in enumerate(leaves[:5])
    ] + [{"name": word() or "q", "in": "query", "schema": {"type": "string"}}]
    operation = {
        "operationId": word(),
        "tags": [word(), word()],
        "summary": word(),
        "description": f"{word()}\n\n{word()}",
        "x-evidence": word(),
        "parameters": parameters,
        "responses": answers(ref(component)),
        "deprecated": True,
    }
    body = {"description": word(), "content": {"application/json": {"schema": whole}}}
    return {
        **spec(
            {
                "/things": {"get": operation, "post": {**operation, "requestBody": body}},
                "/things/{"
                + (word().replace("{", "").replace("}", "").replace("/", "") or "x")
                + "}/é".replace("é", "e"): {"get": {**operation, "summary": word()}},
            },
            **{component: whole, other: said({"type": "object", "properties": named(*leaves[:6])})},
        ),
        "info": {"title": word(), "version": "2027-01-15", "description": word()},
        "servers": [{"url": word(), "description": word()}],
        "tags": [{"name": word(), "description": word()}],
        "webhooks": {
            word(): {
                "post": {
                    "requestBody": {
                        "content": {
                            "application/json": {
                                "schema": said(
                                    {
                                        "type": "object",
                                        "properties": {"code": {"const": word()}, word(): leaves[0]},
                                    }
                                )
                            }
                        }
                    }
                }
            }
        },
    }


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hand-written package, beside which a generation can be imported."""
    folder = tmp_path_factory.mktemp("trial")
    shutil.copytree(
        PACKAGE,
        folder / PACKAGE.name,
        ignore=shutil.ignore_patterns("generated", "__pycache__", "simulator", "cli"),
    )
    return folder / PACKAGE.name


def installed(package: Path, tree: Path) -> Path:
    shutil.rmtree(package / "generated", ignore_errors=True)
    shutil.copytree(tree, package / "generated")
    return package


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(texts, min_size=1, max_size=12))
@example(words=FRAGMENTS)
@example(words=FRAGMENTS[::-1])
@example(words=["Model", "Field", "Decimal", "Sequence", "Operation", "Mapping"])
@example(words=['"""', "\\", "'", "\n"])
@example(words=["_"])
@example(words=["a-b", "a_b", "A B", "a b"])
def test_no_text_of_a_document_becomes_code(words: list[str], package: Path, tmp_path: Path) -> None:
    _, tree = generated(tmp_path, hostile(words))

    for path in tree.rglob("*.py"):
        assert foreign(path.read_text("utf-8")) == [], path.name
        assert path.stem.isidentifier()
    import_everything(installed(package, tree))
    assert not list(package.parent.rglob("CANARY"))


@pytest.mark.parametrize(
    "key", ["__a", "__", "_", "__doc__", "\ufb01", "ª", "class", "int", "a b", "", "additional_property"]
)
def test_a_dictionary_has_the_keys_of_the_wire(key: str, tmp_path: Path) -> None:
    thing = {"type": "object", "properties": {key: {"type": "string"}, "b": {"type": "integer"}}}
    whole = {"type": "object", "properties": {"thing": {"$ref": "#/components/schemas/Thing"}}}
    body = {"content": {"application/json": {"schema": whole}}}
    operation = {"requestBody": body, "responses": answers({"type": "object"})}

    _, tree = generated(tmp_path, spec({"/x": {"post": operation}}, Thing=thing))

    names: dict[str, Any] = {}
    exec((tree / "models" / "dictionaries.py").read_text("utf-8"), names)
    (made,) = (value for name, value in names.items() if name.endswith("Dict") and name != "TypedDict")
    assert set(made.__annotations__) == {key, "b", "additional_properties"}


@pytest.fixture(scope="module")
def of_fragments(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with what is generated from the most hostile texts."""
    _, tree = generated(tmp_path_factory.mktemp("fragments"), hostile(FRAGMENTS))
    return installed(package, tree)


def test_an_example_of_hostile_names_is_one_call_and_nothing_else(of_fragments: Path) -> None:
    examples = [
        textwrap.dedent(found)
        for path in (of_fragments / "generated" / "api").rglob("*.py")
        for found in re.findall(r"^ {4}Example:\n((?: {8}.*\n)+)", path.read_text("utf-8"), re.MULTILINE)
    ]

    assert examples
    for text in examples:
        tree = compile(text, "example", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
        assert isinstance(tree, ast.Module)
        called = {ast.unparse(one.func) for one in ast.walk(tree) if isinstance(one, ast.Call)}
        (call,) = called - {"Path", "print", "file.save"}
        assert re.fullmatch(r"client\.\w+\.\w+", call), text


def test_hostile_code_passes_the_linter(of_fragments: Path) -> None:
    linted = subprocess.run(
        [
            Path(sys.executable).parent / "ruff",
            "check",
            "--no-cache",
            "--config",
            str(PACKAGE.parent / "pyproject.toml"),
            "--ignore",
            "RUF001,RUF002,RUF003",
            str(of_fragments / "generated"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert linted.returncode == 0, linted.stdout


@pytest.mark.nightly  # mypy reads everything that the package stands on, without what it remembers
def test_hostile_code_passes_the_type_checker(of_fragments: Path, tmp_path: Path) -> None:
    checked = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file",
            "",
            "--cache-dir",
            str(tmp_path / "mypy"),
            "-p",
            f"{PACKAGE.name}.generated",
        ],
        capture_output=True,
        text=True,
        cwd=of_fragments.parent,
        check=False,
    )

    # What hand-written code misses in a spec of things is another matter.
    assert [line for line in checked.stdout.splitlines() if "/generated/" in line] == []
    assert "Found" in checked.stdout or "Success" in checked.stdout


@pytest.mark.parametrize(
    "path",
    [
        "/x/{a}}",
        "/x/{{a}}",
        "/x/{",
        "/x/{}",
        "/x/}",
        "/x/{a/b}",
        "/x/{a{b}}",
        "x/{a}",
        "/x y",
        "/x\n",
        '/x"',
        "/x\\",
        "/x?a=1",
        "/x#a",
        "/é",
    ],
)
def test_a_path_that_is_none_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="is none: it begins with a slash, its braces match"):
        generated(tmp_path, spec({path: {"get": {"responses": answers({"type": "object"})}}}))


@pytest.mark.parametrize(
    "name", ["0.__class__", "a.b", "a[0]", "a!r", "a:>10", "é", "class", "__class__", "self"]
)
def test_a_parameter_of_a_path_is_only_ever_a_name(name: str, tmp_path: Path) -> None:
    described = spec({"/x/{" + name + "}": {"get": {"responses": answers({"type": "object"})}}})

    _, tree = generated(tmp_path, described)

    source = (tree / "api" / "x" / "get.py").read_text("utf-8")
    paths = [
        node.value.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.keyword) and node.arg == "path" and isinstance(node.value, ast.Constant)
    ]
    assert len(paths) == 1
    assert isinstance(paths[0], str)
    inner = paths[0].removeprefix("/x/{").removesuffix("}")
    assert inner.isidentifier()
    assert f'", "path", "{inner}", required=True)' in source


@settings(deadline=None)
@given(texts)
def test_a_docstring_is_one_string_whatever_is_in_it(text: str) -> None:
    for indent in (0, 4, 8):
        source = f"def f():\n{' ' * 8}{docstring(text, indent)}\n"
        tree = ast.parse(source)
        function = tree.body[0]
        assert isinstance(function, ast.FunctionDef)
        assert len(tree.body) == len(function.body) == 1
        assert isinstance(function.body[0], ast.Expr)
        assert isinstance(function.body[0].value, ast.Constant)


@given(texts | st.integers() | st.booleans() | st.none())
def test_a_literal_is_the_value_itself(value: object) -> None:
    source = literal(value)

    assert ast.literal_eval(source) == value
    assert len(source.splitlines()) == 1
    assert source.encode("utf-8")


@pytest.mark.parametrize("value", [1.5, b"x", [], {}, object()])
def test_nothing_else_is_a_literal(value: object) -> None:
    with pytest.raises(TypeError):
        literal(value)


@settings(deadline=None)
@given(texts)
def test_names_are_identifiers_and_no_keywords(text: str) -> None:
    for name in (snake(text), pascal(text), constant(text, "VALUE_1"), class_name(text, set())):
        assert name.isidentifier()
        assert name.isascii()
        assert not name.startswith("_")
        assert not keyword.iskeyword(name)
        ast.parse(f"{name} = 1")
    assert class_name(text, set()) not in CLASSES


@settings(deadline=None)
@given(st.lists(texts, max_size=8))
@example(words=["IAIA", "IAiA"])
def test_no_two_classes_share_a_name_or_a_module(words: list[str]) -> None:
    taken: set[str] = set()
    for word in words:
        name = class_name(word, taken)
        assert name.lower() not in {other.lower() for other in taken}
        taken.add(name)


@given(texts)
def test_names_of_the_wire_come_back_from_the_generator(name: str) -> None:
    assert real(hide(name)) == name
    assert real(hide(hide(name))) == hide(name)
