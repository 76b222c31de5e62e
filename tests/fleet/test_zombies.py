"""Processes that are stopped in the middle of a sending and wake when another has taken over, or whose clocks are wrong."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import pytest

from b2brouter_async import B2Brouter
from b2brouter_async.bulk import Patience, upload_many
from b2brouter_async.limiter import TokenBucket
from b2brouter_async.simulator import Simulator
from examples.sample_invoices import ubl_invoice

from ..bulk.support import IMPORT
from .support import Look

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
LEASE = 1.5
pytestmark = [pytest.mark.anyio, pytest.mark.nightly]


class Door:
    """Stands before a server, and holds the first document that comes by in the middle of its way.

    `whole`: only when all of it has left its sender; a head goes out before its body, which may still be to come.
    """

    def __init__(self, server: str, *, whole: bool = False) -> None:
        self._whole = whole
        self._server = server.rsplit("/", 1)[-1].split(":")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.came, self.open = threading.Event(), threading.Event()
        self.announced = self.passed = 0
        """Bytes of the first document: as its head says, and as they came."""
        self.cut_short = threading.Event()
        self._sockets = [self._listener]
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def _start(self, target: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((self._server[0], int(self._server[1])))
                self._sockets += [client, server]
                self._start(self._forward, client, server)
                self._start(self._back, server, client)

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        held = False
        with contextlib.suppress(OSError):
            while chunk := client.recv(65536):
                if b"/import" in chunk and not self.came.is_set():
                    held = True
                    head, _, body = chunk.partition(b"\r\n\r\n")
                    self.announced = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                    self.passed = len(body)
                    while self._whole and self.passed < self.announced:
                        more = client.recv(65536)
                        assert more, "the sender gave up"
                        chunk += more
                        self.passed += len(more)
                    self.came.set()
                    self.open.wait(60)
                elif held:
                    self.passed += len(chunk)
                server.sendall(chunk)
        if held:
            self.cut_short.set()
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    @staticmethod
    def _back(server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := server.recv(65536):
                client.sendall(chunk)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.open.set()
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for one in self._sockets:
            one.close()


@contextlib.contextmanager
def uploading(**given: Any) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.fleet.uploading", json.dumps({"lease": LEASE, **given})]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


async def told(process: subprocess.Popen[str]) -> list[Any]:
    """What a process has printed when it has ended."""
    output, _ = await anyio.to_thread.run_sync(lambda: process.communicate(timeout=60))
    assert process.returncode == 0
    return [json.loads(line) for line in output.splitlines()]


def accepted(simulator: Simulator) -> Counter[str]:
    counts: Counter[str] = Counter()
    for entry in simulator.ledger():
        counts[str(entry.number)] += entry.times
    return counts


def claims(database: str) -> int:
    return int(Look(database).one("SELECT claims FROM b2brouter.documents"))


async def take_over(database: str, url: str, simulator: Simulator, content: bytes, taken_over: Any) -> str:
    """Upload a document that another process has; something happens as soon as it was taken over."""
    happened = False

    async def sleep(seconds: float) -> None:
        nonlocal happened
        if not happened and await anyio.to_thread.run_sync(claims, database) == 2:
            happened = True
            await anyio.to_thread.run_sync(taken_over)
        await anyio.sleep(seconds)

    limiter = TokenBucket(10**6, 1.0, max_in_flight=16)
    async with B2Brouter("test_simulator", base_url=url, limiter=limiter) as client:
        summary = await upload_many(
            client.account(simulator.account),
            content,
            journal=database,
            patience=Patience(visibility=1.0, deadline=60, sleep=sleep),
        )
    (kind,) = [kind for kind, count in summary.counts.items() if count]
    return kind


async def test_a_process_that_wakes_in_the_middle_of_a_body_sends_no_more_of_it(
    database: str, tmp_path: Path, anyio_backend: str
) -> None:
    # More than sockets hold, and no guard on numbers: sent whole, it would be there twice.
    content = ubl_invoice(number="Z-1") + (b"<!--" + b"x" * 200_000 + b"-->") * 45
    (tmp_path / "z.xml").write_bytes(content)
    simulator = Simulator(limit=None, unique_numbers=False)
    async with simulator.serve() as server:
        door = Door(server)
        given = {"database": database, "url": door.url, "account": simulator.account, "folder": str(tmp_path)}
        with uploading(**given, name="zombie", backend=anyio_backend) as process:
            assert await anyio.to_thread.run_sync(door.came.wait, 60)
            process.send_signal(signal.SIGSTOP)
            assert await take_over(database, door.url, simulator, content, lambda: None) == "created"
            assert accepted(simulator) == {"Z-1": 1}
            process.send_signal(signal.SIGCONT)
            door.open.set()
            assert await anyio.to_thread.run_sync(door.cut_short.wait, 60)
            assert door.announced == len(content)
            assert door.passed < door.announced
            assert await told(process) == [["created", "Z-1", True]]
        door.close()
        assert accepted(simulator) == {"Z-1": 1}
    assert Look(database).held == 0


async def test_bytes_that_were_in_the_socket_are_found_by_looking_and_the_woken_process_changes_nothing(
    database: str, tmp_path: Path, anyio_backend: str
) -> None:
    content = ubl_invoice(number="Z-1")
    (tmp_path / "z.xml").write_bytes(content)
    simulator = Simulator(limit=None, unique_numbers=False)
    async with simulator.serve() as server:
        door = Door(server, whole=True)
        given = {"database": database, "url": door.url, "account": simulator.account, "folder": str(tmp_path)}
        with uploading(**given, name="zombie", backend=anyio_backend) as process:
            assert await anyio.to_thread.run_sync(door.came.wait, 60)
            process.send_signal(signal.SIGSTOP)
            arrived = threading.Event()

            def let_through() -> None:
                door.open.set()
                for _ in range(6000):
                    if accepted(simulator):
                        return
                    arrived.wait(0.01)
                raise AssertionError("what the door has let through never arrived")

            assert await take_over(database, door.url, simulator, content, let_through) == "adopted"
            process.send_signal(signal.SIGCONT)
            # It has its 201 now; whose the document is was decided without it.
            assert await told(process) == [["adopted", "Z-1", True]]
        door.close()
        assert accepted(simulator) == {"Z-1": 1}
    look = Look(database)
    assert look.rows("SELECT kind, claims, holder FROM b2brouter.documents") == [("adopted", 2, None)]
    assert look.rows(
        "SELECT s.seen_by, s.invoice_id = d.invoice_id FROM b2brouter.sightings s JOIN b2brouter.documents d"
        " ON d.id = s.document"
    ) == [("zombie", True)]


async def test_processes_whose_clocks_are_two_days_apart_settle_what_one_has_left(
    database: str, tmp_path: Path, anyio_backend: str
) -> None:
    numbers = [f"C-{number}" for number in range(12)]
    for number in numbers:
        (tmp_path / f"{number}.xml").write_bytes(ubl_invoice(number=number))
    simulator = Simulator(limit=None, unique_numbers=False)
    simulator.faults.add(f"stall operation='{IMPORT}' seconds=600 times=5")
    day = 86_400.0
    async with simulator.serve() as server:
        given = {"database": database, "url": server, "account": simulator.account, "folder": str(tmp_path)}
        with uploading(**given, name="behind", ahead=-day, backend=anyio_backend) as behind:
            with anyio.fail_after(60):
                while len(accepted(simulator)) < len(numbers):  # noqa: ASYNC110 - the simulator tells nobody
                    await anyio.sleep(0.01)
            behind.kill()
        assert Look(database).held > 0
        with uploading(**given, name="ahead", ahead=day, backend=anyio_backend) as ahead:
            outcomes = await told(ahead)
    assert accepted(simulator) == dict.fromkeys(numbers, 1)
    assert sorted(number for _, number, _ in outcomes) == sorted(numbers)
    kinds = Counter(kind for kind, _, _ in outcomes)
    assert set(kinds) == {"created", "adopted"}
    assert kinds["adopted"] >= 5, "what was left in the middle is found, though the clocks are two days apart"
    assert Look(database).held == 0
