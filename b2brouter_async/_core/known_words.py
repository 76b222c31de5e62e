"""Words in a request that none of the known ones are: not refused, since a newer server may know them, but named where
the server refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from attrs import frozen

from .spelling import did_you_mean

if TYPE_CHECKING:
    from .codecs import Codec

_MOST = 20


@frozen
class UnknownWord:
    """A word in a request that is none of those known for its place."""

    place: str
    """For example `state`, or `invoice.invoice_lines_attributes[0].taxes_attributes[0].category`."""
    word: str
    known: tuple[str, ...]

    @property
    def field(self) -> str:
        """The last part of the place."""
        return self.place.rsplit(".", 1)[-1].split("[", 1)[0]

    def __str__(self) -> str:
        listed = ", ".join(self.known[:_MOST]) + (", …" if len(self.known) > _MOST else "")
        return f"{self.place}: {self.word!r} is none of the known ones: {listed}{did_you_mean(self.word, self.known)}"


def words_in(codec: Codec, value: object, place: str) -> Iterator[UnknownWord]:
    """Yield the words of a JSON value that are none of the known ones.

    Args:
        codec: how the value is written.
        value: the value, as it is sent.
        place: where it stands.
    """
    if codec.words:
        if isinstance(value, str) and value not in codec.words:
            yield UnknownWord(place, value, codec.words)
    elif isinstance(value, Mapping):
        given = cast("Mapping[str, object]", value)
        for field in codec.fields():
            if field.key in given:
                yield from words_in(field.codec, given[field.key], f"{place}.{field.key}")
    elif isinstance(value, list) and codec.inner is not None:
        for index, item in enumerate(cast("list[object]", value)):
            yield from words_in(codec.inner, item, f"{place}[{index}]")
