"""From a document to a request: read once, hashed, checked here before anything is sent."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import simplejson
from attrs import evolve, field, frozen

from .._core.exact_json import plain
from .._core.model import Model
from .._core.problems import refuse
from .._reconcile.listing import ISSUED, RECEIVED
from .._reconcile.sought import Sought, sought_document, sought_invoice
from ..einvoice import DocumentFacts, UnreadableDocument, read_document
from ..errors import ArgumentError
from ..generated.api.invoices import create, import_document
from .journal.row import Row, writable
from .outcome import ISSUED_DOCUMENT, NO_TOTAL, RECEIVED_DOCUMENT, SELF_BILLED, Outcome
from .source import Document, NoDocument, Seen

if TYPE_CHECKING:
    from .._core.operation import Operation
    from .._core.requests import AccountId, Request
    from ..einvoice import Party
    from .settings import Settings

LARGE = 1024 * 1024
"""Files above so many bytes are read only when there is room for them."""

_TRIES = 3
"""So often a file is read that changes meanwhile: one that was replaced is at rest again."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class ReadApart(Exception):
    """A file that is not read together with others: a large one, for which there must be room, or a pipe."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size
        """In bytes."""


class Invalid(Exception):
    """A document that is not sent, with the reason."""

    def __init__(
        self, reason: str, sha256: str | None = None, number: str | None = None, *, code: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sha256 = sha256
        self.number = number
        self.code = code


@frozen(kw_only=True)
class Rules:
    """What every document of a run is held to: the run's settings, and what its account is."""

    settings: Settings
    account: AccountId
    own_ids: Collection[str] = ()
    """The account's identifiers, to notice documents that go the other way."""
    currency: str | None = None
    """Of the account: what an invoice is in that names none."""
    api_version: str = ""
    """What documents are sent to: what holds since a later version is no reason to refuse one."""

    @property
    def type(self) -> str:
        """What the documents are on the server."""
        return RECEIVED if self.settings.received else ISSUED


@frozen(kw_only=True)
class Prepared:
    """A document, ready to be sent: what it is known by, and its request."""

    source: str
    sha256: str
    sought: Sought
    """What it is looked for by, and recognised by."""
    operation: Operation[Any] | None = None
    request: Request | None = field(default=None, repr=False)
    """None where the document itself isn't at hand: then it can be looked for, and not be sent."""
    subtotal: Decimal | None = None
    total: Decimal | None = None
    is_credit_note: bool = False

    def outcome(self) -> Outcome:
        """Return what is known of it before anything is done."""
        return Outcome(
            kind="unknown",
            source=self.source,
            sha256=self.sha256,
            number=self.sought.number,
            series=self.sought.series,
            year=self.sought.year,
        )


def prepare(
    document: Document,
    rules: Rules,
    settled: Callable[[str], Row | None],
    room: int = LARGE,
) -> Prepared | Row:
    """Read a document, check it and build its request. Blocks: to be called in a thread.

    Args:
        document: the document.
        rules: what is asked of it.
        settled: returns what an earlier run made of the document with a hash.
        room: how many bytes of a file may be read; `sys.maxsize` for one that is read apart from others.

    Returns:
        The document, ready to be sent; or its row in the journal, where there is nothing left to do about it.

    Raises:
        Invalid: it can't be sent as it is.
        ReadApart: it is a file of more bytes, or one that may keep its reader waiting, see `Reader.read_apart`.
    """
    name = document.name or "document"
    content: object = document.content
    settings = rules.settings
    seen = content if isinstance(content, Seen) else None
    if seen is not None:
        content = seen.content
    if document.account is not None and str(document.account) != str(rules.account):
        raise Invalid(
            f"account: the document is for account {document.account}, and this upload for {rules.account}."
        )
    if isinstance(content, Mapping):
        return _from_json(name, cast("Mapping[str, object]", content), document.total, rules)
    if isinstance(content, Model):
        try:
            return _from_json(name, content.to_dict(), document.total, rules)
        except ArgumentError as error:
            raise Invalid(str(error)) from None
    data = (
        read_file(content, settings.max_bytes, room)
        if isinstance(content, Path)
        else bytes(cast("bytes", content))
    )
    sha256 = hashlib.sha256(data).hexdigest()
    if seen is not None and sha256 != seen.sha256:
        # It may be another account's by now.
        raise changed()
    row = settled(sha256)
    if row is not None and row.outcome.kind not in settings.again:
        return row
    try:
        facts = seen.facts if seen is not None else read_document(data, max_bytes=settings.max_bytes)
    except UnreadableDocument as error:
        raise Invalid(error.reason, sha256) from None
    _check_direction(facts, rules, sha256)
    total = facts.total if document.total is None else document.total
    _check_total(total, rules, sha256, facts.number)
    return Prepared(
        source=name,
        sha256=sha256,
        sought=sought_document(sha256, facts, not settings.received, total=document.total),
        operation=import_document.OPERATION,
        request=import_document.OPERATION.request(
            account=rules.account,
            content=data,
            send_after_import=settings.sends_at_once,
            # Never left to be guessed (behaviour 19).
            issued=not settings.received,
        ),
        subtotal=facts.subtotal,
        total=total,
        is_credit_note=facts.kind == "credit_note",
    )


def settled_before(
    documents: Sequence[Document | NoDocument], rules: Rules, settled: Callable[[str], Row | None]
) -> list[Row | None]:
    """Return the rows of documents that an earlier run has settled, by their hashes alone. Blocks: for a thread.

    Args:
        documents: the documents.
        rules: what is asked of them.
        settled: returns what an earlier run made of the document with a hash.

    Returns:
        A row for each; None for what is to be looked at as a whole.
    """
    rows: list[Row | None] = []
    for document in documents:
        row = None
        if isinstance(document, Document) and document.account in (None, rules.account):
            sha256 = _hash_of(document.content, rules.settings.max_bytes)
            row = None if sha256 is None else settled(sha256)
        rows.append(None if row is None or row.outcome.kind in rules.settings.again else row)
    return rows


def _hash_of(content: object, max_bytes: int) -> str | None:
    if isinstance(content, Seen):
        return content.sha256
    if isinstance(content, (bytes, bytearray, memoryview)):
        return hashlib.sha256(cast("bytes", content)).hexdigest()
    if not isinstance(content, Path):
        return None
    try:
        found = os.stat(content)
        # A pipe can be read once only.
        if not stat.S_ISREG(found.st_mode) or found.st_size > max_bytes:
            return None
        with open(content, "rb", buffering=0) as file:
            if found.st_size > LARGE:
                return hashlib.file_digest(file, "sha256").hexdigest()
            return hashlib.sha256(file.read(found.st_size + 1)).hexdigest()
    except OSError:
        return None


def known_from(row: Row, rules: Rules) -> Prepared:
    """Return what a journal knows about a document that isn't at hand."""
    known = row.outcome
    return Prepared(
        source=known.source,
        sha256=row.key,
        sought=Sought(
            number=known.number or "",
            series=known.series,
            year=known.year,
            types=(rules.type,),
            sha256=row.key,
        ),
    )


def read_file(path: Path, max_bytes: int, room: int = sys.maxsize) -> bytes:
    """Read a file, all of it as it was at one moment. Blocks: to be called in a thread.

    Args:
        path: the file.
        max_bytes: how many bytes it may have.
        room: how many bytes may be read.

    Raises:
        Invalid: it can't be read, is too large, or changes all the time.
        ReadApart: it has more bytes than there is room for, or it is no plain file.
    """
    try:
        for _ in range(_TRIES):
            found = os.stat(path)
            if not stat.S_ISREG(found.st_mode):
                raise ReadApart(0)
            if found.st_size > max_bytes:
                raise too_large(max_bytes)
            if found.st_size > room:
                raise ReadApart(found.st_size)
            with open(path, "rb") as file:
                data = file.read(found.st_size + 1)
                after = os.fstat(file.fileno())
            # Of a file that somebody writes to just now, the halves of two versions may be an invoice too.
            if len(data) == found.st_size and _version(after) == _version(found):
                return data
    except OSError as error:
        raise unreadable(error) from None
    raise Invalid("The file changes while it is read. Run the same again when it is written to its end.")


def _version(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns


def too_large(max_bytes: int) -> Invalid:
    """Return the error of a file that has more bytes than it may have."""
    return Invalid(f"The file has more than the {max_bytes:,} bytes allowed here.")


def changed() -> Invalid:
    """Return the error of a file that is not what it was when somebody looked whose it is."""
    return Invalid("The file has changed since it was looked at. Run the same again.")


def unreadable(error: OSError) -> Invalid:
    """Return the error of a file that the system doesn't let be read."""
    return Invalid(f"The file can't be read: {error.strerror or error}.")


def _check_direction(facts: DocumentFacts, rules: Rules, sha256: str) -> None:
    if facts.issued_by != "seller" and not rules.settings.self_billed:
        # What the server makes of one is in no public source; a wrong guess files somebody's tax wrongly.
        raise Invalid(_who_issues(facts, rules), sha256, facts.number, code=SELF_BILLED)
    direction = facts.direction(rules.own_ids) if rules.own_ids else None
    issuer, receiver = ("buyer", "seller") if facts.issued_by == "buyer" else ("seller", "buyer")
    which = "self-billed document" if facts.issued_by == "buyer" else "document"
    if direction == "received" and not rules.settings.received:
        reason = f"The account is the {receiver} of this {which}, not its {issuer}."
        raise Invalid(reason, sha256, facts.number, code=RECEIVED_DOCUMENT)
    if direction == "issued" and rules.settings.received:
        if facts.issued_by == "third_party":
            issuer = "seller, or who issues it for the seller,"
        reason = f"The account is the {issuer} of this {which}, not its {receiver}."
        raise Invalid(reason, sha256, facts.number, code=ISSUED_DOCUMENT)


def _who_issues(facts: DocumentFacts, rules: Rules) -> str:
    if facts.issued_by == "buyer":
        reason = f"The document is self-billed: its buyer{_named(facts.buyer)} issues it, not its seller"
    else:
        reason = f"A third party{_named(facts.third_party)} issues the document in the seller's name"
    direction = facts.direction(rules.own_ids) if rules.own_ids else None
    side = {"issued": "issues", "received": "receives"}.get(direction or "")
    this_run = "received" if rules.settings.received else "issued by the account"
    reason += f", and this upload would file it as {this_run}"
    return f"{reason}; the account {side} it." if side else f"{reason}."


def _named(party: Party | None) -> str:
    return f" ({party.name[:60]})" if party is not None and party.name else ""


def _check_total(total: Decimal | None, rules: Rules, sha256: str, number: str) -> None:
    if rules.settings.verify_totals and total is None:
        raise Invalid("There is no total to compare with.", sha256, number, code=NO_TOTAL)


def _from_json(name: str, given: Mapping[str, object], total: Decimal | None, rules: Rules) -> Prepared:
    value: Mapping[str, object] | None = None
    try:
        value = cast("Mapping[str, object]", plain(dict(given)))
        request = create.OPERATION.request(
            account=rules.account,
            invoice=value,
            send_after_import=True if rules.settings.sends_at_once else None,
        )
        refuse(request.problems, rules.api_version)
    except ArgumentError as error:
        raise Invalid(str(error), None if value is None else hash_of_invoice(value)) from None
    assert request.body is not None
    # What is sent, not what was given: a None in that is nothing.
    value = cast("Mapping[str, Mapping[str, object]]", request.body.value)["invoice"]
    sha256 = hash_of_invoice(value)
    number, day, kind = value.get("number"), value.get("date"), value.get("type") or ISSUED
    if not isinstance(number, str) or not number.strip():
        raise Invalid(
            "number: the invoice has none. Set it: after a lost reply nothing else tells whether it is on the server.",
            sha256,
        )
    if number != number.strip():
        raise Invalid(f"number: {number!r} has spaces around it, which may get lost; take them out.", sha256)
    if writable(number) != number:
        raise Invalid(f"number: {number!r} has half a character, which can't be sent.", sha256)
    if not isinstance(day, str) or not _DAY.match(day):
        raise Invalid(
            "date: the invoice has none like 2026-03-31. Set it: a number is taken within its year.",
            sha256,
            number,
        )
    if (kind == RECEIVED) != rules.settings.received:
        code = RECEIVED_DOCUMENT if kind == RECEIVED else ISSUED_DOCUMENT
        raise Invalid(f"type: the invoice is of type {kind}.", sha256, number, code=code)
    _check_total(total, rules, sha256, number)
    sought = sought_invoice(
        value, sha256=sha256, total=total, usual={"currency": rules.currency} if rules.currency else None
    )
    assert sought is not None
    return Prepared(
        source=name,
        sha256=sha256,
        sought=evolve(sought, year=int(day[:4])),
        operation=create.OPERATION,
        request=request,
        total=total,
        is_credit_note=value.get("is_credit_note") is True,
    )


def hash_of_invoice(invoice: object) -> str:
    """Hash an invoice so that its keys in another order, or its numbers spelled otherwise, make no other of it."""
    text = str(
        simplejson.dumps(_spelled_alike(invoice), use_decimal=True, sort_keys=True, separators=(",", ":"))
    )
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _spelled_alike(value: object) -> object:
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        return {name: _spelled_alike(one) for name, one in fields.items()}
    if isinstance(value, list):
        return [_spelled_alike(one) for one in cast("list[object]", value)]
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        sign, digits, exponent = Decimal(value).as_tuple()
        assert isinstance(exponent, int)  # infinities can't be sent
        kept = len(digits)
        while kept > 1 and digits[kept - 1] == 0:
            kept -= 1
        if digits[:kept] == (0,):
            return Decimal(0)
        return Decimal((sign, digits[:kept], exponent + len(digits) - kept))
    return value
