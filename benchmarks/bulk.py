"""What a bulk upload costs: throughput against the limiter's ceiling, processor time, the journal's share, memory.

    python benchmarks/bulk.py throughput      # two runs of 90 seconds
    python benchmarks/bulk.py cpu             # against a bare loop of httpx.post
    python benchmarks/bulk.py group           # through a group of keys, beside the same to one account
    python benchmarks/bulk.py memory          # 1,000, 10,000 and 100,000 documents from a folder
    python benchmarks/bulk.py resumed         # 100,000 documents that an earlier run has settled
    python benchmarks/bulk.py large           # 40 files of 15 MB, all at once

Each upload runs in a process of its own, against a server in another one.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from typing import TYPE_CHECKING, Literal

import anyio
import httpx
from attrs import evolve, frozen

from b2brouter_async import B2Brouter, B2BrouterGroup
from b2brouter_async.bulk import Outcome, Row
from b2brouter_async.bulk.journal.schema import put
from b2brouter_async.bulk.journal.sqlite import SQLiteJournal
from b2brouter_async.limiter import Lease, TokenBucket
from benchmarks.table import Line
from examples.sample_invoices import samples, ubl_invoice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SECONDS = 90.0
LIMIT = 1000
LATENCY = 0.15
CONCURRENCY = 32
ROUNDS = 5
ATTACHMENT = (
    b"<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID><cac:Attachment>"
    b'<cbc:EmbeddedDocumentBinaryObject mimeCode="application/pdf" filename="scan.pdf">%s'
    b"</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>"
)
DOCUMENTS = 1500
MANY = 100_000
WARM = 300
"""Documents before the clock starts: what is imported and compiled once is no cost of a document."""


class Answerer(asyncio.Protocol):
    """The smallest server that an upload can't tell from the API: it keeps nothing and costs next to nothing."""

    latency = 0.0
    ids = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.buffer = bytearray()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head, length = bytes(self.buffer[:end]), 0
            for line in head.split(b"\r\n")[1:]:
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if len(self.buffer) < end + 4 + length:
                return
            del self.buffer[: end + 4 + length]
            status, body = self.answer(head)
            content = json.dumps(body).encode()
            reply = (
                b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nX-B2B-API-Request-Id: req-%d\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (status, Answerer.ids, len(content), content)
            )
            if self.latency:
                asyncio.get_running_loop().call_later(self.latency, self.transport.write, reply)
            else:
                self.transport.write(reply)

    def answer(self, head: bytes) -> tuple[int, object]:
        """Return the status and the body of the reply to a request."""
        if head.startswith((b"GET /accounts?", b"GET /accounts ")):
            account = {"id": 1, "tin_value": "ESB00000011", "country": "es"}
            return 200, {"accounts": [account], "meta": {"total_count": 1, "offset": 0, "limit": 500}}
        if not head.startswith(b"POST"):
            return 200, {"account": {"id": 1, "tin_value": "ESB00000000"}}
        Answerer.ids += 1
        return 201, {"invoice": {"id": Answerer.ids, "state": "sending", "number": "1"}}


async def serve(latency: float) -> None:
    Answerer.latency = latency
    server = await asyncio.get_running_loop().create_server(Answerer, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def server(latency: float = 0.0) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, __file__, "serve", "--latency", str(latency)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def child(*arguments: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    result: dict[str, float] = json.loads(done.stdout)
    return result


class Counting(TokenBucket):
    """Counts what it grants; a request that still waits for it isn't sent."""

    granted = 0

    async def acquire(self, priority: int = 0, max_wait: float | None = None) -> Lease:
        lease = await super().acquire(priority, max_wait)
        self.granted += 1
        return lease


async def journal_alone(folder: Path) -> dict[str, float]:
    """Only the journal's part: two writes for each document, from as many tasks, threads and waiting included."""
    journal = await SQLiteJournal.open(folder / "run.db", {"account": "1"})
    numbers = iter(range(DOCUMENTS))
    before = time.process_time()

    async def work() -> None:
        for number in numbers:
            known = Outcome(
                kind="unknown", source=f"{number}.xml", sha256=f"{number:064x}", number=str(number), year=2026
            )
            row = Row(stage="sending", outcome=known)
            await journal.claim(row)
            await journal.record(
                evolve(row, stage="done", outcome=evolve(known, kind="created", invoice_id=number))
            )

    async with anyio.create_task_group() as tasks:
        for _ in range(CONCURRENCY):
            tasks.start_soon(work)
    cpu = time.process_time() - before
    await journal.close()
    return {"cpu": cpu, "documents": DOCUMENTS}


def resident() -> float:
    """Return how much memory this program has had at most, in MB.

    Not by `getrusage`: that begins with what the program held that has started this one.
    """
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def upload(
    url: str,
    folder: Path,
    *,
    unlimited: bool = True,
    concurrency: int = CONCURRENCY,
    warm: int = 0,
    transport: Literal["httpx", "httpx2"] = "httpx",
) -> dict[str, float]:
    limiter = Counting(10**6, 1.0, max_in_flight=50) if unlimited else Counting(LIMIT)
    journal = 0.0
    close = SQLiteJournal.close

    async def closing(self: SQLiteJournal) -> None:
        nonlocal journal
        journal = self.cpu_seconds
        await close(self)

    SQLiteJournal.close = closing  # type: ignore[method-assign]
    count = 0
    async with B2Brouter("test_benchmark", base_url=url, limiter=limiter, transport=transport) as client:
        began_with, before = 0, time.process_time()
        async with client.account(1).upload(journal=folder / "run.db", concurrency=concurrency) as run:
            began, before_it = time.monotonic(), limiter.granted
            in_time = 0
            async for outcome in run(folder / "documents"):
                assert outcome.kind == "created", outcome
                count += 1
                if count == warm:
                    began_with, before, began = count, time.process_time(), time.monotonic()
                if not unlimited and time.monotonic() - began > SECONDS:
                    break
                in_time = limiter.granted - before_it
        cpu = time.process_time() - before
    return {
        "documents": count - began_with,
        "repeated": run.summary.repeated,
        "requests": in_time,
        "cpu": cpu,
        "journal": journal,
        "seconds": time.monotonic() - began,
        "rss": resident(),
    }


async def group(url: str, folder: Path, *, warm: int = 0) -> dict[str, float]:
    """The same through a group of one key that sees one account."""
    limiter = Counting(10**6, 1.0, max_in_flight=50)
    client = B2Brouter("test_benchmark", base_url=url, limiter=limiter)
    count = 0
    began, before = time.monotonic(), time.process_time()
    async with (
        client,
        B2BrouterGroup({"one": client}) as keys,
        keys.upload(folder, concurrency=CONCURRENCY) as run,
    ):
        async for one in run(folder / "documents"):
            assert one.outcome.kind == "created", one
            count += 1
            if count == warm:
                began, before = time.monotonic(), time.process_time()
    cpu = time.process_time() - before
    return {"documents": count - warm, "cpu": cpu, "seconds": time.monotonic() - began, "rss": resident()}


async def bare(url: str, folder: Path, *, warm: int = 0) -> dict[str, float]:
    """The loop that people write: read, post, next, in as many workers."""
    names = iter(sorted((folder / "documents").iterdir()))
    count, began_with = 0, 0
    before = time.process_time()

    async with httpx.AsyncClient(
        base_url=url, limits=httpx.Limits(max_connections=50, max_keepalive_connections=50)
    ) as client:

        async def work() -> None:
            nonlocal count, began_with, before
            for path in names:
                reply = await client.post(
                    "/accounts/1/invoices/import",
                    content=path.read_bytes(),
                    headers={"X-B2B-API-Key": "test_benchmark", "Content-Type": "application/octet-stream"},
                )
                reply.raise_for_status()
                assert reply.json()["invoice"]["id"]
                count += 1
                if count == warm:
                    began_with, before = count, time.process_time()

        async with anyio.create_task_group() as tasks:
            for _ in range(CONCURRENCY):
                tasks.start_soon(work)
        return {"documents": count - began_with, "cpu": time.process_time() - before}


async def ceiling() -> int:
    """What the limiter grants by itself in the same time, to as many workers with the same latency."""
    limiter, granted = TokenBucket(LIMIT), 0

    async def work() -> None:
        nonlocal granted
        while True:
            lease = await limiter.acquire()
            granted += 1
            await anyio.sleep(LATENCY)
            limiter.release(lease, "ok")

    with anyio.move_on_after(SECONDS):
        async with anyio.create_task_group() as tasks:
            for _ in range(CONCURRENCY):
                tasks.start_soon(work)
    return granted


def throughput(folder: Path) -> None:
    write(folder, int(LIMIT * SECONDS / 60) + 200)
    granted = anyio.run(ceiling)
    with server(LATENCY) as url:
        result = child("child", "upload", url, str(folder), "--limited")
    print(
        f"limit {LIMIT} a minute, {SECONDS:g} s, latency {LATENCY * 1000:g} ms, concurrency {CONCURRENCY}: the limiter alone "
        f"grants {granted:,}, the upload sent {result['requests']:,.0f} ({result['requests'] / granted:.1%})"
    )


@frozen
class Cost:
    """Processor time of one document, in seconds, and how often the bare loop's an upload takes."""

    upload: float
    bare: float
    ratio: float
    """The median of pairs: the two of a pair run one after the other, so that a busy machine is busy for both."""
    httpx2: float
    """The same for an upload over httpx2."""
    journal: float
    """The journal alone, with threads and waiting."""
    sqlite: float
    """Of the upload's, what is spent on commits."""


def cost(rounds: int = ROUNDS) -> Cost:
    """Measure what an upload costs beside a bare loop of httpx.post that reads the same files and its replies."""
    kinds = ("bare", "upload", "httpx2", "journal")
    each: dict[str, list[float]] = {kind: [] for kind in kinds}
    in_sqlite: list[float] = []
    with tempfile.TemporaryDirectory() as name, server() as url:
        folder = Path(name)
        (folder / "documents").mkdir()
        for file, content in samples(DOCUMENTS):
            (folder / "documents" / file).write_bytes(content)
        for _ in range(rounds):
            for kind in kinds:
                for left in folder.glob("run.db*"):
                    left.unlink()
                result = child("child", kind, url, name, "--warm", str(WARM))
                each[kind].append(result["cpu"] / result["documents"])
                if kind == "upload":
                    in_sqlite.append(result["journal"] / DOCUMENTS)

    def ratio(kind: str) -> float:
        return median(ours / theirs for ours, theirs in zip(each[kind], each["bare"], strict=True))

    # Of several rounds the least: what else runs on the machine only ever adds.
    return Cost(
        upload=min(each["upload"]),
        bare=min(each["bare"]),
        ratio=ratio("upload"),
        httpx2=ratio("httpx2"),
        journal=min(each["journal"]),
        sqlite=min(in_sqlite),
    )


def cpu() -> None:
    found = cost()
    print(
        f"{DOCUMENTS:,} documents: upload {found.upload * 1000:.2f} ms of processor each, bare httpx.post loop "
        f"{found.bare * 1000:.2f} ms ({found.ratio:.2f} times, over httpx2 {found.httpx2:.2f}, medians of {ROUNDS} pairs); the journal alone "
        f"{found.journal * 1000:.2f} ms, in SQLite {found.sqlite * 1000:.2f} ms"
    )


def groups(rounds: int = ROUNDS) -> tuple[float, float]:
    """Return how much longer an upload through a group takes than one to the account, by the clock and of processor time."""
    found: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as name, server() as url:
        folder = Path(name)
        write(folder, DOCUMENTS)
        for _ in range(rounds):
            each: list[dict[str, float]] = []
            for kind in ("upload", "group"):
                for left in (*folder.glob("run.db*"), *folder.glob("1.db*")):
                    left.unlink()
                each.append(child("child", kind, url, name, "--warm", str(WARM)))
            one, many = each
            found.append((many["seconds"] / one["seconds"], many["cpu"] / one["cpu"]))
    return median(clock for clock, _ in found), median(cpu for _, cpu in found)


def write(folder: Path, count: int) -> None:
    (folder / "documents").mkdir()
    template = ubl_invoice(number="NUMBER")
    for number in range(count):
        content = template.replace(b"NUMBER", b"F-%06d" % number)
        (folder / "documents" / f"{number:06d}.xml").write_bytes(content)


def many(count: int) -> tuple[dict[str, float], dict[str, float]]:
    """Upload a folder of so many documents, then run the same again: all of them are settled by then."""
    with tempfile.TemporaryDirectory() as name, server() as url:
        write(Path(name), count)
        first, second = (child("child", "upload", url, name) for _ in range(2))
        assert (first["repeated"], second["repeated"]) == (0, count)
    return first, second


def lines() -> Iterable[Line]:
    """Return what `python -m benchmarks` shows of uploads; takes about ten minutes."""
    found = cost()
    unit = "times the processor time of httpx.post"
    note = f"{found.upload * 1000:.2f} ms against {found.bare * 1000:.2f} ms; median of {ROUNDS} pairs"
    yield Line(
        "a document of an upload, read, checked and kept in the journal", found.ratio, 1.15, unit, note=note
    )
    yield Line("the same over httpx2", found.httpx2, None, unit)
    clock, processor = groups()
    yield Line(
        "an upload through a group of keys", clock, 1.25, "times the time of one to the account",
        note=f"{processor:.2f} times its processor time; medians of {ROUNDS} pairs",
    )  # fmt: skip
    first, second = many(MANY)
    yield Line(f"{MANY:,} documents of a folder, uploaded", first["rss"], 65, "MB resident at most")
    yield Line(
        f"{MANY:,} settled documents passed by a resumed run",
        second["documents"] / second["cpu"],
        10_000,
        "a second of processor time",
        at_least=True,
    )
    yield Line("40 files of 15 MB at once", large(40, 15)["rss"], 400, "MB resident at most")


def memory(counts: list[int]) -> None:
    for count in counts:
        with tempfile.TemporaryDirectory() as name, server() as url:
            write(Path(name), count)
            result = child("child", "upload", url, name)
            size = (Path(name) / "run.db").stat().st_size / 2**20
        print(
            f"{count:,} documents: {result['rss']:.0f} MB resident at most, {result['seconds']:.0f} s, "
            f"{result['documents'] / result['seconds']:.0f} a second, journal {size:.1f} MB",
            flush=True,
        )


def settle(folder: Path, url: str) -> None:
    """Write the journal of a run that has settled every document of a folder."""

    async def begin() -> None:
        async with (
            B2Brouter("test_benchmark", base_url=url) as client,
            client.account(1).upload(journal=folder / "run.db"),
        ):
            pass

    anyio.run(begin)
    connection = sqlite3.connect(folder / "run.db")
    with connection:
        for number, path in enumerate(sorted((folder / "documents").iterdir()), 1):
            known = Outcome(
                kind="created",
                source=path.name,
                sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
                number=path.stem,
                year=2026,
                invoice_id=number,
                state="sending",
                attempts=1,
            )
            put(connection, Row(stage="done", outcome=known), "2026-03-02T09:00:00.000Z", begin=True)
    connection.close()


def resumed(count: int) -> None:
    with tempfile.TemporaryDirectory() as name, server() as url:
        folder = Path(name)
        write(folder, count)
        settle(folder, url)
        result = child("child", "upload", url, name)
        assert result["repeated"] == count, result
    print(
        f"{count:,} settled documents: passed {count / result['seconds']:,.0f} a second, "
        f"{count / result['cpu']:,.0f} a second of processor time, {result['rss']:.0f} MB resident at most"
    )


def large(count: int, megabytes: int) -> dict[str, float]:
    """Upload large files, all at once."""
    with tempfile.TemporaryDirectory() as name, server() as url:
        folder = Path(name)
        (folder / "documents").mkdir()
        for number in range(count):
            # As large invoices are: a scan of the original is in it.
            attached = base64.b64encode(os.urandom(megabytes * 2**20 * 3 // 4))
            head, party, rest = ubl_invoice(number=f"F-{number:06d}").partition(
                b"<cac:AccountingSupplierParty>"
            )
            content = head + ATTACHMENT % attached + party + rest
            (folder / "documents" / f"{number:06d}.xml").write_bytes(content)
        return child("child", "upload", url, name, "--concurrency", str(count))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "what", choices=["throughput", "cpu", "group", "memory", "resumed", "large", "serve", "child"]
    )
    parser.add_argument("more", nargs="*")
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--limited", action="store_true")
    parser.add_argument("--concurrency", type=int, default=CONCURRENCY)
    parser.add_argument("--warm", type=int, default=0)
    options = parser.parse_args()
    if options.what == "serve":
        asyncio.run(serve(options.latency))
    elif options.what == "child":
        kind, url, folder = options.more
        if kind == "journal":
            print(json.dumps(anyio.run(journal_alone, Path(folder))))
        elif kind == "group":
            print(json.dumps(anyio.run(partial(group, url, Path(folder), warm=options.warm))))
        elif kind == "bare":
            print(json.dumps(anyio.run(partial(bare, url, Path(folder), warm=options.warm))))
        else:
            run = partial(
                upload,
                url,
                Path(folder),
                unlimited=not options.limited,
                concurrency=options.concurrency,
                warm=options.warm,
                transport="httpx2" if kind == "httpx2" else "httpx",
            )
            print(json.dumps(anyio.run(run)))
    elif options.what == "memory":
        memory([int(count) for count in options.more] or [1_000, 10_000, 100_000])
    elif options.what == "resumed":
        resumed(int(options.more[0]) if options.more else 100_000)
    elif options.what == "large":
        result = large(40, 15)
        print(
            f"40 files of 15 MB at once: {result['rss']:.0f} MB resident at most, {result['seconds']:.1f} s"
        )
    elif options.what == "cpu":
        cpu()
    elif options.what == "group":
        clock, processor = groups()
        print(f"through a group: {clock:.2f} times as long, {processor:.2f} times the processor time")
    else:
        with tempfile.TemporaryDirectory() as folder:
            throughput(Path(folder))


if __name__ == "__main__":
    main()
