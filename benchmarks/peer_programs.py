"""What others need for the like of our calls. A program of its own, since they share packages with nobody here.

    .bench/bin/python benchmarks/peer_programs.py call openai         # prints: times the bare call of its own HTTP library
    .bench/bin/python benchmarks/peer_programs.py first openai URL    # prints: seconds of processor time, imports included
    .bench/bin/python benchmarks/peer_programs.py read cattrs page FILE    # prints: times json.loads of the same file

It imports nothing of this project. `peers.py` runs it and finds the interpreter.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module

# Not taken from `typing`, whose import is part of a first call as well.
TYPE_CHECKING = False

# Nothing that a first call has to import is imported here: it would be free for these, and not for us.
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import Any

KEY = "test_0123456789abcdef"
CALLS, RUNS = 100, 9
READINGS, SLICE = 15, 0.02
"""How often reading is measured, and for how many seconds each time; the best counts."""
REPLIES: dict[str, dict[str, Any]] = {
    "openai": {"id": "gpt-5", "object": "model", "created": 1686935002, "owned_by": "openai"},
    "anthropic": {
        "id": "claude",
        "type": "model",
        "display_name": "Claude",
        "created_at": "2026-02-19T00:00:00Z",
        "max_input_tokens": 0,
        "max_tokens": 0,
        "capabilities": None,
    },
    "stripe": {
        "id": "cus_1",
        "object": "customer",
        "created": 1680893993,
        "email": "a@example.com",
        "name": "A",
    },
    "githubkit": {
        "key": "mit",
        "name": "MIT License",
        "spdx_id": "MIT",
        "url": "https://api.github.com/licenses/mit",
        "node_id": "MDc6TGljZW5zZW1pdA==",
        "html_url": "https://choosealicense.com/licenses/mit/",
        "description": "short",
        "implementation": "put it into a file",
        "permissions": ["commercial-use"],
        "conditions": ["include-copyright"],
        "limitations": ["liability"],
        "body": "text",
        "featured": True,
    },
}
LIBRARY = {"openai": "httpx2", "anthropic": "httpx2"}
"""What speaks HTTP for whom; httpx for all others."""


def body(name: str) -> bytes:
    """Return what a server answers to a peer; one made of our spec reads the reply that ours does."""
    import json
    from pathlib import Path

    if name in REPLIES:
        return json.dumps(REPLIES[name]).encode()
    return (Path(__file__).parents[1] / "openapi" / "samples" / "invoice-detail.json").read_bytes()


def in_memory(name: str) -> tuple[Any, Any]:
    """Return a library and a transport of it that answers each request with the same bytes, read as from a connection."""
    library: Any = import_module(LIBRARY.get(name, "httpx"))
    content = body(name)
    headers = {"content-type": "application/json", "content-length": str(len(content))}

    class Stream(library.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield content

    class InMemory(library.AsyncBaseTransport):
        async def handle_async_request(self, request: Any) -> Any:
            return library.Response(200, headers=headers, stream=Stream())

    return library, InMemory()


def typed(name: str, url: str, transport: Any = None) -> Callable[[], Awaitable[object]]:
    """Return a typed call of one, over its own connections or a transport handed in."""
    return CALLERS[name](url, transport)


def _openai(url: str, transport: Any) -> Callable[[], Awaitable[object]]:
    from openai import AsyncOpenAI

    own = (
        {} if transport is None else {"http_client": import_module("httpx2").AsyncClient(transport=transport)}
    )
    client = AsyncOpenAI(api_key=KEY, base_url=url, **own)
    return lambda: client.models.retrieve("gpt-5")


def _anthropic(url: str, transport: Any) -> Callable[[], Awaitable[object]]:
    from anthropic import AsyncAnthropic

    own = (
        {} if transport is None else {"http_client": import_module("httpx2").AsyncClient(transport=transport)}
    )
    client = AsyncAnthropic(api_key=KEY, base_url=url, **own)
    return lambda: client.models.retrieve("claude")


def _httpx(url: str, transport: Any) -> Callable[[], Awaitable[object]]:
    """Nothing but the library below all of them: the floor."""
    import httpx

    client = httpx.AsyncClient(transport=transport)

    async def call() -> object:
        reply = await client.get(f"{url}/invoices/5.json", headers={"X-B2B-API-Key": KEY})
        return reply.json()

    return call


def _stripe(url: str, transport: Any) -> Callable[[], Awaitable[object]]:
    import stripe

    http = stripe.HTTPXClient()
    if transport is not None:
        http._client_async = import_module("httpx").AsyncClient(transport=transport)
    client = stripe.StripeClient(KEY, base_addresses={"api": url}, http_client=http)
    return lambda: client.v1.customers.retrieve_async("cus_1")


def _githubkit(url: str, transport: Any) -> Callable[[], Awaitable[object]]:
    from githubkit import GitHub

    # Without its cache of replies and its throttling, which ours has no like of, or has for itself.
    client = GitHub(KEY, base_url=url, async_transport=transport, http_cache=False, auto_retry=False)

    async def call() -> object:
        return (await client.rest.licenses.async_get("mit")).parsed_data

    return call


def _generated(url: str, transport: Any) -> Callable[[], Awaitable[object]]:
    from raw_client.api.invoices import get_invoice
    from raw_client.client import AuthenticatedClient

    arguments = {} if transport is None else {"transport": transport}
    client = AuthenticatedClient(url, KEY, prefix="", auth_header_name="X-B2B-API-Key", httpx_args=arguments)
    return lambda: get_invoice.asyncio(5, client=client)


CALLERS: dict[str, Callable[[str, Any], Callable[[], Awaitable[object]]]] = {
    "httpx": _httpx,
    "openai": _openai,
    "anthropic": _anthropic,
    "stripe": _stripe,
    "githubkit": _githubkit,
    "openapi-python-client": _generated,
}


async def cpu(call: Callable[[], Awaitable[object]]) -> float:
    began = time.process_time()
    for _ in range(CALLS):
        await call()
    return (time.process_time() - began) / CALLS


async def call(name: str) -> float:
    """Return what a typed call costs, as a multiple of a bare one."""
    import json
    import statistics

    url = "https://api.example.com/v1"
    library, transport = in_memory(name)
    own = typed(name, url, transport)
    http = library.AsyncClient(transport=transport)

    async def bare() -> object:
        reply = await http.get(
            f"{url}/one/5", headers={"Authorization": f"Bearer {KEY}", "Accept": "application/json"}
        )
        reply.raise_for_status()
        value: object = json.loads(reply.content)
        return value

    for one in (own, bare):
        await cpu(one)
    return statistics.median([await cpu(own) / await cpu(bare) for _ in range(RUNS)])


async def first(name: str, url: str) -> None:
    await typed(name, url)()


def read(name: str, what: str, path: str) -> float:
    """Return what it costs to read a reply into models, as a multiple of `json.loads`.

    Args:
        name: who reads.
        what: `page` for a page of invoices, `invoice` for one.
        path: the file with the reply.
    """
    import json
    from pathlib import Path

    content = Path(path).read_bytes()
    own = READERS[name](what, content)
    # Rounds of each in turn, so that a busy machine is busy for both.
    costs = [(_cost(own), _cost(lambda: json.loads(content))) for _ in range(READINGS)]
    return min(ours for ours, _ in costs) / min(bare for _, bare in costs)


def _cost(work: Callable[[], object]) -> float:
    times, began = 0, time.process_time()
    while (taken := time.process_time() - began) < SLICE:
        work()
        times += 1
    return taken / times


def _read_by_cattrs(what: str, content: bytes) -> Callable[[], object]:
    import datetime
    import decimal
    import json
    from typing import Any

    import attrs
    import cattrs

    assert what == "page"

    def model(called: str, /, **types: object) -> Any:
        fields = {one: attrs.field(default=None, type=kind | None) for one, kind in types.items()}  # type: ignore[operator]
        return attrs.make_class(called, fields, kw_only=True)

    texts = (
        "type",
        "number",
        "series_code",
        "state",
        "currency",
        "document_type_code",
        "transport_type_code",
    )
    texts += ("file_reference", "refuse_reason", "from_net")
    row = model(
        "Row",
        id=int,
        contact=model("Party", name=str, id=int, tin_value=str, country=str),
        **dict.fromkeys(texts, str),
        **dict.fromkeys(("date", "due_date"), datetime.date),
        **dict.fromkeys(("state_updated_at", "ack_at", "created_at", "updated_at"), datetime.datetime),
        **dict.fromkeys(("subtotal", "total"), decimal.Decimal),
        is_credit_note=bool,
        tax_report_ids=list[int],
        errors=list[Any],
    )
    converter = cattrs.Converter(detailed_validation=False)
    converter.register_structure_hook(decimal.Decimal, lambda value, _: value)
    for kind in (datetime.date, datetime.datetime):
        converter.register_structure_hook(kind, lambda value, _, read=kind.fromisoformat: read(value))
    return lambda: converter.structure(
        json.loads(content, parse_float=decimal.Decimal)["invoices"], list[row]
    )


def _read_by_generated(what: str, content: bytes) -> Callable[[], object]:
    import json

    from raw_client.models.invoice_list import InvoiceList
    from raw_client.models.invoice_response import InvoiceResponse

    model = {"page": InvoiceList, "invoice": InvoiceResponse}[what]
    return lambda: model.from_dict(json.loads(content))


READERS: dict[str, Callable[[str, bytes], Callable[[], object]]] = {
    "cattrs": _read_by_cattrs,
    "openapi-python-client": _read_by_generated,
}


def main(what: str, name: str, *more: str) -> None:
    if what == "call":
        import asyncio

        print(asyncio.run(call(name)))
        return
    if what == "read":
        print(read(name, *more))
        return
    # httpx and httpcore import these where they find them, and development has them.
    sys.modules |= dict.fromkeys(("click", "rich", "pygments", "trio"))  # type: ignore[arg-type]
    began = time.process_time()
    import asyncio

    asyncio.run(first(name, *more))
    print(time.process_time() - began)


if __name__ == "__main__":
    main(*sys.argv[1:])
