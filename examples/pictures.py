"""Make the pictures of the docs from real runs: a spreadsheet, its mapping, what would go out, an upload's progress and its
report, the simulator's page and the ledger's.

python examples/pictures.py docs/pictures

Needs Debian's chromium, or another one on the path, and fonts.
"""

from __future__ import annotations

import datetime
import html
import io
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import anyio
import psycopg
from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

sys.path.insert(0, str(Path(__file__).parents[1]))

from b2brouter_async import B2Brouter
from b2brouter_async.bulk import Ledger, Patience
from b2brouter_async.cli.ledger_page import ledger_app
from b2brouter_async.fleet import Deliverer, Outbox, migrate
from b2brouter_async.fleet.overview import Overview
from b2brouter_async.models import InvoiceInput
from b2brouter_async.simulator import Simulator
from b2brouter_async.simulator.serving.serve import serving
from examples.sample_invoices import ubl_invoice, write_samples
from tests.postgres import postgres_running
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


def at_a_terminal(folder: Path, url: str, *arguments: str) -> str:
    """Return what a command writes to a terminal, with the sequences that color it and move in it."""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ,
        "B2BROUTER_API_KEY": "test_simulator",
        "B2BROUTER_BASE_URL": url,
        "COLUMNS": "100",
        "TERM": "xterm-256color",
    }
    command = [sys.executable, "-m", "b2brouter_async", *arguments]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux's way to say that the other side is closed
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    process.wait()
    return written.decode()


def colored(text: str) -> str:
    """Return a terminal's text as HTML, with its colors."""
    console = Console(
        record=True, file=io.StringIO(), width=100, force_terminal=True, color_system="truecolor"
    )
    console.print(Text.from_ansi(text))
    return console.export_html(theme=SVG_EXPORT_THEME, inline_styles=True, code_format="<pre>{code}</pre>")


async def uploaded(target: Path, folder: Path) -> None:
    """Photograph an upload at two thirds, its end, and its report."""
    simulator = Simulator()
    write_samples(folder / "outbox", count=90)
    (folder / "outbox" / "broken.xml").write_text("<Invoice>", "utf-8")
    command = ["upload", "outbox", "--account", str(simulator.account), "--report", "report.html"]
    async with simulator.serve() as url:
        written = await anyio.to_thread.run_sync(lambda: at_a_terminal(folder, url, *command))
    frames = re.split(r"(?:\r?\x1b\[2K)?(?:\r?\x1b\[1A\x1b\[2K)+", written)
    prompt = f"$ b2brouter {' '.join(command)}\n"
    for stem, frame in {"upload-progress": frames[len(frames) * 2 // 3], "upload-end": frames[-1]}.items():
        text = prompt + re.sub(r"\x1b\[\?25[lh]", "", frame).replace("\r", "").strip()
        (folder / f"{stem}.html").write_text(STYLE + colored(text), "utf-8")
        photographed(
            (folder / f"{stem}.html").as_uri(),
            target / f"{stem}.png",
            width=980,
            height=70 + 21 * text.count("\n"),
        )
    photographed((folder / "report.html").as_uri(), target / "upload-report.png", height=1000)


async def steered(picture: Path) -> None:
    """Photograph the page of a ledger that has something to show: sent, refused, in doubt, waiting."""
    with postgres_running() as server:
        database = server.url(server.create())
        migrate(database)
        simulator = Simulator(limit=None)
        async with simulator.serve() as url:
            await filled(database, simulator, url)
            overview = Overview(database)
            async with (
                await Ledger.open(database, name="worker-1 on gamma"),
                await Ledger.open(database, name="worker-2 on delta"),
                serving(ledger_app(overview)) as page,
            ):
                await anyio.to_thread.run_sync(lambda: photographed(page, picture, width=1280, height=1440))


async def filled(database: str, simulator: Simulator, url: str) -> None:
    """Deliver documents of a quarter of an hour, some of which can't be."""
    async with (
        B2Brouter(simulator.api_key, base_url=url, requests_per_minute=100_000) as client,
        await Ledger.open(database, name="worker") as ledger,
    ):
        outbox = Outbox(database, environment="sandbox", base_url=url, account=simulator.account)
        deliverer = Deliverer(ledger, client, patience=Patience(visibility=0.05, deadline=0.2))

        async def add(number: int, document: bytes | InvoiceInput) -> int:
            async with await psycopg.AsyncConnection.connect(database) as connection:
                return await outbox.add(document, connection=connection, name=f"order {number}")

        first = 1
        for count in (4, 7, 9, 8, 12, 11, 15, 14, 9, 12, 16, 13, 17, 15, 6):
            for number in range(first, first + count):
                await deliverer.deliver(await add(number, ubl_invoice(number=f"S-{number:06}")))
            first += count
            # A minute goes by.
            async with await psycopg.AsyncConnection.connect(database) as connection:
                await connection.execute(
                    "UPDATE b2brouter.documents SET settled = settled - interval '1 minute',"
                    " added = added - interval '1 minute', changed = changed - interval '1 minute'"
                )
        today = datetime.datetime.now(datetime.UTC).date()
        nobody = InvoiceInput(type="IssuedInvoice", number=f"S-{first:06}", date=today, contact_id=999)
        undated = InvoiceInput(type="IssuedInvoice", number=f"S-{first + 1:06}", contact_id=999)
        for number, invoice in enumerate((nobody, undated), first):
            await deliverer.deliver(await add(number, invoice))
        await deliverer.deliver(await add(first + 2, b"%PDF-1.7 no invoice"))
        doubtful = await add(first + 3, ubl_invoice(number=f"S-{first + 3:06}"))
        simulator.faults.add("reset_after operation='POST /accounts/{}/invoices/import' times=1")
        simulator.faults.add("500 operation='GET /accounts/{}/invoices'")
        await deliverer.deliver(doubtful)
        for number in range(first + 4, first + 9):
            await add(number, ubl_invoice(number=f"S-{number:06}"))


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
        anyio.run(uploaded, target, folder)
    anyio.run(steered, target / "ledger.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
