"""One document in the ledger: what every journal has of it, and who may write it."""

from __future__ import annotations

import contextlib
import datetime
from typing import TYPE_CHECKING, Any, Final, cast

import simplejson
from attrs import field, frozen

from ...outcome import KINDS, Outcome
from ..row import COLUMNS, KNOWN, STAGES, UNREAD, Row, writable

if TYPE_CHECKING:
    from collections.abc import Mapping

SELECTED: Final = (*COLUMNS, "fence", "holder", "send", "claimed")
"""The columns that a row is made of."""


@frozen(kw_only=True)
class LedgerRow(Row):
    """One document in the ledger."""

    fence: int = 0
    """What the claim drew; only who knows it may write the row."""
    holder: int = 0
    """The process that claimed it; 0 where nobody has it."""
    send: bool = True
    """Whether the server is to send the invoice."""
    fresh: bool = field(default=False, repr=False)
    """Whether the claim it was last under is the one it was begun with, so that nothing was sent before."""
    written: datetime.datetime | None = field(default=None, repr=False)
    """When it was last written, to the microsecond."""


@frozen(kw_only=True)
class Kept:
    """A document as the ledger keeps it."""

    kind: str
    """`file`: its bytes. `invoice`: an invoice as JSON. `reference`: the application has it, and knows it by a name."""
    body: bytes | None = field(default=None, repr=False)
    compression: str = "none"
    encryption: str = "none"
    reference: str | None = None


@frozen(kw_only=True)
class Entry:
    """One document with all that is needed to deliver it."""

    row: LedgerRow
    about: Mapping[str, str]
    """What its journal is about: host, environment, account, direction, send."""
    options: Mapping[str, Any]
    """How it is to be sent."""
    kept: Kept | None
    """The document itself; None where it was purged."""


def storable(text: str) -> str:
    """Return text as it stands in the ledger: PostgreSQL's takes neither halves of characters nor a zero byte."""
    return writable(text).replace("\0", "\\x00")


def read_entry(values: tuple[Any, ...]) -> Entry:
    """Make an entry of the values of the statement `entry`."""
    (
        *of_row,
        options,
        host,
        environment,
        account,
        direction,
        kind,
        body,
        compression,
        encryption,
        reference,
    ) = values
    row = read_row(tuple(of_row))
    kept = None
    if kind is not None:
        kept = Kept(
            kind=kind,
            body=None if body is None else bytes(body),
            compression=compression,
            encryption=encryption,
            reference=reference,
        )
    about = {
        "host": host,
        "environment": environment,
        "account": account,
        "direction": direction,
        "send": "yes" if row.send else "no",
    }
    return Entry(row=row, about=about, options=_options(options), kept=kept)


def _options(value: object) -> Mapping[str, Any]:
    """Return how a document is to be sent, of whatever form it was put there."""
    if isinstance(value, str):
        # Quoted once more by the application's driver, as asyncpg does where it is given a codec for JSON.
        with contextlib.suppress(ValueError):
            value = simplejson.loads(value, use_decimal=True)
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def read_row(values: tuple[Any, ...]) -> LedgerRow:
    """Make a row of the values of SELECTED.

    Raises:
        ValueError: the row was written by a newer version of this package, or by somebody else.
    """
    known = dict(zip(SELECTED, values, strict=True))
    if known["stage"] not in STAGES or known["kind"] not in KINDS:
        raise ValueError(f"document {known['id']} has stage {known['stage']!r} and kind {known['kind']!r}")
    outcome = {name: known[name] for name in KNOWN}
    if str(outcome["sha256"]).startswith(UNREAD):
        outcome["sha256"] = None
    return LedgerRow(
        id=known["id"],
        stage=known["stage"],
        outcome=Outcome(**outcome),
        began=_text(known["began"]),
        changed=_text(known["changed"]),
        fence=known["fence"],
        holder=known["holder"] or 0,
        send=known["send"],
        fresh=known["began"] is not None and known["began"] == known["claimed"],
        written=known["changed"],
    )


def _text(moment: datetime.datetime | None) -> str:
    if moment is None:
        return ""
    return moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
