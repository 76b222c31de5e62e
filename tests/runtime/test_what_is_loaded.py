"""What a program pays for before it asks for it: modules that are loaded, each counted in an interpreter of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from b2brouter_async._reconcile.listing import ISSUED, RECEIVED
from b2brouter_async.generated.models.invoice_type import InvoiceType
from b2brouter_async.generated.resources import RESOURCES

CLIENT = 'from b2brouter_async import B2Brouter; client = B2Brouter("test_0123456789abcdef"); '
LATER = (
    "_call.answers",
    "_call.attempt",
    "_call.connection_errors",
    "_call.content",
    "_call.error_replies",
    "_call.proxies",
    "_call.retry_policy",
    "_core.backoff",
    "_core.codecs",
    "_core.downloads",
    "_core.files",
    "_core.known_words",
    "_core.model",
    "_core.pagination",
    "_core.problems",
    "_core.unlisted",
    "_inbox",
    "_reconcile.sought",
    "bulk",
    "einvoice.identifiers",
    "limiter.reports",
    "resources.once",
    "resources.processing",
    "webhooks",
)
"""What most first calls need none of, or not before a reply is there."""
WITH_THE_CALL = {"_call.attempt", "_core.codecs", "_core.model"}
"""Those of them that every call needs."""
FIRST_CALL = """
import asyncio, sys, httpx
from b2brouter_async import B2Brouter

async def answer(request):
    return httpx.Response(200, json={reply!r})

async def main():
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        await B2Brouter("test_0123456789abcdef", http_client=http).{call}

asyncio.run(main())
"""
CLASSES = """
import sys
import attrs

for name, module in list(sys.modules.items()):
    if name.startswith("b2brouter_async."):
        for value in vars(module).values():
            if isinstance(value, type) and attrs.has(value) and value.__module__ == name:
                print(f"{name}.{value.__qualname__}")
"""
MADE_BY_ATTRS = {
    "_core.operation.Options",
    "_core.replies.Reply",
    "config.Environment",
}
"""What is public of a client's parts. Every further class would take about as long as two modules."""


def told_by(program: str) -> set[str]:
    # httpx imports these where it finds them, and with them what no program of ours has to load.
    alone = 'import sys; sys.modules |= dict.fromkeys(("click", "rich", "pygments", "trio"))\n'
    done = subprocess.run([sys.executable, "-c", alone + program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def loaded_by(program: str) -> set[str]:
    told = told_by(f"{program}\nprint(*sys.modules)")
    ours = {name.removeprefix("b2brouter_async.") for name in told if name.startswith("b2brouter_async.")}
    return ours | (told & {"uuid"})


def classes_of_attrs(program: str) -> set[str]:
    return {name.removeprefix("b2brouter_async.") for name in told_by(program + CLASSES)}


@pytest.mark.parametrize("resource", [*RESOURCES, "received"])
def test_touching_a_resource_loads_no_model_and_no_operation(resource: str) -> None:
    loaded = loaded_by(f"{CLIENT}client.{resource}")

    assert "client" in loaded
    assert not [name for name in loaded if name.startswith(("generated.models.", "generated.api."))]
    assert not loaded.intersection((*LATER, "uuid"))


def test_attrs_makes_the_public_classes_alone_until_the_first_call() -> None:
    assert classes_of_attrs(f"{CLIENT}client.invoices") == MADE_BY_ATTRS


def test_a_first_call_loads_what_reads_its_reply_and_the_models_that_are_in_it() -> None:
    invoice = {"id": 5, "contact": {"id": 7, "name": "A"}, "taxes": [{"name": "IVA"}]}
    program = FIRST_CALL.format(call="invoices.get(5)", reply={"invoice": invoice})

    loaded = loaded_by(program)

    assert loaded.intersection((*LATER, "uuid")) == WITH_THE_CALL
    assert {name for name in loaded if name.startswith("generated.models.")} == {
        f"generated.models.{name}" for name in ("invoice", "invoice_contact", "invoice_state", "invoice_tax")
    }
    assert classes_of_attrs(program) == MADE_BY_ATTRS | {
        "_call.attempt.Attempt",
        "_core.model.Model",
        "_core.model.RequestModel",
        "generated.models.invoice.Invoice",
        "generated.models.invoice_contact.InvoiceContact",
        "generated.models.invoice_tax.InvoiceTax",
    }


@pytest.mark.parametrize("module", ["errors", "models", "einvoice"])
def test_a_module_of_the_package_is_imported_without_the_others(module: str) -> None:
    loaded = loaded_by(f"from b2brouter_async import {module}")

    assert module in loaded
    assert not loaded.intersection({"bulk", "fleet", "simulator", "tables", "webhooks"})


def test_what_is_loaded_later_is_loaded_at_once_by_who_asks_for_it() -> None:
    parts_of_calls = {name for name in LATER if name.startswith(("_call", "_core", "_reconcile"))}

    assert parts_of_calls <= loaded_by("import b2brouter_async; b2brouter_async.preload()")


def test_what_keeps_answers_is_loaded_with_the_first_that_is_kept() -> None:
    program = FIRST_CALL.format(call="code_lists.schemes()", reply={"schemes": []})

    assert "_call.answers" in loaded_by(program)


def test_an_operation_loads_the_model_of_its_reply_and_no_other() -> None:
    loaded = loaded_by(f"{CLIENT}client.web_hooks.get")

    assert {name for name in loaded if name.startswith("generated.models.")} == {"generated.models.web_hook"}
    assert {name for name in loaded if name.startswith("generated.api.")} == {
        "generated.api.web_hooks",
        "generated.api.web_hooks.get",
    }


def test_the_types_that_invoices_are_listed_by_are_the_specs() -> None:
    assert (InvoiceType.ISSUED_INVOICE.value, InvoiceType.RECEIVED_INVOICE.value) == (ISSUED, RECEIVED)
