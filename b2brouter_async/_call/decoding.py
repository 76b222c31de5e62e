"""Takes the compression off a reply, piece by piece, and stops where it becomes larger than allowed.

The HTTP library would inflate each piece whole, and each layer of it: 64 KiB of gzip in gzip can become 64 GiB. Here no
layer gives more than a piece at a time, and each is counted.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCEPT_ENCODING = "gzip, deflate"
"""What is asked for, and all that can be read."""

_PIECE = 65536
_MOST_LAYERS = 4


class TooLarge(Exception):
    """The reply is larger than allowed."""


class BrokenEncoding(Exception):
    """The reply's compression is damaged, or none that was asked for."""


class Decoder:
    """Decodes one reply."""

    def __init__(self, content_encoding: str, limit: int) -> None:
        """Prepare.

        Args:
            content_encoding: what the reply's header says.
            limit: bytes, of the reply as it comes and of every layer of it.

        Raises:
            BrokenEncoding: it is encoded in a way that can't be read here.
        """
        names = [name.strip().lower() for name in content_encoding.split(",")]
        names = [name for name in names if name not in ("", "identity")]
        if unknown := [name for name in names if name not in ("gzip", "x-gzip", "deflate")]:
            raise BrokenEncoding(f"encoded as {unknown[0][:40]!r}, and only {ACCEPT_ENCODING} can be read")
        if len(names) > _MOST_LAYERS:
            raise BrokenEncoding(f"encoded {len(names)} times")
        # The last one named was applied last.
        self._layers = [_Layer(name, limit) for name in reversed(names)]
        self._limit = limit
        self._size = 0

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Return what a piece of the reply gives.

        Raises:
            TooLarge: together it is more than allowed.
            BrokenEncoding: the compression is damaged.
        """
        self._size += len(data)
        if self._size > self._limit:
            raise TooLarge
        return self._from(0, data)

    def finish(self) -> None:
        """Say that nothing more comes.

        Raises:
            BrokenEncoding: the compression says that there is more.
        """
        for layer in self._layers:
            layer.finish()

    def _from(self, depth: int, data: bytes) -> Iterator[bytes]:
        if depth == len(self._layers):
            yield data
            return
        for piece in self._layers[depth].decode(data):
            yield from self._from(depth + 1, piece)


class _Layer:
    def __init__(self, name: str, limit: int) -> None:
        self._gzip = name != "deflate"
        self._limit = limit
        self._size = 0
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16 if self._gzip else zlib.MAX_WBITS)
        self._begun = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        if data and not self._begun:
            self._begun = True
            if not self._gzip and data[0] & 0x0F != 8:
                # Some servers send deflate without the head that the standard asks for.
                self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        while data:
            try:
                piece = self._inflate.decompress(data, _PIECE)
            except zlib.error as error:
                raise BrokenEncoding(str(error)) from None
            self._size += len(piece)
            if self._size > self._limit:
                raise TooLarge
            if piece:
                yield piece
            data = self._inflate.unconsumed_tail
            if self._inflate.eof:
                data = self._inflate.unused_data
                if not (self._gzip and data.startswith(b"\x1f\x8b")):
                    return  # what stands behind the end says nothing
                self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def finish(self) -> None:
        if self._begun and not self._inflate.eof:
            raise BrokenEncoding("it ends too early")
