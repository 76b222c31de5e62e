"""On real sockets: what left and what didn't, event loops, forks, and where the key is not."""

from __future__ import annotations

import gc
import http.server
import logging
import os
import socket
import ssl
import subprocess
import sys
import threading
import traceback
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

import anyio
import anyio.abc
import httpx
import pytest
import respx
from attrs import define, field

from b2brouter_async import (
    APIConnectionError,
    APITimeoutError,
    B2Brouter,
    B2BrouterError,
    ConfigurationError,
    DeadlineExceeded,
    OutcomeUnknownError,
    RetryPolicy,
)
from b2brouter_async._call import transport as transport_module
from b2brouter_async.limiter import TokenBucket

from .conftest import KEY, RecordingLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from b2brouter_async.limiter import Lease, Outcome
    from b2brouter_async.models import InvoiceInputDict

pytestmark = pytest.mark.anyio

INVOICE = b'{"invoice": {"id": 5, "number": "F-1", "state": "new"}}'
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(INVOICE),
    INVOICE,
)
BODY: InvoiceInputDict = {"number": "F-1"}


class Peer:
    """A server on a real socket that answers each request with the next of some bytes; None never answers.

    What answers `OK` keeps the connection, what answers anything else closes it.
    """

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.arrived = anyio.Event()
        self.url = ""

    async def serve(self, stream: anyio.abc.SocketStream) -> None:
        async with stream:
            try:
                while True:
                    request = b""
                    while b"\r\n\r\n" not in request:
                        request += await stream.receive()
                    answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                    self.requests.append(request)
                    if answer is None:
                        self.arrived.set()
                        await anyio.sleep_forever()
                    else:
                        await stream.send(answer)
                    if answer is not OK:
                        return
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return


@asynccontextmanager
async def peer(*answers: bytes | None) -> AsyncIterator[Peer]:
    server = Peer(*answers)
    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        server.url = f"http://127.0.0.1:{port}"
        tasks.start_soon(listener.serve, server.serve)
        yield server
        tasks.cancel_scope.cancel()


SETTINGS: dict[str, Any] = {"retry": RetryPolicy(max_attempts=1)}


@pytest.fixture(autouse=True, params=["httpx", "httpx2"])
def _transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SETTINGS, "transport", request.param)


def client(url: str, limiter: Any, **options: Any) -> B2Brouter:
    settings = {**SETTINGS, **options}
    return B2Brouter(KEY, base_url=url, limiter=limiter, **settings)


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_a_reply_comes_over_a_real_connection() -> None:
    limiter = RecordingLimiter()
    async with peer(OK) as server, client(server.url, limiter) as api:
        assert (await api.invoices.get(5)).number == "F-1"
    assert limiter.outcomes == ["ok"]
    assert f"X-B2B-API-Key: {KEY}".lower().encode() in server.requests[0].lower()


async def test_a_refused_connection_left_nothing() -> None:
    limiter = RecordingLimiter()
    async with client(f"http://127.0.0.1:{unused_port()}", limiter) as api:
        with pytest.raises(APIConnectionError) as caught:
            await api.invoices.create(1, invoice=BODY)
    assert not caught.value.sent
    assert caught.value.attempts == 0
    assert limiter.outcomes == ["unsent"]


async def test_a_tls_handshake_that_fails_left_nothing() -> None:
    limiter = RecordingLimiter()
    async with peer(b"I speak no TLS\r\n") as server:
        api = client(server.url.replace("http:", "https:"), limiter)
        with pytest.raises(APIConnectionError) as caught:
            await api.invoices.create(1, invoice=BODY, timeout=0.1)
        await api.aclose()
    assert not caught.value.sent
    assert limiter.outcomes == ["unsent"]


async def test_a_connection_closed_without_an_answer_leaves_a_write_in_doubt() -> None:
    limiter = RecordingLimiter()
    async with peer(b"") as server, client(server.url, limiter) as api:
        with pytest.raises(OutcomeUnknownError):
            await api.invoices.create(1, invoice=BODY)
    assert limiter.outcomes == ["unknown"]


async def test_a_body_cut_short_leaves_a_write_in_doubt() -> None:
    limiter = RecordingLimiter()
    async with peer(OK[:-10]) as server, client(server.url, limiter) as api:
        with pytest.raises(OutcomeUnknownError, match="broke off"):
            await api.invoices.create(1, invoice=BODY)
    assert limiter.outcomes == ["ok"]
    assert len(server.requests) == 1


async def test_no_answer_in_time_leaves_a_write_in_doubt() -> None:
    limiter = RecordingLimiter()
    async with peer(OK, None) as server, client(server.url, limiter) as api:
        await api.invoices.get(5)  # the connection is there: what is short of time is the answer alone
        with pytest.raises(OutcomeUnknownError, match="in time"):
            await api.invoices.create(1, invoice=BODY, timeout=0.2)
    assert limiter.outcomes == ["ok", "unknown"]


@pytest.mark.parametrize("write", [True, False])
async def test_a_reply_that_trickles_ends_with_the_time_of_the_attempt(
    write: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[anyio.CancelScope] = []

    @contextmanager
    def timed(seconds: float) -> Iterator[None]:
        assert seconds == 600.0
        with anyio.fail_after(seconds) as time:
            times.append(time)
            yield

    async def trickle(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            with suppress(anyio.BrokenResourceError):
                for sent in range(100_000):
                    await stream.send(b"x")
                    await anyio.wait_all_tasks_blocked()
                    if sent == 4:
                        times[-1].deadline = anyio.current_time()

    monkeypatch.setattr(transport_module, "_within", timed)

    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(listener.serve, trickle)
        url = f"http://127.0.0.1:{listener.extra(anyio.abc.SocketAttribute.local_port)}"
        async with client(url, RecordingLimiter()) as api:
            create, get = api.invoices.create, api.invoices.get
            with pytest.raises(
                OutcomeUnknownError if write else APITimeoutError, match="did not answer whole in time"
            ):
                await (
                    create(1, invoice=BODY, attempt_timeout=600.0) if write else get(1, attempt_timeout=600.0)
                )
        tasks.cancel_scope.cancel()


async def test_an_attempt_without_time_left_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "MAX_CONNECTIONS", 1)
    limiter = RecordingLimiter()
    async with peer(None) as server, client(server.url, limiter) as api, anyio.create_task_group() as tasks:
        tasks.start_soon(api.invoices.get, 5)
        await server.arrived.wait()
        with pytest.raises(APITimeoutError) as caught:
            await api.invoices.create(1, invoice=BODY, attempt_timeout=0.05)  # waits for the only connection
        assert not caught.value.sent
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("write", [True, False])
async def test_a_deadline_after_it_was_sent_leaves_a_write_in_doubt_and_ends_a_read(write: bool) -> None:
    limiter = RecordingLimiter()
    scope = anyio.CancelScope()

    async def pass_by(arrived: anyio.Event) -> None:
        await arrived.wait()
        scope.cancel()

    async with peer(None) as server, client(server.url, limiter) as api, anyio.create_task_group() as tasks:
        tasks.start_soon(pass_by, server.arrived)
        api.caller.pipeline.within = lambda seconds: scope
        create, get = api.invoices.create, api.invoices.get
        with pytest.raises(OutcomeUnknownError if write else DeadlineExceeded):
            await (create(1, invoice=BODY, deadline=60.0) if write else get(1, deadline=60.0))
    assert limiter.outcomes == ["unknown"]


async def test_a_call_cancelled_after_it_was_sent_gives_its_lease_back_as_unknown() -> None:
    limiter = RecordingLimiter()
    async with peer(None) as server, client(server.url, limiter) as api, anyio.create_task_group() as tasks:
        tasks.start_soon(api.invoices.get, 5)
        await server.arrived.wait()
        assert limiter.out == 1
        tasks.cancel_scope.cancel()
    assert limiter.outcomes == ["unknown"]


async def test_a_call_cancelled_before_a_byte_left_gives_its_lease_back_as_unsent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport_module, "MAX_CONNECTIONS", 1)
    limiter = RecordingLimiter()
    async with peer(None) as server, client(server.url, limiter) as api, anyio.create_task_group() as tasks:
        tasks.start_soon(api.invoices.get, 5)
        await server.arrived.wait()
        async with anyio.create_task_group() as waiting:
            waiting.start_soon(api.invoices.get, 6)  # for the only connection
            await anyio.wait_all_tasks_blocked()
            waiting.cancel_scope.cancel()
        assert limiter.outcomes == ["unsent"]
        tasks.cancel_scope.cancel()
    assert limiter.outcomes == ["unsent", "unknown"]


async def test_a_call_cancelled_in_the_limiters_queue_loses_no_token() -> None:
    bucket = TokenBucket(1, 60.0)
    async with peer(OK) as server, client(server.url, bucket) as api:
        await api.invoices.get(5)
        async with anyio.create_task_group() as waiting:
            waiting.start_soon(api.invoices.get, 5)
            await anyio.wait_all_tasks_blocked()
            assert bucket.snapshot().waiting == 1
            waiting.cancel_scope.cancel()
    assert bucket.snapshot().in_flight == 0
    assert bucket.snapshot().waiting == 0
    assert len(server.requests) == 1


@define
class CuttingLimiter(RecordingLimiter):
    """Cancels a scope in the very moment in which a reply's headers have come."""

    cut: anyio.CancelScope = field(factory=anyio.CancelScope)

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None = None) -> None:
        super().release(lease, outcome, retry_after)
        self.cut.cancel()


async def test_a_large_page_cut_by_a_cancellation_leaves_the_client_usable() -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 10
    stall = Peer(half, OK)

    async def serve(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.receive()
            stall.arrived.set()
            await stream.send(stall.answers.pop(0) or b"")
            await anyio.sleep_forever()

    limiter = CuttingLimiter()
    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(listener.serve, serve)
        url = f"http://127.0.0.1:{listener.extra(anyio.abc.SocketAttribute.local_port)}"
        async with client(url, limiter) as api:
            with limiter.cut:
                await api.invoices.download(5, "original")
            assert (await api.invoices.get(5)).id == 5
        tasks.cancel_scope.cancel()
    assert limiter.outcomes == ["ok", "ok"]


def everything_in(error: BaseException) -> str:
    """Return what a logger that shows every variable of the package's frames would write."""
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename == __file__:
        frame = frame.tb_next  # the tests' own, which hold the key on purpose
    error = error.with_traceback(frame)
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def inside_the_variables(error: BaseException) -> str:
    """Return what a logger would write that looks into every variable as well; behind `everything_in`."""
    found: list[object] = []
    frame = error.__traceback__
    while frame is not None:
        found += frame.tb_frame.f_locals.values()
        frame = frame.tb_next
    return " ".join(repr(vars(one)) for one in found if hasattr(one, "__dict__"))


REFUSAL = b'{"error": {"code": "invalid_api_key", "message": "unknown key ' + KEY.encode() + b'"}}'


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nxx",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 401 No\r\nContent-Length: %d\r\n\r\n%s" % (len(REFUSAL), REFUSAL),
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(REFUSAL), REFUSAL),
        b"HTTP/1.1 302 No\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx",
        *(
            b"HTTP/1.1 %s\r\n%s: %s\r\nContent-Length: 2\r\n\r\n[]" % (status, name, KEY.encode())
            for status in (b"200 OK", b"302 No", b"401 No", b"422 No", b"503 No")
            for name in (b"X-B2B-API-Request-Id", b"Location", b"X-Quoted", b"Content-Type")
        ),
        None,
    ],
)
@pytest.mark.parametrize("write", [True, False])
@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")  # httpx's own, when decoding fails
async def test_the_key_is_in_no_error_and_in_no_frame_of_its_traceback(
    answer: bytes | None, write: bool
) -> None:
    async with peer(answer) as server, client(server.url, RecordingLimiter()) as api:
        create, get = api.invoices.create, api.invoices.get
        with pytest.raises(B2BrouterError) as caught:
            await (create(1, invoice=BODY, timeout=0.1) if write else get(1, timeout=0.1))
    error: BaseException | None = caught.value
    assert KEY not in everything_in(caught.value)
    assert KEY not in inside_the_variables(caught.value)
    while error is not None:
        assert KEY not in str(error) + repr(error) + repr(vars(error))
        error = error.__cause__ or error.__context__


async def test_the_key_is_in_no_frame_of_a_cancellation() -> None:
    caught: list[BaseException] = []

    async def call() -> None:
        try:
            await api.invoices.get(5)
        except BaseException as error:
            caught.append(error)
            raise

    async with (
        peer(None) as server,
        client(server.url, RecordingLimiter()) as api,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(call)
        await server.arrived.wait()
        tasks.cancel_scope.cancel()
    (error,) = caught
    assert KEY not in everything_in(error)
    assert "pipeline.py" in everything_in(error)
    # Their frames hold the headers, at one moment or another.
    assert "httpx" not in everything_in(error).replace("httpx.", "").replace("httpx2.", "")
    assert "httpcore" not in everything_in(error)


async def test_the_key_is_in_no_error_that_a_cancellation_met_on_its_way() -> None:
    caught: list[BaseException] = []
    arrived = anyio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        headers = list(request.headers.items())
        try:
            raise LookupError(len(headers))
        except LookupError:
            arrived.set()
            await anyio.sleep_forever()
        raise AssertionError

    async def call() -> None:
        try:
            await api.invoices.get(5)
        except BaseException as error:
            caught.append(error)
            raise

    given = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    api = B2Brouter(KEY, limiter=RecordingLimiter(), http_client=given)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await arrived.wait()
        tasks.cancel_scope.cancel()
    (error,) = caught
    assert KEY not in everything_in(error)


async def test_http2_writes_no_header_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with httpx.AsyncClient() as http_client:
        B2Brouter("test_key", http_client=http_client)
        log = logging.getLogger("hpack.hpack")  # it writes just this
        log.debug("Adding %r=%r to the header table, sensitive:%s", b"x-b2b-api-key", b"test_key", False)
        log.warning("a warning")
    assert [record.getMessage() for record in caplog.records if record.name == log.name] == ["a warning"]


async def test_the_key_is_taken_out_of_what_the_wire_complains_about() -> None:
    with respx.mock(base_url="https://api.b2brouter.net") as server:
        server.get("/invoices/5").mock(side_effect=httpx.RemoteProtocolError(f"illegal header {KEY}"))
        async with B2Brouter(KEY, limiter=RecordingLimiter(), max_attempts=1) as api:
            with pytest.raises(APIConnectionError) as caught:
                await api.invoices.get(5)
    assert "illegal header [key]" in str(caught.value)


@pytest.mark.parametrize("key", ["test_abc def", "live_abcdef", "test_\nabc"])
def test_a_key_that_is_refused_is_in_no_frame_either(key: str) -> None:
    def make(given: list[str]) -> None:
        B2Brouter(given.pop())

    with pytest.raises(ConfigurationError) as caught:
        make([key])
    assert "client.py" in everything_in(caught.value)
    assert key not in everything_in(caught.value)
    assert repr(key) not in everything_in(caught.value)


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(INVOICE)))
        self.end_headers()
        self.wfile.write(INVOICE)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.filterwarnings(
    "ignore:unclosed:ResourceWarning"
)  # the first loop ended with its connections open
def test_a_client_works_in_one_event_loop_after_the_other(url: str) -> None:
    api = B2Brouter(KEY, base_url=url)

    async def once() -> str | None:
        return (await api.invoices.get(5)).number

    async def last() -> str | None:
        async with api:
            return await once()

    assert anyio.run(once) == "F-1"
    assert anyio.run(once, backend="trio") == "F-1"
    assert anyio.run(last) == "F-1"
    gc.collect()  # here, where the warning is expected


def test_a_client_handed_in_says_that_it_belongs_to_one_loop(url: str) -> None:
    given = httpx.AsyncClient()
    api = B2Brouter(KEY, base_url=url, http_client=given, limiter=RecordingLimiter())

    async def once() -> None:
        try:
            await api.invoices.get(5)
        finally:
            await given.aclose()

    anyio.run(once)
    with pytest.raises(ConfigurationError, match="another event loop"):
        anyio.run(once)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_client_works_after_a_fork(url: str) -> None:
    code = f"""
import anyio, os, sys
from b2brouter_async import B2Brouter
api = B2Brouter({KEY!r}, base_url={url!r})
async def once():
    assert (await api.invoices.get(5)).number == "F-1"
anyio.run(once)
child = os.fork()
anyio.run(once)
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "Redis" in done.stderr  # the limiter says that the two no longer know of each other


def test_the_environments_proxy_does_not_see_what_goes_to_this_machine(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{unused_port()}")

    async def once() -> None:
        async with B2Brouter(KEY, base_url=url) as api:
            await api.invoices.get(5)

    anyio.run(once)


async def test_an_ssl_context_of_ones_own_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context()
    seen: list[object] = []
    library = import_module(SETTINGS["transport"])
    real = library.AsyncClient

    def make(**options: Any) -> Any:
        seen.append(options["verify"])
        return real(**options)

    monkeypatch.setattr(library, "AsyncClient", make)
    async with client(f"https://127.0.0.1:{unused_port()}", RecordingLimiter(), ssl_context=context) as api:
        with pytest.raises(APIConnectionError):
            await api.invoices.get(5)
    assert seen == [context]
