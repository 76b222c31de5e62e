"""What docs/calls.md shows of middleware and hooks does what it says there."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import httpx
import pytest

from b2brouter_async import Attempt, B2Brouter, Middleware, Next, Reply
from b2brouter_async.simulator import Simulator
from examples.sample_invoices import ubl_invoice

from .shown import ANYWHERE, on_server, run
from .test_docs import examples

PAGE = Path(__file__).parents[1] / "docs" / "calls.md"


@pytest.mark.anyio
async def test_middleware_and_hooks_see_take_part_and_answer(capsys: pytest.CaptureFixture[str]) -> None:
    shown = [one for one in examples(PAGE) if "middleware=" in one or "event_hooks=" in one]
    simulator = Simulator()
    names: dict[str, object] = dict(ANYWHERE)
    async with simulator.serve() as url, B2Brouter(simulator.api_key, base_url=url) as client:
        account = (await client.accounts.list()).items[0].id
        first = await client.invoices.import_document(account, content=ubl_invoice(number="FIRST"))
        for example in shown:
            example = on_server(example, simulator, url).replace("(5)", f"({first.id})")
            await run(example, PAGE.name, names)

        assert len(shown) == 3
        assert names["seen"] == [("accounts.list", 1, 200)]
        assert names["statuses"] == [200]
        assert "409 The books are closed until Monday." in capsys.readouterr().out
        assert (await client.invoices.get(first.id)).state == "new"  # nothing was sent

    sent: list[Attempt] = []

    async def send(attempt: Attempt) -> Reply:
        sent.append(attempt)
        return Reply(status=200, headers={}, content=b"")

    attempt = Attempt("accounts.list", 1, "GET", "/accounts", (), {"accept": "application/json"}, None)
    await cast("Middleware", names["named"])(attempt, send)
    assert sent[0].headers == {"accept": "application/json", "X-Job": "month-end"}


@pytest.mark.anyio
async def test_what_a_middleware_or_a_hook_raises_ends_the_call() -> None:
    class Mine(Exception):
        pass

    tried: list[int] = []

    async def fails(attempt: Attempt, send: Next) -> Reply:
        tried.append(attempt.number)
        raise Mine

    async def hook(request: httpx.Request) -> None:
        tried.append(-1)
        raise Mine

    simulator = Simulator()
    async with B2Brouter(
        simulator.api_key,
        base_url=simulator.base_url,
        http_client=httpx.AsyncClient(transport=simulator.transport()),
        middleware=[fails],
    ) as client:
        with pytest.raises(Mine):
            await client.accounts.list()
    async with B2Brouter(
        simulator.api_key,
        base_url=simulator.base_url,
        http_client=httpx.AsyncClient(transport=simulator.transport(), event_hooks={"request": [hook]}),
    ) as client:
        with pytest.raises(Mine):
            await client.accounts.list()
    assert tried == [1, -1]
