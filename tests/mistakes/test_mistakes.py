"""What a newcomer gets wrong is told with what was wrong and with the way out, before anything is sent."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import b2brouter_async
from b2brouter_async import (
    ArgumentError,
    B2Brouter,
    CacheSettings,
    ConfigurationError,
    DuplicateNumberError,
    NotFoundError,
    RetryPolicy,
    models,
)
from b2brouter_async.bulk import Document
from b2brouter_async.cli import app as cli
from b2brouter_async.fleet import WorkerSettings
from b2brouter_async.invoicing import Rounding
from b2brouter_async.limiter import TokenBucket
from b2brouter_async.models import ContactInput, InvoiceContactInput, InvoiceInput, InvoiceLineInput
from b2brouter_async.simulator import Simulator
from b2brouter_async.webhooks import WebHooks

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio
KEY = "test_mistakes"
IN_PAGES = "`async for` gives its items, `await` one page"


def test_a_misspelt_model_is_told_of_the_module_that_was_named() -> None:
    with pytest.raises(AttributeError) as raised:
        getattr(models, "Invoces")  # noqa: B009 - type checkers would report the other form
    assert (
        str(raised.value)
        == "module 'b2brouter_async.models' has no attribute 'Invoces'; did you mean 'Invoice'?"
    )


@pytest.mark.parametrize(
    ("settings", "error", "told"),
    [
        ({}, TypeError, ["pass api_key=", "B2Brouter.from_env()"]),
        ({"api_key": ""}, ConfigurationError, ["api_key: the key is empty", "B2BROUTER_API_KEY"]),
        ({"api_key": "live_1"}, ConfigurationError, ["environment: say 'production' or 'staging'"]),
        ({"api_key": "live_1", "environment": "prod"}, ConfigurationError, ["did you mean 'production'?"]),
        ({"api_key": "live_1", "environment": "LIVE"}, ConfigurationError, ["did you mean 'production'?"]),
        ({"api_key": KEY, "environment": "test"}, ConfigurationError, ["did you mean 'sandbox'?"]),
        ({"api_key": "live_1", "environment": "sandbox"}, ConfigurationError, ["start with test_"]),
        ({"api_key": KEY, "environment": "production"}, ConfigurationError, ["works in the sandbox alone"]),
        (
            {"api_key": KEY, "transport": "requests"},
            ConfigurationError,
            ["transport: 'requests' is none of httpx, httpx2"],
        ),
        (
            {"api_key": KEY, "transport": httpx.AsyncHTTPTransport()},
            ConfigurationError,
            [
                "transport: expected one of httpx, httpx2, got AsyncHTTPTransport",
                "http_client=httpx.AsyncClient(transport=",
            ],
        ),
        ({"api_key": KEY, "acount": 4}, TypeError, ["'acount'; did you mean 'account'?"]),
        ({"api_key": KEY, "enviroment": "staging"}, TypeError, ["did you mean 'environment'?"]),
    ],
)
def test_a_client_that_cannot_be_made_says_how_it_can(
    settings: dict[str, Any], error: type[Exception], told: list[str]
) -> None:
    with pytest.raises(error) as raised:
        B2Brouter(**settings)
    for words in told:
        assert words in str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("B2BROUTER_BASE_ULR", "B2BROUTER_BASE_URL"),
        ("B2BROUTER_BASEURL", "B2BROUTER_BASE_URL"),
        ("B2B_ROUTER_BASE_URL", "B2BROUTER_BASE_URL"),
        ("b2brouter_base_url", "B2BROUTER_BASE_URL"),
        ("B2BROUTER_ENVIROMENT", "B2BROUTER_ENVIRONMENT"),
        ("B2BROUTER_ACOUNT", "B2BROUTER_ACCOUNT"),
        ("B2BROUTER_REQUEST_PER_MINUTE", "B2BROUTER_REQUESTS_PER_MINUTE"),
        ("B2BROUTER_API_VERISON", "B2BROUTER_API_VERSION"),
    ],
)
def test_a_misspelt_variable_is_told_and_not_passed_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: str, meant: str
) -> None:
    monkeypatch.setenv("B2BROUTER_API_KEY", KEY)
    monkeypatch.setenv(wrong, "x")
    told = f"{wrong} is set, and nothing reads it; did you mean {meant}?"
    with pytest.raises(ConfigurationError) as raised:
        B2Brouter.from_env()
    assert str(raised.value) == told
    assert cli.run(["accounts"]) == 2
    assert capsys.readouterr().err == f"b2brouter: {told}\n"


@pytest.mark.parametrize("wrong", ["B2BROUTER_APIKEY", "B2BROUTER_KEY", "B2BROUTER_API-KEY"])
def test_a_misspelt_variable_of_the_key_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    monkeypatch.setenv(wrong, KEY)
    told = f"{wrong} is set, and nothing reads it; did you mean B2BROUTER_API_KEY?"
    with pytest.raises(ConfigurationError) as raised:
        B2Brouter.from_env()
    assert str(raised.value) == told
    assert cli.run(["accounts"]) == 2
    assert capsys.readouterr().err == f"b2brouter: {told}\n"


def test_variables_of_somebodys_own_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B2BROUTER_API_KEY", KEY)
    for own in (
        "B2BROUTER_ACCOUNT_2",
        "B2BROUTER_ACCOUNTS",
        "B2BROUTER_KEY",
        "B2BROUTER_API_KEY_OLD",
        "B2BROUTER_DATABASE_URL",  # near to the name of the base URL, and nearer to that of the database
        "B2B_SHOP",
    ):
        monkeypatch.setenv(own, "x")
    assert B2Brouter.from_env().default_account is None
    monkeypatch.setenv("B2BROUTER_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("B2BROUTER_BASE_ULR", "x")
    assert B2Brouter.from_env().base_url == "http://127.0.0.1:1"
    monkeypatch.delenv("B2BROUTER_BASE_URL")
    assert B2Brouter.from_env(base_url="http://127.0.0.1:2").base_url == "http://127.0.0.1:2"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("InvoiceInput", "from b2brouter_async.models import InvoiceInput"),
        ("Upload", "from b2brouter_async.bulk import Upload"),
        ("RedisTokenBucket", "from b2brouter_async.limiter import RedisTokenBucket"),
        ("WebHooks", "from b2brouter_async.webhooks import WebHooks"),
        ("Simulator", "from b2brouter_async.simulator import Simulator"),
        ("read_document", "from b2brouter_async.einvoice import read_document"),
    ],
)
def test_a_name_that_lives_in_another_package_is_told_with_its_home(name: str, told: str) -> None:
    with pytest.raises(ImportError, match=told):
        exec(f"from b2brouter_async import {name}", {})


def test_a_misspelt_name_of_the_package_is_told_and_asking_for_it_stays_harmless() -> None:
    with pytest.raises(AttributeError, match="did you mean 'B2Brouter'"):
        b2brouter_async.B2Bruter  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ImportError, match="B2Bruter"):
        exec("from b2brouter_async import B2Bruter", {})
    assert not hasattr(b2brouter_async, "B2Bruter")
    assert not hasattr(b2brouter_async, "__wrapped__")


def test_a_client_is_opened_with_async_with(client: B2Brouter) -> None:
    with pytest.raises(TypeError, match="async with"), client:  # type: ignore[attr-defined]
        pass


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("webhooks", "web_hooks"),
        ("invoice", "invoices"),
        ("contact", "contacts"),
        ("taxreports", "tax_reports"),
    ],
)
def test_a_misspelt_resource_is_told(client: B2Brouter, wrong: str, meant: str) -> None:
    with pytest.raises(AttributeError, match=f"did you mean '{meant}'"):
        getattr(client, wrong)


@pytest.mark.parametrize(
    ("resource", "wrong", "meant"),
    [
        ("invoices", "lst", "list"),
        ("invoices", "find_by_nmber", "find_by_number"),
        ("contacts", "creat", "create"),
        ("tax_reports", "downlod", "download"),
        ("received", "proces", "process"),
    ],
)
def test_a_misspelt_method_is_told(client: B2Brouter, resource: str, wrong: str, meant: str) -> None:
    with pytest.raises(AttributeError, match=f"has no method '{wrong}'; did you mean '{meant}'"):
        getattr(getattr(client, resource), wrong)


def test_a_misspelt_argument_is_told(client: B2Brouter) -> None:
    with pytest.raises(TypeError, match="'limt'; did you mean 'limit'"):
        client.invoices.list(limt=4)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"state": "paid"}, r"each state is a flag of its own .*: paid=True"),
        ({"status": "unheard_of"}, r"each state is a flag of its own .*: sent=True"),
        ({"page": 2}, "a list has limit= and offset=, and `async for` gives all of it"),
        ({"from_": "2026-01-01"}, "did you mean 'date_from'"),
        ({"since": "2026-01-01"}, "did you mean 'date_from'"),
        ({"retry": False}, "did you mean 'max_attempts'"),
        ({"account_id": 5}, "did you mean 'account'"),
    ],
)
def test_an_argument_that_other_libraries_have_is_told(
    client: B2Brouter, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(TypeError, match=told):
        client.invoices.list(**options)


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete"])
def test_a_verb_of_http_is_told_how_paths_are_called(client: B2Brouter, verb: str) -> None:
    with pytest.raises(AttributeError, match=rf'client\.request\("{verb.upper()}", "/…"\) calls any path'):
        getattr(client, verb)


@pytest.mark.parametrize("name", ["all", "first", "to_list"])
def test_what_lists_have_elsewhere_is_told_how_it_is_here(client: B2Brouter, name: str) -> None:
    with pytest.raises(AttributeError, match=f"Pager has no attribute '{name}': .*{IN_PAGES}"):
        getattr(client.invoices.list(), name)


@pytest.mark.parametrize(
    "use",
    [
        next,
        lambda pager: pager[0],
        lambda pager: pager[:5],
        len,
        bool,
        list,
        lambda pager: [*pager],
        lambda pager: 4 in pager,
    ],
    ids=["next", "index", "slice", "len", "bool", "list", "unpacked", "in"],
)
def test_a_list_that_was_not_fetched_says_how_it_is(client: B2Brouter, use: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError, match=IN_PAGES):
        use(client.invoices.list())


@pytest.mark.parametrize("name", ["items", "total_count", "has_more", "limit"])
def test_what_a_page_has_is_no_attribute_of_the_list(client: B2Brouter, name: str) -> None:
    with pytest.raises(AttributeError, match=f"no '{name}' before it is fetched: `await` gives one page"):
        getattr(client.invoices.list(), name)


def test_a_misspelt_attribute_of_a_list_is_told(client: B2Brouter) -> None:
    with pytest.raises(AttributeError, match="did you mean 'prefetch'"):
        client.invoices.list().prefech(4)  # type: ignore[attr-defined]


async def test_a_page_is_iterated_without_async_and_has_its_items_by_index(
    simulator: Simulator, client: B2Brouter
) -> None:
    contact = ContactInput(name="Buyer", tin_value="ESB12345674", country="es")
    await client.contacts.create(contact=contact)
    page = await client.contacts.list()
    assert page[0] is page.items[0]
    with pytest.raises(TypeError, match="`for` gives its items"):
        async for _ in page:  # type: ignore[attr-defined]
            pass


async def test_an_unknown_account_is_told_with_where_the_known_ones_are(client: B2Brouter) -> None:
    for call in (client.invoices.list(99), client.accounts.get(99), client.contacts.list(99)):
        with pytest.raises(
            NotFoundError, match=r"client\.accounts\.list\(\) shows the accounts that the key sees"
        ):
            await call


async def test_what_is_missing_below_an_account_says_nothing_of_accounts(client: B2Brouter) -> None:
    for call in (client.invoices.get(99), client.tax_report_settings.get(code="verifactu")):
        with pytest.raises(NotFoundError) as raised:
            await call
        assert "accounts.list" not in str(raised.value)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: InvoiceInput(nubmer="F-1"), "InvoiceInput.*'nubmer'; did you mean 'number'"),  # type: ignore[call-arg]
        (lambda: InvoiceLineInput(prize=Decimal(1)), "InvoiceLineInput.*'prize'; did you mean 'price'"),  # type: ignore[call-arg]
        (lambda: ContactInput(nam="Buyer"), "ContactInput.*'nam'; did you mean 'name'"),  # type: ignore[call-arg]
    ],
)
def test_a_misspelt_field_of_a_model_is_told(make: Callable[[], object], told: str) -> None:
    with pytest.raises(TypeError, match=told):
        make()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: WebHooks(secret="whsec_x"), "WebHooks.* no argument 'secret'; did you mean 'secrets'"),  # type: ignore[call-arg]
        (lambda: Simulator(fault=["429 times=1"]), "Simulator.* 'fault'; did you mean 'faults'"),  # type: ignore[call-arg]
        (lambda: RetryPolicy(attempts=3), "RetryPolicy.* 'attempts'; did you mean 'max_attempts'"),  # type: ignore[call-arg]
        (lambda: CacheSettings(directry=3), "CacheSettings.* 'directry'; did you mean 'directory'"),  # type: ignore[call-arg]
        (lambda: Rounding(method="half_up"), "Rounding.* 'method'; did you mean 'rounding_method'"),  # type: ignore[call-arg]
        (lambda: TokenBucket(xyz=3), "TokenBucket.* 'xyz'; it takes .*grace"),  # type: ignore[call-arg]
        (lambda: Document(contents=b""), "Document.* 'contents'; did you mean 'content'"),  # type: ignore[call-arg]
        (lambda: WorkerSettings(concurency=3), "WorkerSettings.* 'concurency'; did you mean 'concurrency'"),  # type: ignore[call-arg]
    ],
)
def test_a_misspelt_setting_is_told_with_the_one_that_was_meant(
    make: Callable[[], object], told: str
) -> None:
    with pytest.raises(TypeError, match=told):
        make()


def test_an_argument_that_is_missing_is_told_by_python_itself() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'secrets'"):
        WebHooks()  # type: ignore[call-arg]


def test_what_is_wrong_with_a_models_arguments_otherwise_is_told_by_python_itself() -> None:
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'name'"):
        ContactInput()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        InvoiceInput("F-1")  # type: ignore[call-arg, arg-type]


async def test_a_moment_where_a_day_is_meant_is_refused(client: B2Brouter) -> None:
    moment = datetime.datetime(2026, 6, 26, 12, 0, tzinfo=datetime.UTC)
    with pytest.raises(
        ArgumentError, match=r"date: expected a day, got a date and time; pass value\.date\(\)"
    ):
        await client.invoices.create(invoice=InvoiceInput(number="F-1", date=moment))


@pytest.mark.parametrize(
    ("invoice", "told"),
    [
        ({"number": "F-1", "invoice_lines": []}, "did you mean 'invoice_lines_attributes'"),
        ({"invoice": {"number": "F-1"}}, "wrapped twice"),
        ({"number": "F-1", "invoice_lines_attributes": [{"prize": 4}]}, "did you mean 'price'"),
    ],
)
async def test_a_dictionary_that_says_something_else_is_refused_before_it_is_sent(
    simulator: Simulator, client: B2Brouter, invoice: Any, told: str
) -> None:
    with pytest.raises(ArgumentError, match=told):
        await client.invoices.create(invoice=invoice)
    assert not simulator.requests()


async def test_a_wrong_state_or_format_is_told_with_the_known_ones(client: B2Brouter) -> None:
    with pytest.raises(ArgumentError, match=r"'payed' can't be set.*did you mean 'paid'"):
        await client.invoices.mark_as(4, state="payed")
    with pytest.raises(
        NotFoundError, match=r"'pdf' is none of the known ones: .*did you mean 'pdf\.invoice'"
    ):
        await client.invoices.download(4, "pdf")


async def test_a_duplicate_number_is_told_with_the_number_and_how_to_find_its_invoice(
    client: B2Brouter,
) -> None:
    contact = InvoiceContactInput(name="Buyer", tin_value="ESB12345674", country="es")
    line = InvoiceLineInput(description="x", quantity=Decimal(1), price=Decimal(1))
    invoice = InvoiceInput(number="F-1", contact=contact, invoice_lines_attributes=[line])
    await client.invoices.create(invoice=invoice)
    with pytest.raises(DuplicateNumberError, match="find_by_number") as raised:
        await client.invoices.create(invoice=invoice)
    assert raised.value.number == "F-1"
    # On a view too the number comes first.
    view = client.account(client.default_account or 0)
    found = await view.invoices.find_by_number("F-1")
    assert found is not None
    assert found.number == "F-1"


def test_json_that_keeps_the_digits_is_a_method_away() -> None:
    line = InvoiceLineInput(price=Decimal("1.10"))
    with pytest.raises(TypeError, match="Decimal is not JSON serializable"):
        json.dumps(line.to_dict())
    assert '"price": 1.10' in line.to_json().replace('":', '": ').replace("  ", " ")


def test_a_fault_with_a_misspelt_path_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the nearest is 'POST /accounts/\{\}/invoices'"):
        Simulator(faults=["429 times=1 operation='POST /acounts/{}/invoices'"])
