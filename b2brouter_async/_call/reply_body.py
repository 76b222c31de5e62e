"""The content of a reply: read from the connection, decoded, and no further than allowed."""

from __future__ import annotations

from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, cast

import anyio

from ..errors import ResponseTooLargeError
from .decoding import Decoder, TooLarge
from .http_library import stream_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from ..errors import APIConnectionError
    from .http_library import HTTPLibrary, Response


async def pieces_of(
    response: Response, headers: Mapping[str, str], limit: int, request_id: str | None
) -> AsyncGenerator[bytes]:
    """Return the content of a reply, piece by piece.

    Args:
        response: the reply, of which nothing was read yet.
        headers: of it, names in lower case.
        limit: bytes.
        request_id: the server's.

    Raises:
        ResponseTooLargeError: there is more than that.
    """
    announced = headers.get("content-length", "0")
    try:
        if announced.isdecimal() and (len(announced) >= 20 or int(announced) > limit):
            raise TooLarge
        if response.is_stream_consumed:  # a reply that was made in this process, whole
            if len(response.content) > limit:
                raise TooLarge
            yield response.content
            return
        decoder = Decoder(headers["content-encoding"], limit) if "content-encoding" in headers else None
        size = 0
        # As it comes from the connection: whatever the library would do to it is done here, within bounds.
        async with aclosing(cast("AsyncGenerator[bytes]", aiter(stream_of(response)))) as stream:
            async for data in stream:
                size += len(data)
                if size > limit:
                    raise TooLarge
                if decoder is None:
                    yield data
                else:
                    for piece in decoder.decode(data):
                        yield piece
        if decoder is not None:
            decoder.finish()
    except TooLarge:
        pass
    else:
        return
    raise ResponseTooLargeError(
        f"the reply is larger than {limit} bytes; raise max_response_bytes to read it",
        status=response.status_code,
        request_id=request_id,
    )


class Body:
    """The content of a reply that is handed out as it comes."""

    def __init__(
        self,
        response: Response,
        pieces: AsyncGenerator[bytes],
        *,
        library: HTTPLibrary,
        explain: Callable[[Exception], APIConnectionError],
        seconds: float | None,
    ) -> None:
        """Take the reply over; whoever holds this closes it.

        Args:
            response: the reply.
            pieces: its content.
            library: the one that the reply is of.
            explain: makes the caller's error of the library's.
            seconds: for all of it; None is no end.
        """
        self._response = response
        self._pieces = pieces
        self._library = library
        self._explain = explain
        self._ends = None if seconds is None else anyio.current_time() + seconds
        self._first: bytes | None = None
        self._incomplete = False
        self._closed = False

    async def begin(self) -> None:
        """Read the first piece: as long as nothing was handed out, the call may still be repeated."""
        self._first = await anext(self._pieces, None)

    async def piece(self) -> bytes | None:
        """Return the next piece; None at the end, and only where all has come.

        Raises:
            APIConnectionError: the reply broke off.
            APITimeoutError: the same, for want of time.
            ResponseTooLargeError: the reply is larger than allowed.
            RuntimeError: it was closed, is being read elsewhere, or has failed or been cancelled before.
        """
        if self._closed:
            raise RuntimeError("the file is closed: it is read inside the block that opened it")
        if self._incomplete:
            raise RuntimeError(
                "the file is being read by another task, or reading it ended before it was whole; open it again"
            )
        if self._first is not None:
            first, self._first = self._first, None
            return first
        self._incomplete = True
        # The library's own exceptions hold the request, and their frames its headers: they end here, as plain text.
        problem: Exception
        try:
            if self._ends is None:
                piece = await anext(self._pieces, None)
            else:
                with anyio.fail_after(max(self._ends - anyio.current_time(), 0.0)):
                    piece = await anext(self._pieces, None)
        except ResponseTooLargeError as error:
            problem = error
        except self._library.broken as error:
            problem = self._explain(error)
        except BaseException as error:
            error.__context__ = None
            raise error.with_traceback(None)  # noqa: B904 - the same error, without frames that show the headers
        else:
            self._incomplete = False
            return piece
        raise problem

    async def aclose(self) -> None:
        """Give the connection back, or close it where not all was read; whatever happens, and as often as called."""
        self._closed = True
        with anyio.CancelScope(shield=True), suppress(*self._library.broken):
            try:
                await self._pieces.aclose()
            finally:
                if not self._response.is_closed:
                    await self._response.aclose()
