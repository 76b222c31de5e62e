"""Make the pictures of the docs from real runs: a spreadsheet, its mapping, what would go out, and the simulator's page.

python examples/pictures.py docs/pictures

Needs Debian's chromium, or another one on the path, and fonts.
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import anyio

sys.path.insert(0, str(Path(__file__).parents[1]))

from b2brouter_async import B2Brouter
from b2brouter_async.simulator import Simulator
from examples.sample_invoices import write_samples
from tests.tables.spreadsheets import xlsx

ROWS: list[list[object]] = [
    ["Nº Factura", "Fecha", "Cliente", "NIF", "Concepto", "Base imponible", "% IVA", "% IRPF", "Total"],
    ["2026-0011", "15/03/2026", "Puerto Inventado SL", "B00000018", "Mantenimiento web", 150, 21, 15, 159],
    ["2026-0012", "02/04/2026", "Fábrica Imaginaria SA", "A00000026", "Diseño web", 1850, 21, 15, 1961],
]
STYLE = """<meta charset="utf-8"><style>
body { margin: 16px; font: 15px sans-serif; background: white }
pre { margin: 0; padding: 16px; border-radius: 8px; background: #1e2430; color: #e6e9ef; font: 14px/1.45 monospace; white-space: pre-wrap }
table { border-collapse: collapse } td, th { border: 1px solid #c8ccd4; padding: 4px 10px; white-space: nowrap }
th { background: #f0f2f5; font-weight: normal; color: #555 } .n { text-align: right }
</style>"""


def photographed(page: str, picture: Path, *, width: int = 1100, height: int = 400) -> None:
    """Write a picture of a page, named by its address."""
    with tempfile.TemporaryDirectory() as profile:
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--hide-scrollbars",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ]
        command = [shutil.which("chromium") or "chromium-browser", *flags, f"--user-data-dir={profile}"]
        command += [f"--window-size={width},{height}", f"--screenshot={picture}", page]
        subprocess.run(command, check=True, capture_output=True)


def text_of(folder: Path, *arguments: str) -> str:
    """Return what a command prints, with the command itself above."""
    command = [sys.executable, "-c", "from b2brouter_async.cli import main; main()", *arguments]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "COLUMNS": "110",
        "NO_COLOR": "1",
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return f"$ b2brouter {' '.join(arguments)}\n{done.stdout}{done.stderr}"


def sheet() -> str:
    """Return the spreadsheet as a page shows it."""
    letters = "".join(f"<th>{chr(65 + at)}</th>" for at in range(len(ROWS[0])))
    rows = ""
    for number, row in enumerate(ROWS, 1):
        cells = (
            f"<td{' class=n' if isinstance(one, int) else ''}>{html.escape(str(one))}</td>" for one in row
        )
        rows += f"<tr><th>{number}</th>{''.join(cells)}</tr>"
    return f"{STYLE}<table><tr><th></th>{letters}</tr>{rows}</table>"


async def simulated(picture: Path, folder: Path) -> None:
    """Photograph the page of a simulator that has something to show."""
    simulator = Simulator(limit=12)
    write_samples(folder / "samples", count=6)
    async with (
        simulator.serve() as url,
        B2Brouter(simulator.api_key, base_url=url, account=simulator.account) as client,
    ):
        for path in sorted((folder / "samples").iterdir()):
            await client.invoices.import_document(content=path, send_after_import=True)
        simulator.advance(60)
        await anyio.to_thread.run_sync(lambda: photographed(url, picture, width=1280, height=1100))


def main(target: Path) -> None:
    """Make every picture."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "march.xlsx").write_bytes(xlsx({"March": ROWS}))
        pages = {"table-sheet": (sheet(), 160)}
        print(text_of(folder, "map", "march.xlsx"))
        mapping = (folder / "march.toml").read_text(encoding="utf-8")
        pages["table-mapping"] = (f"{STYLE}<pre>{html.escape(mapping)}</pre>", 60 + 21 * mapping.count("\n"))
        head, _, rest = mapping.partition(
            "questions = ["
        )  # what step 3 asks for: each answered question is deleted
        decided = head + rest.partition("\n]\n")[2]
        (folder / "march.toml").write_text(decided, encoding="utf-8")
        print(
            text_of(
                folder, "upload", "march.xlsx", "--map", "march.toml", "--dry-run", "--report", "march.html"
            )
        )
        for stem, (page, height) in pages.items():
            (folder / f"{stem}.html").write_text(page, encoding="utf-8")
            photographed((folder / f"{stem}.html").as_uri(), target / f"{stem}.png", height=height)
        photographed((folder / "march.html").as_uri(), target / "table-dry-run.png", height=680)
        anyio.run(simulated, target / "simulator.png", folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
