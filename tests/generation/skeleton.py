"""What a generated module may hold: an allow-list of statements, imports and calls.

The list is by shape, so that text of a spec which became code shows, whatever it does.
"""

from __future__ import annotations

import ast
import re

STATEMENTS = (
    ast.Import,
    ast.ImportFrom,
    ast.ClassDef,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Assign,
    ast.AnnAssign,
    ast.If,
    ast.Return,
    ast.Expr,
)
CALLS = {
    # the record of an operation, and the fields of a model
    *("Argument", "Field", "Operation", "PageReader", "partial", "by_status", "file_or", "optional"),
    *("enumeration", "list_of", "map_of", "model", "nullable", "union"),
    # handing on
    *("client.caller.call", "client.caller.account_or_default", "OPERATION.request_from", "locals", "Pager"),
    "warnings.warn",
    # loading lazily
    *("endpoint", "lazy_names", "define"),
}
STANDARD = {
    "__future__",
    "attrs",
    "builtins",
    "collections.abc",
    "datetime",
    "decimal",
    "functools",
    "importlib",
    "typing",
    "uuid",
    "warnings",
}
EXPRESSIONS = (
    ast.Attribute,
    ast.Await,
    ast.BinOp,
    ast.BitOr,
    ast.Call,
    ast.Constant,
    ast.Dict,
    ast.List,
    ast.Load,
    ast.Name,
    ast.Not,
    ast.Store,
    ast.Subscript,
    ast.Tuple,
    ast.UnaryOp,
    ast.USub,
)
OTHERS = (ast.Module, ast.alias, ast.arg, ast.arguments, ast.keyword)


def foreign(source: str) -> list[str]:
    """Return what stands in a generated module and no template writes."""
    found: list[str] = []
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            if not isinstance(node, STATEMENTS):
                found.append(f"statement {ast.unparse(node)[:80]}")
            elif isinstance(node, ast.Expr) and not _plain(node.value):
                found.append(f"expression {ast.unparse(node)[:80]}")
            elif (isinstance(node, ast.Import) and {alias.name for alias in node.names} - STANDARD) or (
                isinstance(node, ast.ImportFrom) and node.level == 0 and node.module not in STANDARD
            ):
                found.append(ast.unparse(node))
            elif isinstance(node, ast.If) and not _may_decide(node.test):
                found.append(f"condition {ast.unparse(node.test)[:80]}")
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            # Classes of resources are called by their own names.
            known = name in CALLS or _is_resource(node) or ast.unparse(node) in SECRET_FIELDS
            if not known and not _is_dictionary_type(node):
                found.append(f"call {ast.unparse(node)[:80]}")
        elif not isinstance(node, (*EXPRESSIONS, *OTHERS)) and not _names_a_model(node):
            found.append(f"{type(node).__name__} {ast.unparse(node)[:80]}")
    found += [f"name {name}" for name in _names(tree) if name.startswith("__") and name not in ALLOWED]
    return found


def _names_a_model(node: ast.AST) -> bool:
    """Tell whether this is `lambda: models.Account`, which says what another model is without loading it."""
    return (
        isinstance(node, ast.Lambda)
        and re.fullmatch(r"lambda: models\.[A-Z]\w*", ast.unparse(node)) is not None
    )


SECRET_FIELDS = ("field(default=None, repr=False)", "field(repr=False)")
ALLOWED = {"__future__", "__all__", "__getattr__", "__dir__", "__slots__", "__name__"}


def _plain(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) or ast.unparse(value).startswith("warnings.warn(")


def _may_decide(test: ast.expr) -> bool:
    text = ast.unparse(test)
    return text in ("TYPE_CHECKING", "not TYPE_CHECKING")


TYPE_EXPRESSIONS = (
    *(
        ast.Expression,
        ast.Name,
        ast.Load,
        ast.Attribute,
        ast.Subscript,
        ast.Tuple,
        ast.BinOp,
        ast.BitOr,
        ast.Constant,
    ),
)


def _is_dictionary_type(node: ast.Call) -> bool:
    """Tell whether this is a TypedDict with keys that are no identifiers: its types are texts, and must be types."""
    if ast.unparse(node.func) != "TypedDict" or len(node.args) != 2:
        return False
    name, fields = node.args
    if not isinstance(fields, ast.Dict):
        return False
    texts = [name, *fields.keys, *fields.values]
    if not all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in texts):
        return False
    types = [ast.parse(str(ast.literal_eval(one)), mode="eval") for one in fields.values]
    return all(isinstance(part, TYPE_EXPRESSIONS) for one in types for part in ast.walk(one)) and all(
        one.arg == "total" and isinstance(one.value, ast.Constant) for one in node.keywords
    )


def _is_resource(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and [ast.unparse(one) for one in node.args] == ["self.caller"]


def _names(tree: ast.AST) -> list[str]:
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.append(node.id)
        elif isinstance(node, ast.Attribute):
            found.append(node.attr)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.append(node.name)
        elif isinstance(node, ast.arg):
            found.append(node.arg)
    return found
