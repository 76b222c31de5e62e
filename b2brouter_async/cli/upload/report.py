"""The report of an upload: one HTML page that needs no network, on screen and on paper."""

from __future__ import annotations

import datetime  # noqa: TC003 - attrs resolves the annotations
from html import escape
from importlib.resources import files
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ..output import duration, percent, plural, printable
from . import plot
from .record import Record  # noqa: TC001
from .traffic import Traffic  # noqa: TC001

if TYPE_CHECKING:
    from b2brouter_async.bulk.outcome import Kind

    from .record import Cause, Named

TONES: Final[dict[Kind, str]] = {
    "created": "good",
    "adopted": "good",
    "created_with_errors": "warn",
    "duplicate": "warn",
    "refused": "bad",
    "invalid": "bad",
    "unknown": "warn",
}
MEANINGS: Final[dict[Kind, str]] = {
    "created": "the server took it",
    "adopted": "was there already, with the same content",
    "created_with_errors": "is on the server, and will not be sent",
    "duplicate": "its number is taken by a different document",
    "refused": "the server said no",
    "invalid": "unreadable, or failed a check here; nothing was sent",
    "unknown": "not settled in time; the next run settles it",
}


@frozen(kw_only=True)
class Run:
    """One upload, as its report tells it."""

    record: Record
    traffic: Traffic
    seconds: float
    began: datetime.datetime
    """With its time zone."""
    account: str
    environment: str
    host: str
    journal: str
    program: str
    """Name and version of what uploaded."""
    finished: bool
    """Whether the source was worked off to its end."""
    in_flight: tuple[str, ...] = ()
    """Documents that were under way when the run was cut short."""
    skipped: int = 0
    """Files that were passed over."""


def headline(run: Run) -> tuple[str, str]:
    """Return the run in one sentence, and its tone: good, warn or bad."""
    record = run.record
    if not record.total:
        return "No document was uploaded", "good" if run.finished else "warn"
    if record.fine == record.total:
        sentence = f"{plural(record.total, 'document')}: all there"
        return (sentence, "good") if run.finished else (f"{sentence}, and more to do", "warn")
    sentence = f"{record.fine:,} of {plural(record.total, 'document')} there"
    certain = sum(record.counts[kind] for kind in ("refused", "invalid"))
    return sentence, "bad" if certain else "warn"


def render(run: Run) -> str:
    """Return the page."""
    title, tone = headline(run)
    when = run.began.strftime("%d %B %Y, %H:%M").lstrip("0")
    sections = [
        _figures(run),
        _plot(run),
        _outcomes(run.record),
        _problems(run),
        _slowest(run.record),
        _facts(run),
    ]
    style = files("b2brouter_async.cli.upload").joinpath("report.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{_text(title)} · {_text(when)}</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1><span class="state {tone}"></span>{_text(title)}</h1>
<p class="lead">Upload to account {_text(run.account)} ({_text(run.environment)}), {_text(when)}</p>
{"".join(sections)}</main>
</body>
</html>
"""


def write(run: Run, path: Path) -> None:
    """Write the page to a file, all of it or nothing.

    Raises:
        OSError: the file can't be written.
    """
    page = render(run)
    with NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        fresh = Path(file.name)
        try:
            file.write(page)
            file.close()
            # Made for the owner alone by the standard library; a report is as public as any file its owner writes.
            fresh.chmod(0o644)
            fresh.replace(path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise


def _text(text: str) -> str:
    return escape(printable(text))


def _figures(run: Run) -> str:
    record, traffic = run.record, run.traffic
    problems = record.total - record.fine
    minutes = max(run.seconds, 1.0) / 60
    shown = [
        ("documents", f"{record.total:,}", f"{record.repeated:,} settled before" if record.repeated else ""),
        ("there", f"{record.fine:,}", percent(record.fine, record.total)),
        ("need attention", f"{problems:,}", percent(problems, record.total) if problems else "none"),
        (
            "time",
            duration(run.seconds),
            f"{(record.total - record.repeated) / minutes:,.0f} documents a minute",
        ),
        ("requests", f"{traffic.requests.total:,}", f"{plural(traffic.refused.total, 'time', 'times')} 429"),
    ]
    cells = "".join(
        f'<div><span class="name">{name}</span><br><span class="value">{value}</span><br>'
        f'<span class="more">{more or "&nbsp;"}</span></div>\n'
        for name, value, more in shown
    )
    return f'<section class="card figures" aria-label="Totals">\n{cells}</section>\n'


def _plot(run: Run) -> str:
    refused = '<span class="refused"><i></i>429</span>' if run.traffic.refused.total else ""
    return f"""<section class="card">
<h2>Requests a minute, against the limit</h2>
{plot.svg(run.traffic, run.seconds)}
<p class="legend"><span class="requests"><i></i>requests</span><span class="finished"><i></i>documents settled</span>{refused}</p>
</section>
"""


def _outcomes(record: Record) -> str:
    most = max([1, *record.counts.values()])
    rows = "".join(
        f'<tr><td class="kind {TONES[kind]}">{_kind(kind)}</td><td class="about">{MEANINGS[kind]}</td>'
        f'<td class="bar {TONES[kind]}"><span style="width:{100 * count / most:.1f}%"></span></td>'
        f'<td class="number">{count:,}</td></tr>\n'
        for kind, count in record.counts.items()
        if count
    )
    if not rows:
        return ""
    return f'<section class="card">\n<h2>Outcomes</h2>\n<table>\n{rows}</table>\n</section>\n'


def _problems(run: Run) -> str:
    record = run.record
    parts = [_cause(cause, run) for cause in record.worst()]
    if record.further:
        parts.append(
            f'<p class="about">{plural(record.further, "further document")} of other causes: see the journal.</p>'
        )
    if run.in_flight:
        names = "".join(f"<li>{_text(name)}</li>" for name in run.in_flight)
        parts.append(
            '<div class="cause"><h3>Under way when the run was stopped; the next run settles them</h3>'
            f'<ul class="files wide">{names}</ul></div>'
        )
    if not parts:
        return ""
    return f'<section class="card">\n<h2>What needs attention</h2>\n{"".join(parts)}</section>\n'


def _cause(cause: Cause, run: Run) -> str:
    named = [part for part in (cause.code, f"param {cause.param}" if cause.param else None) if part]
    codes = " · ".join(f"<code>{_text(part)}</code>" for part in named)
    alike = cause.alike
    items = "".join(f"<li>{_document(document, alike)}</li>\n" for document in cause.documents)
    rest = cause.count - len(cause.documents)
    if rest:
        items += f"<li>and {rest:,} more: <code>b2brouter journal {_text(run.journal)} --kind {cause.kind}</code></li>\n"
    head = cause.message or MEANINGS[cause.kind]
    return f"""<div class="cause">
<h3>{_text(head)}</h3>
<p class="about"><span class="{TONES[cause.kind]}">{_kind(cause.kind)}</span> · {plural(cause.count, "document")}{" · " if codes else ""}{codes}</p>
<ul class="files{" wide" if alike else ""}">
{items}</ul>
</div>
"""


def _document(document: Named, alike: bool) -> str:
    text = _text(document.source)
    about = [f"number {document.number}"] if document.number else []
    about += [f"invoice {document.invoice_id}"] if document.invoice_id is not None else []
    about += [document.message] if document.message and not alike else []
    return text + (f' <span class="about">{_text(", ".join(about))}</span>' if about else "")


def _slowest(record: Record) -> str:
    slowest = record.slowest
    if not slowest:
        return ""
    rows = "".join(
        f'<tr><td>{_text(outcome.source)}</td><td class="kind {TONES[outcome.kind]}">{_kind(outcome.kind)}</td>'
        f'<td><code>{_text(outcome.request_id or "")}</code></td><td class="number">{outcome.attempts}</td>'
        f'<td class="number">{duration(outcome.seconds)}</td></tr>\n'
        for outcome in slowest
    )
    return f"""<section class="card">
<h2>Slowest</h2>
<table>
<tr><th>document</th><th>outcome</th><th>request id</th><th class="number">sent</th><th class="number">time</th></tr>
{rows}</table>
</section>
"""


def _facts(run: Run) -> str:
    shown = [
        ("began", run.began.isoformat(sep=" ", timespec="seconds")),
        ("server", run.host),
        ("limit", f"{run.traffic.limit:,} requests a minute" if run.traffic.limit else "none"),
        ("journal", run.journal),
        (
            "ended",
            "the source was worked off" if run.finished else "stopped before its end; run it again to go on",
        ),
        ("passed over", plural(run.skipped, "file") if run.skipped else ""),
        ("program", run.program),
    ]
    items = "".join(f"<dt>{name}</dt><dd>{_text(value)}</dd>\n" for name, value in shown if value)
    return f'<section class="card">\n<h2>The run</h2>\n<dl class="facts">\n{items}</dl>\n</section>\n'


def _kind(kind: Kind) -> str:
    return kind.replace("_", " ")
