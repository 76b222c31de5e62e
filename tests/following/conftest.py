"""A server of invoices on a virtual clock: a day passes in seconds, and nothing waits for real."""

from __future__ import annotations

import datetime
import email.utils
import json
import re
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from attrs import define, field
from trio.testing import MockClock

from b2brouter_async import B2Brouter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

BEGIN = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC)
ACCOUNT = 483921


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    """Trio, whose clock jumps as soon as everybody waits."""
    return "trio", {"clock": MockClock(autojump_threshold=0)}


@define
class Server:
    """Lists and reads invoices, and counts what it is asked."""

    invoices: dict[int, dict[str, Any]] = field(factory=dict)
    lists: list[float] = field(factory=list)
    reads: list[int] = field(factory=list)
    fails: int = 0
    """How many requests are answered 503 from now on."""
    answer_reads: int | None = None
    """The status with which reads are answered; None is as usual."""
    says_date: bool = True
    passed: float | None = None
    """Seconds since the beginning; None goes by the virtual clock."""

    def now(self) -> datetime.datetime:
        passed = anyio.current_time() if self.passed is None else self.passed
        return BEGIN + datetime.timedelta(seconds=passed)

    def put(self, number: int, state: str, *, at: datetime.datetime | None = None, **fields: Any) -> None:
        moment = (at or self.now()).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.invoices[number] = {
            "id": number,
            "type": "IssuedInvoice",
            "number": f"F-{number}",
            "state": state,
            "state_updated_at": moment,
            **fields,
        }

    def answer(self, request: httpx.Request) -> httpx.Response:
        reply = self._answer(request)
        if self.says_date:
            reply.headers["Date"] = email.utils.format_datetime(self.now(), usegmt=True)
        return reply

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.fails:
            self.fails -= 1
            return httpx.Response(503)
        if found := re.fullmatch(r"/invoices/(\d+)", request.url.path):
            number = int(found[1])
            self.reads.append(number)
            if self.answer_reads is not None:
                return httpx.Response(self.answer_reads)
            if number not in self.invoices:
                return httpx.Response(404, json={"error": {"code": "resource_missing", "message": "no"}})
            return httpx.Response(200, json={"invoice": self.invoices[number]})
        self.lists.append(anyio.current_time())
        query = request.url.params
        since, offset, limit = (
            query["state_updated_at_from"],
            int(query.get("offset", 0)),
            int(query["limit"]),
        )
        kind = query["type"]
        rows = [
            row
            for row in self.invoices.values()
            if row["state_updated_at"][:10] >= since and row["type"] == kind
        ]
        meta = {"total_count": len(rows), "offset": offset, "limit": limit}
        return httpx.Response(
            200, content=json.dumps({"invoices": rows[offset : offset + limit], "meta": meta}).encode()
        )


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def client(server: Server) -> AsyncGenerator[B2Brouter]:
    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(server.answer)) as http,
        B2Brouter(
            "test_key",
            account=ACCOUNT,
            base_url="https://server.test",
            http_client=http,
            requests_per_minute=1_000_000,
            max_attempts=1,
        ) as client,
    ):
        yield client
