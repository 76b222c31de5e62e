"""A request without content is made in another way than the library's own, and is the same request."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async._call.http_library import NAMES, http_library

if TYPE_CHECKING:
    from collections.abc import Mapping

    from b2brouter_async._call.http_library import TransportName

URL = "https://api.b2brouter.net/invoices"
HEADERS = {"Accept-Encoding": "gzip", "Accept": "application/json", "X-B2B-API-Key": "test_0123456789abcdef"}
CLIENTS: dict[str, dict[str, Any]] = {
    "no client": {},
    "a plain client": {"headers": None},
    "headers of its own": {"headers": {"User-Agent": "theirs", "X-Theirs": "1", "accept": "text/html"}},
    "a host of its own": {"headers": {"host": "elsewhere"}},
    "cookies": {"cookies": {"session": "1"}},
    "parameters": {"params": {"tenant": "1"}},
    "a root of its own": {"base_url": "https://elsewhere/root"},
}
QUERIES: dict[str, tuple[tuple[str, str], ...]] = {
    "no query": (),
    "a query": (("state", "new"), ("state", "sent"), ("name", "Müller & Söhne/ +")),
}

pytestmark = pytest.mark.parametrize("name", NAMES)


async def trace(event: str, info: Mapping[str, object]) -> None:
    raise AssertionError("nothing is sent")


def made(name: TransportName, client: Any, query: tuple[tuple[str, str], ...], **other: Any) -> Any:
    given: dict[str, Any] = {"headers": HEADERS, "content": None, "seconds": 30.0, **other}
    return http_library(name).new_request("GET", URL, query=query, trace=trace, client=client, **given)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("settings", CLIENTS.values(), ids=CLIENTS)
def test_it_is_what_the_library_makes(
    name: TransportName, settings: dict[str, Any], query: tuple[tuple[str, str], ...]
) -> None:
    module = importlib.import_module(name)
    client = module.AsyncClient(**settings) if settings else None
    timeout = module.Timeout(30.0, connect=10.0)
    if client is None:
        extensions = {"trace": trace, "timeout": timeout.as_dict()}
        expected = module.Request("GET", URL, params=query or None, headers=HEADERS, extensions=extensions)
    else:
        expected = client.build_request(
            "GET", URL, params=query or None, headers=HEADERS, timeout=timeout, extensions={"trace": trace}
        )
    request = made(name, client, query)
    assert (request.method, str(request.url)) == ("GET", str(expected.url))
    assert sorted(request.headers.raw) == sorted(expected.headers.raw)
    assert [key.lower() for key, _ in request.headers.raw].count(b"host") == 1
    assert request.extensions == expected.extensions
    assert request.content == expected.content == b""


def test_a_client_that_makes_its_requests_itself_is_asked(name: TransportName) -> None:
    module = importlib.import_module(name)

    class Signing(module.AsyncClient):  # type: ignore[misc, name-defined]
        def build_request(self, *arguments: Any, **settings: Any) -> Any:
            request = super().build_request(*arguments, **settings)
            request.headers["X-Signature"] = "signed"
            return request

    assert made(name, Signing(), ()).headers["x-signature"] == "signed"


def test_a_header_that_is_no_ascii_is_no_request(name: TransportName) -> None:
    with pytest.raises(UnicodeEncodeError):
        made(name, None, (), headers={"X-Name": "Müller"})
