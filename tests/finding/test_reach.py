"""A party is reached by the best way the directory knows, whatever scheme it is found under."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from b2brouter_async import ArgumentError, AuthenticationError, B2Brouter, WaitTimeout
from b2brouter_async.simulator import Delays, Simulator

from .support import but

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

LOOK = "GET /directory/{}/{}"
LOOK_IN_SCHEME = "GET /directory/{}/{}/{}"
EMAIL: Any = {"Invoice": {"transport_type_code": "email", "document_type_code": "pdf.invoice"}}
DOWNLOAD: Any = {"Invoice": {"transport_type_code": "download", "document_type_code": "pdf.invoice"}}
SDI: Any = {"Invoice": {"transport_type_code": "sdi", "document_type_code": "xml.fatturapa.1.2"}}
ACME: Any = {"name": "Bekende Ontvanger NV", "tin_value": "BE0214596464", "country": "be"}


def paths(simulator: Simulator) -> list[str]:
    return [entry.path for entry in simulator.log() if entry.path.startswith("/directory")]


@pytest.mark.parametrize(
    ("country", "identifier"),
    [
        ("be", "0214596464"),
        ("BE", "BE 0214.596.464"),
        ("be", "0208:0214596464"),
        ("be", "0208:0214.596.464"),
        ("be", "9999:BE0214596464"),
    ],
)
async def test_a_party_is_found_with_its_address_whatever_the_spelling(
    client: B2Brouter, country: str, identifier: str
) -> None:
    way = await client.directory.reach(country, identifier)
    assert (way.reachable, way.settled, way.transport_type_code) == (True, True, "peppol")
    assert (way.scheme, way.identifier) == ("0208", "0214596464")
    assert (way.document_type_code, way.other_document_type_codes) == (
        "xml.ubl.invoice.bis3",
        ("xml.ubl.invoice",),
    )
    assert way.name == "Bekende Ontvanger NV"
    assert way.reason == (
        "Bekende Ontvanger NV takes xml.ubl.invoice.bis3 by peppol, as 0208:0214596464 in the directory"
    )


async def test_the_scheme_never_stands_in_front_of_the_identifier_in_a_path(
    simulator: Simulator, client: B2Brouter
) -> None:
    await client.directory.reach("be", "0208:0214596464")
    assert not [path for path in paths(simulator) if ":" in path or "%3A" in path]


async def test_what_was_tried_is_told(client: B2Brouter) -> None:
    way = await client.directory.reach("be", "0999999999")
    assert (way.reachable, way.settled) == (False, True)
    tried = {(one.scheme, one.identifier) for one in way.tried}
    assert {
        (None, "0999999999"),
        (None, "BE0999999999"),
        ("0208", "0999999999"),
        ("9925", "BE0999999999"),
        ("9956", "0999999999"),
    } <= tried
    assert all(one.answer == "not registered" for one in way.tried)
    assert str(way.tried[0]) == "0999999999: not registered"
    assert way.reason == (
        f"the directory knows the party under none of the {len(way.tried)} identifiers that were tried"
    )
    assert len(tried) == len(way.tried)


async def test_a_scheme_of_another_country_or_no_address_is_not_tried(client: B2Brouter) -> None:
    way = await client.directory.reach("be", "0999999999")
    assert {one.scheme for one in way.tried} == {None, "0193", "0208", "9925", "9956"}


async def test_a_scheme_that_is_no_address_is_not_tried(program: Callable[..., B2Brouter]) -> None:
    async def no_address(attempt: Any, send: Any) -> Any:
        import simplejson

        reply = await send(attempt)
        if attempt.path != "/schemes":
            return reply
        body = simplejson.loads(reply.content)
        for scheme in body["schemes"]:
            scheme["eas"] = scheme["code"] != "0193"
        return evolve(reply, content=simplejson.dumps(body).encode())

    way = await program(middleware=[no_address]).directory.reach("be", "0999999999")
    assert {one.scheme for one in way.tried} == {None, "0208", "9925", "9956"}


@pytest.mark.parametrize("identifier", ["9508397101047", "0088:9508397101047"])
async def test_a_location_number_is_found_whatever_the_country(client: B2Brouter, identifier: str) -> None:
    way = await client.directory.reach("it", identifier)
    assert (way.scheme, way.identifier) == ("0088", "9508397101047")


async def test_thirteen_digits_that_are_no_location_number_are_not_taken_for_one(client: B2Brouter) -> None:
    way = await client.directory.reach("be", "9508397101048")
    assert "0088" not in {one.scheme for one in way.tried}


async def test_the_lei_is_known_by_its_check_digits(simulator: Simulator, client: B2Brouter) -> None:
    simulator.add_party("de", "0199", "529900T8BM49AURSDO55", "Börse")
    way = await client.directory.reach("de", "529900T8BM49AURSDO55")
    assert way.scheme == "0199"


async def test_the_dashes_of_a_leitweg_id_stay(simulator: Simulator, client: B2Brouter) -> None:
    simulator.add_party("de", "0204", "991-33333TEST-33", "Amt")
    for given in ("0204:991-33333TEST-33", "991-33333TEST-33"):
        way = await client.directory.reach("de", given)
        assert (way.scheme, way.identifier) == ("0204", "991-33333TEST-33")


async def test_a_greek_number_is_asked_for_as_greeks_write_it(
    simulator: Simulator, client: B2Brouter
) -> None:
    way = await client.directory.reach("el", "123456789")
    assert (way.country, ("9933", "EL123456789")) == (
        "gr",
        next((one.scheme, one.identifier) for one in way.tried if one.scheme == "9933"),
    )


async def test_a_network_is_better_than_an_email_and_that_than_nothing(
    simulator: Simulator, client: B2Brouter
) -> None:
    simulator.add_party("it", "0211", "IT12345678901", "Prova", documents=EMAIL)
    way = await client.directory.reach("it", "12345678901")
    assert (way.reachable, way.transport_type_code, way.settled) == (True, "email", True)
    simulator.add_party("it", "0201", "UFXXXX", "Prova", documents=SDI)
    way = await client.directory.reach("it", "12345678901", "UFXXXX")
    assert (way.transport_type_code, way.document_type_code) == ("sdi", "xml.fatturapa.1.2")


async def test_a_transport_by_which_nothing_is_sent_is_none(simulator: Simulator, client: B2Brouter) -> None:
    simulator.add_party("es", "9920", "ESB12345678", "Nunca", documents=DOWNLOAD)
    way = await client.directory.reach("es", "B12345678")
    assert (way.reachable, way.name) == (False, "Nunca")
    assert "takes no Invoice: it takes invoice as pdf.invoice by download" in way.reason


async def test_a_kind_of_document_and_a_type_are_asked_for(simulator: Simulator, client: B2Brouter) -> None:
    async def reach(document_type: str) -> Any:
        return await client.directory.reach("be", "0214596464", document_type=document_type)

    for kind in ("CreditNote", "credit_note", "credit note"):
        assert (await reach(kind)).document_type_code == "xml.ubl.credit_note.bis3"
    other = await reach("xml.ubl.invoice")
    assert (other.document_type_code, other.other_document_type_codes) == (
        "xml.ubl.invoice",
        ("xml.ubl.invoice.bis3",),
    )
    for missing in ("Order", "xml.facturae.3.2.2"):
        way = await reach(missing)
        assert not way.reachable
        assert f"takes no {missing}: it takes invoice as xml.ubl.invoice.bis3 by peppol" in way.reason


async def test_what_is_pending_is_asked_again(simulator: Simulator, client: B2Brouter) -> None:
    way = await client.directory.reach("be", "0208:0214596464")
    assert way.reachable
    # All of them once, and when they are due the first of them again, which is enough.
    assert len(paths(simulator)) == len(way.tried) + 1


@pytest.mark.parametrize("fault", ["424", "503", "reset_before", "truncate"])
async def test_what_fails_is_asked_again(simulator: Simulator, client: B2Brouter, fault: str) -> None:
    simulator.faults.add(f"{fault} operation='{LOOK}' times=9")
    simulator.faults.add(f"{fault} operation='{LOOK_IN_SCHEME}' times=9")
    assert (await client.directory.reach("be", "0208:0214596464")).reachable


async def test_what_goes_on_failing_is_no_proof(simulator: Simulator, client: B2Brouter) -> None:
    simulator.faults.add(f"424 operation='{LOOK_IN_SCHEME}'")
    way = await client.directory.reach("be", "0999999999", timeout=30)
    assert (way.reachable, way.settled) == (False, False)
    assert "ask again later" in way.reason
    assert "424" in way.reason
    assert {one.answer for one in way.tried} == {"not registered", "failed"}
    # What is found meanwhile is told, and that something better may come.
    simulator.add_party("be", "0208", "0999999999", "Traag NV", documents=EMAIL)
    client.clear_cache()
    way = await client.directory.reach("be", "0999999999", timeout=30)
    assert (way.transport_type_code, way.settled) == ("email", False)


async def test_a_directory_that_stays_silent_is_waited_for_no_longer_than_asked(
    program: Callable[..., B2Brouter],
) -> None:
    from b2brouter_async.pytest_plugin import make_client

    simulator = Simulator(limit=None, delays=Delays(directory=3600))
    client = make_client(simulator, limit=None)
    began = simulator.now
    way = await client.directory.reach("be", "0214596464", timeout=10)
    assert 10 <= simulator.now - began < 11
    assert (way.reachable, way.settled) == (False, False)
    assert all(one.answer == "pending" for one in way.tried)


async def test_what_is_not_valid_ends_that_question_alone(simulator: Simulator, client: B2Brouter) -> None:
    way = await client.directory.reach("be", "!a", "0208:0214596464")
    assert way.reachable
    way = await client.directory.reach("be", "4711:0214596464")
    assert {one.answer for one in way.tried if one.scheme == "4711"} == {"not valid"}


async def test_without_the_list_of_schemes_the_country_is_asked(
    simulator: Simulator, client: B2Brouter
) -> None:
    simulator.faults.add("404 operation='GET /schemes'")
    way = await client.directory.reach("be", "0214596464")
    assert (way.transport_type_code, way.scheme) == ("peppol", None)
    way = await client.directory.reach("be", "0999999999")
    assert not way.settled
    assert "list of schemes" in way.reason


async def test_a_refused_key_is_an_error(simulator: Simulator, client: B2Brouter) -> None:
    simulator.faults.add("401 times=1")
    with pytest.raises(AuthenticationError):
        await client.directory.reach("be", "0214596464")
    simulator.faults.add(f"401 operation='{LOOK}'")
    with pytest.raises(AuthenticationError):
        await client.directory.reach("be", "0214596464")


@pytest.mark.parametrize(
    ("country", "identifiers", "options", "argument"),
    [
        ("", ["1"], {}, "country"),
        ("belgium", ["1"], {}, "country"),
        ("../", ["1"], {}, "country"),
        ("be", [], {}, "identifiers"),
        ("be", [""], {}, "identifiers"),
        ("be", ["0208:"], {}, "identifiers"),
        ("be", [7], {}, "identifiers"),
        ("be", ["1"], {"document_type": " "}, "document_type"),
        ("be", ["1"], {"timeout": 0}, "timeout"),
    ],
)
async def test_what_can_not_be_asked_is_refused_before_anything_is_sent(
    simulator: Simulator, client: B2Brouter, country: str, identifiers: Any, options: Any, argument: str
) -> None:
    with pytest.raises(ArgumentError, match=f"^{argument}: "):
        await client.directory.reach(country, *identifiers, **options)
    assert simulator.requests() == 0


async def test_a_party_that_is_found_is_asked_for_once(simulator: Simulator, client: B2Brouter) -> None:
    first = await client.directory.reach("be", "0214596464")
    before = simulator.requests()
    again = await client.directory.reach("be", "0208:0214596464")
    assert again.reachable
    assert simulator.requests() == before
    assert first.name == again.name


# A contact's route


async def test_a_contact_gets_its_route(simulator: Simulator, client: B2Brouter) -> None:
    contact = await client.contacts.upsert(contact=ACME, route=True)
    assert (contact.transport_type_code, contact.document_type_code) == ("peppol", "xml.ubl.invoice.bis3")
    assert contact.pin_value is None  # its tax number is under no scheme of tax numbers there
    with_company = but(ACME, {"cin_value": "0214596464", "cin_scheme": "0208"})
    contact = await client.contacts.upsert(contact=with_company, route=True)
    assert (contact.pin_scheme, contact.pin_value) == ("0208", "0214596464")
    before = [entry.method for entry in simulator.log()].count("PUT")
    await client.contacts.upsert(contact=with_company, route=True)
    assert [entry.method for entry in simulator.log()].count("PUT") == before


async def test_what_the_contact_says_of_its_route_stays(simulator: Simulator, client: B2Brouter) -> None:
    contact = await client.contacts.upsert(contact=but(ACME, {"transport_type_code": "email"}), route=True)
    assert contact.transport_type_code == "email"
    assert paths(simulator) == []
    await client.contacts.delete(contact.id)
    contact = await client.contacts.upsert(
        contact=but(ACME, {"document_type_code": "xml.ubl.invoice"}), route=True
    )
    assert (contact.transport_type_code, contact.document_type_code) == ("peppol", "xml.ubl.invoice")


async def test_a_contact_without_a_way_is_made_and_that_is_told(
    client: B2Brouter, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        contact = await client.contacts.upsert(
            contact={"name": "Unknown", "tin_value": "ESB12345678", "country": "es"}, route=True
        )
    assert contact.transport_type_code is None
    assert "no way to a contact was found: the directory knows the party under none" in caplog.text
    assert "B12345678" not in caplog.text


async def test_a_contact_whose_way_is_not_known_yet_is_not_made(
    simulator: Simulator, client: B2Brouter
) -> None:
    simulator.faults.add(f"424 operation='{LOOK}'")
    with pytest.raises(WaitTimeout, match="424"):
        await client.contacts.upsert(
            contact={"name": "Unknown", "tin_value": "ESB12345678", "country": "es"}, route=True
        )
    assert [contact async for contact in client.contacts.list()] == []


@pytest.mark.parametrize(
    ("contact", "argument"),
    [
        ({"name": "x", "tin_value": "ESB12345678"}, r"contact\.country"),
        ({"name": "x", "country": "es", "integration_code": "1"}, "contact"),
    ],
)
async def test_a_route_needs_a_country_and_a_number(
    simulator: Simulator, client: B2Brouter, contact: Any, argument: str
) -> None:
    with pytest.raises(ArgumentError, match=f"^{argument}: "):
        await client.contacts.upsert(contact=contact, route=True)
    assert simulator.requests() == 0


async def test_an_entry_of_an_odd_shape_stops_nothing(program: Callable[..., B2Brouter]) -> None:
    async def odd(attempt: Any, send: Any) -> Any:
        reply = await send(attempt)
        if attempt.path == "/directory/be/0214596464" and reply.status == 200:
            return evolve(
                reply, content=b'{"name": "x", "Invoice": 7, "CreditNote": {"transport_type_code": 5}}'
            )
        return reply

    way = await program(middleware=[odd]).directory.reach("be", "0214596464")
    assert (way.scheme, way.transport_type_code) == ("0208", "peppol")
