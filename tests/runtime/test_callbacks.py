"""What a caller passes in to be called, or to be kept, and what would silently not happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async import ArgumentError, B2Brouter, B2BrouterGroup, ConfigurationError
from b2brouter_async.pytest_plugin import make_client
from b2brouter_async.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def told(*_: object) -> None:
    raise AssertionError


async def run(view: B2Brouter) -> None:
    raise AssertionError(view)


async def handle(document: Any) -> None:
    raise AssertionError(document)


CALLS: dict[str, Callable[[B2Brouter, Path], Any]] = {
    "on_progress of for_each_account": lambda client, folder: client.for_each_account(run, on_progress=told),
    "on_progress of a group": lambda client, folder: B2BrouterGroup([client]).for_each_account(
        run, on_progress=told
    ),
    "each": lambda client, folder: client.invoices.save_all(folder, month="2026-10", each=told),
    "failed": lambda client, folder: client.received.process(handle, store=folder / "a", failed=told),
    "until": lambda client, folder: client.tax_reports.wait_for(1, until=told),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", CALLS)
async def test_an_async_function_is_refused_where_nobody_would_await_it(name: str, tmp_path: Path) -> None:
    simulator = Simulator(limit=None)
    client = make_client(simulator, limit=None)

    with pytest.raises(ArgumentError, match=f"{name.split()[0]}: told is async.*pass an ordinary function"):
        await CALLS[name](client, tmp_path)
    assert simulator.requests() == 0


async def test_an_upload_refuses_an_async_function_for_its_progress(tmp_path: Path) -> None:
    client = make_client(Simulator(limit=None), limit=None)
    with pytest.raises(ConfigurationError, match="on_progress: told is async"):
        client.upload(journal=tmp_path / "run.db", on_progress=told)
    with pytest.raises(ConfigurationError, match="on_progress: told is async"):
        B2BrouterGroup([client]).upload(tmp_path, on_progress=told)


async def test_a_database_in_memory_is_no_journal_and_no_cursor() -> None:
    """Neither would know anything after the process has died, which is what they are for."""
    client = make_client(Simulator(limit=None), limit=None)
    with pytest.raises(ConfigurationError, match="journal: ':memory:' is no file"):
        client.upload(journal=":memory:")
    with pytest.raises(ConfigurationError, match=r"cursor: ':memory:' is no file.*MemoryCursor\(\)"):
        client.invoices.changes(cursor=":memory:")
    with pytest.raises(ArgumentError, match="cursor: pass a path"):
        client.invoices.changes(cursor=5)  # type: ignore[arg-type]


@pytest.mark.parametrize("handler", [None, 5, "book"])
async def test_a_handler_that_is_no_function_is_no_failure_of_every_invoice(
    handler: Any, tmp_path: Path
) -> None:
    """Each would be tried again and again, and set aside."""
    simulator = Simulator(limit=None)
    client = make_client(simulator, limit=None)
    with pytest.raises(ArgumentError, match="handler: pass a function, not"):
        await client.received.process(handler, store=tmp_path / "received.sqlite")
    assert simulator.requests() == 0


@pytest.mark.parametrize(
    ("store", "said"), [(5, "store: pass a path"), (":memory:", "store: ':memory:' is no file")]
)
async def test_a_store_that_keeps_nothing_is_refused(store: Any, said: str) -> None:
    client = make_client(Simulator(limit=None), limit=None)
    with pytest.raises((ArgumentError, ConfigurationError), match=said):
        await client.received.process(handle, store=store)
    with pytest.raises((ArgumentError, ConfigurationError), match=said):
        await client.received.dead(store=store)
