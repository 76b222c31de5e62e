"""Faults, in the same process and on a real socket: the client feels the same."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import httpx
import pytest

from b2brouter_async.simulator import Fault, Faults, Simulator

from .support import invoice, unchecked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

CREATE = "POST /accounts/{}/invoices"


@contextlib.asynccontextmanager
async def reached(simulator: Simulator, how: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a short read timeout, in the same process or over a socket."""
    if how == "inprocess":
        async with unchecked(simulator) as http:
            http.timeout = httpx.Timeout(1.0)
            yield http
        return
    async with (
        simulator.serve() as url,
        httpx.AsyncClient(base_url=url, timeout=1.0, headers={"X-B2B-API-Key": simulator.api_key}) as http,
    ):
        yield http


@pytest.mark.parametrize("how", ["inprocess", "socket"])
@pytest.mark.parametrize(
    ("fault", "expected", "accepted"),
    [
        ("reset_before", httpx.ReadError, 0),
        ("reset_after", httpx.ReadError, 1),
        ("stall seconds=30", httpx.ReadTimeout, 1),
        ("stall seconds=0.01", 201, 1),
        ("slow seconds=30", httpx.ReadTimeout, 1),
        ("slow seconds=0.01", 201, 1),
        ("truncate", httpx.RemoteProtocolError, 1),
        ("duplicate", 422, 1),
        ("wrong_type", 201, 1),
        ("redirect", 302, 0),
        ("429", 429, 0),
        ("500", 500, 0),
        ("502", 502, 0),
        ("502 done", 502, 1),
        ("503", 503, 0),
        ("504 done", 504, 1),
    ],
)
async def test_a_fault_strikes_once_and_the_ledger_knows_whether_the_work_was_done(
    how: str, fault: str, expected: int | type[Exception], accepted: int
) -> None:
    simulator = Simulator(faults=[f"{fault} operation='{CREATE}' times=1"])
    path = f"/accounts/{simulator.account}/invoices"
    async with reached(simulator, how) as http:
        if isinstance(expected, int):
            assert (await http.post(path, json=invoice("1"))).status_code == expected
        else:
            with pytest.raises(expected):
                await http.post(path, json=invoice("1"))
        assert len(simulator.ledger()) == accepted
        assert (await http.post(path, json=invoice("2"))).status_code == 201
        listed = (await http.get(path)).json()["meta"]["total_count"]
    assert listed == accepted + 1
    assert [kind for kind, _ in simulator.faults.struck] == [fault.partition(" ")[0]]


async def test_502_is_html_and_429_has_no_code() -> None:
    simulator = Simulator(faults=["502 times=1", "429 times=1", "wrong_type times=1"], retry_after="seconds")
    http = unchecked(simulator)
    bad_gateway, too_many, wrong = [await http.get("/accounts") for _ in range(3)]
    assert bad_gateway.headers["Content-Type"] == "text/html"
    assert "<html>" in bad_gateway.text
    assert "code" not in too_many.json()["error"]
    assert too_many.headers["Retry-After"] == "1"
    assert wrong.headers["Content-Type"].startswith("text/html")


SHAPES = [
    ('{"errors": ["text", "more"]}', "application/json"),
    ('{"errors": {"number": ["is taken"]}}', "application/json"),
    ('{"message": "text"}', "application/json"),
    ('{"error": "text"}', "application/json"),
    ("[]", "application/json"),
    ("<html><body>no</body></html>", "text/html"),
    ("no", "text/plain"),
    ("", None),
]


@pytest.mark.parametrize(("body", "media_type"), SHAPES)
async def test_an_error_can_have_any_shape_that_was_seen(body: str, media_type: str | None) -> None:
    simulator = Simulator(faults=[f"422 body='{body}'", Fault("200")])
    reply = await unchecked(simulator).get("/accounts")
    assert (reply.status_code, reply.text, reply.headers.get("Content-Type")) == (422, body, media_type)


@pytest.mark.parametrize("status", ["200", "204"])
async def test_a_success_can_come_without_a_body(status: str) -> None:
    simulator = Simulator(faults=[f"{status} done operation='PUT *'"])
    http = unchecked(simulator)
    reply = await http.put(f"/accounts/{simulator.account}", json={"account": {"city": "Gent"}})
    assert (reply.status_code, reply.content) == (int(status), b"")
    assert (await http.get(f"/accounts/{simulator.account}")).json()["account"]["city"] == "Gent"


async def test_a_redirect_points_where_it_is_told() -> None:
    simulator = Simulator(faults=["redirect location=https://stranger.test/x"])
    reply = await unchecked(simulator).get("/accounts")
    assert reply.headers["Location"] == "https://stranger.test/x"


async def test_a_truncated_reply_without_a_body_is_cut_all_the_same() -> None:
    simulator = Simulator(no_content=True, faults=["truncate operation='POST /invoices/*'"])
    http = unchecked(simulator)
    made = (await http.post(f"/accounts/{simulator.account}/invoices", json=invoice())).json()["invoice"]
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post(f"/invoices/{made['id']}/ack")


async def test_stalls_wait_by_the_tests_own_clock_where_one_is_given() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    simulator = Simulator(faults=["stall seconds=300 times=1", "stall seconds=20 times=1"])
    http = httpx.AsyncClient(
        transport=simulator.transport(sleep=sleep), base_url=simulator.base_url, timeout=60.0
    )
    with pytest.raises(httpx.ReadTimeout):
        await http.get("/accounts")
    assert (await http.get("/accounts")).status_code == 401
    assert waited == [60.0, 20.0]


async def test_faulty_requests_count_as_arrived() -> None:
    simulator = Simulator(faults=["reset_before times=1", "503 times=1"])
    http = unchecked(simulator)
    with pytest.raises(httpx.ReadError):
        await http.get("/accounts")
    for _ in range(2):
        await http.get("/accounts")
    assert simulator.requests() == simulator.worst_window() == 3


async def test_a_plain_asgi_transport_feels_a_reset_too() -> None:
    simulator = Simulator(faults=["reset_after times=1"])
    transport = httpx.ASGITransport(simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://any.test") as http:
        http.headers["X-B2B-API-Key"] = simulator.api_key
        with pytest.raises(ConnectionResetError):
            await http.get("/accounts")
        assert (await http.get("/accounts")).status_code == 200


def test_the_same_seed_strikes_the_same_requests() -> None:
    runs = []
    for seed in (1, 1, 2):
        faults = Faults([Fault("500", CREATE, probability=0.3)], seed=seed)
        runs.append([faults.pick(CREATE) is not None for _ in range(200)])
    assert runs[0] == runs[1] != runs[2]
    assert 30 < sum(runs[0]) < 90


def test_a_script_befalls_one_request_after_the_other() -> None:
    faults = Faults()
    faults.script(CREATE, ["reset_after", None, Fault("503")])
    kinds = [fault.kind if fault else None for fault in (faults.pick(CREATE) for _ in range(5))]
    assert kinds == ["reset_after", None, "503", None, None]
    assert faults.pick("GET /accounts") is None


def test_skip_times_and_patterns_are_kept() -> None:
    faults = Faults(["500 operation='POST /accounts/*' skip=1 times=2"])
    assert [faults.pick(CREATE) is not None for _ in range(5)] == [False, True, True, False, False]
    assert faults.pick("GET /accounts") is None
    faults.clear()
    faults.add("404")
    assert faults.pick(None) is not None


@pytest.mark.parametrize("text", ["explode", "500 colour=red", "stall seconds=x", "500 skip=1.5"])
def test_a_fault_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Fault.parse(text)


@pytest.mark.parametrize(
    ("pattern", "nearest"),
    [
        ("POST /account/{}/invoices", "POST /accounts/{}/invoices"),
        ("POST /accounts/{}/invoice", "POST /accounts/{}/invoices"),
        ("DELETE /accounts/*/contacts", "GET /accounts/{}/contacts"),
    ],
)
def test_a_fault_that_no_operation_fits_is_refused_with_the_nearest(pattern: str, nearest: str) -> None:
    with pytest.raises(ValueError, match="no operation fits") as refused:
        Simulator(faults=[f"500 operation='{pattern}'"])
    assert repr(nearest) in str(refused.value)
    simulator = Simulator()
    with pytest.raises(ValueError, match="no operation fits"):
        simulator.faults.add(Fault("500", pattern))
    with pytest.raises(ValueError, match="no operation fits"):
        simulator.faults.script(pattern, ["500"])


def test_parameters_of_a_faults_operation_may_have_their_names() -> None:
    simulator = Simulator(faults=["500 operation='POST /accounts/{account}/invoices'"])
    assert simulator.faults.pick(CREATE) is not None


async def test_a_faulted_reply_has_a_request_id_of_its_own() -> None:
    simulator = Simulator(faults=["502 times=1", "429 times=1", "redirect"])
    http = unchecked(simulator)
    ids = [(await http.get("/accounts")).headers["X-B2B-API-Request-Id"] for _ in range(3)]
    assert len(set(ids)) == 3
