"""What importing costs, beside importing httpx: the median of paired runs, each in a fresh interpreter.

    python -m benchmarks import_time

The two of a pair run one after the other, so that a busy machine is busy for both. Both are measured as where nothing but
this package is installed: httpx imports click, rich and pygments where it finds them, which would count for us.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from . import peers
from .table import Line

if TYPE_CHECKING:
    from collections.abc import Iterable

RUNS = 7
BASE = "import httpx"
CLIENT = 'from b2brouter_async import B2Brouter; B2Brouter("test_0123456789abcdef").'
STATEMENTS = {
    "import b2brouter_async": 0.1,
    **{
        f"{CLIENT}{resource}": 1.5
        for resource in ("invoices", "tax_reports", "ledgers", "contacts", "received")
    },
    "import b2brouter_async; b2brouter_async.preload()": None,
}
PROGRAM = """
import sys, time
sys.modules |= dict.fromkeys(("click", "rich", "pygments", "trio"))
began = time.process_time()
{}
print(time.process_time() - began)
"""


def seconds(statement: str) -> float:
    """Processor time of a statement in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(statement)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=peers.ENVIRONMENT,
    )
    return float(done.stdout)


def lines() -> Iterable[Line]:
    for statement in (BASE, *STATEMENTS):
        seconds(statement)  # the bytecode is there now
    for statement, goal in STATEMENTS.items():
        ratio = statistics.median(seconds(statement) / seconds(BASE) for _ in range(RUNS))
        yield Line(f"`{statement}`", ratio, goal=goal, unit="times import httpx")
