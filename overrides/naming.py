"""Names that are safe in Python, whatever the document spells."""

from __future__ import annotations

import keyword
import re
import unicodedata

# Names that generated functions and classes use themselves: an argument or a field called the same gets a trailing _.
IN_FUNCTIONS = frozenset(
    [
        "self",
        "caller",
        "account",
        "timeout",
        "deadline",
        "headers",
        "priority",
        "max_attempts",
        "build",
        "parse",
        "expand",
        "query_pairs",
        "as_date",
        "as_flag",
        "raw_body",
        "object_body",
        "read",
        "read_list",
        "download",
        "page_of",
        "plain_list",
        "model",
    ]
)
IN_CLASSES = frozenset(
    [
        "str",
        "int",
        "bool",
        "list",
        "dict",
        "object",
        "tuple",
        "datetime",
        "uuid",
        "field",
        "define",
        "override",
        "additional_properties",
        "from_dict",
        "to_dict",
        "fields",
    ]
)


def words(text: str) -> list[str]:
    """Split a name of any spelling into its words, in ASCII letters and digits alone."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    ascii_text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", ascii_text)
    ascii_text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", ascii_text)
    return [word.lower() for word in re.findall(r"[A-Za-z0-9]+", ascii_text)]


def snake(text: str, fallback: str = "unnamed") -> str:
    """Return a name in snake_case that is an identifier and no keyword."""
    name = "_".join(words(text)) or fallback
    if name[0].isdigit():
        name = f"n{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def pascal(text: str, fallback: str = "Unnamed") -> str:
    """Return a name in PascalCase that is an identifier and no keyword."""
    name = "".join(word[0].upper() + word[1:] for word in words(text)) or fallback
    if name[0].isdigit():
        name = f"N{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


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
