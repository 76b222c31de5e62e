"""What became of each document, and of all of them."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from attrs import define, evolve, field, frozen

Kind: TypeAlias = Literal[
    "created", "adopted", "created_with_errors", "duplicate", "refused", "invalid", "unknown"
]
"""What became of a document.

`created`: the server took it and said so. `adopted`: it was there already, proved to be this document: from an earlier
try whose reply was lost, or from somebody else. `created_with_errors`: it is on the server and will not be sent
(behaviour 23). `duplicate`: its number is taken by a different document. `refused`: the server said no, for certain.
`invalid`: unreadable, or it fails a check made here; nothing was sent. `unknown`: not settled in time, or nothing proves
whose invoice has its number; safe to resume.
"""

KINDS: tuple[Kind, ...] = get_args(Kind)
"""Every word of `Kind`."""

THERE: frozenset[Kind] = frozenset({"created", "adopted", "created_with_errors"})
"""The kinds of a document that is on the server."""


RECEIVED_DOCUMENT, ISSUED_DOCUMENT, NO_TOTAL = "received_document", "issued_document", "no_total"
SELF_BILLED = "self_billed"
HINTS = {
    RECEIVED_DOCUMENT: "upload it with received=True",
    ISSUED_DOCUMENT: "upload it without received=True",
    SELF_BILLED: "where that is what you mean, upload it with self_billed=True",
    NO_TOTAL: "pass Document(content, total=…), or leave verify_totals out",
}
"""What to do about documents that the settings of a run don't fit, by the code of the outcome."""


@frozen(kw_only=True)
class Outcome:
    """What became of one document.

    Example:
        async with client.account(1234).upload(journal="run.db") as run:
            async for outcome in run(documents):
                print(outcome.source, outcome.kind, outcome.invoice_id, outcome.message)
    """

    kind: Kind
    source: str
    """The file's name, or what the document was called."""
    sha256: str | None = None
    """Of the file's bytes, or of the invoice as JSON with its keys in order; None where it could not be read."""
    number: str | None = None
    series: str | None = None
    year: int | None = None
    invoice_id: int | None = None
    """On the server; for a `duplicate` that of the invoice that has the number, where it is known."""
    state: str | None = None
    """The invoice's state when it was last seen."""
    attempts: int = 0
    """How often the document was sent."""
    seconds: float = 0.0
    """From the moment it was taken from the source until it was settled, in the run that settled it."""
    request_id: str | None = None
    """The server's id of the request that settled it (behaviour 5)."""
    status: int | None = None
    """HTTP status of a refusal."""
    code: str | None = None
    """The server's code, for example `parameter_blank`; of what is `invalid` perhaps one of our own, see `hint`."""
    param: str | None = None
    message: str | None = None
    """Why, in words; None where all went well."""
    repeated: bool = False
    """The journal knew it: it was settled by an earlier run, or earlier in this one. Nothing was sent."""

    @property
    def there(self) -> bool:
        """Whether the document is on the server."""
        return self.kind in THERE

    @property
    def hint(self) -> str | None:
        """What to do about it, where the run's settings are in the way."""
        return HINTS.get(self.code or "") if self.kind == "invalid" else None

    def again(self, source: str) -> Outcome:
        """Return the same outcome for another appearance of the same document.

        Example:
            outcome = Outcome(kind="created", source="F-1.xml", invoice_id=5)
            copy = outcome.again("copy of F-1.xml")
        """
        return evolve(self, source=source, repeated=True)


@define
class Summary:
    """How a run stands, and how it ended. The counts hold every outcome, repeated ones too.

    Example:
        async with client.account(1234).upload(journal="run.db") as run:
            async for _ in run(documents):
                print(run.summary.active, run.summary.counts)
    """

    counts: dict[Kind, int] = field(factory=lambda: dict.fromkeys(KINDS, 0))
    repeated: int = 0
    """Outcomes that the journal knew already."""
    skipped: int = 0
    """Files in folders that were passed over: hidden, or of no kind that holds an invoice."""
    taken: int = 0
    """Documents taken from the source so far."""
    requests: int = 0
    """Writes sent: creations, imports and requests to send."""
    looks: int = 0
    """Times the server was asked whether a document is there."""
    active: int = 0
    """Documents that are worked on just now."""
    settling: int = 0
    """Documents that wait: to be looked for on the server, or to be sent again."""
    seconds: float = 0.0
    """How long the run has taken."""
    in_flight: tuple[str, ...] = ()
    """Documents that were under way when the run was cut short; the next run on the journal settles them."""
    held: int = 0
    """Of what is `unknown`: documents that another process works on, which settles them."""
    elsewhere: int = 0
    """Of what is `unknown`: documents that an earlier run or another process had left. They are not among this run's, so
    this one can look for them, and not send them."""
    finished: bool = False
    """Whether the source was worked off to its end."""

    @property
    def total(self) -> int:
        """All outcomes."""
        return sum(self.counts.values())

    @property
    def there(self) -> int:
        """Documents that are on the server."""
        return sum(self.counts[kind] for kind in THERE)

    def count(self, outcome: Outcome) -> None:
        """Add one outcome.

        Example:
            summary = Summary()
            summary.count(Outcome(kind="created", source="F-1.xml"))
        """
        self.counts[outcome.kind] += 1
        self.repeated += outcome.repeated

    def __str__(self) -> str:
        parts = [f"{count:,} {kind.replace('_', ' ')}" for kind, count in self.counts.items() if count]
        text = f"{self.total:,} documents in {self.seconds:.1f} s: {', '.join(parts) or 'nothing to do'}"
        if self.repeated:
            text += f" ({self.repeated:,} of them settled before)"
        if self.skipped:
            text += f"; files passed over: {self.skipped:,}"
        if self.in_flight:
            text += f"; cut short with {len(self.in_flight)} under way: {names(self.in_flight)}"
        return text


def names(sources: tuple[str, ...]) -> str:
    """Return names for a line of text, the first few of many."""
    first = ", ".join(sources[:_NAMED])
    return first if len(sources) <= _NAMED else f"{first} and {len(sources) - _NAMED} more"


_NAMED = 10
