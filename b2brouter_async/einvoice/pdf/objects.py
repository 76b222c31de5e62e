"""PDF's objects, as ISO 32000-1, 7.3 writes them, out of bytes."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TypeAlias

from attrs import frozen

from .work import DamagedPdf, Work

MAX_DEPTH = 50
"""Arrays and dictionaries within one another."""


class Name(bytes):
    """A name, without its slash."""

    __slots__ = ()


@frozen
class Reference:
    """Where another object is meant, by its number."""

    number: int


@frozen
class Stream:
    """An object with data behind it."""

    entries: dict[bytes, Value]
    start: int
    """Where its data begins."""


Value: TypeAlias = (
    "bool | int | float | bytes | Name | Reference | Stream | list[Value] | dict[bytes, Value] | None"
)


class _Bracket(Enum):
    CLOSING = auto()
    """What is read where an array or a dictionary ends."""


_SPACE = rb"[\0\t\n\f\r ]"
_REGULAR = rb"[^\0\t\n\f\r ()<>\[\]{}/%]"
_BLANK = re.compile(_SPACE + rb"*")
_COMMENT = re.compile(rb"%[^\r\n]*")
_TOKEN = re.compile(
    rb"(?P<open><<|\[|\()|(?P<close>>>|\])|/(?P<name>" + _REGULAR + rb"*)|<(?P<hex>[0-9A-Fa-f\0\t\n\f\r ]*)>"
    rb"|(?P<reference>[0-9]{1,10})" + _SPACE + rb"+[0-9]{1,5}" + _SPACE + rb"+R(?!" + _REGULAR + rb")"
    rb"|(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))|(?P<word>" + _REGULAR + rb"+)"
)
_HEADING = re.compile(rb"([0-9]{1,10})" + _SPACE + rb"+[0-9]{1,5}" + _SPACE + rb"+obj(?!" + _REGULAR + rb")")
_IN_STRING = re.compile(rb"[()]|\\(?:[0-7]{1,3}|\r\n|.)", re.DOTALL)
_IN_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_ESCAPES = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"b": b"\b",
    b"f": b"\f",
    b"\n": b"",
    b"\r": b"",
    b"\r\n": b"",
}
_WORDS: dict[bytes, bool | None] = {b"true": True, b"false": False, b"null": None}
_LONGEST = 1_024
"""Characters of a number or name; PDF allows 127."""


@frozen(eq=False)
class Objects:
    """Reads objects out of some bytes."""

    data: bytes
    work: Work

    def skip_blank(self, position: int) -> int:
        """Return where the next token begins, after space and comments."""
        # Not one pattern for both: it would remember each comment, to go back to it.
        while True:
            for pattern in (_BLANK, _COMMENT):
                found = pattern.match(self.data, position)
                if found is None:
                    return position
                self.work.spend((found.end() - position) // 256 + (pattern is _COMMENT))
                position = found.end()

    def read(self, position: int) -> tuple[Value, int]:
        """Read the object at a place.

        Returns:
            the object, and the place behind it.

        Raises:
            DamagedPdf: there is none.
            TooMuchWork: it goes on and on.
        """
        value, end = self._read(position, 0)
        if isinstance(value, _Bracket):
            raise DamagedPdf("a bracket closes what wasn't opened")
        return value, end

    def indirect(self, position: int) -> tuple[int, Value]:
        """Read the object with a heading (`12 0 obj`) at a place.

        Returns:
            its number, and itself.

        Raises:
            DamagedPdf: there is none.
            TooMuchWork: it goes on and on.
        """
        found = _HEADING.match(self.data, self.skip_blank(position))
        if found is None:
            raise DamagedPdf("an object is not where the file says")
        number, position = int(found[1]), self.skip_blank(found.end())
        if self.data.startswith(b"endobj", position):
            return number, None
        value, position = self.read(position)
        if isinstance(value, dict):
            position = self.skip_blank(position)
            if self.data.startswith(b"stream", position):
                position += len(b"stream")
                for line_end in (b"\r\n", b"\n", b"\r"):
                    if self.data.startswith(line_end, position):
                        position += len(line_end)
                        break
                return number, Stream(value, position)
        return number, value

    def _read(self, position: int, depth: int) -> tuple[Value | _Bracket, int]:
        self.work.spend(2)
        found = _TOKEN.match(self.data, self.skip_blank(position))
        if found is None:
            raise DamagedPdf("an object is missing or cut off")
        kind, end = found.lastgroup, found.end()
        self.work.spend((end - position) // 256)
        if kind == "open":
            if depth == MAX_DEPTH:
                raise DamagedPdf("objects are nested too deep")
            opened = found["open"]
            if opened == b"(":
                return self._string(end)
            return self._array(end, depth) if opened == b"[" else self._dictionary(end, depth)
        if kind == "close":
            return _Bracket.CLOSING, end
        if kind == "hex":
            digits = found["hex"].translate(None, b"\0\t\n\f\r ")
            return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")), end
        if end - found.start() > _LONGEST:
            raise DamagedPdf("a name or number is endless")
        if kind == "name":
            return Name(_IN_NAME.sub(lambda code: bytes.fromhex(code[1].decode("ascii")), found["name"])), end
        if kind == "reference":
            return Reference(int(found["reference"])), end
        if kind == "number":
            return (float if b"." in found["number"] else int)(found["number"]), end
        if found["word"] not in _WORDS:
            raise DamagedPdf("there is a word where an object should be")
        return _WORDS[found["word"]], end

    def _array(self, position: int, depth: int) -> tuple[list[Value], int]:
        items: list[Value] = []
        while True:
            item, position = self._read(position, depth + 1)
            if isinstance(item, _Bracket):
                return items, position
            items.append(item)

    def _dictionary(self, position: int, depth: int) -> tuple[dict[bytes, Value], int]:
        entries: dict[bytes, Value] = {}
        while True:
            key, position = self._read(position, depth + 1)
            if isinstance(key, _Bracket):
                return entries, position
            if not isinstance(key, Name):
                raise DamagedPdf("a dictionary has a key that is no name")
            value, position = self._read(position, depth + 1)
            if isinstance(value, _Bracket):
                raise DamagedPdf("a dictionary has a key without a value")
            entries[bytes(key)] = value

    def _string(self, position: int) -> tuple[bytes, int]:
        parts: list[bytes] = []
        depth = 1
        while True:
            found = _IN_STRING.search(self.data, position)
            if found is None:
                raise DamagedPdf("a string has no end")
            self.work.spend(1 + (found.end() - position) // 256)
            parts.append(self.data[position : found.start()])
            position = found.end()
            mark = found[0]
            if mark == b"(":
                depth += 1
            elif mark == b")":
                depth -= 1
                if depth == 0:
                    return b"".join(parts), position
            else:
                mark = _unescaped(mark[1:])
            parts.append(mark)


def _unescaped(mark: bytes) -> bytes:
    if mark[0] in b"01234567":
        return bytes([int(mark, 8) & 255])
    return _ESCAPES.get(mark, mark)


def text_of(value: Value) -> str | None:
    """The text in a string, or None where it is no string (ISO 32000-2, 7.9.2.2)."""
    if not isinstance(value, bytes) or isinstance(value, Name):
        return None
    for mark, encoding in (
        (b"\xfe\xff", "utf-16-be"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xef\xbb\xbf", "utf-8"),
    ):
        if value.startswith(mark):
            return value[len(mark) :].decode(encoding, "replace")
    return value.decode("latin-1")
