"""A PDF file: its objects, and which files are attached (ISO 32000-1, 7.5, 7.7.2 and 7.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field, frozen

from .crossreference import At, Compressed, CrossReference, Place, read_cross_reference
from .objects import Objects, Reference, Stream, Value, text_of
from .repair import Found, look_for_objects
from .streams import packed, unpack
from .work import DamagedPdf, EncryptedPdf, TooMuchWork, Work

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_OBJECT_STREAM = 8 * 1024 * 1024
"""Bytes of an object stream, unpacked. Writers put a hundred objects or two into one."""
MAX_HEADER = 1024 * 1024
"""Bytes of the numbers at its beginning."""
_KEPT_STREAMS = 2
_MAX_REFERENCES = 20
"""References that lead to one another before there is something."""


@frozen
class Attachment:
    """A file inside a PDF."""

    name: str
    stream: Stream


@frozen
class _ObjectStream:
    objects: Objects
    positions: dict[int, int]


@define(eq=False)
class PdfFile:
    """A PDF, opened without a password. What is asked for is read, and nothing else."""

    _objects: Objects
    _cross_reference: CrossReference | None
    _found: Found | None = None
    _object_streams: dict[int, _ObjectStream] = field(factory=dict[int, _ObjectStream], init=False)

    @classmethod
    def opened(cls, content: bytes) -> PdfFile:
        """Open a PDF.

        Args:
            content: the file. It may come from anybody.

        Raises:
            DamagedPdf: neither its tables nor a search through all of it lead to its catalogue.
            EncryptedPdf: it is encrypted, with a password or without.
            TooMuchWork: that takes more steps than any honest file.
        """
        objects = Objects(content, Work())
        try:
            cross_reference = read_cross_reference(objects)
        except DamagedPdf:
            cross_reference = None
        if cross_reference is not None and b"Root" not in cross_reference.trailer:
            cross_reference = None
        opened = cls(objects, cross_reference)
        if opened._trailer.get(b"Encrypt") is not None:
            raise EncryptedPdf
        return opened

    def attachments(self) -> Iterator[Attachment]:
        """Yield the files attached to the document as a whole, each once.

        Raises:
            DamagedPdf: the way to them is broken.
            TooMuchWork: it has no end.
        """
        catalogue = self._catalogue()
        names = self._dictionary(catalogue.get(b"Names"))
        seen: set[int] = set()
        associated = self._resolve(catalogue.get(b"AF"))
        files = [
            *self._names_in(names.get(b"EmbeddedFiles")),
            *((None, one) for one in (associated if isinstance(associated, list) else [])),
        ]
        for key, value in files:
            specification = self._dictionary(value)
            embedded = self._dictionary(specification.get(b"EF"))
            reference = embedded.get(b"UF", embedded.get(b"F"))
            stream = self._resolve(reference)
            if not isinstance(stream, Stream) or stream.start in seen:
                continue
            seen.add(stream.start)
            written = (self._resolve(specification.get(b"UF")), self._resolve(specification.get(b"F")), key)
            name = next((text for one in written if (text := text_of(one))), "")
            yield Attachment(name, stream)

    def content_of(self, attachment: Attachment, *, most: int) -> bytes:
        """Unpack an attached file.

        Args:
            attachment: which.
            most: bytes it may come to.

        Raises:
            DamagedPdf: it can't be unpacked.
            TooManyBytes: it comes to more.
            TooMuchWork: it takes more steps than any honest file.
        """
        return self._unpacked(attachment.stream, most)

    def _catalogue(self) -> dict[bytes, Value]:
        catalogue = self._dictionary(self._trailer.get(b"Root"))
        if not catalogue and self._cross_reference is not None:
            self._cross_reference = None
            catalogue = self._dictionary(self._trailer.get(b"Root"))
        if not catalogue:
            raise DamagedPdf("it has no catalogue")
        return catalogue

    @property
    def _trailer(self) -> dict[bytes, Value]:
        if self._cross_reference is None:
            return self._everything().trailer
        return self._cross_reference.trailer

    def _everything(self) -> Found:
        if self._found is None:
            self._found = look_for_objects(self._objects)
        return self._found

    def _unpacked(self, stream: Stream, most: int) -> bytes:
        objects = self._objects
        data = packed(stream, objects.data, self._resolve, objects.work)
        return unpack(data, stream.entries, self._resolve, objects.work, most=most)

    def _resolve(self, value: Value) -> Value:
        for _ in range(_MAX_REFERENCES):
            if not isinstance(value, Reference):
                return value
            value = self._object(value.number)
        raise DamagedPdf("references lead in a circle")

    def _dictionary(self, value: Value) -> dict[bytes, Value]:
        found = self._resolve(value)
        return found if isinstance(found, dict) else {}

    def _object(self, number: int) -> Value:
        self._objects.work.spend(5)
        if self._cross_reference is not None:
            try:
                place = self._cross_reference.find(number, self._objects)
                return None if place is None else self._at(place, number)
            except DamagedPdf:
                # One place that is wrong: none of the tables can be trusted.
                self._cross_reference = None
        found = self._everything()
        if number in found.positions:
            return self._at(At(found.positions[number]), number)
        for stream in found.object_streams:
            if number in self._object_stream(stream).positions:
                return self._at(Compressed(stream), number)
        raise DamagedPdf("an object is missing")

    def _at(self, place: Place, number: int) -> Value:
        if isinstance(place, At):
            heading, value = self._objects.indirect(place.position)
            if heading != number:
                raise DamagedPdf("another object is where the file says")
            return value
        if isinstance(place, Compressed):
            inside = self._object_stream(place.stream)
            if number not in inside.positions:
                raise DamagedPdf("an object is not in the stream that the file says")
            value, _ = inside.objects.read(inside.positions[number])
            return value
        return None

    def _object_stream(self, number: int) -> _ObjectStream:
        known = self._object_streams.pop(number, None)
        if known is None:
            known = self._read_object_stream(number)
        self._object_streams[number] = known
        if len(self._object_streams) > _KEPT_STREAMS:
            del self._object_streams[next(iter(self._object_streams))]
        return known

    def _read_object_stream(self, number: int) -> _ObjectStream:
        place: Place | None
        if self._cross_reference is not None:
            place = self._cross_reference.find(number, self._objects)
        else:
            place = At(self._everything().positions.get(number, -1))
        if not isinstance(place, At):
            raise DamagedPdf("an object stream is not where the file says")
        stream = self._at(place, number)
        if not isinstance(stream, Stream):
            raise DamagedPdf("an object stream is none")
        first = self._resolve(stream.entries.get(b"First"))
        data = self._unpacked(stream, MAX_OBJECT_STREAM)
        if not isinstance(first, int) or not 0 <= first <= len(data):
            raise DamagedPdf("an object stream doesn't say where its objects begin")
        if first > MAX_HEADER:
            raise TooMuchWork
        self._objects.work.spend(first // 8)
        try:
            numbers = [int(each) for each in data[:first].split()]
        except ValueError as error:
            raise DamagedPdf("an object stream has no numbers") from error
        positions = {one: first + offset for one, offset in zip(numbers[::2], numbers[1::2], strict=False)}
        return _ObjectStream(Objects(data, self._objects.work), positions)

    def _names_in(self, root: Value) -> Iterator[tuple[Value, Value]]:
        """Yield the keys and values of a name tree (7.9.6)."""
        seen: set[int] = set()
        todo = [root]
        while todo:
            value = todo.pop()
            if isinstance(value, Reference):
                if value.number in seen:
                    continue
                seen.add(value.number)
            node = self._dictionary(value)
            names = self._resolve(node.get(b"Names"))
            if isinstance(names, list):
                for key, one in zip(names[::2], names[1::2], strict=False):
                    yield self._resolve(key), one
            kids = self._resolve(node.get(b"Kids"))
            if isinstance(kids, list):
                todo += reversed(kids)
