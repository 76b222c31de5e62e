"""The main job, end to end, on your own machine.

Starts the simulator, uploads e-invoices concurrently, pages through what the server has, waits until all are sent,
downloads one back and compares it. `make demo` runs it; `make demo DOCUMENTS=folder` takes your own documents.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sample_invoices import write_samples

from b2brouter_async import APIStatusError, Attempt, B2Brouter, B2BrouterError, Next, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from b2brouter_async.models import Invoice

KEY = "test_simulator"
WORKERS = 32
PATIENCE = 30.0


@dataclass
class Tally:
    """What happened, for the summary."""

    uploaded: dict[int, Path] = field(default_factory=dict)
    refused: list[tuple[Path, str]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    sent: deque[float] = field(default_factory=deque)
    """When the requests of the last minute were answered."""

    async def count(self, attempt: Attempt, send: Next) -> Reply:
        """Count every request of the client, whoever made it."""
        reply = await send(attempt)
        self.statuses[reply.status] += 1
        self.sent.append(time.monotonic())
        return reply

    def last_minute(self) -> int:
        """Return the requests of the last 60 seconds: what the limit is about."""
        while self.sent and self.sent[0] < time.monotonic() - 60:
            self.sent.popleft()
        return len(self.sent)


@contextmanager
def simulator() -> Iterator[str]:
    """Run the simulator as a server of its own, and give its address."""
    command = [sys.executable, "-m", "b2brouter_async.simulator", "--port", "0", "--api-key", KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if "http://" not in line:
                raise SystemExit(f"the simulator did not start: {line}{process.stdout.read()}")
            yield line.split(" at ", 1)[1].split()[0]
        finally:
            process.terminate()


async def upload(client: B2Brouter, account: int, paths: list[Path], tally: Tally, console: Console) -> None:
    """Import every document, `WORKERS` at a time; what is refused does not stop the others."""
    columns = (TextColumn("uploading"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    waiting = iter(paths)
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task("", total=len(paths), rate="")

        async def work() -> None:
            for path in waiting:
                try:
                    invoice = await client.invoices.import_document(
                        account, content=path, issued=True, send_after_import=True
                    )
                except APIStatusError as error:
                    tally.refused.append((path, f"{error.status} {error.code or ''} {error.message}"))
                except B2BrouterError as error:
                    tally.refused.append((path, str(error)))
                else:
                    note_errors(invoice, path, tally)
                progress.update(task, advance=1, rate=f"{tally.last_minute()} requests in the last minute")

        async with anyio.create_task_group() as workers:
            for _ in range(min(WORKERS, len(paths))):
                workers.start_soon(work)


def note_errors(invoice: Invoice, path: Path, tally: Tally) -> None:
    """Count an invoice; one that exists with errors will never be sent (behaviour 23)."""
    tally.uploaded[invoice.id] = path
    if invoice.errors:
        tally.refused.append((path, f"taken as {invoice.id}, but it will not be sent: {invoice.errors}"))


async def wait_until_sent(client: B2Brouter, account: int, tally: Tally) -> Counter[str]:
    """Look at the list until nothing of ours is on its way any more; return how many are in which state."""
    with anyio.fail_after(PATIENCE):
        while True:
            states: Counter[str] = Counter()
            async for invoice in client.invoices.list(account, limit=500):
                if invoice.id in tally.uploaded:
                    states[str(invoice.state)] += 1
            if not states["new"] and not states["sending"]:
                return states
            await anyio.sleep(1)


async def run(base_url: str, paths: list[Path], console: Console) -> int:
    """Do the job and print the summary; returns the exit status."""
    tally = Tally()
    began = time.monotonic()
    async with B2Brouter(KEY, base_url=base_url, middleware=[tally.count]) as client:
        account = (await client.accounts.list(limit=1)).items[0].id
        console.print(f"{client} · account {account} · {len(paths)} documents · {WORKERS} workers")
        await upload(client, account, paths, tally, console)
        for path, reason in tally.refused:
            console.print(f"  refused: {path.name}: {reason}", markup=False)

        pages = [page async for page in client.invoices.list(account, limit=100).pages()]
        listed = sum(len(page.items) for page in pages)
        console.print(
            f"listed {listed} invoices on {len(pages)} pages; the server counts {pages[0].total_count}"
        )
        states = await wait_until_sent(client, account, tally)
        console.print("states: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items())))

        same = True
        if tally.uploaded:
            invoice_id, path = next(iter(tally.uploaded.items()))
            original = await client.invoices.download(invoice_id, "original")
            same = original.content == await anyio.Path(path).read_bytes()
            verdict = "equal to" if same else "DIFFERENT from"
            console.print(f"downloaded invoice {invoice_id}: {len(original)} bytes, {verdict} {path.name}")
    seconds = time.monotonic() - began
    console.print(
        f"[bold]{len(tally.uploaded)} uploaded, {len(tally.refused)} refused, "
        f"{tally.statuses.total()} requests, {tally.statuses[429]} times 429, {seconds:.1f} seconds[/bold]"
    )
    return 0 if same and listed == len(tally.uploaded) else 1


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--documents", type=Path, help="folder with e-invoices; our own samples when left out"
    )
    parser.add_argument("--count", type=int, default=300, help="how many samples to write (300)")
    given = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.documents or Path(temporary)
        if given.documents is None:
            write_samples(folder, count=given.count)
        found = folder.iterdir() if folder.is_dir() else ()
        paths = sorted(path for path in found if path.suffix.lower() in (".xml", ".pdf"))
        if not paths:
            parser.error(f"{folder}: no .xml or .pdf documents there")
        with simulator() as base_url:
            return anyio.run(run, base_url, paths, console)


if __name__ == "__main__":
    raise SystemExit(main())
