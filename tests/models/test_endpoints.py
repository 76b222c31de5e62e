"""Endpoint functions: what a resource offers as its methods, and what can be called without it."""

from __future__ import annotations

import inspect
import pickle
import pydoc
import subprocess
import sys
from importlib import import_module
from typing import Any

import attrs
import pytest

from b2brouter_async import ArgumentError, B2Brouter, Pager
from b2brouter_async._core.backoff import Waiting
from b2brouter_async._core.operation import Operation, Options, ViewOptions
from b2brouter_async.generated.api.contacts.list_ import list as list_contacts
from b2brouter_async.generated.api.invoices import create, download, list_
from b2brouter_async.generated.resources import RESOURCES
from b2brouter_async.generated.resources.contacts import Contacts
from b2brouter_async.generated.resources.invoices import Invoices
from tests.described import operations
from tests.models.test_samples import module_of

pytestmark = pytest.mark.anyio

NAMES = sorted(operations())


class Recorder:
    """A caller that notes what it is asked for."""

    def __init__(self) -> None:
        self.called: list[Any] = []

    @property
    def caller(self) -> Recorder:
        return self

    @property
    def waiting(self) -> Waiting:
        return Waiting()

    api_version = "2026-06-26"

    def account_or_default(self, account: int | str | None) -> int | str:
        return 7 if account is None else account

    @property
    def server(self) -> str:
        return "sandbox@server.test"

    async def call(self, *asked: Any) -> Any:
        self.called.append(asked)

    def open(self, *asked: Any) -> Any:
        self.called.append(asked)


def loaded_after(statement: str) -> list[str]:
    program = (
        "import sys; from b2brouter_async import B2Brouter; client = B2Brouter('test_1', account=1);"
        f"{statement}; print(*(n for n in sys.modules if '.generated.api.' in n or '.generated.models.' in n))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return sorted(name.removeprefix("b2brouter_async.generated.") for name in done.stdout.split())


@pytest.mark.parametrize("name", NAMES)
def test_a_function_takes_the_arguments_of_its_record_and_no_other(name: str) -> None:
    module = module_of(name)
    operation: Operation[Any] = module.OPERATION
    function = getattr(module, name.split(".")[1])

    parameters = dict(inspect.signature(function).parameters)

    assert next(iter(parameters)) == "client"
    assert parameters.pop("options").kind is inspect.Parameter.VAR_KEYWORD
    del parameters["client"]
    assert set(parameters) == {argument.name for argument in operation.arguments}
    for argument in operation.arguments:
        required = parameters[argument.name].default is inspect.Parameter.empty
        assert required == (argument.required and argument.name != "account")
    assert operation.name == name
    assert inspect.getdoc(function)


@pytest.mark.parametrize("resource", RESOURCES)
def test_the_methods_of_a_resource_are_endpoint_functions(resource: str) -> None:
    client = B2Brouter("test_1", account=1)
    for name in NAMES:
        if name.startswith(f"{resource}."):
            method = getattr(getattr(client, resource), name.split(".")[1])
            function = getattr(module_of(name), name.split(".")[1])
            generated = import_module(f"b2brouter_async.generated.resources.{resource}")
            [owner] = [
                one
                for one in vars(generated).values()
                if getattr(one, "__module__", "") == generated.__name__
            ]
            assert getattr(owner, function.__name__) is function
            assert inspect.ismethod(method)
            assert method.__self__ is getattr(client, resource)


async def test_a_function_is_called_with_a_client_or_with_a_resource() -> None:
    client = Recorder()

    await create.create(client, 3, invoice={"number": "F-1"}, ack=True, timeout=3)
    await Contacts(client).create(contact={"name": "Ana"})

    (operation, request, options), (second, _, nothing) = client.called
    assert operation is create.OPERATION
    assert request.path == "/accounts/3/invoices"
    assert request.account == "3"
    assert request.body.value == {"invoice": {"number": "F-1"}, "ack": True}
    assert options == {"timeout": 3}
    assert (second.name, nothing) == ("contacts.create", {})


def test_a_list_is_asked_for_with_any_client_too() -> None:
    client = B2Brouter("test_1", account=1)

    for given in (client, client.contacts, client.account(2)):
        assert isinstance(list_contacts(given, name="A"), Pager)


async def test_what_a_record_makes_of_arguments_is_what_its_function_sends() -> None:
    client = Recorder()

    await download.download(client, 5, "pdf.invoice", download_=True)

    assert vars(client.called[0][1]) == vars(
        download.OPERATION.request(invoice_id=5, document_type_code="pdf.invoice", download_=True)
    )


def test_a_record_refuses_what_it_does_not_know_and_says_what_was_meant() -> None:
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'invoise'; did you mean 'invoice'\?"):
        create.OPERATION.request(account=1, invoise={})
    with pytest.raises(ArgumentError, match="invoice: a value is required"):
        create.OPERATION.request(account=1)
    with pytest.raises(ArgumentError, match=r"invoice: \.lines\[0\]\.price|price"):
        create.OPERATION.request(account=1, invoice={"invoice_lines_attributes": [{"price": 1.1}]})


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"timout": 3}, "timeout"),
        ({"dead_line": 3}, "deadline"),
        ({"header": {}}, "headers"),
        ({"max_attempt": 1}, "max_attempts"),
        ({"send_after_imports": True}, "send_after_import"),
    ],
)
async def test_a_misspelt_option_or_argument_is_an_error_that_names_the_right_one(
    given: dict[str, Any], meant: str
) -> None:
    client = B2Brouter("test_1", account=1)

    with pytest.raises(
        TypeError, match=f"unexpected keyword argument '{next(iter(given))}'; did you mean '{meant}'"
    ):
        await client.invoices.create(invoice={}, **given)


async def test_a_misspelt_argument_of_a_list_is_an_error_before_it_is_read() -> None:
    client = B2Brouter("test_1", account=1)

    with pytest.raises(TypeError, match=r"invoices\.list\(\) .* 'numbr'; did you mean 'number'\?"):
        client.invoices.list(numbr="F-1")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"'timout'; did you mean 'timeout'\?"):
        client.invoices.pending(timout=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"'timout'; did you mean 'timeout'\?"):
        await client.invoices.find_by_number("F-1", timout=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"with_options\(\) .* 'retries'; did you mean 'max_attempts'\?"):
        client.with_options(retries=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"with_options\(\) .* 'xyz'; it takes attempt_timeout, deadline, "):
        client.with_options(xyz=3)  # type: ignore[call-arg]


def test_options_fill_each_other_up() -> None:
    mine = Options(timeout=60, headers={"A": "1", "B": "1"})

    assert mine.with_({}) is mine
    assert mine.with_({"timeout": None}) is mine
    assert mine.with_({"deadline": 5, "headers": {"B": "2"}}) == Options(
        timeout=60, deadline=5, headers={"A": "1", "B": "2"}
    )
    assert set(ViewOptions.__optional_keys__) == {item.name for item in attrs.fields(Options)}


def test_touching_a_resource_loads_no_operation_and_calling_loads_one() -> None:
    assert loaded_after("client.contacts") == []
    assert [name for name in loaded_after("client.contacts.delete") if name.startswith("api.")] == [
        "api.contacts",
        "api.contacts.delete",
    ]
    # A file is no model.
    assert "models.invoice" not in loaded_after("client.invoices.download")


def test_the_signature_and_the_documentation_are_those_of_the_function() -> None:
    client = B2Brouter("test_1", account=1)

    parameters = list(inspect.signature(client.contacts.list).parameters)
    assert parameters[0] == "account"
    assert {"offset", "limit", "name"} < set(parameters)
    assert "Unpack[CallOptions]" in str(inspect.signature(client.contacts.list))
    assert "Source: GET /accounts/{account}/invoices, " in pydoc.plain(pydoc.render_doc(Invoices))
    assert "async ack(client" in pydoc.plain(pydoc.render_doc(Invoices))


def test_documentation_tools_that_look_at_the_class_from_outside_find_the_function() -> None:
    program = (
        "import inspect; from b2brouter_async.generated.resources.ledgers import Ledgers;"
        "found = vars(Ledgers)['get'];"
        "print(inspect.isroutine(found), 'ledger_id' in inspect.signature(inspect.unwrap(found)).parameters)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "True"]


def test_a_function_is_pickled_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(list_.list)) is list_.list


def test_an_overridden_method_reaches_the_function_below() -> None:
    class Mine(Contacts):
        def list(self, *arguments: Any, **options: Any) -> Any:
            return "mine", super().list(*arguments, **options)

    client = B2Brouter("test_1", account=1)

    word, pager = Mine(client.caller).list(name="A")

    assert word == "mine"
    assert isinstance(pager, Pager)
