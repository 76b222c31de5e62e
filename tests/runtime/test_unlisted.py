"""What the spec doesn't have: an operation, a parameter, a key of a body, an address in a reply."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, assert_type

import pytest

from b2brouter_async import (
    ArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    Page,
    Reply,
    ServerError,
    UnparsableReplyError,
)
from b2brouter_async.models import Contact, Invoice

from .conftest import KEY, Wire, reply

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

INVOICE = {"invoice": {"id": 5, "number": "F-1", "state": "new"}}


async def test_a_path_is_called_as_every_operation_is(wire: Callable[..., Wire]) -> None:
    api = wire(reply(429), reply(200, {"orders": [{"id": 1, "total": 1.10}]}, X_B2B_API_Request_Id="r-1"))

    got = await api.client.request(
        "GET", "/accounts/12/orders", query={"state": ["new", "old"], "done": False, "x": None}
    )

    assert_type(got, Reply)
    assert api.lines == ["GET /accounts/12/orders?state=new&state=old&done=false"] * 2
    assert api.requests[0].headers["x-b2b-api-key"] == KEY
    assert api.limiter.outcomes == ["rejected", "ok"]
    assert (got.status, got.request_id) == (200, "r-1")
    assert got.json() == {"orders": [{"id": 1, "total": Decimal("1.1")}]}


async def test_the_reply_is_read_as_the_model_that_is_named(wire: Callable[..., Wire]) -> None:
    client = wire(reply(200, INVOICE)).client
    invoice = await client.request("GET", "/invoices/5", model=Invoice, unwrap="invoice")
    assert_type(invoice, Invoice)
    assert invoice.number == "F-1"

    client = wire(reply(200, {"contacts": [{"id": 2, "name": "Ana"}], "meta": {"total_count": 9}})).client
    page = await client.request("GET", "/people", model=Contact, items="contacts")
    assert_type(page, Page[Contact])
    assert (page.items[0].name, page.total_count) == ("Ana", 9)

    with pytest.raises(UnparsableReplyError, match=r"\$\.invoice"):
        await client.request("GET", "/invoices/5", model=Invoice, unwrap="invoice")


async def test_a_body_is_json_digit_by_digit_or_what_was_given(wire: Callable[..., Wire]) -> None:
    api = wire(reply(200, {}))

    await api.client.request("POST", "/orders", json={"total": Decimal("1.10"), "of": Contact(id=1)})
    await api.client.request("PUT", "/orders/1/file", content=b"<a/>", media_type="application/xml")

    assert api.requests[0].content == b'{"total":1.10,"of":{"id":1}}'
    assert (api.requests[1].content, api.requests[1].headers["content-type"]) == (b"<a/>", "application/xml")
    with pytest.raises(ArgumentError, match="float"):
        await api.client.request("POST", "/orders", json={"total": 1.1})
    with pytest.raises(ArgumentError, match="one body"):
        await api.client.request("POST", "/orders", json={}, content=b"")
    assert len(api.requests) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_what_changes_something_is_never_sent_twice_on_a_guess(
    method: str, wire: Callable[..., Wire]
) -> None:
    api = wire(reply(502), reply(200, {}))

    with pytest.raises(OutcomeUnknownError):
        await api.client.request(method, "/tax_reports/5")

    assert len(api.requests) == 1


async def test_a_get_is_repeated_and_its_errors_are_those_of_all_calls(wire: Callable[..., Wire]) -> None:
    api = wire(reply(502), reply(404, {"error": {"code": "resource_missing", "message": "gone"}}))

    with pytest.raises(NotFoundError, match="resource_missing") as caught:
        await api.client.request("GET", "/orders/5", deadline=30)

    assert (caught.value.method, caught.value.path, caught.value.attempts) == ("GET", "/orders/5", 2)
    with pytest.raises(ServerError):
        await wire(reply(500)).client.request("GET", "/orders/5", max_attempts=1)


@pytest.mark.parametrize(
    "path",
    [
        "orders", "", "//evil.example/x", "https://evil.example/x", "/a/../b", "/a/./b", "/a/%2e%2e/b", "/a//b",
        "/a/..%2fb", "/a?x=1", "/a#b", "/a\\b", "/a%5cb", "/a\nb", "/a%0ab", "/a%zz", "/", 5,
    ],
)  # fmt: skip
async def test_a_path_that_leads_elsewhere_is_refused_before_anything_is_sent(
    path: Any, wire: Callable[..., Wire]
) -> None:
    api = wire(reply(200, {}))

    with pytest.raises(ArgumentError, match="path: "):
        await api.client.request("GET", path)

    assert api.requests == []


async def test_a_path_is_percent_encoded_where_it_is_not(wire: Callable[..., Wire]) -> None:
    api = wire(reply(200, {}))
    await api.client.request("GET", "/directory/be/0208:1 é/a%2Fb/")
    assert api.lines == ["GET /directory/be/0208:1%20%C3%A9/a%2Fb/"]


@pytest.mark.parametrize("method", ["get", "HEAD", "CONNECT", "GET /x HTTP/1.1", ""])
async def test_a_method_is_one_of_five(method: str, wire: Callable[..., Wire]) -> None:
    with pytest.raises(ArgumentError, match="method: "):
        await wire(reply(200)).client.request(method, "/x")


async def test_a_key_without_a_model_is_refused(wire: Callable[..., Wire]) -> None:
    client: Any = wire(reply(200, INVOICE)).client
    with pytest.raises(ArgumentError, match="say model= too"):
        await client.request("GET", "/x", unwrap="invoice")
    with pytest.raises(ArgumentError, match="an object has the one"):
        await client.request("GET", "/x", model=Invoice, unwrap="invoice", items="invoices")


async def test_further_parameters_and_keys_go_beside_those_that_the_spec_has(
    wire: Callable[..., Wire],
) -> None:
    api = wire(reply(200, INVOICE))

    await api.client.invoices.create(
        3, invoice={"number": "F-1"}, extra_query={"dry_run": True, "tag": ["a", "b"], "none": None},
        extra_body={"channel": "shop", "null": None, "of": Contact(id=1)},
    )  # fmt: skip
    await api.client.invoices.send(5, extra_body={"note": "x"})

    assert api.lines[0] == "POST /accounts/3/invoices?dry_run=true&tag=a&tag=b"
    assert json.loads(api.requests[0].content) == {
        "invoice": {"number": "F-1"}, "channel": "shop", "null": None, "of": {"id": 1},
    }  # fmt: skip
    assert json.loads(api.requests[1].content) == {"note": "x"}
    assert api.requests[1].headers["content-type"] == "application/json"


async def test_every_page_of_a_list_gets_further_parameters(wire: Callable[..., Wire]) -> None:
    def page(request: Any) -> Any:
        first = request.url.params["offset"] == "0"
        return reply(
            200, {"contacts": [{"id": 1 if first else 2, "name": "A"}], "meta": {"limit": 1 if first else 9}}
        )

    api = wire(page)

    found = [row.id async for row in api.client.contacts.list(3, extra_query={"group": "x"})]

    assert found == [1, 2]
    assert all("group=x" in line for line in api.lines)
    assert len(api.lines) == 2


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"extra_query": {"offset": 3}}, "extra_query: 'offset' is sent already"),
        ({"extra_query": {"name": "A"}}, "extra_query: 'name' is sent already"),
        ({"extra_query": {"x": 1.5}}, "extra_query: x: float has no form"),
        ({"extra_query": {1: "x"}}, "extra_query: names are text"),
    ],
)
async def test_a_parameter_is_not_sent_twice(options: Any, problem: str, wire: Callable[..., Wire]) -> None:
    api = wire(reply(200, {"contacts": []}))
    with pytest.raises(ArgumentError, match=problem):
        await api.client.contacts.list(3, name="A", offset=1, **options)
    assert api.requests == []


async def test_a_key_is_not_sent_twice_and_needs_a_json_object(wire: Callable[..., Wire]) -> None:
    api = wire(reply(200, INVOICE))
    with pytest.raises(ArgumentError, match="extra_body: 'invoice' is sent already"):
        await api.client.invoices.create(3, invoice={}, extra_body={"invoice": {}})
    with pytest.raises(ArgumentError, match="extra_body: this request carries no JSON object"):
        await api.client.invoices.import_document(3, content=b"<a/>", extra_body={"x": 1})
    with pytest.raises(ArgumentError, match=r"extra_body: .*float"):
        await api.client.invoices.create(3, invoice={}, extra_body={"x": 1.5})
    with pytest.raises(TypeError, match=r"with_options.* 'extra_body'"):
        api.client.with_options(extra_body={})  # type: ignore[call-arg]
    assert api.requests == []


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("/invoices/5/as/legal", "GET /invoices/5/as/legal"),
        ("/invoices/5/as/legal?a=1&b=%20", "GET /invoices/5/as/legal?a=1&b=%20"),
        ("https://api.b2brouter.net/invoices/5/as/legal#x", "GET /invoices/5/as/legal"),
        ("HTTPS://API.b2brouter.net:443/x", "GET /x"),
    ],
)
async def test_an_address_of_the_api_is_followed_with_the_key(
    url: str, line: str, wire: Callable[..., Wire]
) -> None:
    api = wire(reply(200, {"a": 1}, content_type="application/xml; charset=utf-8"))

    file = await api.client.get_url(url)

    assert api.lines == [line]
    assert api.requests[0].headers["x-b2b-api-key"] == KEY
    assert api.requests[0].headers["accept"] == "*/*"
    assert json.loads(file.content) == {"a": 1}


async def test_an_address_below_a_gateway_stays_below_it(wire: Callable[..., Wire]) -> None:
    api = wire(reply(200, {}), base_url="https://gateway.example/b2b")
    await api.client.get_url("/invoices/5")
    await api.client.get_url("https://gateway.example/b2b/invoices/5")
    assert api.lines == ["GET /b2b/invoices/5"] * 2
    with pytest.raises(ArgumentError):
        await api.client.get_url("https://gateway.example/other")
    with pytest.raises(ArgumentError):
        await api.client.get_url("/../other")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x", "http://api.b2brouter.net/x", "https://api.b2brouter.net:444/x", "//evil.example/x",
        "https://api.b2brouter.net@evil.example/x", "https://me:pw@api.b2brouter.net/x", "x", "", "ftp://api.b2brouter.net/x",
        "https://api.b2brouter.net\\@evil.example/x", "https://api.b2brouter.net.evil.example/x", "/a\nb", "/\\evil.example/x",
        "https://[::1", None,
    ],
)  # fmt: skip
async def test_the_key_goes_to_no_other_host(url: Any, wire: Callable[..., Wire]) -> None:
    api = wire(reply(200, {}))

    with pytest.raises(ArgumentError, match=r"url: .*the key goes nowhere else"):
        await api.client.get_url(url)

    assert api.requests == []
