"""Files that are read while they come: the same way of a call, and nothing again after the first piece."""

from __future__ import annotations

import gzip
import math
import os
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.abc
import httpx
import pytest
from attrs import evolve

from b2brouter_async import (
    APIConnectionError,
    APITimeoutError,
    ArgumentError,
    AuthenticationError,
    B2Brouter,
    ClientClosedError,
    DeadlineExceeded,
    NotFoundError,
    Reply,
    ResponseTooLargeError,
    RetryPolicy,
    recorded_replies,
)

from .conftest import KEY, RecordingLimiter, reply
from .test_connections import everything_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from .conftest import Wire

pytestmark = [
    pytest.mark.anyio,
    # The libraries' own under trio, where a reply is left before its end.
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),
]
PDF = bytes(range(256)) * 1000
FILE = {"content-type": "application/pdf; x=1", "content-disposition": 'inline; filename="a.pdf"'}


class Server:
    """Answers each request with the next script: bytes that are written, events that are waited for."""

    def __init__(self, *scripts: list[bytes | anyio.Event]) -> None:
        self.scripts = list(scripts)
        self.requests = 0
        self.url = ""

    async def serve(self, stream: anyio.abc.SocketStream) -> None:
        async with stream:
            try:
                while True:
                    head = b""
                    while not head.endswith(b"\r\n\r\n"):
                        head += await stream.receive()
                    self.requests += 1
                    for step in self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]:
                        if isinstance(step, bytes):
                            await stream.send(step)
                        else:
                            await step.wait()
                    if b"Content-Length: 10\r\n" not in b"".join(
                        s for s in self.scripts[0] if isinstance(s, bytes)
                    ):
                        return
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                pass


@asynccontextmanager
async def served(*scripts: list[bytes | anyio.Event]) -> AsyncIterator[Server]:
    server = Server(*scripts)
    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        server.url = f"http://127.0.0.1:{listener.extra(anyio.abc.SocketAttribute.local_port)}"
        tasks.start_soon(listener.serve, server.serve)
        yield server
        tasks.cancel_scope.cancel()


def head(length: int, *more: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/pdf", f"Content-Length: {length}", *more]
    return "\r\n".join([*lines, "\r\n"]).encode()


def client(url: str, limiter: RecordingLimiter | None = None, **options: Any) -> B2Brouter:
    settings: dict[str, Any] = {"retry": RetryPolicy(base=0.001), **options}
    return B2Brouter(KEY, base_url=url, limiter=limiter or RecordingLimiter(), **settings)


def pdf(status: int = 200, content: bytes = PDF, **headers: str) -> httpx.Response:
    return httpx.Response(status, content=content, headers={**FILE, **headers})


async def content_of(api: B2Brouter, **options: Any) -> bytes:
    async with api.invoices.stream_download(5, "pdf.invoice", **options) as file:
        return b"".join([piece async for piece in file])


async def test_the_first_piece_is_there_before_the_last_was_sent() -> None:
    more = anyio.Event()
    async with (
        served([head(6), b"one", more, b"two"]) as server,
        client(server.url) as api,
        api.invoices.stream_download(5, "pdf.invoice") as file,
    ):
        assert (file.media_type, file.size) == ("application/pdf", 6)
        assert await anext(file) == b"one"
        more.set()
        assert await anext(file) == b"two"
        assert file.received == 6
        with pytest.raises(StopAsyncIteration):
            await anext(file)


async def test_name_and_type_are_those_of_a_whole_download(wire: Callable[..., Wire]) -> None:
    api = wire(pdf())
    whole = await api.client.invoices.download(5, "pdf.invoice")
    async with api.client.invoices.stream_download(5, "pdf.invoice") as file:
        assert b"".join([piece async for piece in file]) == whole.content == PDF
        assert (file.media_type, file.filename, file.size) == (whole.media_type, whole.filename, len(PDF))


async def test_every_download_has_its_stream(wire: Callable[..., Wire]) -> None:
    api = wire(pdf())
    for opened in (
        api.client.tax_reports.stream_download(7),
        api.client.stream_url("https://api.b2brouter.net/files/7?a=b"),
        api.client.invoices.stream_download(7, "original", filename="x y.pdf"),
    ):
        async with opened as file:
            assert b"".join([piece async for piece in file]) == PDF
    assert [line.replace("%20", "+") for line in api.lines] == [
        "GET /tax_reports/7/download",
        "GET /files/7?a=b",
        "GET /invoices/7/as/original?filename=x+y.pdf",
    ]
    assert api.limiter.outcomes == ["ok"] * 3
    with pytest.raises(ArgumentError):
        api.client.stream_url("https://elsewhere.example/files/7")


async def test_a_server_that_is_away_is_asked_again_before_the_first_piece(
    wire: Callable[..., Wire],
) -> None:
    api = wire(reply(503), httpx.ConnectError("no"), reply(429), pdf())
    assert await content_of(api.client) == PDF
    assert api.limiter.outcomes == ["ok", "unsent", "rejected", "ok"]


async def test_a_file_that_breaks_off_before_its_first_piece_is_asked_for_again() -> None:
    async with served([head(6)], [head(6), b"onetwo"]) as server, client(server.url) as api:
        assert await content_of(api) == b"onetwo"
        assert server.requests == 2


async def test_a_file_that_breaks_off_later_raises_and_is_not_asked_for_again() -> None:
    async with served([head(6), b"one"]) as server, client(server.url) as api:
        with pytest.raises(APIConnectionError) as caught:
            await content_of(api)
        assert server.requests == 1
    error = caught.value
    assert (error.operation, error.attempts, error.sent) == ("invoices.download", 1, True)
    assert "broke off" in str(error)
    assert KEY not in everything_in(error)


async def test_after_a_break_no_piece_comes_and_no_end_either() -> None:
    async with (
        served([head(6), b"one"]) as server,
        client(server.url) as api,
        api.invoices.stream_download(5, "pdf.invoice") as file,
    ):
        await anext(file)
        with pytest.raises(APIConnectionError):
            await anext(file)
        with pytest.raises(RuntimeError, match="before it was whole"):
            await anext(file)


async def test_a_reading_that_was_cancelled_does_not_end_as_if_it_were_whole() -> None:
    never = anyio.Event()
    async with served([head(6), b"one", never]) as server, client(server.url) as api:
        async with api.invoices.stream_download(5, "pdf.invoice") as file:
            await anext(file)
            with anyio.move_on_after(0.01):
                await anext(file)
            with pytest.raises(RuntimeError, match="before it was whole"):
                await anext(file)
        never.set()


async def test_a_deadline_holds_until_the_last_piece() -> None:
    never = anyio.Event()
    async with served([head(6), b"one", never]) as server, client(server.url) as api:
        async with api.invoices.stream_download(5, "pdf.invoice", deadline=0.3) as file:
            await anext(file)
            with pytest.raises(DeadlineExceeded) as caught:
                await anext(file)
        never.set()
    assert caught.value.attempts == 1


async def test_time_that_the_reader_takes_counts_and_its_own_work_is_not_cut() -> None:
    now = 0.0
    async with served([head(6), b"one", b"two"]) as server, client(server.url) as api:
        api.caller.pipeline.clock = lambda: now
        async with api.invoices.stream_download(5, "pdf.invoice", deadline=60) as file:
            await anext(file)
            now = 61.0
            with pytest.raises(DeadlineExceeded):
                await anext(file)


async def test_a_deadline_before_the_first_piece_is_the_calls() -> None:
    never = anyio.Event()
    async with served([head(6), never]) as server, client(server.url) as api:
        with pytest.raises(DeadlineExceeded):
            await content_of(api, deadline=0.1)
        never.set()


@pytest.mark.parametrize("named", ["timeout", "attempt_timeout"])
async def test_a_file_that_stalls_is_given_up(named: str) -> None:
    never = anyio.Event()
    async with served([head(6), b"one", never]) as server, client(server.url) as api:
        with pytest.raises(APITimeoutError) as caught:
            await content_of(api, **{named: 0.2})
        never.set()
    assert caught.value.sent


async def test_no_more_is_read_than_is_allowed(wire: Callable[..., Wire]) -> None:
    api = wire(pdf(), max_response_bytes=len(PDF) - 1)
    with pytest.raises(ResponseTooLargeError):
        await content_of(api.client)
    assert api.limiter.outcomes == ["ok"]


async def test_what_is_packed_is_unpacked_and_bounded(tmp_path: Path) -> None:
    packed = gzip.compress(bytes(1_000_000))
    answer = [head(len(packed), "Content-Encoding: gzip"), packed]
    async with served([*answer]) as server:
        async with client(server.url) as api, api.invoices.stream_download(5, "original") as file:
            assert file.size is None, "the size of what is packed says nothing"
            assert sum([len(piece) async for piece in file]) == file.received == 1_000_000
        async with client(server.url, max_response_bytes=900_000) as api:
            async with api.invoices.stream_download(5, "original") as file:
                with pytest.raises(ResponseTooLargeError):
                    await file.save(tmp_path / "x")
            assert file.received <= 900_000


async def test_packing_that_is_cut_is_no_whole_file() -> None:
    packed = gzip.compress(PDF)[:-4]
    async with (
        served([head(len(packed), "Content-Encoding: gzip"), packed]) as server,
        client(server.url) as api,
    ):
        with pytest.raises(APIConnectionError, match="compression"):
            await content_of(api)


@pytest.mark.parametrize(("status", "kind"), [(404, NotFoundError), (401, AuthenticationError)])
async def test_a_refusal_is_an_error_with_its_words_and_without_the_key(
    wire: Callable[..., Wire], status: int, kind: type[Exception]
) -> None:
    api = wire(reply(status, {"error": {"code": "resource_missing", "message": f"no {KEY}"}}))
    with pytest.raises(kind) as caught:
        await content_of(api.client)
    assert "no " in str(caught.value)
    assert KEY not in str(caught.value)


async def test_a_redirect_is_followed_on_the_same_server_alone(wire: Callable[..., Wire]) -> None:
    api = wire(reply(302, location="/files/9"), pdf())
    assert await content_of(api.client) == PDF
    assert api.lines[1] == "GET /files/9"
    other = wire(reply(302, location="https://elsewhere.example/x"))
    with pytest.raises(Exception, match="elsewhere"):
        await content_of(other.client)
    assert len(other.lines) == 1


async def test_a_block_that_is_left_early_leaves_the_client_usable() -> None:
    never = anyio.Event()
    async with served([head(10**6), b"one", never]) as server, client(server.url) as api:
        for _ in range(120):  # more than there are connections
            async with api.invoices.stream_download(5, "pdf.invoice") as file:
                await anext(file)
        with pytest.raises(ZeroDivisionError):
            async with api.invoices.stream_download(5, "pdf.invoice") as file:
                raise ZeroDivisionError
        with pytest.raises(RuntimeError, match="closed"):
            await anext(file)
        never.set()


async def test_slow_readers_leave_connections_to_other_calls(wire: Callable[..., Wire]) -> None:
    never = anyio.Event()
    entered = 0
    full = anyio.Event()
    done = anyio.Event()

    async def read_slowly(api: B2Brouter) -> None:
        nonlocal entered
        async with api.invoices.stream_download(5, "pdf.invoice") as file:
            entered += 1
            if entered == 50:
                full.set()
            await anext(file)
            await done.wait()

    async with served([head(10**6), b"one", never]) as server, client(server.url) as api:
        with anyio.fail_after(30):
            async with anyio.create_task_group() as tasks:
                for _ in range(110):
                    tasks.start_soon(read_slowly, api)
                await full.wait()
                server.scripts = [[b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"]]
                with pytest.raises(NotFoundError):
                    await api.invoices.get(1)
                with pytest.raises(DeadlineExceeded):
                    await content_of(api, deadline=0.1)
                assert entered == 50
                tasks.cancel_scope.cancel()
        never.set()


async def test_a_middleware_sees_the_reply_without_its_content_and_may_answer_itself(
    wire: Callable[..., Wire],
) -> None:
    seen: list[tuple[bool, int, bytes]] = []

    async def look(attempt: Any, following: Any) -> Reply:
        answer: Reply = await following(attempt)
        seen.append((attempt.streams, answer.status, answer.content))
        return answer

    async def answers(attempt: Any, following: Any) -> Reply:
        return Reply(200, {"content-type": "text/plain"}, b"mine")

    async def replaces(attempt: Any, following: Any) -> Reply:
        answer: Reply = await following(attempt)
        return evolve(answer, content=b"other")

    async def turns_away(attempt: Any, following: Any) -> Reply:
        answer: Reply = await following(attempt)
        return evolve(answer, status=404)

    async def fails(attempt: Any, following: Any) -> Reply:
        await following(attempt)
        raise ZeroDivisionError

    assert await content_of(wire(pdf(), middleware=[look]).client) == PDF
    assert seen == [(True, 200, b"")]
    assert await content_of(wire(pdf(), middleware=[answers]).client) == b"mine"
    assert await content_of(wire(pdf(), middleware=[replaces]).client) == b"other"
    with pytest.raises(NotFoundError):
        await content_of(wire(pdf(), middleware=[turns_away]).client)
    with pytest.raises(ZeroDivisionError):
        await content_of(wire(pdf(), middleware=[fails]).client)


async def test_recordings_have_the_reply_without_its_content(wire: Callable[..., Wire]) -> None:
    api = wire(reply(503), pdf())
    with recorded_replies() as replies:
        await content_of(api.client)
    assert [(one.status, one.content) for one in replies] == [(503, b""), (200, b"")]


async def test_the_client_that_is_closed_says_so(wire: Callable[..., Wire]) -> None:
    api = wire(pdf())
    await api.client.aclose()
    with pytest.raises(ClientClosedError):
        await content_of(api.client)


async def test_options_are_checked_before_anything_is_sent(wire: Callable[..., Wire]) -> None:
    api = wire(pdf())
    with pytest.raises(TypeError, match="deadlin"):
        api.client.invoices.stream_download(5, "pdf.invoice", deadlin=3)  # type: ignore[call-arg]
    with pytest.raises(ArgumentError):
        api.client.invoices.stream_download(5, "pdf.invoice", deadline=-1)
    with pytest.raises(ArgumentError):
        api.client.invoices.stream_download(5, "..")
    assert await content_of(api.client.with_options(deadline=math.inf)) == PDF
    assert len(api.lines) == 1


async def test_a_file_is_saved_whole_or_not_at_all(wire: Callable[..., Wire], tmp_path: Path) -> None:
    api = wire(pdf())
    stream = partial(api.client.invoices.stream_download, 5, "pdf.invoice")
    async with stream() as file:
        assert await file.save(tmp_path) == tmp_path / "a.pdf"
    assert (tmp_path / "a.pdf").read_bytes() == PDF
    async with stream() as file:
        await anext(file)
        with pytest.raises(RuntimeError, match="read already"):
            await file.save(tmp_path / "b.pdf")
    async with served([head(6), b"one"]) as server, client(server.url) as broken:
        with pytest.raises(APIConnectionError):
            async with broken.invoices.stream_download(5, "pdf.invoice") as file:
                await file.save(tmp_path / "a.pdf")
    assert os.listdir(tmp_path) == ["a.pdf"]
    assert (tmp_path / "a.pdf").read_bytes() == PDF
    async with wire(pdf(content=b"x")).client.stream_url("/x") as file:
        assert await file.save(str(tmp_path / "c.pdf")) == tmp_path / "c.pdf"
    nameless = wire(httpx.Response(200, content=b"x")).client
    async with nameless.stream_url("/x") as file:
        with pytest.raises(ArgumentError, match="folder"):
            await file.save(tmp_path)
        assert file.media_type == "application/octet-stream"


async def test_an_empty_file_ends_at_once(wire: Callable[..., Wire]) -> None:
    assert await content_of(wire(pdf(content=b"")).client) == b""
    assert await content_of(wire(reply(204)).client) == b""
