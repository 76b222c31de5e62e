"""Names that are safe in Python, whatever the spec spells."""

from __future__ import annotations

import keyword
import re
import unicodedata
from typing import TYPE_CHECKING

from openapi_python_client.strings import ClassName, PythonIdentifier

if TYPE_CHECKING:
    from collections.abc import Collection

# What generated code uses under its own name, by the place where a name of the spec could hide it. An argument, a
# field or a method called the same gets a trailing underscore, a class or a resource a word.
IN_FUNCTIONS = frozenset(
    [
        "self",
        "client",
        "account",
        *("timeout", "deadline", "headers", "priority", "max_attempts", "extra_query", "extra_body"),
        *("request", "options", "locals", "warnings"),
        *("builtins", "datetime", "uuid", "str", "int", "bool", "list", "dict", "object", "tuple"),
    ]
)
# A function of an endpoint module can't have the name of what the module imports.
IN_ENDPOINTS = frozenset(
    [
        *("annotations", "builtins", "datetime", "uuid", "warnings", "partial", "locals"),
        *("enumeration", "list_of", "map_of", "model", "models", "nullable", "union"),
        *("read", "read_file", "read_list", "read_nothing", "by_status", "file_or", "optional"),
        *("str", "int", "bool", "dict", "object", "tuple", "float", "bytes"),
    ]
)
IN_MODELS = frozenset(
    [
        "self",
        "cls",
        "classmethod",
        "define",
        "field",
        "fields",
        "additional_properties",
        "from_dict",
        "from_json",
        "from_usual",
        *("read_any", "read_plain", "keeps_unknown"),
        "to_dict",
        "to_json",
        *("write_dictionary", "check", "from_document", "problems", "totals"),
        "str",
        "int",
        "bool",
        "list",
        "dict",
        "object",
        "tuple",
        "datetime",
        "uuid",
        "attr_dict",
    ]
)
IN_RESOURCES = frozenset(
    [
        "caller",
        "endpoint",
        "str",
        "int",
        "bool",
        "dict",
        "object",
        "tuple",
        "float",
        "bytes",
        "datetime",
        "uuid",
        "builtins",
        "warnings",
    ]
)
IN_CLIENT = frozenset(
    [
        "account",
        "aclose",
        "api_version",
        "base_url",
        "caller",
        "clear_cache",
        "close",
        "default_account",
        "environment",
        "for_each_account",
        "from_env",
        "get_url",
        "limiter",
        "mro",
        "options",
        "platform",
        "preload",
        "received",
        "request",
        "sandbox",
        "stream_url",
        "transport",
        "upload",
        "webhooks",
        "with_options",
    ]
)
CLASSES = frozenset(
    [
        "AccountId",
        "Any",
        "Argument",
        "CallOptions",
        "Caller",
        "Client",
        "Content",
        "Decimal",
        "Download",
        "Enum",
        "Field",
        "FormFile",
        "Generic",
        "Mapping",
        "Model",
        "OpenIntEnum",
        "OpenStrEnum",
        "Operation",
        "Options",
        "Page",
        "Pager",
        "Protocol",
        "Repeat",
        "Reply",
        "Request",
        "Resource",
        "Resources",
        "Self",
        "Sequence",
        "TypeVar",
        "Unpack",
    ]
)


LONGEST = 100
"""Names become names of files, which may be twice as long with what is put to them."""


def words(text: str) -> list[str]:
    """Split a name of any spelling into its words, in ASCII letters and digits alone."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    ascii_text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", ascii_text)
    ascii_text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", ascii_text)
    return [word.lower() for word in re.findall(r"[A-Za-z0-9]+", ascii_text)]


def snake(text: str, fallback: str = "unnamed") -> str:
    """Return a name in snake_case that is an identifier and no keyword."""
    name = "_".join(words(text))[:LONGEST].rstrip("_") or fallback
    if name[0].isdigit():
        name = f"n{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def pascal(text: str, fallback: str = "Unnamed") -> str:
    """Return a name in PascalCase that is an identifier and no keyword."""
    name = "".join(word[0].upper() + word[1:] for word in words(text))[:LONGEST] or fallback
    if name[0].isdigit():
        name = f"N{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def class_name(text: str, taken: Collection[str]) -> str:
    """Return a name for a class that the generator leaves as it is, that hides nothing, and that nobody else has.

    Capitals alone tell no two classes apart.
    """
    # The generator splits words its own way; what it made of a name once, it leaves alone.
    own = str(ClassName(pascal(text), "N")).rstrip("_")
    modules = {str(PythonIdentifier(name, "field_")) for name in taken}
    in_small = {name.lower() for name in taken}
    for candidate in (
        own,
        f"{own}Object",
        *(f"{own}Object{number}" for number in range(2, len(modules) + 4)),
    ):
        if (
            str(ClassName(candidate, "N")) == candidate
            and candidate not in CLASSES
            and candidate.lower() not in in_small
            and str(PythonIdentifier(candidate, "field_")) not in modules
        ):
            return candidate
    raise AssertionError(f"{text!r} gives no class name")


def constant(text: str, fallback: str) -> str:
    """Return a name in CAPITALS for a member of an enumeration."""
    name = snake(text, fallback).rstrip("_").upper()
    # O and I alone are too easily read as digits.
    return f"{name}_" if name in ("O", "I") else name or fallback.upper()


def free(name: str, taken: set[str] | frozenset[str]) -> str:
    """Return the name, with trailing underscores until nobody else has it."""
    while name in taken:
        name += "_"
    return name
