"""Small answers are asked for once in a while, by one client for itself; nobody can change another one's."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from attrs import evolve

from b2brouter_async import (
    APIStatusError,
    B2Brouter,
    CacheSettings,
    CallError,
    ClientClosedError,
    ConfigurationError,
    DeadlineExceeded,
    NotFoundError,
    UnparsableReplyError,
)
from b2brouter_async.models import DirectoryEntry, DirectoryPending
from b2brouter_async.pytest_plugin import make_client
from b2brouter_async.simulator import Key, Simulator

from .support import together

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

HOUR = 3600.0


def asked(simulator: Simulator) -> int:
    return simulator.requests()


@pytest.mark.parametrize("name", ["document_types", "transport_types", "invoice_states", "schemes"])
async def test_a_code_list_is_asked_for_once_a_day(
    simulator: Simulator, client: B2Brouter, name: str
) -> None:
    first = await getattr(client.code_lists, name)()
    assert await getattr(client.account(5).code_lists, name)() == first
    assert await getattr(client.with_options(timeout=5).code_lists, name)() == first
    assert asked(simulator) == 1
    simulator.advance(24 * HOUR - 1)
    await getattr(client.code_lists, name)()
    assert asked(simulator) == 1
    simulator.advance(2)
    await getattr(client.code_lists, name)()
    assert asked(simulator) == 2


async def test_what_one_caller_changes_no_other_sees(client: B2Brouter) -> None:
    first = await client.code_lists.schemes()
    first[0].code = "changed"
    first.clear()
    second = await client.code_lists.schemes()
    assert second
    assert second[0].code != "changed"
    results = await together(*[lambda: client.code_lists.transport_types() for _ in range(3)])
    results[0][0].code = "changed"
    assert results[1][0].code != "changed"


async def test_a_party_is_kept_for_an_hour_and_one_that_is_not_there_is_not(
    simulator: Simulator, client: B2Brouter
) -> None:
    found = await client.directory.wait_for("be", "0214596464")
    before = asked(simulator)
    assert await client.directory.lookup("be", "0214596464") == found
    assert asked(simulator) == before
    simulator.advance(HOUR + 1)
    assert isinstance(await client.directory.lookup("be", "0214596464"), DirectoryEntry)
    assert asked(simulator) == before + 1
    for _ in range(2):
        with pytest.raises(NotFoundError):
            await client.directory.wait_for("be", "0999999999")
    assert asked(simulator) > before + 2
    simulator.add_party("be", "0208", "0999999999", "Nieuw NV")
    assert (await client.directory.wait_for("be", "0999999999")).name == "Nieuw NV"


async def test_an_answer_under_way_is_not_kept(simulator: Simulator, client: B2Brouter) -> None:
    for _ in range(2):
        assert isinstance(await client.directory.lookup("be", "0214596464"), DirectoryPending)
    assert asked(simulator) == 2
    check = await client.tin_verifications.create([{"tin_value": "B01234566", "name": "A"}], country="es")
    assert check.id is not None
    for _ in range(2):
        assert (await client.tin_verifications.get(str(check.id))).status == "pending"
    assert asked(simulator) == 5
    simulator.advance(5)
    for _ in range(2):
        assert (await client.tin_verifications.get(str(check.id))).status == "finished"
    assert asked(simulator) == 6
    simulator.advance(24 * HOUR + 1)
    await client.tin_verifications.get(str(check.id))
    assert asked(simulator) == 7


@pytest.mark.parametrize("fault", ["500", "404", "401", "truncate", "204"])
async def test_an_error_is_not_kept(
    simulator: Simulator, program: Callable[..., B2Brouter], fault: str
) -> None:
    client = program(max_attempts=1)
    simulator.faults.script("GET /schemes", [fault])
    with pytest.raises(CallError):
        await client.code_lists.schemes()
    assert await client.code_lists.schemes()
    assert asked(simulator) == 2


async def test_equal_requests_at_once_are_one(
    simulator: Simulator, program: Callable[..., B2Brouter]
) -> None:
    async def slowly(attempt: Any, send: Any) -> Any:
        await anyio.wait_all_tasks_blocked()
        return await send(attempt)

    client = program(middleware=[slowly])
    results = await together(*[lambda: client.code_lists.schemes() for _ in range(20)])
    assert asked(simulator) == 1
    assert all(result == results[0] for result in results)


async def test_an_error_is_shared_with_who_asked_at_the_same_time_as_an_object_of_their_own(
    simulator: Simulator, program: Callable[..., B2Brouter]
) -> None:
    async def slowly(attempt: Any, send: Any) -> Any:
        await anyio.wait_all_tasks_blocked()
        return await send(attempt)

    client = program(max_attempts=1, middleware=[slowly])
    simulator.faults.script("GET /schemes", ["404"])
    errors = await together(*[lambda: client.code_lists.schemes() for _ in range(3)])
    assert asked(simulator) == 1
    assert all(isinstance(error, APIStatusError) and error.status == 404 for error in errors)
    errors[1].add_note("mine")
    assert not hasattr(errors[2], "__notes__")
    assert len({id(error) for error in errors}) == 3


async def test_who_waits_for_another_call_is_not_cancelled_with_it(
    simulator: Simulator, program: Callable[..., B2Brouter]
) -> None:
    begun, go = anyio.Event(), anyio.Event()

    async def hold(attempt: Any, send: Any) -> Any:
        if not begun.is_set():
            begun.set()
            await go.wait()
        return await send(attempt)

    client = program(middleware=[hold])
    results: list[Any] = []

    async def ask() -> None:
        results.append(await client.code_lists.schemes())

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            first = anyio.CancelScope()

            async def ask_first() -> None:
                with first:
                    await ask()

            tasks.start_soon(ask_first)
            await begun.wait()
            tasks.start_soon(ask)
            tasks.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            first.cancel()
    assert len(results) == 2
    assert asked(simulator) == 1


async def test_who_waits_for_another_call_keeps_its_own_deadline(
    simulator: Simulator, program: Callable[..., B2Brouter]
) -> None:
    begun, go = anyio.Event(), anyio.Event()

    async def hold(attempt: Any, send: Any) -> Any:
        begun.set()
        await go.wait()
        return await send(attempt)

    client = program(middleware=[hold])
    scopes: list[anyio.CancelScope] = []

    def within(seconds: float | None) -> anyio.CancelScope:
        scopes.append(anyio.CancelScope())
        return scopes[-1]

    client.caller.pipeline.within = within
    errors: list[Any] = []

    async def ask() -> None:
        try:
            await client.code_lists.schemes(deadline=5)
        except DeadlineExceeded as error:
            errors.append(error)

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await begun.wait()
            tasks.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            scopes[1].cancel()  # the second one's time is over
            await anyio.wait_all_tasks_blocked()
            go.set()
    (error,) = errors
    assert error.operation == "code_lists.schemes"
    assert "5 s" in str(error)


@pytest.mark.parametrize("cache", [False, CacheSettings(code_lists=0), CacheSettings(most_bytes=0)])
async def test_the_cache_can_be_turned_off(
    simulator: Simulator, program: Callable[..., B2Brouter], cache: bool | CacheSettings
) -> None:
    client = program(cache=cache)
    for _ in range(2):
        await client.code_lists.schemes()
    assert asked(simulator) == 2
    client.clear_cache()


async def test_times_are_chosen_for_each_kind(
    simulator: Simulator, program: Callable[..., B2Brouter]
) -> None:
    client = program(cache=CacheSettings(code_lists=10))
    await client.code_lists.schemes()
    simulator.advance(11)
    await client.code_lists.schemes()
    assert asked(simulator) == 2
    with pytest.raises(ConfigurationError, match="cache"):
        program(cache="yes")
    with pytest.raises(ValueError, match="directory"):
        CacheSettings(directory=-1)


async def test_what_is_kept_is_forgotten_on_request_also_what_was_under_way(
    simulator: Simulator, program: Callable[..., B2Brouter]
) -> None:
    clients: list[B2Brouter] = []

    async def forget_meanwhile(attempt: Any, send: Any) -> Any:
        reply = await send(attempt)
        if simulator.requests() == 2:
            clients[0].clear_cache()
        return reply

    clients.append(program(middleware=[forget_meanwhile]))
    await clients[0].code_lists.schemes()
    clients[0].account(5).clear_cache()
    await clients[0].code_lists.schemes()
    assert asked(simulator) == 2
    await clients[0].code_lists.schemes()
    assert asked(simulator) == 3


async def test_nothing_is_kept_across_keys_versions_and_headers() -> None:
    simulator = Simulator(limit=None, keys=[Key("test_other", group="other")])
    one = make_client(simulator, limit=None)
    other = make_client(simulator, limit=None)
    older = make_client(simulator, limit=None, api_version="2026-04-20")
    for client in (one, other, older):
        await client.code_lists.schemes()
    assert asked(simulator) == 3
    await one.code_lists.schemes(headers={"Accept-Language": "es"})
    assert asked(simulator) == 4
    await one.code_lists.schemes(extra_query={"x": 1})
    assert asked(simulator) == 5


async def test_large_answers_and_old_ones_make_room(
    simulator: Simulator, program: Callable[..., B2Brouter]
) -> None:
    async def large(attempt: Any, send: Any) -> Any:
        reply = await send(attempt)
        return evolve(reply, content=reply.content + b" " * (60_000 - len(reply.content)))

    client = program(cache=CacheSettings(most_bytes=130_000), middleware=[large])
    for name in (
        "schemes",
        "document_types",
        "transport_types",
        "transport_types",
        "document_types",
        "schemes",
    ):
        await getattr(client.code_lists, name)()
    assert asked(simulator) == 4


async def test_a_closed_client_answers_nothing(simulator: Simulator, client: B2Brouter) -> None:
    await client.code_lists.schemes()
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await client.code_lists.schemes()


async def test_a_result_that_is_old_already_is_kept_the_rest_of_its_day(
    simulator: Simulator, program: Callable[..., B2Brouter]
) -> None:
    async def dated(attempt: Any, send: Any) -> Any:
        import email.utils

        reply = await send(attempt)
        return evolve(reply, headers={**reply.headers, "date": email.utils.formatdate(simulator.now)})

    client = program(middleware=[dated])
    check = await client.tin_verifications.create([{"tin_value": "B01234566", "name": "A"}], country="es")
    simulator.advance(20 * HOUR)
    await client.tin_verifications.get(str(check.id))
    before = asked(simulator)
    simulator.advance(3 * HOUR)
    await client.tin_verifications.get(str(check.id))
    assert asked(simulator) == before
    simulator.advance(2 * HOUR)
    await client.tin_verifications.get(str(check.id))
    assert asked(simulator) == before + 1


def test_the_cache_is_loaded_with_the_first_answer_that_is_kept() -> None:
    program = (
        "import sys, b2brouter_async\nb2brouter_async.B2Brouter('test_x')\nprint('cachetools' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


async def test_a_forked_process_begins_with_nothing_and_waits_for_no_lock(
    client: B2Brouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = client.caller.answers
    assert answers is not None
    answers.put("directory", "key", "value", 1)
    assert answers.get("directory", "key") == "value"
    with answers._alone():  # as another thread would at the moment of the fork
        monkeypatch.setattr(os, "getpid", lambda: -1)
        assert answers.get("directory", "key") is None
    answers.put("directory", "key", "value", 1)
    assert answers.get("directory", "key") == "value"


# Checks of tax numbers

ACME: Any = {"tin_value": "ESB01234566", "name": "Acme SL"}


async def test_a_tax_number_is_checked_once_a_day(simulator: Simulator, client: B2Brouter) -> None:
    (first,) = await client.tin_verifications.verify([ACME])
    assert (first.status, first.tin_value) == ("valid", "ESB01234566")
    before = asked(simulator)
    first.status = "changed"
    results = await client.tin_verifications.verify([{"tin_value": "b-01234566", "name": "ACME  SL"}, ACME])
    assert [result.status for result in results] == ["valid", "valid"]
    assert asked(simulator) == before
    # Whether it belongs to another name is another question.
    mixed = await client.tin_verifications.verify(
        [{"tin_value": "B01234567", "name": "x"}, ACME, {"tin_value": "B01234566", "name": "Other"}]
    )
    assert [result.status for result in mixed] == ["invalid", "valid", "valid"]
    sent = [entry.method for entry in simulator.log()].count("POST")
    assert sent == 2
    simulator.advance(24 * HOUR)
    await client.tin_verifications.verify([ACME])
    assert [entry.method for entry in simulator.log()].count("POST") == 3


async def test_what_one_caller_changes_in_an_outcome_no_other_sees(program: Callable[..., B2Brouter]) -> None:
    async def more(attempt: Any, send: Any) -> Any:
        reply = await send(attempt)
        return evolve(
            reply, content=reply.content.replace(b'"status":"valid"', b'"status":"valid","about":{"a":[]}')
        )

    client = program(middleware=[more])
    for _ in range(3):
        first, second = await client.tin_verifications.verify([ACME, ACME])
        about: Any = first.additional_properties["about"]
        about["a"].append("changed")
        assert second.additional_properties["about"] == {"a": []}


async def test_an_outcome_that_nobody_knows_is_not_kept(
    simulator: Simulator, program: Callable[..., B2Brouter]
) -> None:
    async def unavailable(attempt: Any, send: Any) -> Any:
        reply = await send(attempt)
        return evolve(reply, content=reply.content.replace(b'"valid"', b'"unavailable"'))

    client = program(middleware=[unavailable])
    for number in range(2):
        (result,) = await client.tin_verifications.verify([ACME])
        assert result.status == "unavailable", number
    assert [entry.method for entry in simulator.log()].count("POST") == 2
    assert (await client.tin_verifications.verify([])) == []


async def test_outcomes_are_told_apart_by_their_numbers_where_the_order_is_another(
    program: Callable[..., B2Brouter],
) -> None:
    import simplejson

    answered = 9

    async def turned(attempt: Any, send: Any) -> Any:
        reply = await send(attempt)
        body = simplejson.loads(reply.content) if attempt.method == "GET" else {}
        if not body.get("tin_verification", {}).get("results"):
            return reply
        body["tin_verification"]["results"] = body["tin_verification"]["results"][::-1][:answered]
        return evolve(reply, content=simplejson.dumps(body).encode())

    entities: Any = [{"tin_value": "B01234567", "name": "x"}, ACME]
    client = program(middleware=[turned], cache=False)
    results = await client.tin_verifications.verify(entities)
    assert [result.status for result in results] == ["invalid", "valid"]
    answered = 1
    with pytest.raises(UnparsableReplyError, match="no outcome for B01234567"):
        await client.tin_verifications.verify(entities)
