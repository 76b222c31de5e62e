"""What a program pays for its first call: imports, client, one typed call over loopback, in a fresh interpreter.

    python -m benchmarks first_call

Processor time; the median of paired runs, one after the other, beside stripe's and other peers'. All pay for everything that
is imported, asyncio too. A bare httpx call stands beside them: it is below ours and stripe's, and the least there can be.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from . import peers
from .call import KEY, REPLY, SERVER
from .peer_programs import body
from .table import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RUNS = 5
BASE = "stripe"
FLOOR = "httpx"
PROGRAM = """
import sys, time
sys.modules |= dict.fromkeys(("click", "rich", "pygments", "trio"))
began = time.process_time()
import asyncio
from b2brouter_async import B2Brouter
async def main():
    await B2Brouter(sys.argv[1], base_url=sys.argv[2]%s).invoices.get(5)
asyncio.run(main())
print(time.process_time() - began)
"""
AS_OVER_HTTPS = ', ssl_context=__import__("httpx").create_ssl_context()'


def ours(url: str, *, settings: str = "") -> float:
    command = [sys.executable, "-c", PROGRAM % settings, KEY, url]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=peers.ENVIRONMENT)
    return float(done.stdout)


@contextmanager
def server(content: bytes) -> Iterator[str]:
    """Run a server in a process of its own that answers everything with the same; its URL."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        command = [sys.executable, "-c", SERVER, file.name]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
            finally:
                process.kill()


def lines() -> Iterable[Line]:
    names = peers.installed(peers.CALLERS)
    if BASE not in names:
        print(f"{BASE} is not installed: no line for a first call", file=sys.stderr)
        return
    with ExitStack() as stack:
        here = stack.enter_context(server(Path(REPLY).read_bytes()))
        names = [*names, FLOOR]
        urls = {name: stack.enter_context(server(body(name))) for name in names}
        runs: dict[str, list[float]] = {}
        for number in range(RUNS + 1):
            base = peers.run("first", BASE, urls[BASE])
            one = {
                "": ours(here),
                AS_OVER_HTTPS: ours(here, settings=AS_OVER_HTTPS),
                **{name: peers.run("first", name, urls[name]) for name in names if name != BASE},
            }
            if number:  # the bytecode is there only now
                for name, seconds in one.items():
                    runs.setdefault(name, []).append(seconds / base)
        ratios = {name: statistics.median(values) for name, values in runs.items()}
    with_certificates = ratios.pop(AS_OVER_HTTPS)
    yield Line(
        "first call of a program: imports, client, one call over loopback",
        ratios.pop(""),
        goal=0.9,
        unit=f"times {BASE}'s",
        peers=ratios,
    )
    yield Line(
        "the same, with certificates read as over https",
        with_certificates,
        unit=f"times {BASE}'s",
        note=f"{BASE} and a bare httpx client read theirs whatever the address is, ours where it is https",
    )
