"""Attack the simulator with schemathesis: `python -m tests.simulator.schemathesis_run --cases 5000`.

Every check schemathesis has is on: no 5xx, no reply outside the document, no wrong body, nothing accepted that
violates the document, nothing refused as malformed that fits it, no way past the key, no use after delete.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import anyio

from b2brouter_async.simulator import ACCOUNTS, Delays, Simulator
from b2brouter_async.simulator.codes import schemes
from b2brouter_async.simulator.document import packaged

CONFIG = Path(__file__).with_name("schemathesis.toml")
OPERATIONS = 63
# So many that some are left after schemathesis has deleted a few.
SPARE = [{**ACCOUNTS[0], "id": 484000 + number, "tin_value": f"ESB{number:08d}"} for number in range(30)]


def narrowed() -> dict[str, Any]:
    """Return the document with its inputs narrowed to what is known of the server beyond it. Replies stay as they are.

    - `limit` above 500 is cut, not refused (behaviour 8);
    - a tax without a name is dropped, not refused (behaviour 21);
    - schemathesis sends an empty text for a date that may be null too;
    - accounts, versions and schemes are taken from what there is, so that requests get past the door.
    """
    source: dict[str, Any] = json.loads(json.dumps(packaged().source))
    components = source["components"]
    components["parameters"]["Limit"]["schema"].pop("maximum")
    components["schemas"]["TaxInput"]["required"].remove("name")
    components["parameters"]["Account"]["schema"]["enum"] = [str(account["id"]) for account in SPARE]
    components["parameters"]["ApiVersion"]["schema"]["enum"] = ["2026-04-20", "2026-06-26"]
    reference = json.loads(json.dumps(components["schemas"]["InvoiceReference"]))
    for field in reference["properties"].values():
        field["type"] = "string"
    components["schemas"]["InvoiceInput"]["properties"]["invoice_references"]["items"] = reference
    for name, schema in components["schemas"].items():
        if name.endswith("Input"):
            for field in ("tin_scheme", "cin_scheme", "pin_scheme"):
                if field in schema.get("properties", {}):
                    schema["properties"][field]["enum"] = sorted(schemes())
    return source


async def attack(cases: int, *, seed: int, phases: str) -> tuple[int, int]:
    """Send at least `cases` requests; return schemathesis' exit status, 0 when all is well, and how many were sent."""
    simulator = Simulator(limit=None, accounts=SPARE, delays=Delays(*[0.05] * 8))
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "openapi.json"
        document.write_text(json.dumps(narrowed()), "utf-8")
        async with simulator.serve() as url:
            while simulator.requests() < cases:
                left = cases - simulator.requests()
                command = [
                    sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", str(document),
                    "--url", url, "--header", f"X-B2B-API-Key: {simulator.api_key}",
                    "--seed", str(seed), "--phases", phases, "--max-examples", str(max(1, left // OPERATIONS // 2)),
                    "--warnings", "off", "--no-shrink", "--continue-on-failure", "--no-color",
                ]  # fmt: skip
                finished = await anyio.run_process(command, stdout=None, stderr=None, check=False, cwd=folder)
                if finished.returncode:
                    return finished.returncode, simulator.requests()
                seed += 1
    return 0, simulator.requests()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator.schemathesis_run", description=__doc__)
    parser.add_argument("--cases", type=int, default=5000, help="requests to send at least (5000)")
    parser.add_argument("--seed", type=int, default=1, help="of what is sent (1)")
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    options = parser.parse_args()

    async def run() -> tuple[int, int]:
        return await attack(options.cases, seed=options.seed, phases=options.phases)

    status, requests = anyio.run(run)
    print(f"{requests} requests sent; {'nothing found' if status == 0 else 'see the failures above'}")
    sys.exit(status)


if __name__ == "__main__":
    main()
