"""The two doors through which text of a spec may reach generated code: a literal, and a docstring.

Names have a third (naming.py), which lets nothing but identifiers through.
"""

from __future__ import annotations

import textwrap
import unicodedata

from openapi_python_client.strings import safe_for_docstring


def literal(value: object) -> str:
    """Return a value as Python source."""
    if not isinstance(value, (str, int, bool, type(None))):
        raise TypeError(f"{type(value).__name__} can't be written as a literal")
    return ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)


def visible(text: str) -> str:
    """Return text without what can't be seen, or turns the order of what can: control characters, half surrogates."""
    return "".join(
        character
        for character in text
        if character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )


def one_line(value: object) -> str:
    """Return text on one line, for reports."""
    return visible(" ".join(str(value).split())).replace("`", "'")


def docstring(value: object, indent: int = 0, width: int = 108) -> str:
    """Return text as a whole docstring, quotes included; lines keep their indentation and are wrapped below it."""
    lines = [
        (len(line) - len(line.lstrip(" ")), visible(" ".join(line.split())))
        for line in str(value).strip().splitlines()
    ]
    prefix = " " * indent
    wrapped: list[str] = []
    for depth, line in lines:
        margin = prefix + " " * depth
        hanging = margin + ("    " if depth else "")
        wrapped.extend(
            textwrap.wrap(
                safe_for_docstring(line).replace("\n", " "),
                max(width, len(hanging) + 20),
                initial_indent=margin,
                subsequent_indent=hanging,
                break_long_words=False,
                break_on_hyphens=False,
            )
            or [""]
        )
    body = "\n".join(wrapped).strip() or "Not described."
    # A quote or a backslash at the end would swallow the closing quotes.
    closing = f"\n{prefix}" if "\n" in body else " " if body.endswith(('"', "\\")) else ""
    return f'"""{" " if body.startswith(chr(34)) else ""}{body}{closing}"""'
