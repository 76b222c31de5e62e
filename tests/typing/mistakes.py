"""Mistakes that type checkers report. `make types` fails where mypy or pyright is silent about one of them.

Both are told to complain of a comment that hides nothing, so each comment here says: this line is reported.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true, reportUnknownVariableType=false
# ruff: noqa: B018
# ruff: isort: skip_file

from b2brouter_async import B2Brouter
from b2brouter_async import B2Bruter  # type: ignore[attr-defined]
from b2brouter_async import InvoiceInput  # type: ignore[attr-defined]
from b2brouter_async.bulk import Uplod  # type: ignore[attr-defined]
from b2brouter_async.config import Secrets  # type: ignore[attr-defined]
from b2brouter_async.einvoice import read_documents  # type: ignore[attr-defined]
from b2brouter_async.errors import NotFund  # type: ignore[attr-defined]
from b2brouter_async.fleet import Outboks  # type: ignore[attr-defined]
from b2brouter_async.invoicing import Totls  # type: ignore[attr-defined]
from b2brouter_async.limiter import TokenBuket  # type: ignore[attr-defined]
from b2brouter_async.models import InvoiceImput  # type: ignore[attr-defined]
from b2brouter_async.models import InvoiceInput as Invoice
from b2brouter_async.sandbox import HasEnviroment  # type: ignore[attr-defined]
from b2brouter_async.simulator import Simulater  # type: ignore[attr-defined]
from b2brouter_async.spec import preloaded  # type: ignore[attr-defined]
from b2brouter_async.tables import Proposals  # type: ignore[attr-defined]
from b2brouter_async.webhooks import WebHook  # type: ignore[attr-defined]

# Used, so that a checker that knows one of them says that its comment hides nothing.
MISSPELT: tuple[object, ...] = (
    B2Bruter,
    InvoiceInput,
    Uplod,
    Secrets,
    read_documents,
    NotFund,
    Outboks,
    Totls,
    TokenBuket,
    InvoiceImput,
    HasEnviroment,
    Simulater,
    preloaded,
    Proposals,
    WebHook,
)


def the_client_is_made() -> None:
    B2Brouter()  # type: ignore[call-arg]
    B2Brouter("live_1", "prod")  # type: ignore[arg-type]
    B2Brouter("live_1", environment="Production")  # type: ignore[arg-type]
    B2Brouter.from_env(enviroment="production")  # type: ignore[call-arg]
    B2Brouter("test_1", acount=3)  # type: ignore[call-arg]
    B2Brouter("test_1", transport="httpx3")  # type: ignore[arg-type]


def a_synchronous_with(client: B2Brouter) -> None:
    with client:  # type: ignore[attr-defined]
        pass


async def calls(client: B2Brouter) -> None:
    client.webhooks  # type: ignore[attr-defined]
    client.invoice  # type: ignore[attr-defined]
    await client.invoices.lst()  # type: ignore[attr-defined]
    await client.invoices.list(limt=4)  # type: ignore[call-arg]
    client.invoices.get(4)  # type: ignore[unused-coroutine]


async def lists(client: B2Brouter) -> None:
    client.invoices.list().items  # type: ignore[attr-defined]
    client.invoices.list()[0]  # type: ignore[index]
    len(client.invoices.list())  # type: ignore[arg-type]
    for _ in client.invoices.list():  # type: ignore[attr-defined]
        pass
    async for _ in await client.invoices.list():  # type: ignore[attr-defined]
        pass


async def invoices(client: B2Brouter) -> None:
    Invoice(nubmer="F-1")  # type: ignore[call-arg]
    Invoice(date="2026-06-26")  # type: ignore[arg-type]
    await client.invoices.create(invoice={"nubmer": "F-1"})  # type: ignore[arg-type]
    await client.invoices.create(invoice={"number": "F-1", "invoice_lines": []})  # type: ignore[arg-type]
    await client.invoices.mark_as(4, state=5)  # type: ignore[arg-type]
