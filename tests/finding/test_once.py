"""Payments are recorded once, tax report settings are there once, accounts are found by what they are known by."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from attrs import evolve

from b2brouter_async import AmbiguousMatchError, ArgumentError, B2Brouter, OutcomeUnknownError
from b2brouter_async.models import PaymentInput
from b2brouter_async.simulator import ACCOUNTS, Simulator

from .support import Meeting, but, together

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

PAY, SET = "POST /accounts/{}/payments", "POST /accounts/{}/tax_report_settings"
VERIFACTU: Any = {"code": "verifactu", "auto_generate": True}


async def invoice(client: B2Brouter, number: str = "F-1") -> int:
    made = await client.invoices.create(
        invoice={
            "number": number,
            "date": "2026-11-26",
            "contact": {"name": "Acme", "tin_value": "ESB12345678", "country": "es"},
            "invoice_lines_attributes": [{"quantity": 1, "price": 121, "description": "x"}],
        }
    )
    return made.id


async def amounts(client: B2Brouter) -> list[Decimal | None]:
    return [payment.amount async for payment in client.payments.list()]


def writes(simulator: Simulator) -> list[str]:
    return [entry.method for entry in simulator.log() if entry.method != "GET"]


# Payments


async def test_a_payment_is_recorded_once_for_its_reference(client: B2Brouter) -> None:
    paid = await invoice(client)
    first = await client.payments.record_once(
        payment=PaymentInput(invoice_id=paid, amount=Decimal("100.00")), reference="bank-1"
    )
    again = await client.payments.record_once(
        payment={"invoice_id": paid, "amount": 100, "reference": "bank-1"}
    )
    assert (first.id, first.reference) == (again.id, "bank-1")
    await client.payments.record_once(payment={"invoice_id": paid, "amount": 21}, reference="bank-2")
    # One transfer may pay two invoices.
    other = await invoice(client, "F-2")
    await client.payments.record_once(payment={"invoice_id": other, "amount": 100}, reference="bank-1")
    assert await amounts(client) == [100, 21, 100]


@pytest.mark.parametrize(
    "change", [{"amount": 90}, {"date": "2026-11-01"}, {"payment_method": 4}, {"payment_method_text": "x"}]
)
async def test_a_reference_of_another_payment_is_refused(client: B2Brouter, change: Any) -> None:
    paid = await invoice(client)
    payment: Any = {"invoice_id": paid, "amount": 100, "date": "2026-11-02", "payment_method": 2,
                    "payment_method_text": "y"}  # fmt: skip
    made = await client.payments.record_once(payment=payment, reference="bank-1")
    with pytest.raises(AmbiguousMatchError, match=next(iter(change))) as error:
        await client.payments.record_once(payment=but(payment, {**change}), reference="bank-1")
    assert error.value.ids == (made.id,)
    assert await amounts(client) == [100]


@pytest.mark.parametrize(
    ("payment", "reference", "argument"),
    [
        ({"invoice_id": 5, "amount": 1}, None, "reference"),
        ({"invoice_id": 5, "amount": 1}, " ", "reference"),
        ({"invoice_id": 5, "amount": 1}, "bank-1 ", "reference"),
        ({"invoice_id": 5, "amount": 1, "reference": "a"}, "b", "reference"),
        ({"amount": 1}, "bank-1", "payment"),
        ({"invoice_id": 5}, "bank-1", "payment"),
        ({"invoice_id": 5, "amount": 1.5}, "bank-1", "payment"),
    ],
)
async def test_a_payment_that_could_not_be_known_again_is_refused_before_anything_is_sent(
    simulator: Simulator, client: B2Brouter, payment: Any, reference: str | None, argument: str
) -> None:
    with pytest.raises(ArgumentError, match=f"^{argument}"):
        await client.payments.record_once(payment=payment, reference=reference)
    assert simulator.requests() == 0


async def test_tasks_of_one_client_record_a_payment_once(
    simulator: Simulator, program: Callable[..., B2Brouter]
) -> None:
    arrived: list[str] = []
    go = anyio.Event()

    async def hold(attempt: Any, send: Any) -> Any:
        if attempt.operation == "payments.create":
            arrived.append(attempt.path)
            await go.wait()
        return await send(attempt)

    client = program(middleware=[hold])
    paid = await invoice(client)

    async def record() -> None:
        await client.payments.record_once(payment={"invoice_id": paid, "amount": 100}, reference="bank-1")

    with anyio.fail_after(60):
        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(record)
            await anyio.wait_all_tasks_blocked()
            assert len(arrived) == 1
            go.set()
    assert await amounts(client) == [100]


async def test_two_programs_that_record_it_at_once_are_told(program: Callable[..., B2Brouter]) -> None:
    meeting = Meeting("POST")
    paid = await invoice(program())
    one, other = program(middleware=[meeting]), program(middleware=[meeting])
    results = await together(
        *[
            lambda c=c: c.payments.record_once(
                payment={"invoice_id": paid, "amount": 100}, reference="bank-1"
            )
            for c in (one, other)
        ]
    )
    (problem,) = [result for result in results if isinstance(result, AmbiguousMatchError)]
    assert len(problem.ids) == 2
    assert "recorded more than once" in str(problem)
    with pytest.raises(AmbiguousMatchError) as again:
        await one.payments.record_once(payment={"invoice_id": paid, "amount": 100}, reference="bank-1")
    assert sorted(again.value.ids) == sorted(problem.ids)


@pytest.mark.parametrize("fault", ["reset_after", "truncate", "500 done", "504 done", "wrong_type"])
async def test_a_payment_whose_reply_got_lost_is_found_and_not_recorded_again(
    simulator: Simulator, client: B2Brouter, fault: str
) -> None:
    paid = await invoice(client)
    simulator.faults.script(PAY, [fault])
    await client.payments.record_once(payment={"invoice_id": paid, "amount": 100}, reference="bank-1")
    assert await amounts(client) == [100]


async def test_a_payment_that_came_twice_is_told(simulator: Simulator, client: B2Brouter) -> None:
    paid = await invoice(client)
    simulator.faults.script(PAY, ["duplicate"])
    with pytest.raises(AmbiguousMatchError, match="recorded more than once"):
        await client.payments.record_once(payment={"invoice_id": paid, "amount": 100}, reference="bank-1")


@pytest.mark.parametrize("fault", ["reset_before", "500", "408"])
async def test_a_payment_that_no_look_shows_is_not_sent_again(
    simulator: Simulator, client: B2Brouter, fault: str
) -> None:
    paid = await invoice(client)
    simulator.faults.script(PAY, [fault])
    with pytest.raises(OutcomeUnknownError, match="Call record_once again later"):
        await client.payments.record_once(payment={"invoice_id": paid, "amount": 100}, reference="bank-1")
    assert writes(simulator) == ["POST", "POST"]
    await client.payments.record_once(payment={"invoice_id": paid, "amount": 100}, reference="bank-1")
    assert await amounts(client) == [100]


async def test_a_list_that_knows_no_filter_shows_no_other_invoices_payment(
    program: Callable[..., B2Brouter],
) -> None:
    async def all_of_them(attempt: Any, send: Any) -> Any:
        return await send(evolve(attempt, query=()) if attempt.operation == "payments.list" else attempt)

    client = program(middleware=[all_of_them])
    first, second = await invoice(client), await invoice(client, "F-2")
    for paid in (first, second):
        made = await client.payments.record_once(payment={"invoice_id": paid, "amount": 1}, reference="b")
        assert made.invoice_id == paid
    assert await amounts(client) == [1, 1]


async def test_a_reference_that_the_server_keeps_otherwise_is_told(program: Callable[..., B2Brouter]) -> None:
    async def cut(attempt: Any, send: Any) -> Any:
        reply = await send(attempt)
        return evolve(reply, content=reply.content.replace(b"bank-2026-11", b"bank-2026"))

    client = program(middleware=[cut])
    paid = await invoice(client)
    with pytest.raises(AmbiguousMatchError, match="keeps its reference as 'bank-2026'"):
        await client.payments.record_once(payment={"invoice_id": paid, "amount": 1}, reference="bank-2026-11")


# Tax report settings


async def test_a_setting_is_made_changed_or_left_as_it_is(simulator: Simulator, client: B2Brouter) -> None:
    made = await client.tax_report_settings.ensure(tax_report_setting=VERIFACTU)
    assert (made.code, made.auto_generate, made.auto_send) == ("verifactu", True, True)
    await client.tax_report_settings.ensure(tax_report_setting={"code": "VeriFactu", "auto_send": True})
    assert writes(simulator) == ["POST"]
    changed = await client.tax_report_settings.ensure(
        tax_report_setting={"code": "VERIFACTU", "auto_send": False, "special_regime_key": "01"}
    )
    assert writes(simulator) == ["POST", "PUT"]
    assert (changed.auto_generate, changed.auto_send, changed.special_regime_key) == (True, False, "01")
    with pytest.raises(ArgumentError, match="code"):
        await client.tax_report_settings.ensure(tax_report_setting={"code": " "})


async def test_two_programs_make_one_setting(simulator: Simulator, program: Callable[..., B2Brouter]) -> None:
    meeting = Meeting("POST")
    one, other = program(middleware=[meeting]), program(middleware=[meeting])
    results = await together(
        lambda: one.tax_report_settings.ensure(tax_report_setting=VERIFACTU),
        lambda: other.tax_report_settings.ensure(
            tax_report_setting=but(VERIFACTU, {"email": "a@example.com"})
        ),
    )
    assert {result.code for result in results} == {"verifactu"}
    (setting,) = [one async for one in one.tax_report_settings.list()]
    assert setting.email == "a@example.com"


@pytest.mark.parametrize("fault", ["reset_after", "truncate", "500 done", "duplicate"])
async def test_a_setting_whose_reply_got_lost_is_found(
    simulator: Simulator, client: B2Brouter, fault: str
) -> None:
    simulator.faults.script(SET, [fault])
    assert (await client.tax_report_settings.ensure(tax_report_setting=VERIFACTU)).code == "verifactu"


async def test_a_setting_that_no_look_shows_is_not_made_again(
    simulator: Simulator, client: B2Brouter
) -> None:
    simulator.faults.script(SET, ["reset_before"])
    with pytest.raises(OutcomeUnknownError, match="Call ensure again later"):
        await client.tax_report_settings.ensure(tax_report_setting=VERIFACTU)
    assert writes(simulator) == ["POST"]


# Accounts

UNIT: Any = {**ACCOUNTS[0], "id": 900, "name": "Talleres, Sur", "parent_id": 483921}
TWIN: Any = {**ACCOUNTS[1], "id": 901, "name": "Imaginaire twee", "tin_value": "BE 0123.456.749"}
GERMAN: Any = {**ACCOUNTS[0], "id": 902, "name": "Erfunden", "tin_value": "DE123456789", "country": "de"}


@pytest.fixture
def crowded() -> Simulator:
    return Simulator(limit=None, accounts=[*ACCOUNTS, UNIT, GERMAN])


@pytest.mark.parametrize(
    ("identifier", "country", "found"),
    [
        ("ES B-0123456.6", None, 483921),
        ("b01234566", "es", 483921),
        ("0123456749", "be", 483977),
        ("0208:0123.456.749", None, 483977),
        ("BE0123456749", None, 483977),
        ("123456789", "pt", None),
        ("123456789", "de", 902),
        ("ESB99999999", None, None),
    ],
)
async def test_an_account_is_found_by_its_numbers_and_a_company_before_its_units(
    crowded: Simulator, identifier: str, country: str | None, found: int | None
) -> None:
    from b2brouter_async.pytest_plugin import make_client

    client = make_client(crowded, limit=None)
    account = await client.accounts.by_identifier(identifier, country=country)
    assert (account.id if account else None) == found


async def test_an_archived_account_is_found_where_it_is_asked_for_and_no_other_is_there(
    simulator: Simulator, client: B2Brouter
) -> None:
    await client.accounts.delete(simulator.accounts[1])
    assert await client.accounts.by_identifier("BE0123456749") is None
    archived = await client.accounts.by_identifier("BE0123456749", archived=True)
    assert archived is not None
    assert archived.archived


async def test_two_accounts_of_one_number_are_an_error_that_names_them() -> None:
    from b2brouter_async.pytest_plugin import make_client

    simulator = Simulator(limit=None, accounts=[*ACCOUNTS, TWIN])
    client = make_client(simulator, limit=None)
    with pytest.raises(AmbiguousMatchError, match=r"901 \(Imaginaire twee\)") as error:
        await client.accounts.by_identifier("0123456749")
    assert error.value.ids == (901, 483977)
    await client.accounts.delete(901)
    account = await client.accounts.by_identifier("0123456749", archived=True)
    assert account is not None
    assert account.id == 483977
    with pytest.raises(ArgumentError, match="identifier"):
        await client.accounts.by_identifier("-")


async def test_one_reference_in_two_spellings_of_unicode_is_one_payment(client: B2Brouter) -> None:
    """Some systems write é as one character, others as two, and nobody sees which."""
    invoice_id = await invoice(client)
    payment = {"invoice_id": invoice_id, "amount": Decimal(5)}
    first = await client.payments.record_once(payment=payment, reference="caf\u00e9-1")  # type: ignore[arg-type]
    again = await client.payments.record_once(payment=payment, reference="cafe\u0301-1")  # type: ignore[arg-type]
    assert again.id == first.id
    assert len([one async for one in client.payments.list()]) == 1


async def test_a_reference_that_the_server_has_in_another_spelling_of_unicode_is_found(
    client: B2Brouter,
) -> None:
    paid = await invoice(client)
    made = await client.payments.create(
        payment=PaymentInput(invoice_id=paid, amount=Decimal(5), reference="cafe\u0301-2")
    )
    found = await client.payments.record_once(
        payment=PaymentInput(invoice_id=paid, amount=Decimal(5)), reference="caf\u00e9-2"
    )
    assert found.id == made.id
    assert await amounts(client) == [5]
