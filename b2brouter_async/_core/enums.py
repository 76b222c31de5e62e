"""Enumerations that may grow: a value the spec doesn't know is kept as it came."""

from __future__ import annotations

import enum
from typing import Self


class OpenStrEnum(enum.StrEnum):
    """Text with known values that may grow: a value the spec doesn't know is kept as it came.

    Every value compares equal to its text, known or not, and `known` tells them apart.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    @property
    def known(self) -> bool:
        """Whether the spec lists this value."""
        return self._value_ in type(self)._value2member_map_

    def __str__(self) -> str:
        return str(self._value_)

    def __format__(self, format_spec: str) -> str:
        return format(str(self._value_), format_spec)


class OpenIntEnum(enum.IntEnum):
    """A number with known values that may grow: one that the spec doesn't know is kept as it came."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = str(value)
        member._value_ = value
        return member

    @property
    def known(self) -> bool:
        """Whether the spec lists this value."""
        return self._value_ in type(self)._value2member_map_

    def __str__(self) -> str:
        return str(self._value_)

    def __format__(self, format_spec: str) -> str:
        return format(int(self), format_spec)
