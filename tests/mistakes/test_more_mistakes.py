"""What is of another kind than what is meant, or used in another way, is told before anything is sent."""

from __future__ import annotations

import datetime
import traceback
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import anyio
import httpx
import pytest

from b2brouter_async import (
    ArgumentError,
    B2Brouter,
    ClientClosedError,
    ConfigurationError,
    NotFoundError,
    RetryPolicy,
    qr_code,
    wait_for_document,
    wait_until,
)
from b2brouter_async.einvoice import read_document
from b2brouter_async.models import ContactInput, InvoiceContactInput, InvoiceInput, InvoiceLineInput
from b2brouter_async.pytest_plugin import make_client
from b2brouter_async.simulator import Simulator
from b2brouter_async.tables import Table, propose, read_mapping
from b2brouter_async.webhooks import WebHooks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from b2brouter_async.bulk import Upload

pytestmark = pytest.mark.anyio
KEY = "test_mistakes"
ON_THE_CLASS: Any = B2Brouter
XML = Path("invoice.xml")
LINE = InvoiceLineInput(description="x", quantity=Decimal(1), price=Decimal(1))


class Wrong:
    """A setting of no kind that fits."""


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"base_url": Path("x")}, "base_url: expected text, got .*Path; write it as https://"),
        ({"base_url": 8000}, "base_url: expected text, got int"),
        ({"base_url": "localhost:8000"}, "base_url: write it as https://"),
        ({"api_version": datetime.date(2026, 6, 26)}, "api_version: expected text as YYYY-MM-DD, got date"),
        ({"headers": [("X-Job", "night")]}, "headers: expected a dictionary of names and values, got list"),
        ({"middleware": "log"}, "middleware: pass a list"),
        ({"middleware": [3]}, "middleware: each is an async function"),
        ({"middleware": 3}, "middleware: pass a list"),
        ({"limiter": 100}, "limiter: expected a RateLimiter, got int; a number goes to requests_per_minute="),
        ({"ssl_context": False}, r"ssl_context: expected an ssl\.SSLContext, got bool"),
        ({"ssl_context": "ca.pem"}, r"ssl_context: .*got str; .*create_default_context\(cafile="),
        ({"user_agent": 3}, "user_agent: expected text, got int"),
        ({"retry": 3}, "retry: pass a RetryPolicy"),
        ({"cache": 300}, "cache: pass True, False or CacheSettings"),
        ({"timeout": "30"}, "timeout: expected a number of seconds, got str"),
        ({"timeout": datetime.timedelta(seconds=3)}, "timeout: expected a number of seconds, got timedelta"),
        ({"requests_per_minute": "100"}, "requests_per_minute: '100' is no whole number above 0"),
        ({"http_client": httpx.Client}, "http_client: expected an httpx.AsyncClient"),
        ({"account": "Acme SL"}, r"account: 'Acme SL' is no id; client\.accounts\.list\(\) shows the ids"),
        ({"account": -3}, "account: -3 is no id; ids are above 0"),
        ({"account": " 1234"}, "account: ' 1234' has a space around it; pass it stripped"),
        ({"account": 12.0}, "account: expected an id or a code"),
        (
            {"environment": "http://127.0.0.1:8000"},
            "environment: this is an address, which goes to base_url=",
        ),
    ],
)
def test_a_setting_of_another_kind_is_refused_where_the_client_is_made(
    settings: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        B2Brouter(KEY, **settings)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: B2Brouter("sandbox", KEY), "environment: this looks like a key, which comes first"),  # type: ignore[arg-type]
        (lambda: B2Brouter(KEY, account=KEY), "account: this is the key; pass the account's id"),
        (lambda: B2Brouter(KEY).account(KEY), "account: this looks like a key; pass the account's id"),
        (lambda: B2Brouter(KEY).invoices.list(KEY), "account: this looks like a key; pass the account's id"),
        (
            lambda: B2Brouter("live_key_mistaken", "staging", account="live_key_mistaken"),
            "account: this is the key; pass the account's id",
        ),
    ],
)
def test_a_key_in_the_wrong_place_is_told_and_not_shown(make: Callable[[], object], told: str) -> None:
    with pytest.raises((ConfigurationError, ArgumentError), match=told) as raised:
        make()
    shown = "".join(traceback.format_exception(raised.value, limit=0)) + repr(raised.value)
    assert KEY not in shown
    assert "live_key_mistaken" not in shown


def test_an_address_in_place_of_the_key_is_told() -> None:
    with pytest.raises(ConfigurationError, match="api_key: this is an address, which goes to base_url="):
        B2Brouter("http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"max_attempts": "3"}, "RetryPolicy: max_attempts: expected a whole number, got str"),
        ({"max_attempts": 2.5}, "RetryPolicy: max_attempts: expected a whole number, got float"),
        ({"cap": "10"}, "RetryPolicy: cap: expected seconds, got str"),
        ({"refused_for": datetime.timedelta(1)}, "RetryPolicy: refused_for: expected seconds, got timedelta"),
    ],
)
def test_a_policy_of_texts_is_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(TypeError, match=told):
        RetryPolicy(**settings)


@pytest.mark.parametrize(
    ("use", "error", "told"),
    [
        (lambda: ON_THE_CLASS.upload("x"), TypeError, r"then client\.upload\(…\)"),
        (lambda: ON_THE_CLASS.account(1234), TypeError, r"async with B2Brouter\(…\) as client, then client\.account"),
        (lambda: ON_THE_CLASS.request("GET", "/accounts"), TypeError, r"then client\.request\(…\)"),
        (lambda: ON_THE_CLASS.invoices.list(), AttributeError, r"then client\.invoices"),
        (lambda: ON_THE_CLASS.received.process, AttributeError, r"then client\.received"),
    ],
)  # fmt: skip
def test_what_belongs_to_a_client_is_told_where_it_is_used_on_the_class(
    use: Callable[[], object], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        use()


def test_a_class_that_builds_on_the_client_may_call_what_it_has_from_there(client: B2Brouter) -> None:
    assert B2Brouter.account(client, 1234).default_account == 1234

    class Mine(B2Brouter):
        def account(self, account: int | str) -> Mine:
            return super().account(int(account))

    assert Mine(KEY).account("1234").default_account == 1234


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda c: c.invoices.list("Acme SL"), "account: 'Acme SL' is no id"),
        (lambda c: c.invoices.list(-3), "account: -3 is no id"),
        (lambda c: c.invoices.get(0), "invoice_id: 0 is no id"),
        (lambda c: c.invoices.get(" 5 "), "invoice_id: ' 5 ' has a space around it"),
        (lambda c: c.invoices.get(None), "invoice_id: expected an id"),
        (lambda c: c.invoices.send([4, 5]), "invoice_id: expected an id or a code .*got list"),
        (lambda c: c.invoices.create(invoice=[{"number": "F"}]), "invoice: expected InvoiceInput or a dictionary, got list"),
        (lambda c: c.invoices.create(invoice='{"number": "F"}'), "invoice: expected InvoiceInput or a dictionary, got str"),
        (lambda c: c.invoices.create(invoice=ContactInput(name="x")), "expected InvoiceInput .*got ContactInput"),
        (
            lambda c: c.invoices.create(invoice=InvoiceInput(number="F", invoice_lines_attributes=LINE)),  # type: ignore[arg-type]
            "invoice_lines_attributes: expected a list, got InvoiceLineInput",
        ),
        (lambda c: c.invoices.create(invoice={"number": "F", "contact": 77}), "contact: expected .*got int"),
        (
            lambda c: c.invoices.create(invoice=InvoiceInput(number="F", contact_id=InvoiceContactInput(name="x"))),  # type: ignore[arg-type]
            "contact_id: expected int, got InvoiceContactInput",
        ),
        (lambda c: c.invoices.create(invoice=InvoiceInput(), on_unknown="look"), "on_unknown: 'look' is neither"),
        (lambda c: c.invoices.import_document(content="invoice.xml"), r"content: .*got str; wrap a path in pathlib\.Path\(\)"),
        (lambda c: c.invoices.import_document(content=Path("missing.xml")), "content: missing.xml: No such file"),
        (lambda c: c.invoices.list(limit="10"), "limit: expected a whole number, got str"),
        (lambda c: c.invoices.list(date_from="01/02/2026"), "date_from: .*write it as YYYY-MM-DD"),
        (lambda c: c.invoices.find_by_number(5), "number: a number is text; pass '5'"),
        (lambda c: c.invoices.get(4, timeout="3"), "timeout: expected a number of seconds, got str"),
        (lambda c: c.request("get", "/accounts"), "method: 'get' is none of GET"),
        (lambda c: c.request("GET", "accounts"), "path: .*write it like /accounts"),
        (lambda c: c.request("/accounts", "GET"), "path: 'GET' does not begin at the root"),
        (lambda c: c.get_url("https://evil.example/x"), "url: .*the key goes nowhere else"),
        (lambda c: c.tin_verifications.create({"tin_value": "x"}, country="es"), "entities: expected a list, got dict"),
        (
            lambda c: c.web_hooks.create(web_hook={"url": "https://x.example", "events": "issued_invoice.state_change"}),
            "events: expected a list, got str",
        ),
        (lambda c: c.contacts.create(contact={"name": "x", "vat": "ES"}), "vat: ContactInput has no such key"),
        (lambda c: wait_for_document(cast("Any", 4), c), "client: expected a B2Brouter, got int; the client comes first"),
        (lambda c: wait_until(c.invoices.caller.pipeline, 4), "client: expected a B2Brouter, got Pipeline"),
        (lambda c: c.for_each_account("x"), "fn: pass an async function, not str"),
        (lambda c: c.invoices.mark_as(4, state=None), "state: 'None' can't be set"),
        (lambda c: c.received.process(None), "handler: pass a function"),
    ],
)  # fmt: skip
async def test_an_argument_of_another_kind_is_told_and_nothing_is_sent(
    simulator: Simulator, client: B2Brouter, call: Any, told: str
) -> None:
    with pytest.raises(ArgumentError, match=told):
        await call(client)
    assert not simulator.requests()


async def test_a_number_in_place_of_an_id_is_told_with_how_it_is_found(client: B2Brouter) -> None:
    for call in (client.invoices.get("F-1"), client.invoices.send("F-1")):  # type: ignore[arg-type]
        with pytest.raises(NotFoundError, match=r"An id is digits; invoices\.find_by_number\(…\) finds"):
            await call
    with pytest.raises(NotFoundError) as raised:
        await client.invoices.get(99)
    assert "find_by_number" not in str(raised.value)


@pytest.mark.parametrize(
    ("settings", "error", "told"),
    [
        ({}, ConfigurationError, r"journal: name the file that remembers what was sent, for example journal='run\.db'"),
        ({"journal": None}, ConfigurationError, "journal: name the file"),
        ({"jurnal": "run.db"}, TypeError, r"upload\(\) .*'jurnal'; did you mean 'journal'"),
        ({"journal": "run.db", "on_unknown": "raise"}, TypeError, r"upload\(\) .*'on_unknown'; it takes concurrency, journal"),
        ({"journal": 3}, ConfigurationError, r"journal: expected a path, postgresql://… or a Journal, got int"),
        ({"journal": "run.db", "concurrency": "32"}, ConfigurationError, "concurrency: expected a whole number, got str"),
        ({"journal": "run.db", "concurrency": 0}, ConfigurationError, "concurrency: .*pass 1 or more"),
        ({"journal": "run.db", "send": "no"}, ConfigurationError, "send: expected True or False, got 'no'"),
        ({"journal": "run.db", "wait": 1}, ConfigurationError, "wait: expected True or False, got 1"),
    ],
)  # fmt: skip
def test_an_upload_says_what_is_wrong_with_how_it_is_made(
    client: B2Brouter, settings: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        client.upload(**settings)


async def test_an_upload_says_how_it_is_used(client: B2Brouter, tmp_path: Path) -> None:
    def upload() -> Upload:
        return client.upload(journal=tmp_path / "run.db")

    with pytest.raises(ConfigurationError, match="async with client"):
        upload()([XML])
    with pytest.raises(TypeError, match="an upload is opened with `async with`"), upload():  # type: ignore[attr-defined]
        pass
    async with upload() as run:
        with pytest.raises(TypeError, match="outcomes come with `async for`"):
            list(run([]))  # type: ignore[call-overload]
    async with upload() as run:
        with pytest.raises(TypeError, match="iterated with `async for`, and not awaited"):
            await run([])  # type: ignore[misc]
    with pytest.raises(ConfigurationError, match="make a new one"):
        async with run:
            pass


async def test_what_was_closed_says_so_whatever_is_done_with_it(client: B2Brouter, tmp_path: Path) -> None:
    async with client:
        pager = client.invoices.list()
    uses: list[Callable[[], Awaitable[object]]] = [
        lambda: pager,
        client.accounts.list,
        client.__aenter__,
        client.upload(journal=tmp_path / "run.db").__aenter__,
        lambda: client.request("GET", "/accounts"),
    ]
    for use in uses:
        with pytest.raises(ClientClosedError, match="make a new one"):
            await use()


@pytest.mark.parametrize("wrong", ["invoice.xml", None, XML])
def test_a_document_is_read_from_its_bytes_and_what_else_is_given_is_told(wrong: Any) -> None:
    for read in (read_document, InvoiceInput.from_document):
        with pytest.raises(TypeError, match=r"content: expected the document's bytes.*read_bytes\(\)"):
            read(wrong)


def test_a_table_is_read_from_a_path_and_what_else_is_given_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("number,date\nF-1,2026-11-03\n", encoding="utf-8")
    assert Table(str(path)).path == path
    with pytest.raises(ConfigurationError, match="path: expected a path, got int"):
        Table(3)  # type: ignore[arg-type]
    with pytest.raises(
        ConfigurationError, match=r"mapping: expected a TableMapping, got str; read_mapping\(path\)"
    ):
        Table(path, "m.toml")  # type: ignore[arg-type]
    for read in (read_mapping, propose):
        with pytest.raises(ConfigurationError, match="missing: No such file"):
            read("missing")
        with pytest.raises(ConfigurationError, match="path: expected a path, got NoneType"):
            read(None)  # type: ignore[arg-type]


def test_a_qr_code_is_of_a_report() -> None:
    with pytest.raises(ArgumentError, match=r"report: expected a tax report, got int; .*tax_reports\.get"):
        qr_code(5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"secrets": None}, "secrets: there is no secret"),
        ({"secrets": ""}, "secrets: a secret is empty"),
        ({"secrets": b"x"}, "secrets: expected text, got bytes"),
        ({"secrets": "whsec_x", "tolerance": "5"}, "tolerance: '5' is no number of seconds"),
        ({"secrets": "whsec_x", "inbox": 3}, "inbox: expected a file's path or an Inbox, got int"),
    ],
)
def test_web_hooks_say_what_is_wrong_with_how_they_are_made(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        WebHooks(**settings)


def test_a_misspelt_event_is_told_and_a_new_one_is_taken() -> None:
    hooks = WebHooks(secrets="whsec_x", inbox="unused.sqlite")
    for wrong in (
        "issued_invoice.state_changed",
        "issued_invoices.state_change",
        "Issued_invoice.state_change",
    ):
        with pytest.raises(ConfigurationError, match=r"did you mean 'issued_invoice\.state_change'"):
            hooks.on(wrong)
    for new in ("issued_invoice.created", "contact.state_change"):
        hooks.on(new)(print)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"faults": "429 times=1"}, r"faults: pass a list of them, for example \['429 times=1'\]"),
        ({"keys": ["test_south"]}, "keys: expected Key\\('test_…'\\), got str"),
    ],
)
def test_a_simulator_says_what_is_wrong_with_how_it_is_made(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Simulator(**settings)


def test_a_client_with_anothers_connections_says_so_in_another_loop(simulator: Simulator) -> None:
    one = make_client(simulator, limit=None)

    async def accounts() -> int:
        return len((await one.accounts.list()).items)

    assert anyio.run(accounts)
    with pytest.raises(
        ConfigurationError, match=r"http_client .* is used in another event loop .*give each its own"
    ):
        anyio.run(accounts)
