"""`b2brouter webhooks`: list and make them, see what arrives, and test an endpoint of your own."""

from __future__ import annotations

import datetime
import json
import logging
import os
import socket
import sys
import time
from getpass import getpass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import anyio
import typer
from attrs import frozen

from ..config import refuse_misspelt
from ..errors import ConfigurationError
from .connection import BaseUrlOption, Connection, EnvironmentOption, KeyFileOption
from .output import print_error, print_json, print_table, printable, remarks
from .rows import Column, JsonOption, print_rows
from .which import YesOption, confirm

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from ..generated.models import WebHook
    from ..webhooks import Event, WebHooks

SECRET_VARIABLE = "B2BROUTER_WEBHOOK_SECRET"  # noqa: S105 - its name, not the secret
app: typer.Typer = typer.Typer(
    help="Web hooks: list and make them, see them arrive, test an endpoint of your own.", no_args_is_help=True
)

COLUMNS: tuple[Column[WebHook], ...] = (
    Column("id", lambda row: row.id, number=True),
    Column("address", lambda row: row.url),
    Column("in force", lambda row: "no" if row.enabled is False else "yes"),
    Column("events", lambda row: " ".join(map(str, row.events or ()))),
    Column("description", lambda row: row.description),
)

SecretFileOption = Annotated[
    Path | None,
    typer.Option(
        "--secret-file",
        metavar="FILE",
        help=f"File that holds the web hook's secret, one a line where there are several. Without it {SECRET_VARIABLE} "
        "is read, or the secret is asked for; it is never an argument, where others could see it.",
    ),
]


@app.command("listen")
def listen(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="PORT", help="The port; 0 takes a free one.")
    ] = 8080,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen on; this machine alone by default.")
    ] = "127.0.0.1",
    tolerance: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Seconds by which a call may be old.")
    ] = 300.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    secret_file: SecretFileOption = None,
) -> None:
    """Print every genuine event that arrives, until interrupted; each is answered 204 and stored nowhere.

    B2Brouter calls public https addresses alone: a tunnel or a proxy in front of this makes it one.
    """
    from ..webhooks import WebHooks

    seen: set[str] = set()

    def show(event: Event) -> None:
        _show(event, repeated=event.key in seen, as_json=as_json)
        seen.add(event.key)

    hooks = WebHooks(_secrets(secret_file), queue=show, tolerance=tolerance)
    logging.getLogger("b2brouter_async.webhooks").setLevel(logging.CRITICAL)  # said below, once
    try:
        server = _Server(host, port, hooks)
    except OSError as error:
        raise ConfigurationError(f"{host}:{port}: {error.strerror or error}") from None
    except TypeError:  # what IDNA has no form for
        raise ConfigurationError(f"--host: {host!r} is no name of a host") from None
    with server:
        bound = server.server_address[1]
        remarks().print(f"Listening at http://{host}:{bound}/ for POST, on every path.", markup=False)
        server.serve_forever()


@app.command("list")
def list_(
    as_json: JsonOption = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """List the web hooks of the key's group; their secrets were told once, when they were made."""
    connection = Connection(environment, base_url, key_file)

    async def fetch() -> list[WebHook]:
        async with connection.client() as client:
            return [hook async for hook in client.web_hooks.list(limit=500)]

    print_rows(anyio.run(fetch), COLUMNS, as_json=as_json)


@app.command("ensure")
def ensure(
    url: Annotated[str, typer.Argument(metavar="URL", help="Your endpoint, a public https address.")],
    codes: Annotated[
        list[str] | None,
        typer.Option(
            "--event", metavar="CODE", help="An event; more than once for several. Left out: all known."
        ),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Make it anew, with a new secret, and delete what was there."),
    ] = False,
    save_secret: Annotated[
        Path | None,
        typer.Option(
            "--save-secret",
            metavar="FILE",
            help="A new file for the secret, for you alone; left out, it is printed.",
        ),
    ] = None,
    description: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What people read about it.")
    ] = None,
    yes: YesOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="The web hook as one JSON object.")] = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """See that one web hook calls an address: made, changed, or left as it is.

    The secret is told once, when it is made; keep it where your secrets are kept.
    """
    connection = Connection(environment, base_url, key_file)
    client = connection.client()
    if replace:
        confirm(f"Replace the web hooks of {url}? Their secrets end with them.", yes=yes)
    logging.getLogger("b2brouter_async.webhooks").setLevel(logging.ERROR)  # said below, once

    async def work() -> WebHook:
        async with client:
            return await client.web_hooks.ensure(
                url, codes or list(EVENTS), replace=replace, description=description
            )

    # Before anything is made: a secret that can't be kept would be lost for good.
    file = None if save_secret is None else _new_file(save_secret)
    kept = False
    try:
        hook = anyio.run(work)
        secret = hook.signing_secret
        kept = secret is not None and file is not None and _keep(secret, file)
    finally:
        if file is not None and save_secret is not None:
            os.close(file)
            if not kept:
                save_secret.unlink(missing_ok=True)
    if as_json:
        shown = hook.to_dict()
        if kept:
            shown.pop("signing_secret", None)
        print_json(shown)
    elif secret is not None and not kept:
        print(printable(secret))
    what = "made" if secret is not None else "there, with these events"
    remarks().print(printable(f"Web hook {hook.id} is {what}: {hook.url}"), markup=False)
    if secret is None:
        remarks().print("Its secret was told when it was made; --replace makes another.", markup=False)


def _address(url: str) -> httpx.URL:
    import httpx

    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        address = httpx.URL()
    if address.scheme not in ("http", "https") or not address.host:
        raise ConfigurationError(f"{url} is no address; write it as https://host/path")
    return address


def _new_file(path: Path) -> int:
    """Make a file that nobody else can read."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigurationError(f"--save-secret: {path} is there already; nothing was made") from None
    except OSError as error:
        raise ConfigurationError(f"--save-secret: {path}: {error.strerror or error}") from None


def _keep(secret: str, file: int) -> bool:
    content = f"{secret}\n".encode()
    try:
        if os.write(file, content) == len(content):
            os.fsync(file)
            return True
        problem = "it took a part only"
    except OSError as error:
        problem = error.strerror or str(error)
    # It is told only once, so it goes where it can be seen.
    print_error(f"--save-secret: {problem}; the secret is printed instead")
    return False


@app.command("send")
def send(
    url: Annotated[str, typer.Argument(metavar="URL", help="Your endpoint.")],
    codes: Annotated[
        list[str] | None,
        typer.Option("--event", metavar="CODE", help="Only this event; more than once for several."),
    ] = None,
    hostile: Annotated[
        bool,
        typer.Option("--hostile", help="Also calls that must be refused, and odd ones that must not be."),
    ] = False,
    secret_file: SecretFileOption = None,
) -> None:
    """Send signed events to an endpoint, as B2Brouter would, and say how it answers.

    Their bodies are spelled as no JSON writer spells them: an endpoint that verifies what it has read and written
    anew refuses them. Exits with 1 where an answer is not the one that B2Brouter needs.
    """
    import httpx

    from ..config import is_loopback

    secret = _secrets(secret_file)[0]
    unknown = set(codes or ()) - set(EVENTS)
    if unknown:
        raise ConfigurationError(f"--event: {', '.join(sorted(unknown))} is none of {', '.join(EVENTS)}")
    target = _address(url)
    calls = list(_calls(secret, codes or list(EVENTS), hostile=hostile))
    rows: list[tuple[object, ...]] = []
    wrong = 0
    # The certificate is checked as B2Brouter would; a proxy of the environment doesn't stand before this machine.
    with httpx.Client(timeout=15, trust_env=not is_loopback(target.host)) as client:
        for call in calls:
            begun = time.monotonic()
            try:
                content = iter([call.body[:20], call.body[20:]]) if call.chunked else call.body
                reply = client.post(
                    target, content=content, headers=[("Content-Type", "application/json"), *call.headers]
                )
                answer: object = reply.status_code
                good = reply.is_success is call.taken and reply.status_code < 500
            except httpx.HTTPError as error:
                answer, good = f"{type(error).__name__}: {error}", False
            wrong += not good
            took = f"{1000 * (time.monotonic() - begun):.0f} ms"
            rows.append((call.code, call.what, answer, took, "" if good else call.expected))
    print_table(("event", "call", "answer", "took", "expected"), rows)
    if wrong:
        remarks().print(f"{wrong} of {len(rows)} answers are not what B2Brouter needs.", markup=False)
        raise typer.Exit(1)


@frozen
class _Call:
    code: str
    what: str
    body: bytes
    headers: list[tuple[str, str]]
    taken: bool = True
    chunked: bool = False

    @property
    def expected(self) -> str:
        return "2xx, or it comes again and again" if self.taken else "4xx: it is not genuine, or not timely"


# What each event tells beside its id; the simulator's own, in the shapes of behaviour 45.
EVENTS: dict[str, str] = {
    "issued_invoice.state_change": '"invoice_id": 4919801, "event_id": %d, "state": "registered", "notes": "señor \\u00d1and\\u00fa: 10 €"',
    "received_invoice.created": '"invoice_id":5020011,"account_id":483921,"state":"new","event_id":null,"number":"F-%d"',
    "received_invoice.state_change": '"state" : "accepted", "invoice_id" : 5020011, "event_id" : %d, "notes" : null',
    "tax_report.state_change": '"tax_report_id":42,"event_id":%d,"state":"registered","object":{"id":42,"state":"registered","tax_inclusive_amount":121.00,"qr":"https:\\/\\/example.test\\/qr"}',
    "ledger.state_change": '"ledger_id":55120,"event_id":%d,"state":"acknowledged","notes":null',
    "tin_verification.finished": '"id":%d,"status":"finished"',
    "sii_batch.finished": '"batch_id":%d,"status":"finished","status_url":"https:\\/\\/example.test\\/912"',
}


def _calls(secret: str, codes: list[str], *, hostile: bool) -> Iterator[_Call]:
    from ..webhooks import SIGNATURE_HEADER, sign

    now = time.time()

    def signature(body: bytes, *, key: str = secret, at: float = now) -> tuple[str, str]:
        return SIGNATURE_HEADER, sign(body, key, now=at)

    for place, code in enumerate(codes):
        body = _body(code, EVENTS[code], place)
        yield _Call(code, "genuine", body, [signature(body)])
        if place or not hostile:
            continue
        genuine = signature(body)
        changed = json.dumps(json.loads(body)).encode()
        unknown = _body("invoice.frozen", '"event_id":%d', place)
        yield _Call(code, "the same again", body, [genuine])
        yield _Call(code, "in chunks, without a length", body, [genuine], chunked=True)
        yield _Call("invoice.frozen", "a code that nobody knows", unknown, [signature(unknown)])
        yield _Call(code, "no signature", body, [], taken=False)
        yield _Call(
            code, "signed with another secret", body, [signature(body, key="whsec_other")], taken=False
        )
        yield _Call(code, "read and written anew", changed, [genuine], taken=False)
        yield _Call(code, "a day late", body, [signature(body, at=now - 86_400)], taken=False)
        yield _Call(code, "a day ahead", body, [signature(body, at=now + 86_400)], taken=False)
        yield _Call(
            code, "two signatures, one right", body, [genuine, (SIGNATURE_HEADER, "t=1,s=2")], taken=False
        )


def _body(code: str, data: str, place: int) -> bytes:
    number = time.time_ns() // 1000 + place
    root = f'"id":{number},' if code == "tax_report.state_change" else ""
    end = "\n" if place % 2 else ""
    return f'{{{root}"code": "{code}","triggered_at":{int(time.time())}, "data":{{{data % number}}}}}{end}'.encode()


def _secrets(secret_file: Path | None) -> list[str]:
    """Return the secrets: from a file, from the environment, or asked for at the terminal."""
    if secret_file is not None:
        try:
            text = secret_file.read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(f"--secret-file: {secret_file}: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"--secret-file: {secret_file} holds no text") from None
        secrets = [line.strip() for line in text.splitlines() if line.strip()]
        if not secrets:
            raise ConfigurationError(f"--secret-file: {secret_file} is empty")
        return secrets
    if os.environ.get(SECRET_VARIABLE, "").strip():
        return [os.environ[SECRET_VARIABLE].strip()]
    refuse_misspelt([SECRET_VARIABLE])
    if sys.stdin.isatty():
        asked = getpass("Secret of the web hook: ").strip()
        if asked:
            return [asked]
    raise ConfigurationError(f"there is no secret; set {SECRET_VARIABLE}, or name a file with --secret-file")


def _show(event: Event, *, repeated: bool, as_json: bool) -> None:
    told: Any = event.data
    data: object = told.to_dict() if hasattr(told, "to_dict") else told
    if as_json:
        print_json(
            {
                "key": event.key,
                "code": event.code,
                "triggered_at": event.triggered_at,
                "account_id": event.account_id,
                "repeated": repeated,
                "data": data,
            }
        )
    else:
        fields = cast("dict[str, object]", data) if isinstance(data, dict) else dict[str, object]()
        state = fields.get("state") or fields.get("status") or ""
        moment = datetime.datetime.now().strftime("%H:%M:%S")
        line = f"{moment}  {event.key}  {state}{'  (again)' if repeated else ''}"
        sys.stdout.write(printable(line) + "\n")
    sys.stdout.flush()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A port somebody listens on already is refused, not shared.
    allow_reuse_port = False

    def __init__(self, host: str, port: int, hooks: WebHooks) -> None:
        self.hooks = hooks
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_POST(self) -> None:
        hooks = cast("_Server", self.server).hooks
        headers = self.headers.get_all("X-B2Brouter-Signature")
        body = self._body(hooks.max_body) if headers else b""
        if body is None:
            self._answer(413, "the body is too large, or its length is none")
            return
        answer = hooks.receive_sync(
            body, ",".join(headers) if headers else None, encoding=self.headers.get("Content-Encoding")
        )
        if answer.status != 204:
            remarks().print(f"refused: {printable(answer.text)}", markup=False)
        self._answer(answer.status, answer.text)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _body(self, most: int) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks(most)
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or int(length[:20]) > most:
            return None
        return self.rfile.read(int(length))

    def _chunks(self, most: int) -> bytes | None:
        body = bytearray()
        while True:
            try:
                size = int(self.rfile.readline(100).split(b";")[0], 16)
            except ValueError:
                return None
            if size < 0 or len(body) + size > most:
                return None
            if size == 0:
                self.rfile.readline(1000)
                return bytes(body)
            body += self.rfile.read(size)
            self.rfile.readline(10)

    def _answer(self, status: int, text: str) -> None:
        # What was not read of this request must not be taken for the next one.
        self.close_connection = True
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(text.encode())))
            self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        if status != 204:
            self.wfile.write(text.encode())
