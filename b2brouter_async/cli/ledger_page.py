"""The ledger as a page in a browser: how it stands, what is in doubt and why, and what a person may have tried again.

It asks for no password, so it is served to this machine alone unless told otherwise. Whatever it shows of others is
escaped; nothing is changed but by a form with a token that other sites don't know.
"""

from __future__ import annotations

import hmac
import secrets
import socket
from contextlib import aclosing
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import anyio.to_thread
import uvicorn
from attrs import field, frozen
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route

from ..bulk.journal.errors import JournalError
from ..errors import ArgumentError, ConfigurationError
from ..fleet.overview import NEEDS_A_PERSON, Filter
from .output import printable, remarks
from .page import render_page

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from starlette.middleware.base import RequestResponseEndpoint
    from starlette.requests import Request
    from starlette.responses import Response

    from ..fleet.overview import Overview

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_MOST = 100
_LARGEST_FORM = 10_000
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def ledger_app(overview: Overview, *, names: Iterable[str] = ()) -> Starlette:
    """Return the page as an application.

    Args:
        overview: what is shown.
        names: what a browser may call it by, beside `localhost` and any address in figures: another site whose own name
            was made to lead here must not read it.
    """
    pages = _Pages(overview, {"localhost", *(name.lower() for name in names)})
    return Starlette(
        routes=[
            Route("/", pages.front),
            Route("/documents/{number:int}", pages.document),
            Route("/documents/{number:int}/{action}", pages.steer, methods=["POST"]),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=pages.by_a_known_name)],
    )


@frozen
class _Pages:
    overview: Overview
    known: Container[str]
    """Names that a browser may call the page by."""
    token: str = field(factory=lambda: secrets.token_urlsafe(32), init=False)
    """Made anew with each start: a page that was left open says so."""

    async def by_a_known_name(self, request: Request, answer: RequestResponseEndpoint) -> Response:
        if not _is_known(request.headers.getlist("host"), self.known):
            return PlainTextResponse(
                "This page is not known by that name. Start it with --name and the name, if it is yours.\n",
                400,
                headers=_HEADERS,
            )
        return await answer(request)

    async def front(self, request: Request) -> Response:
        account = request.query_params.get("account") or None
        told = request.query_params.get("told", "")
        try:
            values = await anyio.to_thread.run_sync(_front, self.overview, account)
        except JournalError as error:
            return self.problem(str(error), 503)
        return self.page("ledger.html", told=printable(told[:300]), account=account, **values)

    async def document(self, request: Request) -> Response:
        try:
            found = await anyio.to_thread.run_sync(self.overview.document, request.path_params["number"])
        except JournalError as error:
            return self.problem(str(error), 503)
        if found is None:
            return self.problem("The ledger has no such document.", 404)
        seen, sightings = found
        return self.page(
            "ledger_document.html",
            title=f"Document {seen.id}",
            tone=_tone(seen.what),
            lead=seen.what,
            when=str(seen.values["changed"]),
            refresh=None,
            seen=seen,
            sightings=sightings,
        )

    async def steer(self, request: Request) -> Response:
        if not await _is_ours(request, self.token):
            return self.problem(
                "The form is of another start of this page, or of another site. Load the page anew.", 403
            )
        number, action = request.path_params["number"], request.path_params["action"]
        act = {"retry": self.overview.retry, "release": self.overview.release}.get(action)
        if act is None:
            return self.problem("There is no such action.", 404)
        try:
            await anyio.to_thread.run_sync(act, number)
            told = (
                f"Document {number} {'is tried again' if action == 'retry' else 'may be taken up at once'}."
            )
        except ArgumentError as error:
            told = f"Document {error.problem}."
        except JournalError as error:
            return self.problem(str(error), 503)
        # Loading the answer anew presses nothing again.
        return RedirectResponse(f"/?told={quote(told)}", 303, headers=_HEADERS)

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        shown = render_page(template, token=self.token, database=str(self.overview.url), **values)
        return HTMLResponse(shown, status, headers=_HEADERS)

    def problem(self, text: str, status: int) -> Response:
        return self.page(
            "ledger_problem.html",
            status,
            title="It can't be done",
            tone="bad",
            lead=text,
            when="",
            refresh=None,
        )


def serve(overview: Overview, host: str, port: int, names: Sequence[str] = ()) -> None:
    """Serve the page until interrupted.

    Args:
        overview: what is shown.
        host: where it is served.
        port: 0 takes any free one.
        names: what a browser may call it by, beside this machine's own and addresses in figures.

    Raises:
        ConfigurationError: the address is taken.
        JournalError: the database can't be read.
    """
    try:
        host.encode("idna")
    except UnicodeError:
        raise ConfigurationError(f"--host: {host!r} is no name of a host") from None
    overview.stats(days=1)  # what can't be read is told now
    here = host in LOOPBACK
    app = ledger_app(overview, names=names if here else (*names, host, socket.gethostname()))
    try:
        listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except OSError as error:
        raise ConfigurationError(f"--host, --port: {host}:{port}: {error.strerror or error}") from None
    with listener:
        named = f"[{host}]" if ":" in host else host
        remarks().print(
            f"http://{named}:{listener.getsockname()[1]}/ shows {overview.url}; Ctrl-C ends it", markup=False
        )
        if not here:
            remarks().print(
                "It asks for no password: whoever reaches this address sees and steers the ledger."
            )
        uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off")).run(sockets=[listener])


def _front(overview: Overview, account: str | None) -> dict[str, Any]:
    stats = overview.stats(account=account)
    doubt = list(overview.documents(Filter(account=account, in_doubt=True), most=_MOST))
    dead = list(overview.documents(Filter(account=account, kinds=NEEDS_A_PERSON), most=_MOST))
    person = sum(stats.counts.get(kind, 0) for kind in NEEDS_A_PERSON)
    in_doubt = stats.counts.get("in doubt", 0)
    busiest = max(stats.minutes)
    return {
        "title": "Ledger" if account is None else f"Ledger of account {account}",
        "tone": "bad" if person else "warn" if in_doubt else "good",
        "lead": f"{stats.total:,} documents, as of {stats.now:%Y-%m-%d %H:%M:%S %Z}",
        "when": f"{stats.now:%H:%M}",
        "refresh": 10,
        "stats": stats,
        "person": person,
        "in_doubt": in_doubt,
        "bars": [{"count": count, "height": 100 * count / max(busiest, 1)} for count in stats.minutes],
        "busiest": busiest,
        "doubt": doubt,
        "dead": dead,
        "most": _MOST,
        "kinds": sorted({kind for day in stats.days for kind in day.counts}),
    }


def _tone(what: str) -> str:
    if what in ("created", "adopted"):
        return "good"
    return "bad" if what.replace(" ", "_") in NEEDS_A_PERSON else "warn"


def _is_known(hosts: Sequence[str], known: Container[str]) -> bool:
    """Tell whether a browser called the page by an address, or by a name of ours."""
    if len(hosts) != 1:
        return False
    try:
        host = urlsplit(f"//{hosts[0]}").hostname or ""
    except ValueError:
        return False
    if host in known:
        return True
    try:
        # Nobody's name leads astray here: there is none.
        ip_address(host)
    except ValueError:
        return False
    return True


async def _is_ours(request: Request, token: str) -> bool:
    # A browser says where the form came from; whoever says nothing needs the token all the same.
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("//")[2] != request.headers.get("host"):
        return False
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    body = b""
    async with aclosing(request.stream()) as stream:
        async for piece in stream:
            body += piece
            if len(body) > _LARGEST_FORM:
                return False
    given = parse_qs(body.decode("latin-1")).get("token", [""])[0]
    return hmac.compare_digest(given.encode("latin-1", "replace"), token.encode())
