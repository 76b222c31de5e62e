"""Contacts are found whatever their numbers' spelling, made once, and never mixed up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest
import simplejson
from attrs import evolve

from b2brouter_async import (
    AmbiguousMatchError,
    ArgumentError,
    AuthenticationError,
    B2Brouter,
    ConflictError,
    OutcomeUnknownError,
    UnparsableReplyError,
    UnprocessableError,
)
from b2brouter_async.models import ContactInput
from b2brouter_async.pytest_plugin import make_client
from b2brouter_async.simulator import Simulator, frozen

from .support import Meeting, but, together

pytestmark = pytest.mark.anyio

Program = Callable[..., B2Brouter]
CREATE, LIST, UPDATE, DELETE = (
    "POST /accounts/{}/contacts",
    "GET /accounts/{}/contacts",
    "PUT /contacts/{}",
    "DELETE /contacts/{}",
)
ACME: Any = {"name": "Acme SL", "tin_value": "ESB12345678", "country": "es"}


async def add(client: B2Brouter, **fields: Any) -> int:
    return (await client.contacts.create(contact=but({"name": "Acme SL"}, fields))).id


async def ids(client: B2Brouter) -> list[int]:
    return sorted([contact.id async for contact in client.contacts.list()])


def writes(simulator: Simulator) -> list[str]:
    return [entry.method for entry in simulator.log() if entry.method != "GET"]


# Finding


@pytest.mark.parametrize(
    "spelling", ["ESB12345678", "es b-12.345.678", "B12345678", " b 12345678 ", "NIF B12345678"]
)
async def test_a_contact_is_found_by_its_tax_number_in_any_spelling(client: B2Brouter, spelling: str) -> None:
    number = await add(client, tin_value="ES-B12345678", country="es")
    await add(client, name="Other", tin_value="ESB12345679", country="es")
    found = await client.contacts.find_by_tin(spelling)
    assert found is not None
    assert found.id == number
    assert await client.contacts.find_by_cin(spelling) is None


async def test_a_contact_is_found_by_its_company_number_and_scheme(client: B2Brouter) -> None:
    number = await add(client, cin_value="0123456749", cin_scheme="0208", country="be")
    for given, scheme in (("0123.456.749", None), ("0208:0123456749", None), ("0123456749", "208")):
        found = await client.contacts.find_by_cin(given, scheme=scheme)
        assert found is not None
        assert found.id == number
    assert await client.contacts.find_by_cin("0106:0123456749") is None
    assert await client.contacts.find_by_cin("0123456749", country="nl") is None


async def test_a_contact_is_found_beyond_the_first_page_and_whatever_the_order(
    simulator: Simulator, client: B2Brouter
) -> None:
    for number in range(510):
        await add(client, name=f"Contact {number}", tin_value=f"DE{100000000 + number}", country="de")
    for wanted in ("DE 100 000 000", "100000509"):
        found = await client.contacts.find_by_tin(wanted, country="de")
        assert found is not None


async def test_a_number_of_another_country_is_another_party(client: B2Brouter) -> None:
    german = await add(client, tin_value="DE123456789", country="de")
    assert await client.contacts.find_by_tin("123456789", country="pt") is None
    assert await client.contacts.find_by_tin("PT123456789") is None
    found = await client.contacts.find_by_tin("123456789")
    assert found is not None
    assert found.id == german


async def test_several_hits_are_an_error_that_names_them(client: B2Brouter) -> None:
    first = await add(client, tin_value="ESB12345678", country="es")
    second = await add(client, name="Acme", tin_value="es-b12345678", country="es")
    with pytest.raises(AmbiguousMatchError) as error:
        await client.contacts.find_by_tin("B12345678")
    assert error.value.ids == (first, second)
    assert f"{first} (Acme SL, ESB12345678, es), {second} (Acme, es-b12345678, es)" in str(error.value)
    with pytest.raises(AmbiguousMatchError):
        await client.contacts.upsert(contact=ACME)
    assert await ids(client) == [first, second]


async def test_a_company_is_found_and_not_its_offices(client: B2Brouter) -> None:
    company = await add(client, tin_value="ESB12345678", country="es")
    office = await add(client, name="Acme Sur", tin_value="ESB12345678", country="es", parent_id=company)
    found = await client.contacts.find_by_tin("ESB12345678")
    assert found is not None
    assert found.id == company
    by_name = await client.contacts.find_by_name("acme sur")
    assert by_name is not None
    assert by_name.id == office


async def test_a_name_is_found_whole_but_for_case_and_spaces(client: B2Brouter) -> None:
    number = await add(client, name="Café  Núñez SL", tin_value="ESB12345678", country="es")
    await add(client, name="Café Núñez SLU", tin_value="ESB12345679", country="es")
    for name in ("CAFÉ NÚÑEZ SL", " café núñez  sl", "Cafe\u0301 Nu\u0301n\u0303ez SL"):
        found = await client.contacts.find_by_name(name)
        assert found is not None
        assert found.id == number
    for name in ("Cafe Nunez SL", "Café Núñez", "Café Núñez, SL"):
        assert await client.contacts.find_by_name(name) is None
    assert await client.contacts.find_by_name("Café Núñez SL", country="pt") is None
    twin = await add(client, name="café núñez sl", tin_value="PT123456789", country="pt")
    with pytest.raises(AmbiguousMatchError) as error:
        await client.contacts.find_by_name("Café Núñez SL")
    assert error.value.ids == (number, twin)
    portuguese = await client.contacts.find_by_name("Café Núñez SL", country="PT")
    assert portuguese is not None
    assert portuguese.id == twin


@pytest.mark.parametrize("nothing", ["", " ", "-", "N/A", "000", None, 12345678])
async def test_nothing_is_looked_for_where_there_is_nothing_to_look_for(
    simulator: Simulator, client: B2Brouter, nothing: Any
) -> None:
    with pytest.raises(ArgumentError, match=r"^tin_value: "):
        await client.contacts.find_by_tin(nothing)
    with pytest.raises(ArgumentError, match=r"^cin_value: "):
        await client.contacts.find_by_cin(nothing)
    with pytest.raises(ArgumentError, match=r"^name: "):
        await client.contacts.find_by_name(nothing if not isinstance(nothing, str) else " ")
    with pytest.raises(ArgumentError, match=r"^identifier: "):
        await client.accounts.by_identifier(nothing)
    if isinstance(nothing, str) and nothing.strip():
        with pytest.raises(ArgumentError, match=r"^contact\.tin_value: "):
            await client.contacts.upsert(contact={"name": "x", "tin_value": nothing})
    assert simulator.requests() == 0


async def test_a_list_that_gives_fewer_rows_than_it_counts_is_no_proof(program: Program) -> None:
    async def short(attempt: Any, send: Any) -> Any:
        reply = await send(attempt)
        return evolve(reply, content=reply.content.replace(b'"total_count":0', b'"total_count":7'))

    client = program(middleware=[short])
    with pytest.raises(UnparsableReplyError, match="0 of 7 rows"):
        await client.contacts.upsert(contact=ACME)


# Making once


async def test_a_contact_is_made_changed_or_left_as_it_is(simulator: Simulator, client: B2Brouter) -> None:
    made = await client.contacts.upsert(contact=but(ACME, {"email": "a@acme.example"}))
    again = await client.contacts.upsert(
        contact=ContactInput(name="Acme SL", tin_value="es b-12345678", country="ES", email="a@acme.example")
    )
    assert writes(simulator) == ["POST"]
    assert again.id == made.id
    changed = await client.contacts.upsert(contact=but(ACME, {"city": "Bilbao"}))
    assert writes(simulator) == ["POST", "PUT"]
    assert (changed.id, changed.city, changed.email) == (made.id, "Bilbao", "a@acme.example")
    # The spelling that is there stays: nothing was asked about it.
    assert changed.tin_value == "ESB12345678"


async def test_schemes_are_compared_as_numbers(simulator: Simulator, client: B2Brouter) -> None:
    contact: Any = {"name": "B", "cin_value": "0123456749", "cin_scheme": "0208", "country": "be"}
    await client.contacts.upsert(contact=contact)
    await client.contacts.upsert(contact=but(contact, {"cin_scheme": "208"}))
    assert writes(simulator) == ["POST"]
    dutch = await client.contacts.upsert(contact=but(contact, {"cin_scheme": "0106", "country": "nl"}))
    assert dutch.id == max(await ids(client))


async def test_the_scheme_of_any_number_tells_none_from_another(client: B2Brouter) -> None:
    made = await client.contacts.upsert(contact=but(ACME, {"tin_scheme": "9999"}))
    assert (await client.contacts.upsert(contact=but(ACME, {"tin_scheme": "9920"}))).id == made.id


async def test_two_parties_with_the_same_digits_stay_two(client: B2Brouter) -> None:
    german = await client.contacts.upsert(contact={"name": "A", "tin_value": "DE123456789", "country": "de"})
    portuguese = await client.contacts.upsert(
        contact={"name": "B", "tin_value": "123456789", "country": "pt"}
    )
    assert german.id != portuguese.id


async def test_a_number_that_may_be_of_another_country_changes_nothing(
    simulator: Simulator, client: B2Brouter
) -> None:
    german = await add(client, tin_value="DE123456789", country="de")
    with pytest.raises(AmbiguousMatchError, match="give the country of both") as error:
        await client.contacts.upsert(contact={"name": "Somebody", "tin_value": "123456789"})
    assert error.value.ids == (german,)
    assert writes(simulator) == ["POST"]
    # The name says that it is the same.
    assert (await client.contacts.upsert(contact={"name": "ACME SL", "tin_value": "123456789"})).id == german


@pytest.mark.parametrize(
    "contact",
    [
        {"name": "Acme SL", "tin_value": "ESB00000001", "cin_value": "4711", "country": "es"},
        {"name": "Acme SL", "tin_value": "ESB12345678", "cin_value": "4712", "country": "es"},
        {"name": "Acme SL", "tin_value": "ESB00000001", "integration_code": "K-1", "country": "es"},
        {"name": "Acme SL", "tin_value": "ESB12345678", "integration_code": "K-2", "country": "es"},
        {"name": "Acme SL"},
    ],
)
async def test_what_fits_in_part_changes_nothing(
    simulator: Simulator, client: B2Brouter, contact: Any
) -> None:
    there = await add(client, tin_value="ESB12345678", cin_value="4711", country="es", integration_code="K-1")
    with pytest.raises(AmbiguousMatchError, match=rf"contacts\.update\({there}, …\)") as error:
        await client.contacts.upsert(contact=contact)
    assert error.value.ids == (there,)
    assert writes(simulator) == ["POST"]


async def test_a_contact_is_known_by_the_code_of_the_callers_system(client: B2Brouter) -> None:
    made = await client.contacts.upsert(contact=but(ACME, {"integration_code": "K-1"}))
    renamed = await client.contacts.upsert(contact={"name": "Acme Dos SL", "integration_code": "K-1"})
    assert (renamed.id, renamed.name, renamed.tin_value) == (made.id, "Acme Dos SL", "ESB12345678")


async def test_the_numbers_of_two_contacts_in_one_are_refused(client: B2Brouter) -> None:
    first = await add(client, tin_value="ESB12345678", country="es")
    second = await add(client, name="Other", cin_value="4711", country="es")
    with pytest.raises(AmbiguousMatchError) as error:
        await client.contacts.upsert(contact=but(ACME, {"cin_value": "4711"}))
    assert error.value.ids == (first, second)


async def test_offices_are_kept_apart_by_their_names(client: B2Brouter) -> None:
    company = await client.contacts.upsert(contact=ACME)
    office: Any = but(ACME, {"name": "Acme Sur", "parent_id": company.id})
    first = await client.contacts.upsert(contact=office)
    assert first.id != company.id
    assert (await client.contacts.upsert(contact=but(office, {"city": "Sevilla"}))).id == first.id
    assert (await client.contacts.upsert(contact=but(office, {"name": "Acme Norte"}))).id != first.id
    assert (await client.contacts.upsert(contact=ACME)).id == company.id


async def test_a_contact_without_a_name_is_refused_before_anything_is_sent(
    simulator: Simulator, client: B2Brouter
) -> None:
    with pytest.raises(ArgumentError, match="name"):
        await client.contacts.upsert(contact={"name": " ", "tin_value": "ESB12345678"})
    assert simulator.requests() == 0


async def test_what_the_server_refuses_is_refused(client: B2Brouter) -> None:
    with pytest.raises(UnprocessableError, match="parameter_blank"):
        await client.contacts.upsert(contact={"name": "Without numbers"})


# Two callers, and faults


async def test_tasks_of_one_client_take_turns(simulator: Simulator, program: Program) -> None:
    arrived: list[str] = []
    go = anyio.Event()

    async def hold(attempt: Any, send: Any) -> Any:
        if attempt.method == "POST":
            arrived.append(attempt.path)
            await go.wait()
        return await send(attempt)

    client = program(middleware=[hold])
    view = client.with_options(timeout=30)
    made: list[int] = []

    async def upsert(one: B2Brouter) -> None:
        made.append((await one.contacts.upsert(contact=ACME)).id)

    with anyio.fail_after(60):
        async with anyio.create_task_group() as tasks:
            for one in [client, view] * 5:
                tasks.start_soon(upsert, one)
            await anyio.wait_all_tasks_blocked()
            assert len(arrived) == 1
            go.set()
    assert len(set(made)) == 1
    assert writes(simulator) == ["POST"]


async def test_of_two_programs_the_later_takes_its_contact_back(
    simulator: Simulator, program: Program
) -> None:
    meeting = Meeting("POST")
    one, other = program(middleware=[meeting]), program(middleware=[meeting])
    results = await together(
        lambda: one.contacts.upsert(contact=but(ACME, {"email": "one@acme.example"})),
        lambda: other.contacts.upsert(contact=but(ACME, {"tin_value": "B-12345678", "city": "Bilbao"})),
    )
    (left,) = await ids(one)
    assert [contact.id for contact in results] == [left, left]
    assert sorted(writes(simulator))[:3] == ["DELETE", "POST", "POST"]


async def test_who_sees_both_of_two_that_are_being_made_one_looks_again(
    simulator: Simulator, program: Program
) -> None:
    there = await add(program(), tin_value="ESB12345678", country="es")
    twice = [True]

    async def both_at_first(attempt: Any, send: Any) -> Any:
        reply = await send(attempt)
        if attempt.operation != "contacts.list" or not twice:
            return reply
        twice.clear()
        body = simplejson.loads(reply.content)
        body["contacts"].append({**body["contacts"][0], "id": there + 1})
        return evolve(reply, content=simplejson.dumps(body).encode())

    contact = await program(middleware=[both_at_first]).contacts.upsert(contact=ACME)
    assert contact.id == there
    assert writes(simulator) == ["POST"]


async def test_two_that_are_there_for_long_are_told_at_once() -> None:
    simulator = Simulator(limit=None, clock=frozen(1_700_000_000))
    client = make_client(simulator, limit=None)
    for _ in range(2):
        await add(client, tin_value="ESB12345678", country="es")
    began = simulator.now
    with pytest.raises(AmbiguousMatchError):
        await client.contacts.upsert(contact=ACME)
    assert simulator.now == began


async def test_two_that_can_not_be_made_one_are_told_of(simulator: Simulator, program: Program) -> None:
    meeting = Meeting("POST")
    one, other = program(middleware=[meeting]), program(middleware=[meeting])
    simulator.faults.add(f"409 operation='{DELETE}'")
    results = await together(
        lambda: one.contacts.upsert(contact=ACME), lambda: other.contacts.upsert(contact=ACME)
    )
    both = await ids(one)
    (problem,) = [result for result in results if isinstance(result, AmbiguousMatchError)]
    assert problem.ids == tuple(both)
    assert len(both) == 2


@pytest.mark.parametrize(
    "fault", ["reset_after", "truncate", "500 done", "504 done", "wrong_type", "duplicate"]
)
async def test_a_contact_whose_reply_got_lost_is_found_and_not_made_again(
    simulator: Simulator, client: B2Brouter, fault: str
) -> None:
    simulator.faults.script(CREATE, [fault])
    made = await client.contacts.upsert(contact=ACME)
    assert await ids(client) == [made.id]


@pytest.mark.parametrize("fault", ["reset_before", "500", "504", "408"])
async def test_a_contact_that_no_look_shows_is_not_made_again(
    simulator: Simulator, client: B2Brouter, fault: str
) -> None:
    simulator.faults.script(CREATE, [fault])
    with pytest.raises(OutcomeUnknownError, match="Call upsert again later") as error:
        await client.contacts.upsert(contact=ACME)
    assert error.value.__notes__ == ["it was looked for: is not there, but may still come"]
    assert writes(simulator) == ["POST"]
    made = await client.contacts.upsert(contact=ACME)
    assert await ids(client) == [made.id]


async def hidden_from(attempt: Any, send: Any, state: dict[str, int]) -> Any:
    """Answer lists with nothing for a while after something was made."""
    reply = await send(attempt)
    if attempt.method == "POST":
        state["hide"] = state["for"]
    elif attempt.operation == "contacts.list" and state.get("hide", 0):
        state["hide"] -= 1
        return evolve(
            reply, content=b'{"contacts": [], "meta": {"total_count": 0, "offset": 0, "limit": 500}}'
        )
    return reply


@pytest.mark.parametrize("lag", [1, 3])
async def test_a_list_that_lags_behind_is_looked_at_again(
    simulator: Simulator, program: Program, lag: int
) -> None:
    state = {"for": lag}
    client = program(middleware=[lambda attempt, send: hidden_from(attempt, send, state)], max_attempts=1)
    simulator.faults.script(CREATE, ["500 done"])
    made = await client.contacts.upsert(contact=ACME)
    assert await ids(client) == [made.id]


async def test_a_list_of_too_few_rows_is_read_again(simulator: Simulator, program: Program) -> None:
    there = await add(program(), tin_value="ESB12345678", country="es")
    short = [b'{"contacts": [], "meta": {"total_count": 1, "offset": 0, "limit": 500}}'] * 2

    async def short_at_first(attempt: Any, send: Any) -> Any:
        reply = await send(attempt)
        return evolve(reply, content=short.pop()) if attempt.operation == "contacts.list" and short else reply

    found = await program(middleware=[short_at_first]).contacts.find_by_tin("ESB12345678")
    assert found is not None
    assert found.id == there


async def test_a_key_that_is_refused_while_looking_leaves_doubt(
    simulator: Simulator, client: B2Brouter
) -> None:
    simulator.faults.script(CREATE, ["reset_after"])
    simulator.faults.script(LIST, [None, "401"])
    with pytest.raises(OutcomeUnknownError) as error:
        await client.contacts.upsert(contact=ACME)
    assert "looking failed" in error.value.__notes__[0]
    assert [entry.status for entry in simulator.log()].count(401) == 1


async def test_a_look_that_fails_proves_nothing(simulator: Simulator, client: B2Brouter) -> None:
    simulator.faults.script(CREATE, ["reset_after"])
    simulator.faults.script(LIST, [None, *["500"] * 99])
    with pytest.raises(OutcomeUnknownError) as error:
        await client.contacts.upsert(contact=ACME)
    assert "looking failed" in error.value.__notes__[0]


@pytest.mark.parametrize(
    "refusal",
    [
        "409",
        """422 body='{"error":{"code":"parameter_taken","param":"tin_value","message":"taken"}}'""",
    ],
)
async def test_a_number_that_is_taken_meanwhile_is_looked_for(
    simulator: Simulator, program: Program, refusal: str
) -> None:
    one, other = program(), program()
    found: list[int] = []

    async def first_somebody_else(attempt: Any, send: Any) -> Any:
        if attempt.method == "POST" and not found:
            found.append(await add(other, tin_value="ESB12345678", country="es"))
            simulator.faults.script(CREATE, [refusal])
        return await send(attempt)

    one = program(middleware=[first_somebody_else])
    contact = await one.contacts.upsert(contact=but(ACME, {"city": "Bilbao"}))
    assert (contact.id, contact.city) == (found[0], "Bilbao")
    assert await ids(one) == found


async def test_a_refusal_that_nothing_explains_is_told(simulator: Simulator, client: B2Brouter) -> None:
    simulator.faults.script(CREATE, ["409"])
    with pytest.raises(ConflictError):
        await client.contacts.upsert(contact=ACME)
    simulator.faults.script(LIST, ["401"])
    with pytest.raises(AuthenticationError):
        await client.contacts.upsert(contact=ACME)


async def test_a_contact_without_a_body_in_the_reply_is_read(simulator: Simulator, client: B2Brouter) -> None:
    await client.contacts.upsert(contact=ACME)
    simulator.faults.script(UPDATE, ["204 done"])
    assert (await client.contacts.upsert(contact=but(ACME, {"city": "Bilbao"}))).city == "Bilbao"
