"""Models inside pydantic models and FastAPI routes: amounts keep their digits, mistakes are told with their place."""

from __future__ import annotations

import datetime
import subprocess
import sys
from decimal import Decimal
from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import Body, Depends, FastAPI, Request, Response
from pydantic import BaseModel, TypeAdapter, ValidationError

from b2brouter_async._core.model import Model
from b2brouter_async.generated import models
from b2brouter_async.models import Invoice, InvoiceInput, InvoiceLineInput, TaxInput

MODES: tuple[Literal["validation", "serialization"], ...] = ("validation", "serialization")
EXACT = Decimal("12345678901234567.8901")


class Order(BaseModel):
    invoice: InvoiceInput
    note: str = ""


def test_a_field_of_a_pydantic_model_takes_the_model_and_writes_every_digit() -> None:
    order = Order(invoice=InvoiceInput(invoice_lines_attributes=[InvoiceLineInput(price=EXACT, quantity=1)]))

    text = order.model_dump_json()

    assert text == (
        '{"invoice":{"invoice_lines_attributes":[{"quantity":1,"price":"12345678901234567.8901"}]},"note":""}'
    )
    assert Order.model_validate_json(text) == order
    assert order.model_dump()["invoice"] == {"invoice_lines_attributes": [{"quantity": 1, "price": EXACT}]}


def test_a_dictionary_with_values_of_python_is_taken_as_well() -> None:
    order = Order.model_validate(
        {"invoice": {"date": datetime.date(2026, 1, 31), "invoice_lines_attributes": [{"price": EXACT}]}}
    )

    assert order.invoice.date == datetime.date(2026, 1, 31)
    assert order.invoice.to_dict()["invoice_lines_attributes"] == [{"price": EXACT}]


def test_the_same_model_is_handed_through_untouched() -> None:
    invoice = InvoiceInput(number="F-1", additional_properties={"new": None})

    assert Order(invoice=invoice).invoice is invoice


@pytest.mark.parametrize(
    ("invoice", "said"),
    [
        (
            {"invoice_lines_attributes": [{"prize": 1}]},
            "invoice_lines_attributes[0].prize: InvoiceLineInput has no such key",
        ),
        (
            {"invoice_lines_attributes": [{"price": 49.9}]},
            "send it as text, or read the bytes with from_json",
        ),
        ({"date": "soon"}, "$.date: expected a date"),
        ({"number": ["F"]}, "$.number: expected text"),
        (7, "expected an object for InvoiceInput"),
        (None, "expected an object for InvoiceInput"),
    ],
)
def test_what_is_wrong_is_a_validation_error_that_says_where(invoice: object, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Order.model_validate({"invoice": invoice})

    [error] = caught.value.errors()
    assert error["loc"] == ("invoice",)
    assert said in error["msg"]


def test_a_reply_with_news_is_no_mistake() -> None:
    adapter = TypeAdapter(Invoice)

    invoice = adapter.validate_json('{"id": 1, "total": "10.10", "brand_new": {"x": null}}')

    assert invoice.total == Decimal("10.10")
    assert adapter.dump_json(invoice) == b'{"id":1,"total":"10.10","brand_new":{"x":null}}'


def test_every_model_can_describe_itself() -> None:
    for name in dir(models):
        kind = getattr(models, name)
        if isinstance(kind, type) and issubclass(kind, Model):
            for mode in MODES:
                schema = TypeAdapter(kind).json_schema(mode=mode)
                assert schema["title"] == name
                assert set(schema["properties"]) == {field.key for field in kind.fields()}


def test_the_schema_says_how_amounts_travel() -> None:
    written = TypeAdapter(TaxInput).json_schema(mode="serialization")["properties"]["percent"]
    read = TypeAdapter(TaxInput).json_schema()

    assert written["type"] == "string"
    assert [one["type"] for one in read["properties"]["percent"]["anyOf"]] == ["integer", "string"]
    assert read["required"] == ["name", "percent"]
    assert read["additionalProperties"] is False


app = FastAPI()


async def posted_invoice(request: Request) -> InvoiceInput:
    return InvoiceInput.from_json(await request.body())


@app.get("/as-text")
async def as_text() -> Invoice:
    return Invoice(id=1, total=EXACT)


@app.get("/several")
async def several() -> list[Invoice]:
    return [Invoice(id=1, total=EXACT), Invoice(id=2)]


@app.get("/as-numbers")
async def as_numbers() -> Response:
    return Response(Invoice(id=1, total=EXACT).to_json(), media_type="application/json")


@app.post("/exactly")
async def exactly(invoice: Annotated[InvoiceInput, Depends(posted_invoice)]) -> InvoiceInput:
    return invoice


@app.post("/drafts")
async def drafts(invoice: Annotated[InvoiceInput, Body()]) -> InvoiceInput:
    return invoice


async def call(method: str, path: str, content: str | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as http:
        return await http.request(
            method, path, content=content, headers={"content-type": "application/json"} if content else {}
        )


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_fastapi_answers_with_models_and_every_digit() -> None:
    assert (await call("GET", "/as-text")).text == '{"id":1,"total":"12345678901234567.8901"}'
    assert (await call("GET", "/several")).text == '[{"id":1,"total":"12345678901234567.8901"},{"id":2}]'
    assert (await call("GET", "/as-numbers")).text == '{"id":1,"total":12345678901234567.8901}'


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_fastapi_reads_amounts_from_the_bytes_or_as_text() -> None:
    number = '{"invoice_lines_attributes":[{"price":12345678901234567.8901}]}'
    text = '{"invoice_lines_attributes":[{"price":"12345678901234567.8901"}]}'

    assert (await call("POST", "/exactly", number)).text == text
    assert (await call("POST", "/drafts", text)).text == text
    refused: Any = await call("POST", "/drafts", number)
    assert refused.status_code == 422
    assert "a float can't hold an amount exactly" in refused.text


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_fastapi_describes_models_in_its_openapi() -> None:
    schema: Any = app.openapi()
    body = schema["paths"]["/drafts"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert "invoice_lines_attributes" in str(body) + str(schema.get("components"))


def test_pydantic_is_imported_by_nobody_who_does_not_use_it() -> None:
    program = (
        "import sys; from b2brouter_async.models import InvoiceInput; InvoiceInput(number='F').to_json(); "
        "InvoiceInput.from_json('{}'); print(any('pydantic' in name for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
