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
    "_call.error_replies",
    "_core.codecs",
    "_core.downloads",
    "_core.files",
    "_core.known_words",
    "_core.model",
    "_core.pagination",
    "_core.problems",
    "_core.unlisted",
    "_reconcile.sought",
    "bulk",
    "limiter.reports",
    "webhooks",
)
"""What most first calls need none of, or not before a reply is there."""


def loaded_by(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*(name for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {
        name.removeprefix("b2brouter_async.")
        for name in done.stdout.split()
        if name.startswith("b2brouter_async.")
    }


@pytest.mark.parametrize("resource", RESOURCES)
def test_touching_a_resource_loads_no_model_and_no_operation(resource: str) -> None:
    loaded = loaded_by(f"{CLIENT}client.{resource}")

    assert "client" in loaded
    assert not [name for name in loaded if name.startswith(("generated.models.", "generated.api."))]
    assert not loaded.intersection(LATER)


def test_an_operation_loads_the_model_of_its_reply_and_no_other() -> None:
    loaded = loaded_by(f"{CLIENT}client.web_hooks.get")

    assert {name for name in loaded if name.startswith("generated.models.")} == {"generated.models.web_hook"}
    assert {name for name in loaded if name.startswith("generated.api.")} == {
        "generated.api.web_hooks",
        "generated.api.web_hooks.get",
    }


def test_the_types_that_invoices_are_listed_by_are_the_specs() -> None:
    assert (InvoiceType.ISSUED_INVOICE.value, InvoiceType.RECEIVED_INVOICE.value) == (ISSUED, RECEIVED)
