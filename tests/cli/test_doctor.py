"""`b2brouter doctor` says in words what stands between a machine and the API."""

from __future__ import annotations

import datetime
import email.utils
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import certifi
import httpx
import pytest
import respx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import Ran, Seed

    Run = Callable[..., Ran]

KEY = "test_sekret0123456789"
ACCOUNTS = {
    "accounts": [{"id": 7, "name": "Acme SL", "tin_value": "ESB12345678", "country": "es"}],
    "total_count": 2,
}


@pytest.fixture
def server(variables: Callable[..., None]) -> Iterator[respx.MockRouter]:
    """The API itself, of which single replies are made up."""
    variables(B2BROUTER_API_KEY=KEY)
    with respx.mock(base_url="https://api.b2brouter.net", assert_all_called=False) as router:
        router.get("/accounts").respond(json=ACCOUNTS)
        router.get("/accounts/7").respond(json={"account": ACCOUNTS["accounts"][0]})  # type: ignore[index]
        yield router


def checks(ran: Ran) -> dict[str, tuple[str, str]]:
    return {one["check"]: (one["state"], one["text"]) for one in map(json.loads, ran.out.splitlines())}


def at(seconds: float) -> dict[str, str]:
    """Return the header of a server whose clock is ahead of ours."""
    there = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return {"Date": email.utils.format_datetime(there, usegmt=True)}


def test_all_is_well_with_the_simulator(run: Run, seed: Seed) -> None:
    ran = run("doctor")
    assert ran.status == 0, ran.out
    assert all(line.startswith("ok ") for line in ran.out.splitlines())
    found = checks(run("doctor", "--json"))
    assert list(found) == [
        "program", "key", "environment", "proxy", "certificates", "connection", "version", "access", "clock",
        "limit", "account",
    ]  # fmt: skip
    assert "Talleres Ficticios" in found["account"][1]
    assert "not B2Brouter: --base-url says so" in found["environment"][1]
    assert seed.simulator.requests() == 4
    assert seed.writes() == 0


def test_all_is_well_with_the_api(run: Run, server: respx.MockRouter) -> None:
    server.get("/accounts").respond(json=ACCOUNTS, headers={**at(0), "X-RateLimit-Remaining": "599"})
    ran = run("doctor", "--account", "7", "--json")
    assert ran.status == 0
    found = checks(ran)
    assert found["environment"][1] == "sandbox, at https://api.b2brouter.net"
    assert found["clock"][0] == "ok"
    assert found["access"][1] == "it sees 2 accounts"
    assert "600 requests a minute" in found["limit"][1]
    assert "x-ratelimit-remaining: 599" in found["limit"][1]
    assert found["account"][1] == "7: Acme SL, ESB12345678, es"
    assert KEY not in ran.out + ran.err


@pytest.mark.parametrize(
    ("seconds", "state", "words"),
    [
        (0, "ok", "from the server's"),
        (-20, "ok", "from the server's"),
        (-100, "warning", r"0:01:[34]\d ahead of the server's"),
        (7200, "failed", r"behind the server's: genuine web hooks are refused"),
    ],
)
def test_a_clock_that_is_wrong_is_told(
    run: Run, server: respx.MockRouter, seconds: float, state: str, words: str
) -> None:
    server.get("/accounts").mock(
        side_effect=lambda request: httpx.Response(200, json=ACCOUNTS, headers=at(seconds))
    )
    ran = run("doctor", "--json")
    told, text = checks(ran)["clock"]
    assert told == state
    assert re.search(words, text)
    assert ran.status == (1 if state == "failed" else 0)


def test_a_server_without_a_clock_is_no_failure(run: Run, server: respx.MockRouter) -> None:
    assert checks(run("doctor", "--json"))["clock"][0] == "unknown"


@pytest.mark.parametrize(
    ("status", "body", "check", "words"),
    [
        (
            401,
            {"error": {"code": "invalid_api_key", "message": "no"}},
            "access",
            "Keys belong to one environment",
        ),
        (403, {"error": {"code": "no_account_group", "message": "no"}}, "access", "no_account_group"),
        (
            400,
            {"error": {"code": "invalid_api_version", "message": "no"}},
            "version",
            "2026-06-26 is refused",
        ),
        (
            400,
            {"error": {"code": "api_version_subdomain_mismatch", "message": "no"}},
            "version",
            "is refused",
        ),
        (429, None, "limit", "another program uses this key up"),
        (503, None, "server", "503"),
        (302, None, "server", "302"),
    ],
)
def test_what_the_server_refuses_is_told_by_its_cause(
    run: Run, server: respx.MockRouter, status: int, body: Any, check: str, words: str
) -> None:
    headers = {"Location": "https://elsewhere.example/"} if status == 302 else {}
    server.get("/accounts").respond(status, json=body, headers=headers)
    ran = run("doctor", "--account", "7", "--json")
    found = checks(ran)
    assert ran.status == 1
    assert found[check][0] == "failed"
    assert words in found[check][1]
    assert found["connection"][0] == "ok"
    assert "account" not in found  # there is nothing to be learnt
    assert KEY not in ran.out + ran.err


def test_a_page_of_somebody_elses_is_no_api(run: Run, server: respx.MockRouter) -> None:
    server.get("/accounts").respond(html="<html>Please log in</html>")
    ran = run("doctor", "--json")
    assert (ran.status, checks(ran)["connection"][0]) == (1, "failed")


def test_no_connection_is_told_with_the_way_out(run: Run, server: respx.MockRouter) -> None:
    server.get("/accounts").mock(side_effect=httpx.ConnectError("refused"))
    ran = run("doctor", "--account", "7", "--json")
    state, text = checks(ran)["connection"]
    assert (ran.status, state) == (1, "failed")
    assert "HTTPS_PROXY names it" in text


def test_a_key_that_sees_nothing_is_a_warning(run: Run, server: respx.MockRouter) -> None:
    server.get("/accounts").respond(json={"accounts": [], "total_count": 0})
    ran = run("doctor", "--json")
    assert (ran.status, checks(ran)["access"][0]) == (0, "warning")


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((404, {"error": {"code": "resource_missing", "message": "no"}}), "the key sees no account 7"),
        ((200, {"account": {"id": 7, "name": "Acme SL", "archived": True}}), "7, Acme SL, is archived"),
        ((500, None), "500"),
    ],
)
def test_an_account_that_cant_be_used_is_told(
    run: Run, server: respx.MockRouter, reply: tuple[int, Any], words: str
) -> None:
    server.get("/accounts/7").respond(reply[0], json=reply[1])
    ran = run("doctor", "--account", "7", "--json")
    state, text = checks(ran)["account"]
    assert (ran.status, state) == (1, "failed")
    assert words in text


def test_without_a_key_that_is_what_is_wrong(run: Run) -> None:
    ran = run("doctor")
    assert ran.status == 1
    assert "there is no API key; set B2BROUTER_API_KEY" in ran.out


def test_a_key_that_contradicts_its_environment_is_told(run: Run, variables: Callable[..., None]) -> None:
    variables(B2BROUTER_API_KEY="live_sekret")
    ran = run("doctor", "--json")
    assert checks(ran)["key"][0] == "failed"
    assert "live_sekret" not in ran.out


@pytest.mark.parametrize(
    ("variable", "state", "words"),
    [
        (
            {"HTTPS_PROXY": "http://user:sekret@proxy.example:3128"},
            "ok",
            "proxy.example:3128, from HTTPS_PROXY",
        ),
        ({"ALL_PROXY": "http://proxy.example"}, "ok", "proxy.example, from ALL_PROXY"),
        ({"HTTPS_PROXY": "http://p.example", "NO_PROXY": "b2brouter.net"}, "ok", "none"),
        ({"HTTPS_PROXY": "http://user:sekret@proxy.example:port"}, "failed", "HTTPS_PROXY holds no address"),
        ({}, "ok", "none: neither HTTPS_PROXY nor ALL_PROXY"),
    ],
)
def test_the_proxy_is_named_without_its_password(
    run: Run,
    server: respx.MockRouter,
    variables: Callable[..., None],
    variable: dict[str, str],
    state: str,
    words: str,
) -> None:
    variables(**variable)
    ran = run("doctor", "--json")
    told, text = checks(ran)["proxy"]
    assert told == state
    assert words in text
    assert "sekret" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("content", "state", "words"),
    [
        ("good", "ok", "certificates, from SSL_CERT_FILE"),
        (None, "failed", "can't be used"),
        ("no certificate", "failed", "can't be used"),
    ],
)
def test_certificates_that_cant_be_used_are_told(
    run: Run,
    server: respx.MockRouter,
    variables: Callable[..., None],
    tmp_path: Path,
    content: str | None,
    state: str,
    words: str,
) -> None:
    path = tmp_path / "ca.pem"
    if content == "good":
        shutil.copy(certifi.where(), path)
    elif content is not None:
        path.write_text(content)
    variables(SSL_CERT_FILE=str(path))
    ran = run("doctor", "--json")
    told, text = checks(ran)["certificates"]
    assert (told, words in text) == (state, True), text


def test_what_the_server_says_steers_no_terminal(run: Run, server: respx.MockRouter) -> None:
    server.get("/accounts/7").respond(json={"account": {"id": 7, "name": "\x1b[2JAcme"}})
    for form in ((), ("--json",)):
        ran = run("doctor", "--account", "7", *form)
        assert "\x1b" not in ran.out
        assert "Acme" in ran.out
