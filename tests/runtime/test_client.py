from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import traceback
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

import httpx
import httpx2
import pytest

import b2brouter_async
from b2brouter_async import (
    ArgumentError,
    B2Brouter,
    ClientClosedError,
    ConfigurationError,
    DuplicateNumberError,
)
from b2brouter_async._call.http_library import http_library
from b2brouter_async.client import library_version
from b2brouter_async.config import Secret, check_base_url
from b2brouter_async.generated.platform import API_VERSION
from b2brouter_async.limiter import TokenBucket

from .conftest import KEY, RecordingLimiter, Wire, reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio

ACCOUNTS = reply(200, {"accounts": [], "total_count": 0, "offset": 0, "limit": 25})


def test_a_test_key_means_the_sandbox() -> None:
    client = B2Brouter(KEY)
    assert client.environment.name == "sandbox"
    assert client.base_url == "https://api.b2brouter.net"
    assert client.environment.requests_per_minute == 600


@pytest.mark.parametrize(
    ("name", "base_url", "limit"),
    [
        ("production", "https://api.b2brouter.net", 1000),
        ("staging", "https://api-staging.b2brouter.net", 600),
    ],
)
def test_any_other_key_goes_where_it_is_told(name: Any, base_url: str, limit: int) -> None:
    client = B2Brouter("live_4711", name)
    assert (client.base_url, client.environment.requests_per_minute) == (base_url, limit)


@pytest.mark.parametrize(
    ("key", "environment"),
    [
        ("prod_1", None),
        ("prod_1", "sandbox"),
        (KEY, "production"),
        (KEY, "staging"),
        (KEY, "moon"),
        ("", None),
        ("test_with space", None),
        ("test_line\n", None),
    ],
)
def test_a_key_that_contradicts_its_environment_is_refused(key: str, environment: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        B2Brouter(key, environment)
    if key:
        assert key not in str(caught.value)


def test_a_misspelt_environment_is_told_the_one_that_was_meant() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'production'"):
        B2Brouter("prod_1", cast("Any", "prod"))


def test_a_key_given_in_the_place_of_the_environment_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError, match="environment") as caught:
        B2Brouter(KEY, cast("Any", "live_4711"))
    assert "4711" not in str(caught.value)


def test_the_version_is_that_of_the_distribution() -> None:
    assert b2brouter_async.__version__ == version("b2brouter-async")
    assert library_version().startswith(f"b2brouter-async/{b2brouter_async.__version__} ")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.b2brouter.net",
        "http://10.0.0.1",
        "http://localhost.evil.com",
        "https://user:pass@host",
        "https://host?x=1",
        "https://host#x",
        "ftp://host",
        "host",
        "",
        "https://",
        "https://[::1",
    ],
)
def test_a_base_url_that_would_leak_the_key_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        check_base_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/",
        "http://localhost:1",
        "http://[::1]:9",
        "https://x.y/api",
        "HTTPS://api.b2brouter.net",
    ],
)
def test_plain_http_goes_to_loopback(url: str) -> None:
    assert check_base_url(url) == url.replace("HTTPS", "https").rstrip("/")


@pytest.mark.parametrize(
    "options",
    [
        {"api_version": "latest"},
        {"timeout": 0},
        {"timeout": None},
        {"timeout": "60"},
        {"deadline": -1.0},
        {"priority": 5},
        {"max_attempts": 0},
        {"max_response_bytes": 0},
        {"requests_per_minute": 0},
        {"burst": 0.5},
        {"burst": 31},
        {"burst": "30"},
        {"account": 1.5},
        {"account": ""},
        {"headers": {"x-b2b-api-key": "other"}},
        {"user_agent": "line\nbreak"},
        {"retry": 3},
        {"middleware": lambda attempt, send: send(attempt)},
        {"proxy": "localhost:3128"},
        {"proxy": "ftp://proxy"},
        {"proxy": "http://"},
        {"proxy": "http://proxy:3128", "base_url": "http://127.0.0.1:8000"},
        {"http_client": httpx.Client()},
        {"http_client": httpx2.Client()},
        {"transport": "aiohttp"},
        {
            "http_client": httpx.AsyncClient(transport=httpx.MockTransport(lambda r: httpx.Response(200))),
            "proxy": "http://x",
        },
    ],
)
def test_settings_that_cannot_work_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        B2Brouter(KEY, **options)


def test_a_password_of_a_proxy_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        B2Brouter(KEY, proxy="ftp://me:geheim@proxy")
    assert "geheim" not in str(caught.value)


async def test_a_proxy_of_the_environment_that_cannot_be_used_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1:1")
    limiter = RecordingLimiter()
    async with B2Brouter(KEY, limiter=limiter) as client:
        with pytest.raises(ConfigurationError, match="proxy"):
            await client.accounts.get(1)
    assert limiter.outcomes == ["unsent"]


def test_a_second_limit_for_one_key_is_refused_and_the_key_is_in_no_frame() -> None:
    B2Brouter(KEY, base_url="https://second.example")
    with pytest.raises(ConfigurationError, match="one key has one limit") as caught:
        B2Brouter(Secret(KEY), base_url="https://second.example", requests_per_minute=700)
    below = caught.value.__traceback__
    assert below is not None
    shown = traceback.TracebackException(
        type(caught.value), caught.value, below.tb_next, capture_locals=True
    ).format()
    assert KEY not in "".join(shown)


async def test_a_client_handed_in_that_was_closed_says_so() -> None:
    given = httpx.AsyncClient(transport=httpx.MockTransport(lambda r: reply(200, {"accounts": []})))
    await given.aclose()
    limiter = RecordingLimiter()
    with pytest.raises(ClientClosedError, match="http_client"):
        await B2Brouter(KEY, http_client=given, limiter=limiter).accounts.list()
    assert limiter.outcomes == ["unsent"]


@pytest.mark.parametrize("account", [None, 1.5, True, "", " ", ".."])
def test_a_view_for_no_account_is_refused(account: Any) -> None:
    with pytest.raises(ArgumentError, match="account"):
        B2Brouter(KEY).account(account)


def test_a_view_keeps_what_a_subclass_has_added_and_makes_its_resources_anew() -> None:
    class Tenant(B2Brouter):
        def __init__(self, name: str) -> None:
            super().__init__(KEY)
            self.name = name

    client = Tenant("a")
    invoices = client.invoices
    view = client.account(7)
    assert (type(view), view.name, view.default_account) == (Tenant, "a", 7)
    assert view.invoices is not invoices
    assert view.invoices is view.invoices


async def test_closing_twice_is_closing_once() -> None:
    client = B2Brouter(KEY)
    await client.aclose()
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await client.accounts.list()


def test_the_environment_variables_make_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B2BROUTER_API_KEY", "live_1 ")
    monkeypatch.setenv("B2BROUTER_ENVIRONMENT", "staging")
    monkeypatch.setenv("B2BROUTER_API_VERSION", "2026-04-20")
    monkeypatch.setenv("B2BROUTER_ACCOUNT", "77")
    client = B2Brouter.from_env()
    assert (client.environment.name, client.api_version, client.default_account) == (
        "staging",
        "2026-04-20",
        "77",
    )
    assert B2Brouter.from_env(account=5).default_account == 5
    monkeypatch.delenv("B2BROUTER_API_KEY")
    with pytest.raises(ConfigurationError, match="B2BROUTER_API_KEY"):
        B2Brouter.from_env()


async def test_a_program_meant_for_the_simulator_goes_there_and_not_to_the_real_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("B2BROUTER_API_KEY", KEY)
    monkeypatch.setenv("B2BROUTER_BASE_URL", "http://127.0.0.1:8000/")
    assert "127.0.0.1:8000" in repr(B2Brouter.from_env())
    assert "localhost:9" in repr(B2Brouter.from_env(base_url="http://localhost:9"))
    monkeypatch.setenv("B2BROUTER_BASE_URL", "http://b2b.example")
    with pytest.raises(ConfigurationError, match="B2BROUTER_BASE_URL: plain http goes to this machine alone"):
        B2Brouter.from_env()


def test_the_limit_comes_from_a_variable_too_but_a_limiter_has_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("B2BROUTER_API_KEY", "test_limit_of_a_variable")
    monkeypatch.setenv("B2BROUTER_REQUESTS_PER_MINUTE", "120")
    assert B2Brouter.from_env().limiter.snapshot().limit == 120
    bucket = TokenBucket(50)
    assert B2Brouter.from_env(limiter=bucket).limiter is bucket
    for wrong in ("many", "0", "-3", "1.5", "1e3"):
        monkeypatch.setenv("B2BROUTER_REQUESTS_PER_MINUTE", wrong)
        with pytest.raises(
            ConfigurationError, match=r"B2BROUTER_REQUESTS_PER_MINUTE: .*whole number above 0"
        ):
            B2Brouter.from_env()


def test_the_key_comes_from_a_file_before_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("test_of_the_file\n", encoding="utf-8")
    monkeypatch.setenv("B2BROUTER_API_KEY", "live_of_the_variable")
    monkeypatch.setenv("B2BROUTER_KEY_FILE", str(tmp_path / "key"))
    assert B2Brouter.from_env().environment.name == "sandbox"
    monkeypatch.setenv("B2BROUTER_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match=r"B2BROUTER_KEY_FILE: .*No such file"):
        B2Brouter.from_env()


async def test_key_and_version_are_on_every_request_also_on_downloads(wire: Callable[..., Wire]) -> None:
    api = wire(ACCOUNTS, httpx.Response(200, content=b"%PDF", headers={"content-type": "application/pdf"}))
    await api.client.accounts.list()
    file = await api.client.invoices.download(3, "pdf.invoice")
    assert (file.content, file.media_type) == (b"%PDF", "application/pdf")
    for request in api.requests:
        assert request.headers["X-B2B-API-Key"] == KEY
        assert request.headers["X-B2B-API-Version"] == API_VERSION
        assert request.headers["User-Agent"].startswith("b2brouter-async/")


@pytest.mark.parametrize(
    "name", ["X-B2B-API-Key", "x-b2b-api-version", "HOST", "Content-Length", "bad name", "a\nb"]
)
async def test_a_call_cannot_override_the_key_or_the_version(wire: Callable[..., Wire], name: str) -> None:
    api = wire(ACCOUNTS)
    with pytest.raises(ArgumentError, match="headers"):
        await api.client.accounts.list(headers={name: "mine"})
    assert not api.requests
    assert not api.limiter.granted


async def test_further_headers_are_sent(wire: Callable[..., Wire]) -> None:
    api = wire(ACCOUNTS, headers={"X-Team": "a"})
    await api.client.with_options(headers={"X-Run": "1"}).accounts.list(headers={"accept": "text/plain"})
    (request,) = api.requests
    assert (request.headers["X-Team"], request.headers["X-Run"]) == ("a", "1")
    assert request.headers.get_list("accept") == ["text/plain"]


async def test_an_account_view_names_its_account(wire: Callable[..., Wire]) -> None:
    api = wire(reply(200, {"contacts": [], "meta": {"total_count": 0, "offset": 0, "limit": 25}}))
    with pytest.raises(ArgumentError, match="account"):
        api.client.contacts.list()
    view = api.client.account(123)
    await view.contacts.list()
    await view.contacts.list(9)
    assert api.lines == ["GET /accounts/123/contacts", "GET /accounts/9/contacts"]
    assert view.limiter is api.client.limiter
    assert api.client.default_account is None


async def test_closing_a_view_does_not_close_the_client(wire: Callable[..., Wire]) -> None:
    api = wire(ACCOUNTS)
    async with api.client.account(1) as view:
        await view.accounts.list()
    await api.client.accounts.list()
    await api.client.aclose()
    for closed in (api.client, view):
        with pytest.raises(ClientClosedError):
            await closed.accounts.list()
    with pytest.raises(ClientClosedError):
        async with api.client:
            pass
    assert api.limiter.out == 0


def test_a_library_that_is_not_installed_is_named_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    http_library.cache_clear()
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(
        ConfigurationError, match=r"transport: httpx2 is not installed: pip install .*\[httpx2\]"
    ):
        B2Brouter(KEY, transport="httpx2")
    http_library.cache_clear()


@pytest.mark.parametrize("name", ["httpx", "httpx2"])
async def test_requests_name_the_library_that_sends_them(name: Any) -> None:
    client = B2Brouter(KEY, transport=name)
    transport = client.caller.pipeline.transport
    assert transport.library.name_and_version.startswith(f"{name}/")
    assert type(transport._client()).__module__.partition(".")[0] == name
    assert f" {transport.library.name_and_version} " in transport._user_agent
    await client.aclose()


async def test_a_client_handed_in_is_not_closed() -> None:
    given = httpx.AsyncClient(transport=httpx.MockTransport(lambda r: reply(200, {"accounts": []})))
    async with B2Brouter(KEY, http_client=given, base_url="https://127.0.0.1:1") as client:
        await client.accounts.list()
    assert not given.is_closed
    await given.aclose()


async def test_a_client_of_our_own_is_closed_and_keeps_no_cookies() -> None:
    async with B2Brouter(KEY) as client:
        own = client.caller.pipeline.transport._client()
        request = own.build_request("GET", "https://api.b2brouter.net")
        own.cookies.extract_cookies(httpx.Response(200, headers={"set-cookie": "session=1"}, request=request))
        assert not list(own.cookies.jar)
    assert own.is_closed


async def test_a_child_process_makes_connections_of_its_own_and_leaves_the_parents_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = B2Brouter(KEY)
    transport = client.caller.pipeline.transport
    parents = transport._client()
    assert transport._client() is parents
    with monkeypatch.context() as forked:
        forked.setattr(os, "getpid", lambda: -1)
        childs = transport._client()
        assert childs is not parents
        await client.aclose()
        assert (childs.is_closed, parents.is_closed) == (True, False)
    await parents.aclose()


def test_a_client_and_its_key_are_not_pickled() -> None:
    client = B2Brouter(KEY)
    for thing in (client, client.caller.pipeline.key):
        with pytest.raises(TypeError):
            pickle.dumps(thing)
    secret = client.caller.pipeline.key
    assert copy.deepcopy(secret) == secret
    assert KEY not in repr(secret) + str(secret) + repr(client) + repr(client.caller) + repr(vars(client))


def test_importing_the_package_does_not_import_httpx() -> None:
    code = "import sys, b2brouter_async; print('httpx' in sys.modules, 'attrs' in sys.modules, 'anyio' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "False", "False"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("webhooks", "web_hooks"), ("invoice", "invoices"), ("Contacts", "contacts"), ("uplaod", "upload")],
)
def test_a_misspelt_attribute_is_told_what_was_meant(name: str, meant: str) -> None:
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'; did you mean '{meant}'"):
        getattr(B2Brouter(KEY), name)


def test_an_attribute_like_no_other_and_a_private_one_are_just_not_there() -> None:
    client = B2Brouter(KEY)
    for name in ("zzzz", "_binding"):
        with pytest.raises(AttributeError) as caught:
            getattr(client, name)
        assert "did you mean" not in str(caught.value)
    assert not hasattr(client, "zzzz")
    assert copy.copy(client.environment) == client.environment


@pytest.mark.parametrize(
    ("name", "meant"),
    [("enviroment", "environment"), ("retries", "retry"), ("apikey", "api_key"), ("time_out", "timeout")],
)
def test_a_misspelt_setting_is_told_what_was_meant_and_no_key(name: str, meant: str) -> None:
    with pytest.raises(TypeError, match=f"'{name}'; did you mean '{meant}'") as caught:
        cast("Any", B2Brouter)(**{"api_key": KEY, name: None})
    below = caught.value.__traceback__
    assert below is not None
    shown = traceback.TracebackException(TypeError, caught.value, below.tb_next, capture_locals=True)
    assert KEY not in "".join(shown.format())


def test_a_client_without_a_key_says_how_it_gets_one() -> None:
    with pytest.raises(TypeError, match=r"from_env"):
        cast("Any", B2Brouter)()


def test_a_client_is_not_opened_without_an_await() -> None:
    with pytest.raises(TypeError, match="async with"), cast("Any", B2Brouter(KEY)):
        pass


async def test_a_number_that_is_taken_is_in_the_error_with_the_way_to_the_other_invoice(
    wire: Callable[..., Wire],
) -> None:
    taken = {"error": {"code": "parameter_taken", "message": "taken", "param": "number"}}
    with pytest.raises(DuplicateNumberError) as caught:
        await wire(reply(422, taken)).client.invoices.create(1, invoice={"number": "F-1"})
    error = caught.value
    assert (error.number, error.invoice_id, error.retry) == ("F-1", None, "never")
    assert "client.invoices.find_by_number('F-1')" in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (again.number, str(again)) == ("F-1", str(error))
    error.invoice_id = 7
    assert "Invoice 7 has the number F-1" in str(error)


def test_the_burst_is_the_limiter_s() -> None:
    client = B2Brouter(KEY, base_url="https://burst.example", burst=12)
    assert client.limiter is B2Brouter(KEY, base_url="https://burst.example").limiter
    with pytest.raises(ConfigurationError, match="burst"):
        B2Brouter(KEY, limiter=client.limiter, burst=12)
