"""A fleet on your own machine: `make fleet-demo`.

Starts PostgreSQL, Valkey (or Redis), the simulator, a small shop and three workers; places orders, kills one worker in the
middle with SIGKILL, and ends with what happened to each order.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
from rich.console import Console
from rich.table import Table

from b2brouter_async import B2Brouter
from b2brouter_async.fleet import install_engine, migrate
from b2brouter_async.simulator import Delays, Simulator
from tests.limiter.conftest import RedisServer
from tests.postgres import postgres_running

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = 3
LEASE = 8
"""Seconds until another worker takes over what a dead one had. Usually a minute; here nobody wants to wait so long."""
out = Console(highlight=False, soft_wrap=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def program(*command: str, variables: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program for the length of a block; what it says goes into a file."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env={**os.environ, **variables}, stdout=said, stderr=said
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
            process.wait()


async def until(done: Any, what: str, seconds: float = 120) -> None:
    """Wait until something is so."""
    with anyio.move_on_after(seconds):
        while not await done():  # noqa: ASYNC110 - other processes tell nobody
            await anyio.sleep(0.05)
        return
    raise SystemExit(f"{what} within {seconds:g} s did not happen")


async def demo(orders: int) -> int:
    with tempfile.TemporaryDirectory(prefix="b2b") as folder:
        async with AsyncExitStack() as stack:
            return await run(Path(folder), orders, stack)


async def run(folder: Path, orders: int, stack: AsyncExitStack) -> int:
    began = time.monotonic()

    def say(text: str) -> None:
        out.print(f"{time.monotonic() - began:5.1f} s  {text}")

    server = stack.enter_context(postgres_running())
    name = server.create()
    database = server.url(name)
    migrate(database)
    install_engine(database)
    say("PostgreSQL runs, with the ledger's tables and those of the workers' queue")
    (folder / "valkey").mkdir()
    valkey = RedisServer(folder / "valkey")
    stack.callback(valkey.stop)
    say("Valkey runs, where the workers share the limit")
    simulator = Simulator(
        api_key="test_fleet",
        delays=Delays(send=0.5, register=1.0),
        faults=[
            "reset_after probability=0.05",
            # As slow as the real one can be (behaviour 43), so that each worker has something in its hands.
            "stall operation='POST /accounts/{}/invoices' seconds=1",
        ],
    )
    url = await stack.enter_async_context(simulator.serve())
    say("the simulator is B2Brouter: 600 requests a minute are allowed, and one reply in twenty gets lost")
    client = await stack.enter_async_context(
        B2Brouter(simulator.api_key, base_url=url, account=simulator.account, requests_per_minute=100_000)
    )
    http = await stack.enter_async_context(httpx.AsyncClient(timeout=30, trust_env=False))

    port = free_port()
    shop = f"http://127.0.0.1:{port}"
    hook = await client.web_hooks.ensure(f"{shop}/hooks/b2brouter", ["issued_invoice.state_change"])
    variables = {
        "B2BROUTER_DATABASE": database,
        "B2BROUTER_REDIS": valkey.url,
        "B2BROUTER_API_KEY": simulator.api_key,
        "B2BROUTER_BASE_URL": url,
        "B2BROUTER_ACCOUNT": str(simulator.account),
        "B2BROUTER_WEBHOOK_SECRET": hook.signing_secret or "",
        "SHOP_DATA": str(folder),
    }
    web = (
        "uvicorn",
        "examples.fleet.shop:app",
        "--port",
        str(port),
        "--log-level",
        "error",
        "--timeout-keep-alive",
        "60",
    )
    stack.enter_context(program(*web, variables=variables, log=folder / "shop.log"))

    async def shop_answers() -> bool:
        try:
            return (await http.get(f"{shop}/openapi.json")).is_success
        except httpx.TransportError:
            return False

    await until(shop_answers, "the shop answers")
    say("the shop runs; it has no worker of its own")

    names = [f"worker-{number}" for number in range(1, WORKERS + 1)]
    workers = {
        one: stack.enter_context(
            program(
                "b2brouter_async", "worker", "--name", one, "--lease", str(LEASE), "--verbose",
                variables=variables, log=folder / f"{one}.log",
            )
        )
        for one in names
    }  # fmt: skip

    async def all_work() -> bool:
        return all("works" in (folder / f"{one}.log").read_text(encoding="utf-8") for one in names)

    await until(all_work, "the workers work")
    say(f"{WORKERS} workers run")
    placed = [f"order-{number}" for number in range(1, orders + 1)]

    async def place(order: str) -> None:
        answer = await http.post(
            f"{shop}/orders", json={"id": order, "buyer": f"Buyer of {order}", "price": "49.90"}
        )
        answer.raise_for_status()

    async with anyio.create_task_group() as tasks:
        for order in placed:
            tasks.start_soon(place, order)
    say(f"{orders} orders are placed and answered; their invoices are in the outbox")

    async def shown() -> list[dict[str, Any]]:
        known: list[dict[str, Any]] = (await http.get(f"{shop}/orders")).json()
        return sorted(known, key=lambda one: int(one["serial"]))

    def in_its_hands() -> int:
        with server.connect(name) as connection:
            ((held,),) = connection.execute(
                "SELECT count(*) FROM b2brouter.documents d JOIN b2brouter.holders h ON h.id = d.holder"
                " WHERE h.name = 'worker-2'"
            ).fetchall()
        return int(held)

    async def in_the_middle() -> bool:
        return await anyio.to_thread.run_sync(in_its_hands) > 1

    await until(in_the_middle, "worker-2 has documents in its hands")
    killed = workers["worker-2"]
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    held = in_its_hands()
    say(f"worker-2 is killed, with {held} documents in its hands; its lease is over in {LEASE} s at most")

    async def all_are_settled() -> bool:
        return all(one["outcome"] is not None and one["state"] == "sent" for one in await shown())

    await until(all_are_settled, "every order is settled, and its state known", 300)
    say("every order is settled, and the web hooks have told every state")
    return await tell(folder, names, await shown(), simulator, client)


async def tell(
    folder: Path, names: list[str], shown: list[dict[str, Any]], simulator: Simulator, client: B2Brouter
) -> int:
    """Print what happened to each order, and return how many are not as they should be."""
    by: dict[int, str] = {}
    for name in names:
        for line in (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines():
            parts = line.replace(":", " ").split()
            if "document" in parts and parts[-1] in ("created", "adopted"):
                by[int(parts[parts.index("document") + 1])] = name
    there = Counter([str(row.number) async for row in client.invoices.list(type="IssuedInvoice", limit=500)])
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for head in ("order", "number", "document", "outcome", "settled by", "invoice", "state", "there"):
        table.add_column(head)
    wrong = 0
    for one in shown:
        number = f"S-{one['serial']:06}"
        count = there[number]
        wrong += count != 1
        table.add_row(
            one["id"], number, str(one["document"]), one["outcome"], by.get(one["document"], "worker-2, before it died"),
            str(one["invoice"]), one["state"], "once" if count == 1 else f"{count} times",
        )  # fmt: skip
    out.print(table)
    kinds = ", ".join(
        f"{count} {kind}" for kind, count in sorted(Counter(one["outcome"] for one in shown).items())
    )
    out.print(
        f"\n{len(shown)} orders: {kinds}; {sum(there.values())} invoices on the server, {wrong} lost or doubled"
    )
    out.print(
        f"{simulator.requests()} requests reached the simulator, at most {simulator.worst_window()} within a minute, and "
        f"{simulator.refused()} were answered 429"
    )
    return wrong or int(sum(there.values()) != len(shown))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=40, help="how many orders are placed")
    sys.exit(anyio.run(demo, parser.parse_args().orders))
