"""Each public function, class and method has an example in its docstring, and each example runs.

Where one example shows several names, the others are listed here under its name.
"""

from __future__ import annotations

import ast
import enum
import hashlib
import importlib
import inspect
import os
import pkgutil
import re
import textwrap
from contextlib import AsyncExitStack
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import attrs
import httpx
import psycopg
import pytest

from b2brouter_async import B2Brouter, B2BrouterGroup, MemoryCursor, config, sandbox, webhooks
from b2brouter_async._core.operation import Resource
from b2brouter_async.bulk import Ledger, Outcome, Row, SQLiteJournal
from b2brouter_async.fleet import Outbox
from b2brouter_async.generated import api
from b2brouter_async.models import InvoiceInput
from b2brouter_async.pytest_plugin import make_client
from b2brouter_async.simulator import Delays, Key, Simulator
from b2brouter_async.webhooks import MemoryInbox, WebHooks

from .limiter.conftest import RedisServer
from .shown import ANYWHERE, World, compiled, run, with_documents
from .test_public_names import PACKAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = "b2brouter_async"
# What an example may name without importing it, besides what its own package has.
LIBRARIES = {module.__name__: module for module in (anyio, attrs, hashlib, httpx, os, psycopg)}

# A name → the name whose example shows it.
SHOWN_BY = {
    "AccountResult": "B2Brouter.for_each_account",
    "AccountResults": "B2Brouter.for_each_account",
    "Change": "client.invoices.changes",
    "GroupOutcome": "GroupUpload",
    "MissingFile": "SavedFiles",
    "Options": "CallOptions",
    "Options.with_": "B2Brouter.with_options",
    "Processed": "client.received.process",
    "SavedFile": "SavedFiles",
    "client.code_lists": "client.code_lists.schemes",
    "client.documents": "client.documents.validate",
    "client.events": "client.events.list",
    "client.transports": "client.transports.list",
    "fleet.Due": "fleet.due",
    "fleet.Purged": "fleet.Retention.purge",
}

# A name that is not for programs to call, and why.
NOT_CALLED = {
    "TokenBucket.after_fork_in_child": "Python calls it when it forks",
    "TokenBucket.after_fork_in_parent": "Python calls it when it forks",
    "TokenBucket.before_fork": "Python calls it when it forks",
    "limiter.PostgresTokenBucket.after_fork_in_child": "Python calls it when it forks",
    "bulk.Ledger.do": "journals are made with it",
    "bulk.Ledger.unusable": "journals are made with it",
    "tables.TableMapping.text_value": "tables read their cells with it",
}

# A class → the protocol that it keeps to: the methods that both have are shown there.
KEEPS_TO = {
    "MemoryCursor": "Cursor",
    "SQLiteCursor": "Cursor",
    "bulk.PostgresJournal": "bulk.Journal",
    "bulk.SQLiteJournal": "bulk.Journal",
    "limiter.PostgresTokenBucket": "RateLimiter",
    "limiter.RedisTokenBucket": "RateLimiter",
    "TokenBucket": "RateLimiter",
    "webhooks.MemoryInbox": "webhooks.Inbox",
    "webhooks.RedisInbox": "webhooks.Inbox",
    "webhooks.SQLiteInbox": "webhooks.Inbox",
}


def generated() -> dict[str, Any]:
    """The generated functions, those too that a hand-written method stands before."""
    found: dict[str, Any] = {}
    for module in pkgutil.walk_packages(api.__path__, f"{api.__name__}."):
        if not module.ispkg:
            for name, one in vars(importlib.import_module(module.name)).items():
                if inspect.isfunction(one) and one.__module__ == module.name:
                    found[f"{module.name.removeprefix(f'{api.__name__}.').rpartition('.')[0]}.{name}"] = one
    return found


@cache
def docstrings(path: str) -> dict[str, tuple[str, int]]:
    """The docstrings of a module by qualified name, each with the column it begins in.

    From the source: Python 3.13 takes the indentation away from what it hands out.
    """
    found: dict[str, tuple[str, int]] = {}

    def visit(node: ast.Module | ast.ClassDef, before: str) -> None:
        for one in node.body:
            if isinstance(one, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(one, clean=False)
                if text is not None:
                    found[before + one.name] = (text, one.body[0].col_offset)
                if isinstance(one, ast.ClassDef):
                    visit(one, f"{before}{one.name}.")

    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    visit(tree, "")
    return {**found, "": (ast.get_docstring(tree, clean=False) or "", 0)}


def blocks(one: Any) -> list[str]:
    """The examples of a docstring: what stands below `Example:`, four columns further in."""
    module = one if inspect.ismodule(one) else importlib.import_module(one.__module__)
    text, column = docstrings(inspect.getfile(module)).get(getattr(one, "__qualname__", ""), ("", 0))
    margin = " " * column
    found: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        if line == f"{margin}Example:":
            found.append([])
            inside = True
        elif line.strip() and not line.startswith(f"{margin}    "):
            inside = False
        elif inside:
            found[-1].append(line)
    return [textwrap.dedent("\n".join(lines)).strip("\n") for lines in found]


def public() -> dict[str, Any]:
    """Every public function, class and method, by a short name."""
    found: dict[str, Any] = {}
    seen: set[int] = set()

    def take(name: str, one: Any) -> None:
        if id(one) not in seen and needs_one(one):
            seen.add(id(one))
            found[name] = one
            if inspect.isclass(one):
                for method, function in methods(one):
                    take(f"{name}.{method}", function)

    for package in [*PACKAGES, config.__name__, sandbox.__name__]:
        module = importlib.import_module(package)
        for name in getattr(module, "__all__", dir(module)):
            one = getattr(module, name)
            ours = package in PACKAGES or getattr(one, "__module__", "") == package
            if ours and not name.startswith("_") and (inspect.isclass(one) or inspect.isfunction(one)):
                take(f"{package}.{name}".removeprefix(f"{ROOT}."), one)
    client = B2Brouter("test_key")
    for view in (client, client.account(1234)):
        for name in dir(type(view)):
            if not name.startswith("_") and isinstance(resource := getattr(view, name), Resource):
                take(f"client.{name}", type(resource))
    for name in ("totals", "problems", "from_document"):
        take(f"models.InvoiceInput.{name}", dict(methods(InvoiceInput))[name])
    for name, one in GENERATED.items():
        take(f"generated {name}", one)
    return found


def methods(kind: type) -> Iterator[tuple[str, Any]]:
    """The public methods of a class, those it has from other classes of ours too."""
    for name in dir(kind):
        if not name.startswith("_"):
            one: Any = getattr(kind, name)
            one = inspect.unwrap(getattr(one, "__func__", one))
            if inspect.isfunction(one) and one.__module__.startswith(ROOT):
                yield name, one


def needs_one(one: Any) -> bool:
    """Errors are caught and not made, enumerations have nothing but their values."""
    return not (inspect.isclass(one) and issubclass(one, BaseException | enum.Enum))


GENERATED = generated()
PUBLIC = public()
_MODULES = {f"{package.removeprefix(f'{ROOT}.')}.": importlib.import_module(package) for package in PACKAGES}
EXAMPLES = {name: found[0] for name, one in {**PUBLIC, **_MODULES}.items() if (found := blocks(one))}
DATABASE = "postgresql://…"
# The client of an example is one of the simulator, so it is not the one that this would bring.
IMPORTED = "from b2brouter_async import B2Brouter\n"
# They start a database or a Redis.
DEAR = {
    name
    for name, example in EXAMPLES.items()
    if re.search(r"postgresql://|redis://|\b(ledger|outbox|connection)\b", example)
    and not name.startswith("simulator.")
}


def shown_by(name: str) -> str | None:
    """The name whose example shows a name that has none of its own."""
    kind, _, method = name.rpartition(".")
    return SHOWN_BY.get(name) or (f"{KEEPS_TO[kind]}.{method}" if kind in KEEPS_TO else None)


def test_every_public_name_has_an_example_or_is_shown_by_that_of_another() -> None:
    without = {name for name in PUBLIC if name not in EXAMPLES and shown_by(name) not in EXAMPLES}
    assert sorted(without - NOT_CALLED.keys()) == []


def test_no_docstring_has_two_examples() -> None:
    assert sorted(name for name, one in PUBLIC.items() if len(blocks(one)) > 1) == []


def test_no_name_is_listed_in_vain() -> None:
    assert sorted({*SHOWN_BY, *NOT_CALLED} & EXAMPLES.keys()) == []
    assert sorted({*SHOWN_BY, *NOT_CALLED, *KEEPS_TO} - PUBLIC.keys()) == []


@pytest.mark.parametrize("name", GENERATED)
def test_every_generated_method_has_an_example_that_calls_it(name: str) -> None:
    (example,) = blocks(GENERATED[name])
    assert f"client.{name}(" in example


class Names(World):
    """What examples name as if it were there: a group, a web hook's call, a journal … each made when it is asked for."""

    def __init__(self, client: B2Brouter, simulator: Simulator, opened: AsyncExitStack) -> None:
        super().__init__(client, simulator)
        self.opened = opened

    def made(self) -> dict[str, Any]:
        def call() -> dict[str, Any]:
            body = (
                Path(__file__).parent.parent / "openapi/samples/event-issued-invoice-state-change.json"
            ).read_bytes()
            return {"body": body, "header": webhooks.sign(body, "whsec_…")}

        async def send() -> httpx.Response:
            return httpx.Response(200)

        def inbox() -> MemoryInbox:
            found = MemoryInbox()
            found.put("events", "key-1", b"{}")
            found.take("events", "worker-1", most=1, lease=60.0)
            return found

        return {
            "body": lambda: call()["body"],
            "header": lambda: call()["header"],
            "hooks": lambda: WebHooks("whsec_…", inbox=MemoryInbox()),
            "inbox": inbox,
            "cursor": MemoryCursor,
            "send": lambda: send,
            "documents": lambda: sorted(Path("outbox").iterdir()),
            "row": lambda: Row(
                stage="sending", outcome=Outcome(kind="unknown", source="F-1.xml", sha256="a" * 64)
            ),
        }

    async def names(self, name: str, example: str, url: str, database: str) -> dict[str, Any]:
        """Return what an example may name; a client that it makes is one of the simulator at this address."""

        class Local(B2Brouter):
            def __init__(self, *given: Any, **options: Any) -> None:
                super().__init__(*given, **{"base_url": url, **options})

        used = compiled(example, name).co_names
        package = next((one for one in PACKAGES if name.startswith(one.removeprefix(f"{ROOT}.") + ".")), ROOT)
        found = {**ANYWHERE, **LIBRARIES, **_of(ROOT), **_of(package)}
        for module in (config, sandbox):
            if name.startswith(module.__name__.removeprefix(f"{ROOT}.")):
                found |= vars(module)
        found |= {"client": self.client, "simulator": self.simulator}
        found |= {word: make() for word, make in self.made().items() if word in used or word == "row"}
        if url:
            found |= {"B2Brouter": Local, "B2BrouterGroup": partial(B2BrouterGroup, base_url=url)}
        if "group" in used:
            group = B2BrouterGroup({"north": self.simulator.api_key}, base_url=url)
            found["group"] = await self.opened.enter_async_context(group)
        if {"journal", "open_journal"} & {*used}:
            made = await SQLiteJournal.open("run.db", {"account": "1234"})
            await made.record((await made.claim(found["row"])).row)
            if "open_journal" in used:
                await made.close()
            else:
                found["journal"] = made
                self.opened.push_async_callback(made.close)
        if ".changes(" in example:
            await self.invoice()
        if database:
            found |= await self.of_a_fleet(database)
        return found

    async def of_a_fleet(self, database: str) -> dict[str, Any]:
        """Return what is in and around a ledger: one document, and a connection in a transaction."""
        outbox = Outbox(database, environment="sandbox", base_url=self.client.base_url, account=self.account)
        self.opened.callback(outbox.close)
        connection = await psycopg.AsyncConnection.connect(database)
        self.opened.push_async_callback(connection.close)
        document = await outbox.add(Path("F-1.xml"), connection=connection)
        await connection.commit()
        ledger = await Ledger.open(database)
        self.opened.push_async_callback(ledger.close)
        return {"outbox": outbox, "connection": connection, "document": document, "ledger": ledger}


def _of(package: str) -> dict[str, Any]:
    module = importlib.import_module(package)
    return {name: getattr(module, name) for name in getattr(module, "__all__", ())}


async def runs(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **servers: str) -> None:
    """Run the example of a name.

    Args:
        name: as in EXAMPLES.
        folder: an empty one, to run it in.
        monkeypatch: takes everything back.
        servers: what an example names → what it means.
    """
    monkeypatch.chdir(with_documents(folder))
    monkeypatch.setenv("B2BROUTER_WEBHOOK_SECRET", "whsec_…")
    simulator = Simulator(delays=Delays(tax_report=0), keys=[Key("test_south", group="south")])
    simulator.add_party("be", "0208", "0214596464", "Acme NV")
    # Whatever waits for ever in an example is told by this, and by nothing else.
    with anyio.fail_after(60.0):
        async with AsyncExitStack() as opened:
            client = await opened.enter_async_context(make_client(simulator))
            names = Names(client, simulator, opened)
            example = await names.furnish(EXAMPLES[name])
            url = ""
            if re.search(r"test_…|from_env|\bgroup\b", example):
                url = await opened.enter_async_context(simulator.serve())
                monkeypatch.setenv("B2BROUTER_API_KEY", simulator.api_key)
                monkeypatch.setenv("B2BROUTER_BASE_URL", url)
            for said, meant in {"test_…": simulator.api_key, IMPORTED: "", **servers}.items():
                example = example.replace(said, meant)
            await run(example, name, await names.names(name, example, url, servers.get(DATABASE, "")))
    simulator.close()


BACKENDS = ["asyncio", pytest.param("trio", marks=pytest.mark.nightly)]


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", BACKENDS, indirect=True)
@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - DEAR))
async def test_the_example_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await runs(name, tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis for all examples that name one."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.mark.nightly
@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=True)
@pytest.mark.parametrize("name", sorted(DEAR))
async def test_the_example_runs_on_a_database_or_a_redis(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str, redis_server: RedisServer
) -> None:
    await runs(
        name,
        tmp_path,
        monkeypatch,
        **{DATABASE: database, "redis://localhost": redis_server.url, "timeout=30.0": "timeout=0.2"},
    )
