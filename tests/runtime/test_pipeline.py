from __future__ import annotations

import inspect
import io
import logging
import math
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from attrs import evolve
from starlette.datastructures import UploadFile

from b2brouter_async import (
    APIConnectionError,
    APITimeoutError,
    ArgumentError,
    Attempt,
    B2Brouter,
    DeadlineExceeded,
    DuplicateNumberError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RateLimitTimeout,
    RedirectError,
    Reply,
    ResponseTooLargeError,
    RetryPolicy,
    ServerError,
    UnparsableReplyError,
    UnprocessableError,
)

from .conftest import KEY, RecordingLimiter, Wire, reply

if TYPE_CHECKING:
    from b2brouter_async._call.attempt import Next
    from b2brouter_async.models import InvoiceInputDict

pytestmark = pytest.mark.anyio

MakeWire = Callable[..., Wire]

INVOICE = {"invoice": {"id": 5, "number": "F-1", "state": "new", "type": "IssuedInvoice"}}
BODY: InvoiceInputDict = {"number": "F-1", "currency": "EUR"}
UNSENT = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("full"),
    httpx.ProxyError("407"),
]
UNUSABLE: list[dict[str, Any]] = [
    {"timeout": 0},
    {"timeout": "60"},
    {"timeout": True},
    {"timeout": math.inf},
    {"timeout": math.nan},
    {"timeout": httpx.Timeout(5)},
    {"deadline": -1},
    {"max_attempts": 0},
    {"max_attempts": 2.5},
    {"priority": 2},
    {"headers": {"X-B2B-API-Key": "mine"}},
    {"headers": {"X-Number": 1}},
]
DOUBTFUL = [
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.RemoteProtocolError("server disconnected"),
]


@pytest.mark.parametrize("error", UNSENT, ids=repr)
async def test_a_write_that_never_left_is_sent_again(wire: MakeWire, error: Exception) -> None:
    api = wire(error, reply(201, INVOICE))
    invoice = await api.client.invoices.create(1, invoice=BODY)
    assert invoice.id == 5
    assert len(api.requests) == 2
    assert api.limiter.outcomes == ["unsent", "ok"]
    assert len(api.naps) == 1


@pytest.mark.parametrize("error", DOUBTFUL, ids=repr)
async def test_a_write_of_unknown_fate_is_not_sent_again(wire: MakeWire, error: Exception) -> None:
    api = wire(error, reply(201, INVOICE))
    with pytest.raises(OutcomeUnknownError) as caught:
        await api.client.invoices.create(1, invoice=BODY)
    assert len(api.requests) == 1
    assert api.limiter.outcomes == ["unknown"]
    unknown = caught.value
    assert (unknown.operation, unknown.account, unknown.number, unknown.attempts) == (
        "invoices.create",
        "1",
        "F-1",
        1,
    )
    assert "find_by_number" in unknown.advice


@pytest.mark.parametrize("status", [408, 500, 501, 502, 503, 504])
async def test_a_write_answered_by_a_failing_server_is_of_unknown_fate(wire: MakeWire, status: int) -> None:
    api = wire(reply(status, {"message": "sorry"}, x_b2b_api_request_id="r-1"))
    with pytest.raises(OutcomeUnknownError) as caught:
        await api.client.invoices.send(5)
    assert len(api.requests) == 1
    assert (caught.value.status, caught.value.request_id) == (status, "r-1")
    assert api.limiter.outcomes == ["ok"]


async def test_a_write_refused_for_the_rate_is_sent_again(wire: MakeWire) -> None:
    api = wire(reply(429, retry_after="7"), reply(201, INVOICE))
    assert (await api.client.invoices.create(1, invoice=BODY)).id == 5
    assert api.limiter.released == [("rejected", 7.0), ("ok", None)]
    assert api.naps == [0.0]  # the limiter makes it wait, and everybody else


@pytest.mark.parametrize("error", UNSENT + DOUBTFUL, ids=repr)
async def test_a_read_is_sent_again_after_any_broken_connection(wire: MakeWire, error: Exception) -> None:
    api = wire(error, reply(200, INVOICE))
    assert (await api.client.invoices.get(5)).number == "F-1"
    assert len(api.requests) == 2


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_read_is_sent_again_while_the_server_fails(wire: MakeWire, status: int) -> None:
    api = wire(reply(status), reply(status), reply(200, INVOICE))
    assert (await api.client.invoices.get(5)).number == "F-1"
    assert len(api.requests) == len(api.limiter.granted) == 3


async def test_a_refused_write_is_not_repeated(wire: MakeWire) -> None:
    error = {
        "error": {"code": "parameter_taken", "message": "Number has already been taken", "param": "number"}
    }
    api = wire(reply(422, error, x_request_id="old-style"))
    with pytest.raises(DuplicateNumberError) as caught:
        await api.client.invoices.create(1, invoice=BODY)
    refused = caught.value
    assert isinstance(refused, UnprocessableError)
    assert (refused.code, refused.param, refused.attempts, refused.request_id) == (
        "parameter_taken",
        "number",
        1,
        "old-style",
    )
    assert (refused.method, refused.path) == ("POST", "/accounts/1/invoices")
    assert len(api.requests) == 1


async def test_patience_ends_after_max_attempts(wire: MakeWire) -> None:
    api = wire(reply(503))
    with pytest.raises(ServerError) as caught:
        await api.client.invoices.get(5)
    assert caught.value.attempts == len(api.requests) == 4
    with pytest.raises(ServerError):
        await api.client.invoices.get(5, max_attempts=1)
    assert len(api.requests) == 5


async def test_a_server_that_asks_for_too_much_patience_fails_fast_and_says_how_long(wire: MakeWire) -> None:
    api = wire(reply(429, retry_after="600"))
    with pytest.raises(RateLimitedError) as caught:
        await api.client.invoices.get(5)
    assert caught.value.retry_after == 600.0
    assert "600" in str(caught.value)
    assert api.limiter.released == [("rejected", 600.0)]
    assert not api.naps


async def test_a_reasonable_retry_after_is_waited_for(wire: MakeWire) -> None:
    api = wire(reply(503, retry_after="3"), reply(200, INVOICE))
    await api.client.invoices.get(5)
    assert api.naps == [3.0]


async def test_a_delete_that_meets_404_after_a_first_try_has_succeeded(wire: MakeWire) -> None:
    api = wire(
        httpx.ReadTimeout("slow"), reply(404, {"error": {"code": "resource_missing", "message": "gone"}})
    )
    await api.client.invoices.delete(5)
    assert len(api.requests) == 2


@pytest.mark.parametrize("first", [httpx.ConnectError("refused"), reply(429)], ids=["unsent", "429"])
async def test_a_delete_that_meets_404_without_having_arrived_before_raises(
    wire: MakeWire, first: Any
) -> None:
    api = wire(first, reply(404))
    with pytest.raises(NotFoundError):
        await api.client.invoices.delete(5)


@pytest.mark.parametrize("body", [b"", b"{", b"<html>login</html>", b'{"invoice": '])
async def test_a_write_whose_reply_cannot_be_read_is_of_unknown_fate(wire: MakeWire, body: bytes) -> None:
    api = wire(httpx.Response(201, content=body))
    with pytest.raises(OutcomeUnknownError) as caught:
        await api.client.invoices.create(1, invoice=BODY)
    assert (len(api.requests), caught.value.status) == (1, 201)


async def test_a_write_accepted_in_an_unknown_shape_says_that_it_was_accepted(wire: MakeWire) -> None:
    api = wire(reply(201, {"invoice": {"id": "five"}}, x_b2b_api_request_id="r-9"))
    with pytest.raises(UnparsableReplyError, match="accepted") as caught:
        await api.client.invoices.create(1, invoice=BODY)
    assert (caught.value.json_path, caught.value.status, caught.value.request_id) == (
        "$.invoice.id",
        201,
        "r-9",
    )
    assert len(api.requests) == 1


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data": []}', b'{"invoices": null}', b"<html>", b""])
async def test_a_reply_without_its_collection_is_never_an_empty_list(wire: MakeWire, body: bytes) -> None:
    api = wire(httpx.Response(200, content=body))
    with pytest.raises(UnparsableReplyError):
        await api.client.invoices.list(1)


class Broken(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"invoice"'
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


async def test_a_truncated_body_is_a_broken_connection_and_a_write_is_not_repeated(wire: MakeWire) -> None:
    api = wire(lambda request: httpx.Response(201, stream=Broken()))
    with pytest.raises(OutcomeUnknownError, match="broke off"):
        await api.client.invoices.create(1, invoice=BODY)
    assert api.limiter.outcomes == ["ok"]  # the status came: the server has counted it
    read = wire(lambda request: httpx.Response(200, stream=Broken()))
    with pytest.raises(APIConnectionError, match="broke off"):
        await read.client.invoices.get(1)
    assert len(read.requests) == 4


async def test_a_refusal_stays_one_when_its_body_breaks_off(wire: MakeWire) -> None:
    api = wire(lambda request: httpx.Response(422, stream=Broken()))
    with pytest.raises(UnprocessableError):
        await api.client.invoices.create(1, invoice=BODY)


async def test_a_reply_that_is_announced_too_large_is_not_read(wire: MakeWire) -> None:
    api = wire(httpx.Response(200, content=b"x" * 1001), max_response_bytes=1000)
    with pytest.raises(ResponseTooLargeError, match="max_response_bytes"):
        await api.client.invoices.download(1, "original")
    assert len(api.requests) == 1


@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")  # httpx's own, cut short on purpose
async def test_a_reply_that_turns_out_too_large_is_not_read_to_its_end(wire: MakeWire) -> None:
    given = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal given
            while True:
                given += 1
                yield b"x" * 100

    api = wire(lambda request: httpx.Response(200, stream=Endless()), max_response_bytes=1000)
    with pytest.raises(ResponseTooLargeError, match="max_response_bytes"):
        await api.client.invoices.download(1, "original")
    assert given == 11
    exact = wire(httpx.Response(200, content=b"x" * 1000), max_response_bytes=1000)
    assert len(await exact.client.invoices.download(1, "original")) == 1000


async def test_a_timeout_is_a_timeout_error(wire: MakeWire) -> None:
    api = wire(httpx.ReadTimeout("slow"))
    with pytest.raises(TimeoutError) as caught:
        await api.client.invoices.get(5)
    assert isinstance(caught.value, APITimeoutError)
    assert caught.value.sent
    assert caught.value.attempts == 4


async def test_every_attempt_takes_a_token_of_its_priority(wire: MakeWire) -> None:
    api = wire(reply(500), reply(200, INVOICE))
    await api.client.invoices.get(5)
    await api.client.invoices.get(5, priority=0)
    assert api.limiter.granted == [1, 1, 0]
    assert api.limiter.out == 0


async def test_a_full_limiter_sends_nothing(wire: MakeWire) -> None:
    api = wire(reply(200, INVOICE))
    api.limiter.full = True
    with pytest.raises(RateLimitTimeout):
        await api.client.invoices.get(5, deadline=1.0)
    assert not api.requests


async def test_a_limiter_that_fills_up_between_attempts_does_not_claim_that_nothing_was_sent(
    wire: MakeWire,
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        api.limiter.full = True
        return reply(503)

    api = wire(fail)
    with pytest.raises(DeadlineExceeded, match="503") as caught:
        await api.client.invoices.get(5, deadline=60.0)
    assert caught.value.attempts == 1


def late(wire: MakeWire) -> Wire:
    """Return a wire on which the deadline of every call passes when its first reply has come."""
    scope = anyio.CancelScope()

    async def pass_by(attempt: Attempt, send: Next) -> Reply:
        await send(attempt)
        scope.cancel()
        await anyio.sleep_forever()
        raise AssertionError

    api = wire(reply(200, INVOICE), middleware=[pass_by])
    api.client.caller.pipeline.within = lambda seconds: scope
    return api


async def test_the_deadline_ends_a_read(wire: MakeWire) -> None:
    api = late(wire)
    with pytest.raises(DeadlineExceeded) as caught:
        await api.client.invoices.get(5, deadline=60.0)
    assert caught.value.deadline == 60.0
    assert isinstance(caught.value, TimeoutError)
    assert api.limiter.out == 0


async def test_the_deadline_leaves_a_sent_write_in_doubt(wire: MakeWire) -> None:
    with pytest.raises(OutcomeUnknownError, match="deadline of 60 s"):
        await late(wire).client.invoices.create(1, invoice=BODY, deadline=60.0)


async def test_the_deadline_is_the_calls_own_or_the_clients(wire: MakeWire) -> None:
    api = wire(reply(200, INVOICE), deadline=30.0)
    asked: list[float | None] = []

    def within(seconds: float | None) -> anyio.CancelScope:
        asked.append(seconds)
        return anyio.CancelScope()

    api.client.caller.pipeline.within = within
    await api.client.invoices.get(5)
    await api.client.invoices.get(5, deadline=7.0)
    await api.client.with_options(deadline=math.inf).invoices.get(5)
    assert asked == [30.0, 7.0, math.inf]


async def test_a_wait_that_does_not_fit_the_deadline_is_not_begun(wire: MakeWire) -> None:
    api = wire(reply(503, retry_after="50"))
    with pytest.raises(ServerError):
        await api.client.invoices.get(5, deadline=40.0)
    assert not api.naps


async def test_a_stream_is_sent_once_and_a_file_again(wire: MakeWire, tmp_path: Path) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"one"

    path = tmp_path / "a.xml"
    path.write_bytes(b"<Invoice/>")
    unread = io.BytesIO(b"skip<Invoice/>")
    unread.seek(4)
    for content, sent in ((path, b"<Invoice/>"), (unread, b"<Invoice/>"), (bytearray(b"x"), b"x")):
        api = wire(reply(429), reply(201, INVOICE))
        await api.client.invoices.import_document(1, content=content)
        assert [request.content for request in api.requests] == [sent, sent]
        assert {request.headers["content-length"] for request in api.requests} == {str(len(sent))}
        assert {request.headers["content-type"] for request in api.requests} == {"application/octet-stream"}
    api = wire(reply(429), reply(201, INVOICE))
    with pytest.raises(RateLimitedError):
        await api.client.invoices.import_document(1, content=stream())
    assert [request.content for request in api.requests] == [b"one"]


async def test_the_upload_of_a_form_is_sent_on(wire: MakeWire) -> None:
    form = UploadFile(io.BytesIO(b"<Invoice/>" * 9000), filename="a.xml")
    api = wire(reply(201, INVOICE))
    await api.client.invoices.import_document(1, content=form)
    assert [request.content for request in api.requests] == [b"<Invoice/>" * 9000]


@pytest.mark.parametrize("given", ["text", 7])
async def test_a_stream_of_anything_but_bytes_is_told(wire: MakeWire, given: Any) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield given

    api = wire(reply(201, INVOICE))
    with pytest.raises(ArgumentError, match=type(given).__name__):
        await api.client.invoices.import_document(1, content=stream())
    assert not api.requests


@pytest.mark.parametrize(
    "content",
    ["text", 7, io.StringIO("text"), Path("no/such/file"), Path()],
    ids=["text", "a number", "a text file", "no file", "a folder"],
)
async def test_content_that_cannot_be_uploaded_is_refused(wire: MakeWire, content: Any) -> None:
    api = wire(reply(201, INVOICE))
    with pytest.raises(ArgumentError):
        await api.client.invoices.import_document(1, content=content)
    assert api.limiter.out == 0
    assert "ok" not in api.limiter.outcomes


async def test_a_redirect_on_the_same_server_is_followed_for_a_token_each(wire: MakeWire) -> None:
    api = wire(reply(302, location="/invoices/6?x=1"), reply(307, location="7"), reply(200, INVOICE))
    await api.client.invoices.get(5, include="lines")
    assert api.lines == ["GET /invoices/5?include=lines", "GET /invoices/6?x=1", "GET /invoices/7"]
    assert api.limiter.outcomes == ["ok", "ok", "ok"]


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/x",
        "http://api.b2brouter.net/x",
        "https://api.b2brouter.net:444/x",
        "//evil.example",
        "https://api.b2brouter.net.evil.example/",
        "https://[bad",
        "",
    ],
)
async def test_the_key_follows_no_redirect_to_another_host(wire: MakeWire, location: str) -> None:
    api = wire(reply(302, location=location))
    with pytest.raises(RedirectError) as caught:
        await api.client.invoices.get(5)
    assert all(request.url.host == "api.b2brouter.net" for request in api.requests)
    assert {request.url.scheme for request in api.requests} == {"https"}
    assert len(api.requests) == 1
    assert caught.value.status == 302


async def test_behind_a_gateway_a_redirect_stays_in_the_gateways_folder(wire: MakeWire) -> None:
    gateway = "https://gateway.example/b2b"
    api = wire(reply(302, location="/b2b/invoices/6"), reply(200, INVOICE), base_url=gateway)
    await api.client.invoices.get(5)
    assert api.lines == ["GET /b2b/invoices/5", "GET /b2b/invoices/6"]
    for elsewhere in (
        "/invoices/6",
        "/b2b-other/x",
        "https://gateway.example/other/x",
        "../../x",
        "/b2b/../x",
    ):
        api = wire(reply(302, location=elsewhere), base_url=gateway)
        with pytest.raises(RedirectError):
            await api.client.invoices.get(5)
        assert api.lines == ["GET /b2b/invoices/5"]


async def test_a_redirect_in_a_circle_ends(wire: MakeWire) -> None:
    api = wire(reply(302, location="/invoices/5"))
    with pytest.raises(RedirectError, match=r"in a circle: .*/invoices/5 → /invoices/5"):
        await api.client.invoices.get(5)
    assert len(api.requests) == 6
    api = wire(*(reply(302, location=f"/invoices/{n}") for n in range(6, 20)))
    with pytest.raises(RedirectError, match="again and again, 6 times"):
        await api.client.invoices.get(5)
    assert len(api.requests) == 6


async def test_a_write_is_not_redirected(wire: MakeWire) -> None:
    api = wire(reply(307, location="/elsewhere"))
    with pytest.raises(RedirectError, match=r"points to /elsewhere; not followed, only a read"):
        await api.client.invoices.create(1, invoice=BODY)
    assert len(api.requests) == 1


async def test_middleware_runs_around_every_attempt_and_sees_errors_as_values_but_no_key(
    wire: MakeWire,
) -> None:
    seen: list[tuple[str, int, int]] = []

    async def watch(attempt: Attempt, send: Next) -> Reply:
        assert KEY not in repr(attempt)
        answer = await send(evolve(attempt, headers={**attempt.headers, "X-Trace": str(attempt.number)}))
        seen.append((attempt.operation, attempt.number, answer.status))
        return answer

    api = wire(reply(500), reply(200, INVOICE), middleware=[watch])
    await api.client.invoices.get(5)
    assert seen == [("invoices.get", 1, 500), ("invoices.get", 2, 200)]
    assert [request.headers["X-Trace"] for request in api.requests] == ["1", "2"]


async def test_a_middleware_that_answers_itself_spends_no_token(wire: MakeWire) -> None:
    async def cached(attempt: Attempt, send: Next) -> Reply:
        return Reply(200, {}, b'{"invoice": {"id": 1, "number": "C"}}')

    api = wire(reply(500), middleware=[cached])
    assert (await api.client.invoices.get(5)).number == "C"
    assert api.limiter.outcomes == ["unsent"]


async def test_a_middleware_sends_once(wire: MakeWire) -> None:
    async def twice(attempt: Attempt, send: Next) -> Reply:
        await send(attempt)
        return await send(attempt)

    api = wire(reply(200, INVOICE), middleware=[twice])
    with pytest.raises(RuntimeError, match="twice"):
        await api.client.invoices.get(5)
    assert (len(api.requests), api.limiter.outcomes) == (1, ["ok"])


async def test_a_middleware_cannot_set_the_key(wire: MakeWire) -> None:
    async def other(attempt: Attempt, send: Next) -> Reply:
        return await send(evolve(attempt, headers={"X-B2B-API-Key": "mine"}))

    api = wire(reply(200, INVOICE), middleware=[other])
    with pytest.raises(ArgumentError):
        await api.client.invoices.get(5)
    assert not api.requests


async def test_the_log_tells_every_attempt_and_no_key(
    wire: MakeWire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api = wire(httpx.ConnectError("refused"), reply(503), reply(200, INVOICE))
    await api.client.invoices.get(5)
    lines = [record.getMessage() for record in caplog.records if record.name == "b2brouter_async"]
    assert len(lines) == 3
    assert "503" in lines[1]
    assert KEY not in caplog.text


@pytest.mark.parametrize("options", UNUSABLE)
async def test_options_that_cannot_work_are_refused(wire: MakeWire, options: dict[str, Any]) -> None:
    api = wire(reply(200, INVOICE))
    with pytest.raises(ArgumentError, match=next(iter(options))):
        await api.client.invoices.get(5, **options)
    with pytest.raises(ArgumentError, match=next(iter(options))):
        api.client.with_options(**options)
    assert not api.requests
    assert not api.limiter.granted


async def test_a_policy_can_be_more_patient(wire: MakeWire) -> None:
    api = wire(reply(503), retry=RetryPolicy(max_attempts=7))
    with pytest.raises(ServerError):
        await api.client.invoices.get(5)
    assert len(api.requests) == 7


@pytest.mark.parametrize("resource", ["invoices", "contacts"])
async def test_from_a_method_to_httpx_there_are_at_most_ten_frames(resource: str) -> None:
    frames: list[str] = []

    class Counting(httpx.AsyncClient):
        async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
            frame = inspect.currentframe()
            while frame is not None and frame.f_code.co_name != "call_once":
                frames.append(frame.f_code.co_name)
                frame = frame.f_back
            return reply(201, INVOICE if resource == "invoices" else {"contact": {"id": 5}})

    async def call_once() -> None:
        if resource == "invoices":
            await client.invoices.create(1, invoice=BODY)
        else:
            await client.contacts.create(1, contact={"name": "A"})

    client = B2Brouter(KEY, http_client=Counting(), limiter=RecordingLimiter())
    await call_once()
    assert (frames[0], frames[-1]) == ("send", "create")
    assert len(frames) <= 10, frames
