"""The way to the server: proxies, certificates, and what is said where it is closed."""

from __future__ import annotations

import os
import socket
import ssl
import traceback
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from b2brouter_async import APIConnectionError, B2Brouter, ConfigurationError, ServerError
from b2brouter_async._call import http_library
from b2brouter_async._call.connection_errors import NOT_REACHED, PROXY_REFUSED, TLS_REFUSED
from b2brouter_async._call.proxies import excludes
from b2brouter_async.config import ProxyURL

from .conftest import KEY, RecordingLimiter, Wire
from .test_wire import peer, unused_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio

PROXY_VARIABLES = (
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "HTTP_PROXY",
    "NO_PROXY",
    "no_proxy",
)


@pytest.fixture(autouse=True)
def _no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXY_VARIABLES, "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    http_library._default_ssl_context.cache_clear()


def everything_in(error: BaseException) -> str:
    """Return what a logger shows that prints the variables of all frames but the tests' own, and every context."""
    said: list[str] = []
    at: BaseException | None = error
    while at is not None:
        frame = at.__traceback__
        while frame is not None and frame.tb_frame.f_code.co_filename == __file__:
            frame = frame.tb_next
        shown = traceback.TracebackException(type(at), at, frame, capture_locals=True)
        said += [*shown.format(chain=False), repr(vars(at))]
        at = at.__cause__ or at.__context__
    return "".join(said)


UNUSABLE = [
    "gopher://jane:geheim@proxy.example:1",
    "http://jane:geheim@proxy.example:port",
    "http://jane:ge@heim@proxy.example:99999",
    "jane:geheim@",
    "http://jane:geheim@",
    "http://jane:geheim",
    "http://jane:geheim@[::1",
    "http://jane:geheim%zz@[proxy.example]",
    "http://jane:geheim@proxy.example\x7f:80",
    "//jane:geheim@proxy.example",
    "jane:geheim\udce4@proxy example",
    "http://jane%3Ageheim@pro\u2100xy:1",
]


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("value", UNUSABLE)
async def test_an_unusable_proxy_of_the_environment_is_named_and_no_part_of_it_is_said(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    limiter = RecordingLimiter()
    async with B2Brouter(KEY, limiter=limiter) as client:
        with pytest.raises(ConfigurationError, match=variable) as caught:
            await client.accounts.get(1)
    assert limiter.outcomes == ["unsent"]
    for part in ("geheim", "jane", "proxy.example", "heim"):
        assert part not in everything_in(caught.value)


@pytest.mark.parametrize("value", UNUSABLE)
def test_no_part_of_an_unusable_proxy_given_to_the_client_is_said(value: str) -> None:
    def make(given: list[str]) -> None:
        B2Brouter(KEY, proxy=given.pop())

    with pytest.raises(ConfigurationError, match="proxy") as caught:
        make([value])
    for part in ("geheim", "jane", "proxy.example"):
        assert part not in everything_in(caught.value)


def test_a_proxys_url_shows_itself_to_nobody() -> None:
    client = B2Brouter(KEY, proxy="http://jane:geheim@proxy.example")
    assert "geheim" not in repr(ProxyURL("http://jane:geheim@proxy")) + repr(
        vars(client.caller.pipeline.transport)
    )


async def test_a_proxy_that_refuses_is_told_without_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = b"HTTP/1.1 407 who is jane:geheim\r\nContent-Length: 0\r\n\r\n"
    async with peer(refusal) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.url.replace("http://", "http://jane:gehe%69m@"))
        async with B2Brouter(KEY, limiter=RecordingLimiter(), max_attempts=1) as client:
            with pytest.raises(APIConnectionError) as caught:
                await client.accounts.get(1)
    assert str(caught.value) == (
        f"accounts.get: the proxy on the way to api.b2brouter.net refused: 407. {PROXY_REFUSED}"
    )
    assert (caught.value.sent, caught.value.host, caught.value.hint) == (
        False,
        "api.b2brouter.net",
        PROXY_REFUSED,
    )
    assert len(server.requests) == 1
    for part in ("geheim", "jane"):
        assert part not in everything_in(caught.value)


async def test_a_proxy_of_a_client_that_was_handed_in_is_told_without_its_own_words_too() -> None:
    refusal = b"HTTP/1.1 407 who is jane:geheim\r\nContent-Length: 0\r\n\r\n"
    async with peer(refusal) as server:
        proxy = server.url.replace("http://", "http://jane:geheim@")
        async with (
            httpx.AsyncClient(proxy=proxy, trust_env=False) as http,
            B2Brouter(KEY, http_client=http, limiter=RecordingLimiter(), max_attempts=1) as client,
        ):
            with pytest.raises(APIConnectionError, match=r"refused: 407\.") as caught:
                await client.accounts.get(1)
    for part in ("geheim", "jane"):
        assert part not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost:{port}", "{long}.example"])
async def test_a_proxy_that_is_not_there_is_told_without_its_name(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    name = host.format(port=unused_port(), long="geheim" * 20)
    monkeypatch.setenv("ALL_PROXY", f"http://jane:geheim@{name}")
    async with B2Brouter(KEY, limiter=RecordingLimiter(), max_attempts=1) as client:
        with pytest.raises(APIConnectionError, match=r"api\.b2brouter\.net") as caught:
            await client.accounts.get(1)
    assert not caught.value.sent
    for part in ("geheim", "jane", str(name)):
        assert part not in everything_in(caught.value)


@pytest.mark.parametrize(
    ("no_proxy", "url"),
    [
        ("*", "https://api.example"),
        ("a.example, api.example", "https://api.example"),
        ("a.example api.example", "https://api.example"),
        ("example", "https://api.example"),
        (".example", "https://api.example"),
        ("*.example", "https://api.example"),
        ("API.EXAMPLE.", "https://api.example"),
        ("api.example:8443", "https://api.example:8443"),
        ("https://api.example", "https://api.example"),
        ("localhost", "https://localhost:1"),
        ("127.0.0.1", "https://127.0.0.1"),
        ("10.0.0.0/8", "https://10.1.2.3"),
        ("10.9.9.9/8", "https://10.1.2.3:444"),
        ("::1", "https://[::1]"),
        ("[::1]", "https://[::1]:8443"),
        ("[::1]:8443", "https://[::1]:8443"),
        ("0:0:0:0:0:0:0:1", "https://[::1]"),
        ("fd00::/8", "https://[fd12:3456::1]"),
        ("FD00::/8", "https://[fd12:3456::1]:99"),
        ("[fd00::]/8", "https://[fd12:3456::1]"),
        ("[fd00::/8]", "https://[fd12:3456::1]"),
        ("10.0.0.0/8", "https://[::ffff:10.1.2.3]"),
        ("::ffff:10.0.0.0/104", "https://10.1.2.3"),
        ("nonsense/8/8, [::1, :::, 300.0.0.0/8, fd00::/8", "https://[fd12::1]"),
    ],
)
def test_no_proxy_names_servers_domains_addresses_and_ranges(no_proxy: str, url: str) -> None:
    assert excludes(no_proxy, url)


@pytest.mark.parametrize(
    ("no_proxy", "url"),
    [
        ("", "https://api.example"),
        ("xample", "https://api.example"),
        ("other.example", "https://api.example"),
        ("api.example:8443", "https://api.example"),
        ("http://api.example", "https://api.example"),
        ("10.0.0.0/8", "https://11.1.2.3"),
        ("0.0.1", "https://10.0.0.1"),
        ("[::1]:1", "https://[::1]"),
        ("fd00::/8", "https://[fe80::1]"),
        ("fd00::/8", "https://fd00.example"),
        ("/8", "https://10.0.0.1"),
        ("[], [, ], :, /, //, ://, .", "https://api.example"),
    ],
)
def test_no_proxy_names_no_other(no_proxy: str, url: str) -> None:
    assert not excludes(no_proxy, url)


@pytest.mark.parametrize(
    ("no_proxy", "proxied"), [("fd00::/8,127.0.0.0/8", False), ("fd00::/8,[::1]", True), ("[::1", True)]
)
async def test_what_no_proxy_names_is_reached_directly(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, proxied: bool
) -> None:
    async with peer(b"HTTP/1.1 502 no\r\nContent-Length: 0\r\n\r\n") as server:
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        monkeypatch.setenv("NO_PROXY", no_proxy)
        url = f"https://127.0.0.1:{unused_port()}"
        async with B2Brouter(KEY, base_url=url, limiter=RecordingLimiter(), max_attempts=1) as client:
            with pytest.raises(APIConnectionError):
                await client.accounts.get(1)
        assert [request.split()[0] for request in server.requests] == ([b"CONNECT"] if proxied else [])


@pytest.mark.parametrize(
    ("variable", "kind"),
    [
        *(("SSL_CERT_FILE", kind) for kind in ("missing", "folder", "file", "looped")),
        *(("SSL_CERT_DIR", kind) for kind in ("missing", "file", "looped")),
    ],
)
async def test_certificates_that_cannot_be_read_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, kind: str
) -> None:
    place = tmp_path / "certificates"
    if kind == "folder":
        place.mkdir()
    elif kind == "file":
        place.write_text("no certificate")
    elif kind == "looped":
        place.symlink_to(place)
    monkeypatch.setenv(variable, str(place))
    limiter = RecordingLimiter()
    async with B2Brouter(KEY, limiter=limiter) as client:
        with pytest.raises(ConfigurationError, match=f"{variable}: {place}") as caught:
            await client.accounts.get(1)
    assert caught.value.argument == variable
    assert limiter.outcomes == ["unsent"]


async def test_of_several_folders_of_certificates_the_unreadable_one_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", os.pathsep.join([str(tmp_path), str(tmp_path / "gone")]))
    async with B2Brouter(KEY, limiter=RecordingLimiter()) as client:
        with pytest.raises(ConfigurationError, match="gone"):
            await client.accounts.get(1)


async def test_an_ssl_context_of_ones_own_needs_no_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone"))
    url = f"https://127.0.0.1:{unused_port()}"
    own: dict[str, Any] = {"ssl_context": ssl.create_default_context(), "limiter": RecordingLimiter()}
    async with B2Brouter(KEY, base_url=url, max_attempts=1, **own) as client:
        with pytest.raises(APIConnectionError):
            await client.accounts.get(1)


async def test_plain_http_reads_no_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone"))
    async with peer(b"HTTP/1.1 502 no\r\nContent-Length: 0\r\n\r\n") as server:
        async with B2Brouter(KEY, base_url=server.url, limiter=RecordingLimiter(), max_attempts=1) as client:
            with pytest.raises(ServerError):
                await client.accounts.get(1)
        assert len(server.requests) == 1


async def test_a_server_that_is_not_there_is_named_with_where_to_look() -> None:
    port = unused_port()
    async with B2Brouter(
        KEY, base_url=f"http://127.0.0.1:{port}", limiter=RecordingLimiter(), max_attempts=1
    ) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.accounts.get(1)
    assert str(caught.value).startswith(f"accounts.get: no connection to 127.0.0.1:{port}: ")
    assert str(caught.value).endswith(NOT_REACHED)
    assert caught.value.retry == "later"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (httpx.ConnectError("[Errno -2] Name or service not known"), f"not known. {NOT_REACHED}"),
        (httpx.ConnectTimeout(""), f"no connection to api.b2brouter.net within 10 s. {NOT_REACHED}"),
        (httpx.PoolTimeout(""), "no free connection to api.b2brouter.net in time"),
        (httpx.ReadTimeout(""), "no answer from api.b2brouter.net in time"),
        (httpx.ReadError("reset"), "the connection to api.b2brouter.net broke while reading: reset"),
        (socket.gaierror(-2, "unknown name"), "unknown name"),
        (
            UnicodeError("label too long"),
            f"no connection to api.b2brouter.net: DNS has no such names. {NOT_REACHED}",
        ),
    ],
)
async def test_every_broken_connection_names_the_host(
    wire: Callable[..., Wire], error: Exception, said: str
) -> None:
    api = wire(error, max_attempts=1)
    with pytest.raises(APIConnectionError, match=r"api\.b2brouter\.net") as caught:
        await api.client.invoices.get(5)
    assert str(caught.value).endswith(said)


async def test_a_certificate_that_is_not_trusted_says_how_it_can_be(wire: Callable[..., Wire]) -> None:
    untrusted = httpx.ConnectError("certificate verify failed")
    untrusted.__cause__ = ssl.SSLCertVerificationError(1, "certificate verify failed")
    with pytest.raises(APIConnectionError) as caught:
        await wire(untrusted, max_attempts=1).client.invoices.get(5)
    assert caught.value.hint == TLS_REFUSED
    assert "SSL_CERT_FILE" in str(caught.value)
