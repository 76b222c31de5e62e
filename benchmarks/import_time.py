"""What importing costs, beside importing httpx: the median of paired runs, each in a fresh interpreter.

    python benchmarks/import_time.py [runs]

The two of a pair run one after the other, so that a busy machine is busy for both. Fails where `import
b2brouter_async` costs more than 1.15 times `import httpx`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

LIMIT = 1.15
BASE = "import httpx"
STATEMENTS = (
    "import b2brouter_async",
    "from b2brouter_async import B2Brouter",
    "import b2brouter_async; b2brouter_async.preload()",
)
PROGRAM = "import time; t = time.process_time(); {}; print(time.process_time() - t)"


def seconds(statement: str) -> float:
    """Processor time of a statement in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(statement)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def main(runs: int) -> int:
    for statement in (BASE, *STATEMENTS):
        seconds(statement)  # the bytecode is there now
    print(f"median of {runs} paired runs, milliseconds of processor time")
    print(f"{'':<52} {'own':>8} {'httpx':>8} {'ratio':>7}")
    worst = 0.0
    for statement in STATEMENTS:
        pairs = [(seconds(statement), seconds(BASE)) for _ in range(runs)]
        ratio = statistics.median(own / base for own, base in pairs)
        own, base = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
        print(f"{statement:<52} {own:>8.1f} {base:>8.1f} {ratio:>7.3f}")
        worst = max(worst, ratio if statement == STATEMENTS[0] else 0.0)
    if worst > LIMIT:
        print(f"{STATEMENTS[0]} costs more than {LIMIT} times {BASE}")
    return 1 if worst > LIMIT else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 31))
