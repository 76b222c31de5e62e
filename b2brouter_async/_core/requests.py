"""Bodies that are forms: `multipart/form-data` and `application/x-www-form-urlencoded`.

A form is written whole and the same each time: its boundary is made from what stands in it, so that what is sent again
is what was sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.parse import urlencode

from ..errors import ArgumentError
from .exact_json import dump_json
from .operation import Body

if TYPE_CHECKING:
    from .model import Field

FormFile: TypeAlias = bytes | tuple[str, bytes]
"""A file in a form: its bytes, or its name and its bytes."""

MULTIPART = "multipart/form-data"


def form_body(fields: tuple[Field, ...], media_type: str, **arguments: object) -> Body:
    """Return a form made of a method's arguments; None is left out, a list repeats its name, an object is JSON.

    Args:
        fields: the form's fields.
        media_type: `multipart/form-data` or `application/x-www-form-urlencoded`.
        **arguments: attribute → value.

    Raises:
        ArgumentError: an argument doesn't fit its field.
    """
    pairs: list[tuple[str, object]] = []
    for item in fields:
        argument = arguments[item.attribute]
        if argument is None:
            continue
        try:
            dumped = item.codec.dump(argument)
        except ArgumentError as error:
            raise ArgumentError(f"{item.attribute}: {error}") from None
        repeated = isinstance(dumped, list)
        pairs.extend((item.key, one) for one in (cast("list[object]", dumped) if repeated else [dumped]))
    if media_type == MULTIPART:
        return _multipart(pairs)
    content = urlencode([(name, _text(value)) for name, value in pairs])
    return Body(content=content.encode(), media_type=media_type)


def _multipart(pairs: Sequence[tuple[str, object]]) -> Body:
    parts: list[bytes] = []
    for name, value in pairs:
        head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
        if isinstance(value, (bytes, tuple)):
            filename, content = (
                ("file", value) if isinstance(value, bytes) else cast("tuple[str, bytes]", value)
            )
            head += f'; filename="{_quoted(filename)}"\r\nContent-Type: application/octet-stream'
        else:
            content = _text(value)
            if isinstance(value, Mapping):
                head += "\r\nContent-Type: application/json"
        parts.append(head.encode() + b"\r\n\r\n" + content + b"\r\n")
    boundary = hashlib.sha256(b"".join(parts)).hexdigest()
    begin = b"--" + boundary.encode()
    whole = b"".join([begin + b"\r\n" + part for part in parts]) + begin + b"--\r\n"
    return Body(content=whole, media_type=f"{MULTIPART}; boundary={boundary}")


def _quoted(name: str) -> str:
    """Write a name as browsers do, so that it can't break out of its header."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _text(value: object) -> bytes:
    """Write what is no file: text as it is, anything else as JSON writes it."""
    return value.encode() if isinstance(value, str) else dump_json(value)
