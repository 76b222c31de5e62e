"""Whatever a server or a proxy answers, a call ends in a value or in an error of this package."""

from __future__ import annotations

import re
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import simplejson
from hypothesis import example, given, settings
from hypothesis import strategies as st

import b2brouter_async
from b2brouter_async import B2Brouter, B2BrouterError
from b2brouter_async._core.requests import Request
from b2brouter_async.limiter import TokenBucket

if TYPE_CHECKING:
    from b2brouter_async._core.operation import Operation

API = Path(b2brouter_async.__file__).parent / "generated" / "api"
OPERATIONS: dict[str, Operation[Any]] = {
    f"{path.parent.name}.{path.stem}": import_module(
        f"b2brouter_async.generated.api.{path.parent.name}.{path.stem}"
    ).OPERATION
    for path in sorted(API.glob("*/*.py"))
    if path.stem != "__init__"
}

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["2026-02-30", "1e999", "-0.00", "sent", "", " ", "2026-01-01T00:00:00Z", "12.10"])
)
KEYS = [
    "invoice", "invoices", "meta", "total_count", "limit", "offset", "id", "number", "state", "total", "date", "errors", "error",
    "message", "code", "param", "contact", "contacts", "taxes", "data", "account", "accounts", "name", "created_at", "results",
]  # fmt: skip
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=12,
)


def as_json(value: object) -> bytes:
    return bytes(simplejson.dumps(value), "utf-8")


bodies = (
    st.binary(max_size=200)
    | json_values.map(as_json)
    | json_values.map(as_json).map(lambda content: content[: len(content) // 2])
    | st.sampled_from(
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b"<html><body>502 Bad Gateway</body></html>",
            b"\xff\xfe\x00",
            b"\xef\xbb\xbf{}",
            b"[" * 100_000,
            b'{"a":' * 5_000,
            b"9" * 10_000,
            b"1e999999999",
            b'{"invoice": {"id": 1e400}}',
            b"NaN",
            b'{"invoices": [null], "meta": null}',
            b'"' + b"\\ud800" + b'"',
        ]
    )
)
headers = st.dictionaries(
    st.sampled_from(["Content-Type", "Retry-After", "X-B2B-API-Request-Id", "Location", "Date", "X-RateLimit-Reset"]),
    st.sampled_from(
        [
            "application/json", "application/json; charset=utf-16", "text/html", "application/pdf", "nonsense", "0", "-5", "1e9",
            "Thu, 01 Jan 1970 00:00:00 GMT", "/other", "http://127.0.0.1:1/", "//x", "999999999999999999999",
        ]
    ),
    max_size=3,
)  # fmt: skip
statuses = st.sampled_from(
    [200, 201, 202, 203, 204, 206, 299, 300, 301, 302, 304, 307, 400, 401, 403, 404, 405, 406]
) | (
    st.sampled_from(
        [408, 409, 410, 413, 415, 418, 422, 424, 429, 431, 451, 500, 501, 502, 503, 504, 520, 599]
    )
)


@settings(max_examples=600)
@given(name=st.sampled_from(sorted(OPERATIONS)), status=statuses, headers=headers, content=bodies)
@example("invoices.get", 200, {"Content-Type": "application/json"}, b"[" * 100_000)
@example("invoices.list_", 200, {}, b'{"invoices": [null], "meta": null}')
def test_a_call_ends_in_a_value_or_in_an_error_of_this_package(
    name: str, status: int, headers: dict[str, str], content: bytes
) -> None:
    operation = OPERATIONS[name]
    request = Request(re.sub(r"\{\w+\}", "1", operation.path))

    asked: list[httpx.Request] = []

    async def answer(one: httpx.Request) -> httpx.Response:
        asked.append(one)
        return httpx.Response(status, headers=headers, content=content)

    async def no_time(seconds: float) -> None:
        await anyio.lowlevel.checkpoint()

    async def call() -> None:
        limiter = TokenBucket(10**6, 0.01)
        async with (
            httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http,
            B2Brouter("test_any_reply", http_client=http, limiter=limiter, max_attempts=1) as client,
        ):
            client.caller.pipeline.sleep = no_time
            with suppress(B2BrouterError):
                await client.caller.call(operation, request, {})

    anyio.run(call)
    assert asked
