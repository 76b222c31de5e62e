"""One property of a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from .codecs import Codec


@frozen
class Field:
    """One property of a schema: its attribute in Python, its key on the wire, and how its value travels."""

    attribute: str
    key: str
    codec: Codec
    required: bool = False
