"""Text as XML can hold it."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: object) -> str:
    """Return a value as XML text; what XML has no place for, however escaped, becomes a question mark."""
    return escape(_FORBIDDEN.sub("?", "" if value is None else str(value)), {'"': "&quot;"})


def to_xml(root: str, fields: dict[str, object]) -> bytes:
    """Return an XML document with one element for each field that has a value."""
    inner = "".join(f"<{name}>{text(value)}</{name}>" for name, value in fields.items() if value is not None)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>{inner}</{root}>\n'.encode()
