"""JSON objects and files as few bytes: what nobody looks at just now is kept packed, so that 100,000 invoices fit into memory.

Packed is the values alone, pickled: the names of the fields are the same for thousands of objects, and are kept once. So
are the parties of invoices. Pickle keeps each Decimal digit by digit and is twice as fast as JSON; it never leaves the
process, and what is kept on disk is JSON.
"""

from __future__ import annotations

import operator
import pickle
import zlib
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    _Pick: TypeAlias = Callable[[tuple[Any, ...]], Iterable[Any]]
    # The names that are picked, and what picks their values.
    _Picker: TypeAlias = tuple[tuple[str, ...], _Pick]

# A JSON object of the API.
Fields: TypeAlias = dict[str, Any]

# So many combinations of names, and so many parties, are kept once; others are kept with each object.
MOST_SHARED: Final = 1000
# Parts of an object that others have, too.
_SHARED: Final = ("account", "company", "contact")
_NOTHING: Final = b""


# A larger file would keep others waiting for tens of milliseconds, and is one among few.
_LARGEST_PACKED: Final = 1024 * 1024
_PLAIN, _DEFLATED = b"p", b"z"


def pack_file(content: bytes) -> bytes:
    """Return a file as fewer bytes: XML takes a fifth of its size, and what takes no less stays as it is."""
    packed = zlib.compress(content, 1) if len(content) <= _LARGEST_PACKED else content
    return _DEFLATED + packed if len(packed) < len(content) else _PLAIN + content


def unpack_file(packed: bytes) -> bytes:
    """Return the file that was packed."""
    return zlib.decompress(packed[1:]) if packed[:1] == _DEFLATED else packed[1:]


def _load(packed: bytes) -> Fields | tuple[Any, ...]:
    found: Fields | tuple[Any, ...] = pickle.loads(packed)  # noqa: S301 - made by `pack` in this process
    return found


class Unpacked(Protocol):
    """What has to be packed again."""

    def close(self) -> None:
        """Pack it."""
        ...


class Packing:
    """Packs and unpacks JSON objects, and knows which records are unpacked.

    One store's own: it is safe where the store is.
    """

    def __init__(self) -> None:
        self._names: list[tuple[str, ...]] = []
        self._shapes: dict[tuple[str, ...], int] = {}
        self._parts: list[Fields] = []
        self._numbers: dict[tuple[object, ...], int] = {}
        self._pickers: dict[tuple[int, tuple[str, ...]], _Picker] = {}
        self._opened: list[Unpacked] = []
        self.facts: dict[str, Callable[[Any], Any]] = {}
        """By kind of record, what tells the facts that lists are filtered by."""

    def pack(self, fields: Fields) -> bytes:
        """Return an object as bytes."""
        if not fields:
            return _NOTHING
        kept = fields
        for name in _SHARED:
            if name in fields:
                if kept is fields:
                    kept = fields.copy()
                kept[name] = self._share(fields[name])
        shape = self._shape(tuple(kept))
        packed: object = kept if shape is None else (shape, *kept.values())
        return pickle.dumps(packed, pickle.HIGHEST_PROTOCOL)

    def unpack(self, packed: bytes, only: tuple[str, ...] = ()) -> Fields:
        """Return the object that was packed, as a new one, or `only` some of its fields.

        The parts that objects share are the same in all of them, and must not be changed.
        """
        if not packed:
            return {}
        found = _load(packed)
        if isinstance(found, dict):
            fields = {name: found[name] for name in only if name in found} if only else found
        elif only:
            picker = self._pickers.get((found[0], only)) or self._picker(found[0], only)
            fields = dict(zip(picker[0], picker[1](found), strict=True))
        else:
            values = iter(found)
            shape: int = next(values)
            fields = dict(zip(self._names[shape], values, strict=True))
        for name in _SHARED:
            number = fields.get(name)
            if isinstance(number, int):
                fields[name] = self._parts[number]
        return fields

    def opened(self, record: Unpacked) -> None:
        """Note that a record is unpacked."""
        self._opened.append(record)

    def close(self) -> None:
        """Pack the records that are unpacked."""
        for record in self._opened:
            record.close()
        self._opened.clear()

    def _shape(self, names: tuple[str, ...]) -> int | None:
        shape = self._shapes.get(names)
        if shape is None and len(self._names) < MOST_SHARED:
            shape = self._shapes[names] = len(self._names)
            self._names.append(names)
        return shape

    def _share(self, part: Fields | None) -> Fields | int | None:
        """Return the number of a part; the part itself where there are too many to keep once."""
        if part is None:
            return None
        # 1, True and 1.0 are equal, and not the same in JSON.
        key = (*part, *part.values(), *map(type, part.values()))
        try:
            number = self._numbers.get(key)
        except TypeError:  # there is a list in it
            return part
        if number is None:
            if len(self._parts) >= MOST_SHARED:
                return part
            number = self._numbers[key] = len(self._parts)
            self._parts.append(part)
        return number

    def _picker(self, shape: int, only: tuple[str, ...]) -> _Picker:
        names = self._names[shape]
        kept = tuple(name for name in only if name in names)
        # The first value is the number of the shape.
        places = [names.index(name) + 1 for name in kept]
        several = len(places) > 1
        pick: _Pick = operator.itemgetter(*places) if several else lambda found: [found[at] for at in places]
        picker = self._pickers[shape, only] = (kept, pick)
        return picker
