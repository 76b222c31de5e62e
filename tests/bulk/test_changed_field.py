"""Adopted means proved: change any one field that was sent, and the invoice on the server is not taken for it."""

from __future__ import annotations

import copy
import re
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from b2brouter_async._core.model import fields_of
from b2brouter_async._reconcile.compare import PARTS, SHOWN_AS
from b2brouter_async.bulk import Patience
from b2brouter_async.generated.models.invoice_input import InvoiceInput

from .support import bench, invoice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from b2brouter_async._core.model import Model
    from b2brouter_async.bulk import Outcome

    Steps = tuple[str | int, ...]

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """Nothing here hangs on the backend, and it takes its time."""
    return "asyncio"


TWO: dict[str, tuple[Any, Any]] = {
    "Mapping[str, object]": ({"name": "one"}, {"name": "two"}),
    "bool": (True, False),
    "Decimal": (Decimal("3.10"), Decimal("4.2")),
    "int": (3, 4),
    "datetime.date": ("2026-03-05", "2026-03-06"),
    "str": ("one", "two"),
}
"""Two values of each kind of field."""
OF_FIELD: dict[str, tuple[Any, Any]] = {
    "currency": ("EUR", "USD"),
    "language": ("es", "ca"),
    "country": ("es", "pt"),
    "delivery_country": ("es", "pt"),
    "item_origin_country": ("es", "pt"),
    "tin_scheme": ("9920", "9957"),
    "cin_scheme": ("0088", "0060"),
    "pin_scheme": ("0088", "0060"),
    "tin_value": ("ESB12345674", "ESB76543214"),
    "iban": ("ES9121000418450200051332", "ES7921000813610123456789"),
    "transport_type_code": ("peppol", "facturae"),
    "document_type_code": ("xml.ubl.invoice", "xml.cii"),
    "email": ("one@example.com", "two@example.com"),
    "category": ("S", "AA"),
    "allowance_charge_indicator": ("allowance", "charge"),
    "date": ("2026-03-02", "2026-03-03"),
    "type": ("IssuedInvoice", "IssuedSimplifiedInvoice"),
    "type_operation": ("services", "goods"),
    "total_amount_due": (121, 122),
}
"""Two values of fields that take only some."""
NOT_CONTENT = {("number",), ("series_code",), ("contact_id",), ("invoice_lines_attributes", 0, "id"),
               ("invoice_lines_attributes", 0, "_destroy"), ("bank_account_id",)}  # fmt: skip
"""What an invoice is found by, and what names other objects on the server; each has tests of its own."""


def filled_in(steps: Steps) -> bool:
    """Whether the server shows a field also where it was not sent: as it was sent here, or from its address book."""
    return (
        steps in {("type",), ("currency",), ("total_amount_due",)}
        or steps[0] == "contact"
        or steps[-1] == "position"
    )


def model_in(annotation: str) -> type[Model] | None:
    name = re.search(r"\b(\w+Input|InvoiceReference)\b", annotation)
    if name is None:
        return None
    module = re.sub(r"(?<!^)(?=[A-Z])", "_", name[1]).lower()
    found: type[Model] = getattr(import_module(f"b2brouter_async.generated.models.{module}"), name[1])
    return found


def leaves(kind: type[Model] = InvoiceInput, path: Steps = ()) -> Iterator[tuple[Steps, tuple[Any, Any]]]:
    """Every field of an invoice and its parts, by the models' own declarations, with two values for it."""
    annotations = {one.name: str(one.type) for one in attrs.fields(kind)}
    for item in fields_of(kind):
        annotation = annotations[item.attribute]
        part = model_in(annotation)
        steps = (*path, item.key)
        if part is not None:
            yield from leaves(part, (*steps, 0) if annotation.startswith("Sequence") else steps)
        elif item.key in OF_FIELD:
            yield steps, OF_FIELD[item.key]
        else:
            yield steps, next(two for name, two in TWO.items() if name in annotation)


LEAVES = {steps: two for steps, two in leaves() if steps not in NOT_CONTENT}


def number_of(steps: Steps) -> str:
    return "X-" + ".".join(map(str, steps))


def with_value(steps: Steps, value: Any) -> dict[str, Any]:
    """An invoice that has one field set, and around it what the field can't be without."""
    made: Any = copy.deepcopy(invoice(number_of(steps), currency="EUR"))
    node = made
    for place, step in enumerate(steps[:-1]):
        following = steps[place + 1]
        if isinstance(step, int):
            if not node:
                node.append({})
        elif step not in node:
            node[step] = [] if isinstance(following, int) else {}
        node = node[step]
    if "taxes_attributes" in steps or "tax_attributes" in steps:
        for name, needed in (("name", "IVA"), ("percent", 21)):
            node.setdefault(name, needed)
    if value is None:
        node.pop(steps[-1], None)
    else:
        node[steps[-1]] = value
    return dict(made)


def test_every_part_that_replies_show_is_compared_by_its_fields() -> None:
    for kind in SHOWN_AS:
        for attribute in attrs.fields(kind):
            part = model_in(str(attribute.type))
            shown = {item.key for item in fields_of(SHOWN_AS[kind])}
            key = next((i.key for i in fields_of(kind) if i.attribute == attribute.name), "")
            if part is not None and {key, key.removesuffix("_attributes")} & shown:
                assert PARTS[key] is part
    assert set(PARTS.values()) < set(SHOWN_AS)


async def test_any_one_field_that_is_changed_or_left_out_keeps_an_invoice_from_being_adopted(
    tmp_path: Path,
) -> None:
    assert len(LEAVES) > 150
    async with bench(tmp_path) as one:
        patience = Patience(visibility=0.0, sleep=one.time.sleep, clock=one.time)

        async def run(journal: str, invoices: list[dict[str, Any]]) -> dict[str, Outcome]:
            outcomes, _ = await one.run(invoices, journal=f"{journal}.db", patience=patience, send=False)
            return {outcome.number or "": outcome for outcome in outcomes}

        first = await run("first", [with_value(steps, two[0]) for steps, two in LEAVES.items()])
        assert {number: o.message for number, o in first.items() if not o.there} == {}
        # As it was sent it is the same, or can't be proved to be: never another.
        same = await run("same", [with_value(steps, two[0]) for steps, two in LEAVES.items()])
        assert {n: o.message for n, o in same.items() if o.kind not in ("adopted", "unknown")} == {}
        adopted = {number for number, outcome in same.items() if outcome.kind == "adopted"}
        assert len(adopted) > 60
        changed = await run("changed", [with_value(steps, two[1]) for steps, two in LEAVES.items()])
        without = await run("without", [with_value(steps, None) for steps in LEAVES])
        taken = {number for number, outcome in changed.items() if outcome.kind == "adopted"}
        assert taken == set()
        # What is left out can only be missed where the server shows it, and doesn't work it out itself.
        taken = {number for number, outcome in without.items() if outcome.kind == "adopted"}
        assert taken & adopted <= {number_of(steps) for steps in LEAVES if filled_in(steps)}
        # The seen ones are told apart, and both sides named.
        messages = {n: changed[n].message or "" for n in adopted if changed[n].kind == "duplicate"}
        assert len(messages) > 60
        assert {n: m for n, m in messages.items() if not re.search(" is .* here and .* there", m)} == {
            number_of(("type",)): "Number has already been taken; no list shows by which invoice"
        }
