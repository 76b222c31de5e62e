"""Web hooks on the server: made once, changed where they must be, replaced on request; the secret shows nowhere."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from b2brouter_async import ArgumentError, B2Brouter
from b2brouter_async.models import TransportInput, WebHook
from b2brouter_async.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

pytestmark = pytest.mark.anyio
URL = "https://shop.example.com/hooks/b2brouter"
EVENTS = ["issued_invoice.state_change", "received_invoice.created"]


@pytest.fixture
async def client(anyio_backend: str) -> AsyncGenerator[B2Brouter]:
    import httpx

    simulator = Simulator()
    async with (
        httpx.AsyncClient(transport=simulator.transport()) as http,
        B2Brouter(simulator.api_key, base_url=simulator.base_url, http_client=http) as client,
    ):
        yield client


async def test_a_new_web_hook_brings_its_secret_once(
    client: B2Brouter, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        made = await client.web_hooks.ensure(URL, EVENTS)
        secret = made.signing_secret
        assert secret
        assert secret.startswith("whsec_")
        again = await client.web_hooks.ensure(URL, EVENTS, secret=secret)
    assert (again.id, again.signing_secret) == (made.id, None)
    assert len((await client.web_hooks.list()).items) == 1
    assert secret not in repr(made)
    assert secret not in caplog.text
    assert "its secret was told once" not in caplog.text


async def test_one_whose_secret_nobody_has_is_told_of(
    client: B2Brouter, caplog: pytest.LogCaptureFixture
) -> None:
    await client.web_hooks.ensure(URL, EVENTS)
    await client.web_hooks.ensure(URL, EVENTS)
    assert "its secret was told once" in caplog.text
    assert "replace=True" in caplog.text


async def test_events_are_changed_and_a_disabled_one_is_enabled(client: B2Brouter) -> None:
    made = await client.web_hooks.ensure(URL, EVENTS[:1])
    changed = await client.web_hooks.ensure(URL, EVENTS, secret="x")
    assert (changed.id, sorted(map(str, changed.events or []))) == (made.id, sorted(EVENTS))
    await client.web_hooks.update(made.id, web_hook={"url": URL, "events": EVENTS, "enabled": False})
    assert (await client.web_hooks.ensure(URL, EVENTS, secret="x")).enabled is True


async def test_replacing_makes_the_new_one_before_the_old_ones_go(client: B2Brouter) -> None:
    first = await client.web_hooks.ensure(URL, EVENTS)
    second = await client.web_hooks.create(web_hook={"url": URL, "events": EVENTS})
    other = await client.web_hooks.ensure(URL + "/other", EVENTS)
    made = await client.web_hooks.ensure(URL, EVENTS, replace=True)
    assert made.signing_secret not in (None, first.signing_secret, second.signing_secret)
    assert sorted(hook.id for hook in (await client.web_hooks.list()).items) == sorted([other.id, made.id])


async def test_several_on_one_address_are_told_of(
    client: B2Brouter, caplog: pytest.LogCaptureFixture
) -> None:
    first = await client.web_hooks.ensure(URL, EVENTS)
    await client.web_hooks.create(web_hook={"url": URL, "events": EVENTS})
    assert (await client.web_hooks.ensure(URL, EVENTS, secret="x")).id == first.id
    assert "each event comes several times" in caplog.text


async def test_nothing_is_sent_for_what_can_not_be(client: B2Brouter) -> None:
    with pytest.raises(ArgumentError, match="url"):
        await client.web_hooks.ensure("", EVENTS)
    nothing: list[str] = []
    for events in (nothing, "issued_invoice.state_change"):
        with pytest.raises(ArgumentError, match="events"):
            await client.web_hooks.ensure(URL, events)


def test_a_models_secret_is_in_no_repr_and_still_written() -> None:
    hook = WebHook.from_dict({"id": 7, "signing_secret": "whsec_very-private"})
    assert "very-private" not in repr(hook)
    assert hook.to_dict()["signing_secret"] == "whsec_very-private"
    transport = TransportInput(code="x", username="ana", password="very-private")
    assert "very-private" not in repr(transport)
    assert transport.to_dict()["password"] == "very-private"
