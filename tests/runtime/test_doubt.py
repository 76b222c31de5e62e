"""A write is never sent a second time unless the first provably did not happen, whatever breaks and wherever."""

from __future__ import annotations

import ssl
import traceback
from typing import TYPE_CHECKING, Any

import anyio
import anyio.abc
import httpx
import pytest

from b2brouter_async import (
    APIConnectionError,
    APITimeoutError,
    ArgumentError,
    Attempt,
    B2Brouter,
    B2BrouterError,
    DeadlineExceeded,
    OutcomeUnknownError,
    RedirectError,
    Reply,
    RetryPolicy,
)

from .conftest import KEY, RecordingLimiter, Wire, reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from b2brouter_async._call.attempt import Next
    from b2brouter_async.models import InvoiceInputDict

pytestmark = pytest.mark.anyio

INVOICE = {"invoice": {"id": 5, "number": "F-1", "state": "new", "type": "IssuedInvoice"}}
BODY: InvoiceInputDict = {"number": "F-1", "currency": "EUR"}


async def create(wire: Wire, **options: Any) -> None:
    await wire.client.invoices.create(1, invoice=BODY, **options)


@pytest.mark.parametrize(
    "error",
    [
        ssl.SSLError(1, "alert certificate required"),
        ConnectionResetError("reset"),
        OSError("no buffer space"),
        anyio.BrokenResourceError(),
        anyio.ClosedResourceError(),
        anyio.EndOfStream(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_breaks_below_httpx_is_a_broken_connection_too(
    wire: Callable[..., Wire], error: Exception
) -> None:
    write = wire(error)
    with pytest.raises(OutcomeUnknownError):
        await create(write)
    assert len(write.requests) == 1
    read = wire(error)
    with pytest.raises(APIConnectionError) as caught:
        await read.client.invoices.get(5)
    assert caught.value.sent
    assert len(read.requests) == 4


async def test_a_timeout_of_the_system_is_a_timeout(wire: Callable[..., Wire]) -> None:
    with pytest.raises(APITimeoutError):
        await wire(TimeoutError(110, "timed out")).client.invoices.get(5)


class Begins(httpx.AsyncBaseTransport):
    """Says that it begins to send, as a wire does that tries a second time by itself, and then cannot connect."""

    def __init__(self) -> None:
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        await request.extensions["trace"]("http11.send_request_headers.started", {"request": request})
        raise httpx.ConnectError("refused")


async def test_an_error_of_connecting_after_the_request_has_begun_leaves_a_write_in_doubt() -> None:
    wire, limiter = Begins(), RecordingLimiter()
    client = B2Brouter(KEY, http_client=httpx.AsyncClient(transport=wire), limiter=limiter)
    with pytest.raises(OutcomeUnknownError):
        await client.invoices.create(1, invoice=BODY)
    assert (wire.requests, limiter.outcomes) == (1, ["unknown"])


class Stalls(httpx.AsyncByteStream):
    """A body that never comes, and says so."""

    def __init__(self, scope: anyio.CancelScope) -> None:
        self.scope = scope

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.scope.cancel()
        await anyio.sleep_forever()
        yield b""


@pytest.mark.parametrize("status", [201, 302, 408, 500, 503])
async def test_a_deadline_in_the_body_of_an_unclear_answer_leaves_a_write_in_doubt(
    wire: Callable[..., Wire], status: int
) -> None:
    scope = anyio.CancelScope()
    steps = [reply(429, x_b2b_api_request_id="before"), httpx.Response(status, stream=Stalls(scope))]
    steps[1].headers["x-b2b-api-request-id"] = "last"
    api = wire(lambda request: steps.pop(0))
    api.client.caller.pipeline.within = lambda seconds: scope
    with pytest.raises(OutcomeUnknownError, match="deadline") as caught:
        await create(api, deadline=60.0)
    assert (caught.value.status, caught.value.request_id) == (status, "last")
    assert api.limiter.outcomes == ["rejected", "ok"]


@pytest.mark.parametrize("status", [400, 422, 429])
async def test_a_deadline_in_the_body_of_a_refusal_leaves_no_doubt(
    wire: Callable[..., Wire], status: int
) -> None:
    scope = anyio.CancelScope()
    api = wire(lambda request: httpx.Response(status, stream=Stalls(scope)))
    api.client.caller.pipeline.within = lambda seconds: scope
    with pytest.raises(DeadlineExceeded):
        await create(api, deadline=60.0)


class Cut(httpx.AsyncByteStream):
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"invoice": {"id"'
        raise self.error


@pytest.mark.parametrize(
    "error", [httpx.RemoteProtocolError("closed"), httpx.PoolTimeout("full"), OSError("reset")], ids=repr
)
async def test_a_success_whose_body_broke_off_is_remembered_as_one(
    wire: Callable[..., Wire], error: Exception
) -> None:
    headers = {"x-b2b-api-request-id": "r-1"}
    api = wire(lambda request: httpx.Response(201, headers=headers, stream=Cut(error)))
    with pytest.raises(OutcomeUnknownError) as caught:
        await create(api)
    assert (caught.value.status, caught.value.request_id) == (201, "r-1")
    assert len(api.requests) == 1


async def test_a_client_handed_in_that_does_not_tell_may_have_sent(wire: Callable[..., Wire]) -> None:
    scope = anyio.CancelScope()

    class Silent(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            scope.cancel()
            await anyio.sleep_forever()
            raise AssertionError

    api = wire(reply(200, INVOICE), http_client=httpx.AsyncClient(transport=Silent()))
    api.client.caller.pipeline.within = lambda seconds: scope
    with pytest.raises(OutcomeUnknownError) as caught:
        await create(api, deadline=60.0)
    assert caught.value.status is None
    assert api.limiter.outcomes == ["unknown"]


async def test_an_error_of_a_middleware_about_another_server_is_not_taken_for_this_requests(
    wire: Callable[..., Wire],
) -> None:
    async def audited(attempt: Attempt, send: Next) -> Reply:
        await send(attempt)
        raise APIConnectionError("the audit's server is away", sent=False)

    api = wire(reply(201, INVOICE), middleware=[audited])
    with pytest.raises(OutcomeUnknownError, match="audit"):
        await create(api)
    assert len(api.requests) == 1


async def test_a_middleware_that_calls_a_success_a_429_does_not_send_a_write_twice(
    wire: Callable[..., Wire],
) -> None:
    async def mistaken(attempt: Attempt, send: Next) -> Reply:
        await send(attempt)
        return Reply(429, {}, b"")

    api = wire(reply(201, INVOICE), middleware=[mistaken])
    with pytest.raises(OutcomeUnknownError):
        await create(api)
    assert len(api.requests) == 1


async def test_a_middleware_may_hold_a_write_back_and_have_it_sent_later(wire: Callable[..., Wire]) -> None:
    async def held(attempt: Attempt, send: Next) -> Reply:
        return Reply(429, {}, b"") if attempt.number == 1 else await send(attempt)

    api = wire(reply(201, INVOICE), middleware=[held])
    await create(api)
    assert api.limiter.outcomes == ["unsent", "ok"]


class UpstreamError(Exception):
    pass


@pytest.mark.parametrize(
    "error", [UpstreamError("gone"), OSError("disk"), httpx.ConnectError("upstream")], ids=repr
)
async def test_what_the_callers_own_content_raises_comes_through_with_its_own_frames(
    wire: Callable[..., Wire], error: Exception
) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"<Invoice>"
        raise error

    api = wire(reply(201, INVOICE))
    with pytest.raises(type(error)) as caught:
        await api.client.invoices.import_document(1, content=stream())
    assert caught.value is error
    frames = traceback.extract_tb(error.__traceback__)
    assert frames[-1].name == "stream"
    assert not [frame.filename for frame in frames if "httpx" in frame.filename]
    assert len(api.limiter.outcomes) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_of_a_write_is_followed(wire: Callable[..., Wire], status: int) -> None:
    api = wire(reply(status, location="/accounts/1/invoices"))
    with pytest.raises((RedirectError, OutcomeUnknownError)):
        await create(api)
    assert len(api.requests) == 1


async def test_an_update_that_adds_lines_or_sends_is_a_write(wire: Callable[..., Wire]) -> None:
    api = wire(httpx.ReadTimeout("slow"))
    with pytest.raises(OutcomeUnknownError):
        await api.client.invoices.update(5, invoice={"number": "F-1"}, send_after_import=True)
    assert len(api.requests) == 1


class Proxy:
    """A proxy on a real socket that answers every request for a tunnel with the same bytes; None never answers."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.asked: list[bytes] = []
        self.arrived = anyio.Event()

    async def serve(self, stream: anyio.abc.SocketStream) -> None:
        async with stream:
            try:
                self.asked.append(await stream.receive())
                self.arrived.set()
                if self.answer is None:
                    await anyio.sleep_forever()
                else:
                    await stream.send(self.answer)
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return


async def through(proxy: Proxy, use: Callable[[B2Brouter], Any]) -> RecordingLimiter:
    limiter = RecordingLimiter()
    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(listener.serve, proxy.serve)
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        client = B2Brouter(
            KEY,
            proxy=f"http://127.0.0.1:{port}",
            limiter=limiter,
            retry=RetryPolicy(max_attempts=2, base=0.001),
        )
        async with client:
            await use(client)
        tasks.cancel_scope.cancel()
    assert all(KEY.encode() not in asked for asked in proxy.asked)
    return limiter


async def failing(client: B2Brouter, kind: type[B2BrouterError]) -> None:
    with pytest.raises(kind):
        await client.invoices.create(1, invoice=BODY)


async def test_a_proxy_that_refuses_the_tunnel_has_seen_no_request_and_no_key() -> None:
    proxy = Proxy(b"HTTP/1.1 407 Who are you?\r\nContent-Length: 0\r\n\r\n")
    limiter = await through(proxy, lambda client: failing(client, APIConnectionError))
    assert [asked.split(b" ")[0] for asked in proxy.asked] == [b"CONNECT"] * 2
    assert limiter.outcomes == ["unsent"] * 2


async def test_a_tunnel_without_tls_behind_it_has_let_nothing_through() -> None:
    proxy = Proxy(b"HTTP/1.1 200 OK\r\n\r\nI speak no TLS\r\n")
    limiter = await through(proxy, lambda client: failing(client, APIConnectionError))
    assert limiter.outcomes == ["unsent"] * 2


async def test_a_call_cancelled_while_the_proxy_thinks_left_nothing() -> None:
    proxy = Proxy(None)

    async def cancelled(client: B2Brouter) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(failing, client, B2BrouterError)
            await proxy.arrived.wait()
            tasks.cancel_scope.cancel()

    limiter = await through(proxy, cancelled)
    assert limiter.outcomes == ["unsent"]


async def test_a_kept_connection_that_the_server_gave_up_meanwhile_leaves_a_write_in_doubt() -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 34\r\n\r\n{"invoice": {"id": 5, "number":[]}}'
    requests: list[bytes] = []

    async def serve(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            requests.append(await stream.receive())
            await stream.send(answer.replace(b"34", str(len(answer.split(b"\r\n\r\n")[1])).encode()))
            requests.append(await stream.receive())  # and closes without a word

    limiter = RecordingLimiter()
    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(listener.serve, serve)
        url = f"http://127.0.0.1:{listener.extra(anyio.abc.SocketAttribute.local_port)}"
        async with B2Brouter(KEY, base_url=url, limiter=limiter) as client:
            with pytest.raises(B2BrouterError):
                await client.invoices.get(5)  # a list that is no text: the connection is kept all the same
            with pytest.raises(OutcomeUnknownError):
                await client.invoices.create(1, invoice=BODY)
        tasks.cancel_scope.cancel()
    assert [request.split(b" ")[0] for request in requests] == [b"GET", b"POST"]
    assert limiter.outcomes == ["ok", "unknown"]


async def test_content_that_grows_while_it_is_sent_is_not_sent_again(
    wire: Callable[..., Wire],
) -> None:
    api = wire(httpx.LocalProtocolError("Too much data for declared Content-Length"))
    with pytest.raises(OutcomeUnknownError, match="could not be sent whole"):
        await api.client.invoices.import_document(1, content=b"x")
    assert len(api.requests) == 1


async def test_a_retry_after_that_is_no_time_at_all_does_no_harm(wire: Callable[..., Wire]) -> None:
    never = "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"
    api = wire(reply(429, retry_after=never), reply(503, retry_after=never), reply(200, INVOICE))
    assert (await api.client.invoices.get(5)).id == 5
    assert api.limiter.released[0] == ("rejected", None)


async def test_a_middleware_cannot_lead_a_request_to_another_host(wire: Callable[..., Wire]) -> None:
    async def astray(attempt: Attempt, send: Next) -> Reply:
        return await send(Attempt(attempt.operation, 1, "GET", "@evil.example/x", (), {}, None))

    api = wire(reply(200, INVOICE), middleware=[astray])
    with pytest.raises(ArgumentError, match="another host"):
        await api.client.invoices.get(5)
    assert not api.requests
