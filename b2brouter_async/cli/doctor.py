"""`b2brouter doctor`: what stands between this machine and the API, in words."""

from __future__ import annotations

import datetime
import os
import ssl
import sys
import time
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

import anyio
import typer
from attrs import define, field

from ..errors import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    B2BrouterError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
)
from .connection import (
    BaseUrlOption,
    Connection,
    EnvironmentOption,
    KeyFileOption,
    OptionalAccountOption,
)
from .error_texts import error_text
from .output import plural, print_json, printable, results

if TYPE_CHECKING:
    from pathlib import Path

    from .._core.replies import Reply
    from ..client import B2Brouter

State = Literal["ok", "warning", "failed", "unknown"]
_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red", "unknown": "dim"}
_PATIENCE = 20.0
"""Seconds for one question."""
_APART = 30.0
"""Seconds that clocks may be apart without a word; web hooks are refused beyond 300 (behaviour 44)."""
_WEB_HOOKS = 300.0


def doctor(
    account: OptionalAccountOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a check.")] = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Check key, environment, proxy, certificates, connection, version, clock, limit and account, and say what is wrong.

    At most two requests are sent, and both only read. Exits with 1 where a check has failed.
    """
    checks = Checks()
    client = _client(checks, Connection(environment, base_url, key_file), key_file, account)
    if client is not None:
        _proxy(checks, client.base_url)
        _certificates(checks, client.base_url)
        anyio.run(_ask, checks, client)
    for check in checks.found:
        if as_json:
            print_json({"check": check.name, "state": check.state, "text": printable(check.text)})
        else:
            results().print(f"{check.state:<8} ", style=_COLOURS[check.state], end="")
            results().print(f"{check.name:<13} {printable(check.text)}", markup=False)
    if any(check.state == "failed" for check in checks.found):
        raise typer.Exit(1)


@define
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    text: str


@define
class Checks:
    """What was looked at so far."""

    found: list[Check] = field(factory=list[Check])

    def add(self, name: str, state: State, text: str) -> None:
        """Note what came of a check."""
        self.found.append(Check(name, state, text))


def _client(
    checks: Checks, connection: Connection, key_file: Path | None, account: str | None
) -> B2Brouter | None:
    from ..client import library_version

    checks.add("program", "ok", f"{library_version()} python/{sys.version.split()[0]}")
    try:
        client = connection.client(account=account)
    except B2BrouterError as error:
        checks.add("key", "failed", error_text(error))
        return None
    source = "the file of --key-file" if key_file is not None else "the environment variables, or asked for"
    kind = "starts with test_" if client.environment.name == "sandbox" else "does not start with test_"
    checks.add("key", "ok", f"from {source}; it {kind}")
    environment = client.environment
    host = urlsplit(client.base_url).netloc
    usual = host == urlsplit(environment.base_url).netloc
    checks.add(
        "environment",
        "ok",
        f"{environment.name}, at {client.base_url}{'' if usual else ' (not B2Brouter: --base-url says so)'}",
    )
    return client


def _proxy(checks: Checks, base_url: str) -> None:
    from .._call.proxies import environment_proxy

    if base_url.startswith("http:"):
        checks.add("proxy", "ok", "none: this machine is reached without")
        return
    found = environment_proxy(base_url)
    if found is None:
        checks.add("proxy", "ok", "none: neither HTTPS_PROXY nor ALL_PROXY names one for this server")
        return
    name, url = found
    # The address alone: a name and a password may stand beside it.
    parts = urlsplit(url.reveal())
    try:
        place = parts.hostname or "", parts.port
    except ValueError:
        checks.add("proxy", "failed", f"{name} holds no address; write it as http://host:port")
        return
    host = f"{place[0]}:{place[1]}" if place[1] else place[0]
    checks.add("proxy", "ok", f"{host}, from {name}; NO_PROXY would leave servers out")


def _certificates(checks: Checks, base_url: str) -> None:
    if base_url.startswith("http:"):
        checks.add("certificates", "ok", "none: plain http, to this machine alone")
        return
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not file and not folder:
        checks.add(
            "certificates", "ok", "the usual ones; SSL_CERT_FILE names others, where a company inspects TLS"
        )
        return
    named = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
    try:
        context = ssl.create_default_context(cafile=file or None, capath=None if file else folder)
    except (OSError, ssl.SSLError) as error:
        checks.add("certificates", "failed", f"{named} is {file or folder}, which can't be used: {error}")
        return
    held = len(context.get_ca_certs())
    if file and not held:
        checks.add("certificates", "failed", f"SSL_CERT_FILE is {file}, which holds no certificate")
        return
    told = f"{file}, {plural(held, 'certificate')}" if file else f"{folder}"
    checks.add("certificates", "ok", f"{told}, from {named}")


async def _ask(checks: Checks, client: B2Brouter) -> None:
    from .._call.instrumentation import recorded_replies

    async with client:
        patient = client.with_options(max_attempts=1, deadline=_PATIENCE)
        begun, clock = time.monotonic(), time.time()
        with recorded_replies() as replies:
            seen = await _accounts(checks, patient, begun)
        if replies:
            _clock(checks, replies[-1], clock + (time.monotonic() - begun) / 2)
            _limit(checks, client, replies[-1])
        if seen is not None and client.default_account is not None:
            await _account(checks, patient)


async def _accounts(checks: Checks, client: B2Brouter, begun: float) -> int | None:
    """Ask for one account; return how many there are, where the key is taken."""
    host = urlsplit(client.base_url).netloc
    try:
        page = await client.accounts.list(limit=1)
    except APIConnectionError as error:
        checks.add("connection", "failed", error_text(error))
        return None
    except APIStatusError as error:
        checks.add("connection", "ok", _answered(host, begun))
        _refused(checks, client, error)
        return None
    except B2BrouterError as error:
        checks.add("connection", "failed", error_text(error))
        return None
    checks.add("connection", "ok", _answered(host, begun))
    checks.add("version", "ok", f"{client.api_version} is served")
    many = len(page.items) if page.total_count is None else page.total_count
    if not many:
        checks.add("access", "warning", "the key is taken, and sees no account")
    else:
        checks.add("access", "ok", f"it sees {plural(many, 'account')}")
    return many


def _answered(host: str, begun: float) -> str:
    return f"{host} answered in {1000 * (time.monotonic() - begun):,.0f} ms"


def _refused(checks: Checks, client: B2Brouter, error: APIStatusError) -> None:
    """Say what an error reply is about."""
    text = error_text(error)
    if error.code in ("invalid_api_version", "missing_api_version", "api_version_subdomain_mismatch"):
        checks.add("version", "failed", f"{client.api_version} is refused: {text}")
    elif isinstance(error, (AuthenticationError, PermissionDeniedError)):
        checks.add("access", "failed", text)
    elif isinstance(error, RateLimitedError):
        checks.add("limit", "failed", f"another program uses this key up: {text}")
    else:
        checks.add("server", "failed", text)


def _clock(checks: Checks, reply: Reply, now: float) -> None:
    from .._core.replies import date_of

    there = date_of(reply)
    if there is None:
        checks.add("clock", "unknown", "the server doesn't tell the time")
        return
    # The header counts whole seconds.
    ahead = now - there.timestamp() - 0.5
    shown = datetime.timedelta(seconds=round(abs(ahead)))
    if abs(ahead) <= _APART:
        checks.add("clock", "ok", f"{abs(ahead):.0f} s from the server's")
    elif abs(ahead) <= _WEB_HOOKS:
        checks.add(
            "clock", "warning", f"{shown} {'ahead of' if ahead > 0 else 'behind'} the server's; set it right"
        )
    else:
        checks.add(
            "clock",
            "failed",
            f"{shown} {'ahead of' if ahead > 0 else 'behind'} the server's: genuine web hooks are refused, and lost "
            "replies are not found; set it right",
        )


def _limit(checks: Checks, client: B2Brouter, reply: Reply) -> None:
    if any(check.name == "limit" for check in checks.found):
        return
    here = client.limiter.snapshot().limit
    told = {
        name: value
        for name, value in reply.headers.items()
        if "ratelimit" in name.replace("-", "") or name == "retry-after"
    }
    said = (
        f"; the server says {', '.join(f'{name}: {value}' for name, value in sorted(told.items()))}"
        if told
        else ""
    )
    checks.add("limit", "ok", f"{here:,} requests a minute here, for all programs of this key together{said}")


async def _account(checks: Checks, client: B2Brouter) -> None:
    number = client.default_account
    try:
        account = await client.accounts.get()
    except NotFoundError:
        checks.add(
            "account", "failed", f"the key sees no account {number}; `b2brouter accounts` lists those it sees"
        )
        return
    except B2BrouterError as error:
        checks.add("account", "failed", error_text(error))
        return
    if account.archived:
        checks.add("account", "failed", f"{number}, {account.name}, is archived: nothing can be sent for it")
        return
    parts = [part for part in (account.name, account.tin_value, account.country) if part]
    checks.add("account", "ok", f"{number}: {', '.join(parts)}")
