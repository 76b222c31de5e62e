"""Waiting for tax reports: as for invoices, with ends of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from b2brouter_async import NotDeliveredError, WaitTimeout

if TYPE_CHECKING:
    from b2brouter_async import B2Brouter

    from .conftest import Server

pytestmark = pytest.mark.anyio


def reports(server: Server, monkeypatch: pytest.MonkeyPatch, states: Any) -> list[str]:
    """Serve tax reports whose state is a function of id and time; returns the paths that are asked for."""
    asked: list[str] = []

    def answer(self: Server, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        asked.append(path)
        if path.startswith("/tax_reports/"):
            number = int(path.rsplit("/", 1)[1])
            return httpx.Response(200, json={"tax_report": {"id": number, "state": states(number)}})
        assert "updated_at_from" in request.url.params
        rows = [{"id": number, "state": states(number)} for number in range(1, 21)]
        return httpx.Response(200, json={"tax_reports": rows, "meta": {"offset": 0, "limit": 500}})

    monkeypatch.setattr(type(server), "_answer", answer)
    return asked


@pytest.mark.parametrize("state", ["registered", "registered_with_errors", "annulled"])
async def test_a_report_is_waited_for_until_it_ends(
    client: B2Brouter, server: Server, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    reports(server, monkeypatch, lambda number: state if anyio.current_time() > 200 else "sending")
    assert (await client.tax_reports.wait_for(3)).state == state
    assert 200 < anyio.current_time() < 240


@pytest.mark.parametrize("state", ["error", "refused", "invalid"])
async def test_a_report_that_fails_ends_the_wait_with_its_state(
    client: B2Brouter, server: Server, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    reports(server, monkeypatch, lambda number: state)
    with pytest.raises(NotDeliveredError, match=f"tax report 3 is {state}") as ended:
        await client.tax_reports.wait_for(3)
    assert ended.value.state == state
    assert (await client.tax_reports.wait_for(3, until={state})).state == state


async def test_many_reports_share_a_look(
    client: B2Brouter, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = reports(
        server,
        monkeypatch,
        lambda number: "registered" if anyio.current_time() > 600 + number else "processing",
    )
    done: list[int] = []

    async def wait(number: int) -> None:
        done.append((await client.tax_reports.wait_for(number, timeout=2000)).id)

    async with anyio.create_task_group() as tasks:
        for number in range(1, 21):
            tasks.start_soon(wait, number)
    assert sorted(done) == list(range(1, 21))
    assert len(asked) < 75


async def test_a_report_that_does_not_end_is_a_timeout_with_its_state(
    client: B2Brouter, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports(server, monkeypatch, lambda number: "clearing")
    with pytest.raises(WaitTimeout, match="tax report 3") as late:
        await client.tax_reports.wait_for(3, timeout=60)
    assert late.value.last == "clearing"
