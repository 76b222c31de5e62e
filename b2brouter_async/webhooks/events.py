"""The events that B2Brouter tells of: seven that are known, and any other (behaviour 45)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from attrs import field, frozen

from .._core.exact_json import load_json
from .._core.model import Model
from ..errors import ShapeError
from ..generated import models
from .errors import WebHookError

if TYPE_CHECKING:
    from ..generated.models import (
        IssuedInvoiceStateChangeEventData,
        LedgerStateChangeEventData,
        ReceivedInvoiceCreatedEventData,
        ReceivedInvoiceStateChangeEventData,
        SiiBatchFinishedEventData,
        TaxReportStateChangeEventData,
        TinVerificationFinishedEventData,
    )

M = TypeVar("M", bound=Model)
_PLAIN = re.compile(r"[!-~]{1,200}")


@frozen(kw_only=True)
class Event:
    """Something that happened, as B2Brouter told it.

    Example:
        event = parse(body)
        print(event.key, event.code, event.account_id, event.triggered_at)

    Events come late, more than once and in any order (behaviour 46): take one for the advice to look. Its repr shows
    nothing of what it is about.

    Attributes:
        key: the same for every repeat of the event, and for no other: environment, code and the event's id, or the
            SHA-256 of the body where it has none. Note it in the transaction that acts on the event.
        code: what happened, for example `issued_invoice.state_change`.
        data: what it is about.
        account_id: the account, where the event names one.
        triggered_at: when it happened, in Unix seconds.
        body: the raw body.
        additional_properties: what stands beside these at the root.
    """

    CODE: ClassVar[str] = ""

    key: str
    code: str
    data: object = field(repr=False)
    account_id: int | None = None
    triggered_at: int | None = None
    body: bytes = field(repr=False, default=b"")
    additional_properties: Mapping[str, object] = field(factory=dict[str, object], repr=False)


@frozen(kw_only=True)
class UnknownEvent(Event):
    """An event of another code, or one of a known code whose data is not what it should be: `data` is as it came.

    Example:
        @hooks.on("something.new")
        async def new(event: UnknownEvent) -> None:
            print(event.code, event.data)
    """


@frozen(kw_only=True)
class IssuedInvoiceStateChange(Event):
    """An issued invoice came into another state.

    Example:
        @hooks.on(IssuedInvoiceStateChange)
        async def changed(event: IssuedInvoiceStateChange) -> None:
            print(event.data.invoice_id, event.data.state)
    """

    CODE: ClassVar[str] = "issued_invoice.state_change"
    data: IssuedInvoiceStateChangeEventData = field(repr=False)


@frozen(kw_only=True)
class ReceivedInvoiceCreated(Event):
    """An invoice was received.

    Example:
        @hooks.on(ReceivedInvoiceCreated)
        async def arrived(event: ReceivedInvoiceCreated) -> None:
            print(event.data.invoice_id)
    """

    CODE: ClassVar[str] = "received_invoice.created"
    data: ReceivedInvoiceCreatedEventData = field(repr=False)


@frozen(kw_only=True)
class ReceivedInvoiceStateChange(Event):
    """A received invoice came into another state.

    Example:
        @hooks.on(ReceivedInvoiceStateChange)
        async def changed(event: ReceivedInvoiceStateChange) -> None:
            print(event.data.invoice_id, event.data.state)
    """

    CODE: ClassVar[str] = "received_invoice.state_change"
    data: ReceivedInvoiceStateChangeEventData = field(repr=False)


@frozen(kw_only=True)
class TaxReportStateChange(Event):
    """A tax report came into another state.

    Example:
        @hooks.on(TaxReportStateChange)
        async def reported(event: TaxReportStateChange) -> None:
            print(event.data)
    """

    CODE: ClassVar[str] = "tax_report.state_change"
    data: TaxReportStateChangeEventData = field(repr=False)


@frozen(kw_only=True)
class LedgerStateChange(Event):
    """A ledger came into another state.

    Example:
        @hooks.on(LedgerStateChange)
        async def reported(event: LedgerStateChange) -> None:
            print(event.data)
    """

    CODE: ClassVar[str] = "ledger.state_change"
    data: LedgerStateChangeEventData = field(repr=False)


@frozen(kw_only=True)
class TinVerificationFinished(Event):
    """A check of tax numbers ended.

    Example:
        @hooks.on(TinVerificationFinished)
        async def checked(event: TinVerificationFinished) -> None:
            print(event.data)
    """

    CODE: ClassVar[str] = "tin_verification.finished"
    data: TinVerificationFinishedEventData = field(repr=False)


@frozen(kw_only=True)
class SiiBatchFinished(Event):
    """A batch of tax reports ended.

    Example:
        @hooks.on(SiiBatchFinished)
        async def finished(event: SiiBatchFinished) -> None:
            print(event.data)
    """

    CODE: ClassVar[str] = "sii_batch.finished"
    data: SiiBatchFinishedEventData = field(repr=False)


KNOWN: Mapping[str, type[Event]] = {
    kind.CODE: kind
    for kind in (
        IssuedInvoiceStateChange,
        ReceivedInvoiceCreated,
        ReceivedInvoiceStateChange,
        TaxReportStateChange,
        LedgerStateChange,
        TinVerificationFinished,
        SiiBatchFinished,
    )
}
"""The class of every code that is known."""


def parse(body: bytes | bytearray | memoryview, *, environment: str = "") -> Event:
    """Read an event whose signature is not asked about: one from a store or a queue of your own.

    Example:
        event = parse(body)
        if isinstance(event, IssuedInvoiceStateChange):
            print(event.data.state)

    Fields that nobody knows are kept; a field whose value is not what the spec says is kept in the data's
    `additional_properties`, and its attribute is None.

    Args:
        body: the raw body.
        environment: goes into the event's key.

    Returns:
        An event of the code's class, or an `UnknownEvent`.

    Raises:
        WebHookError: `unreadable`: the body is empty, cut, not UTF-8, nested too deeply, no JSON object, or has no
            code.
        TypeError: the body is no bytes.
    """
    if not isinstance(cast("object", body), (bytes, bytearray, memoryview)):
        raise TypeError(f"body: pass the raw bytes of the event, not {type(body).__name__}")
    raw = bytes(body)
    root = _read(raw)
    code = root["code"]
    if not isinstance(code, str) or not code:
        raise WebHookError("unreadable", "the event has no text as its code")
    data = root.get("data")
    fields: Mapping[str, object] = cast("Mapping[str, object]", data) if isinstance(data, Mapping) else {}
    known = KNOWN.get(code) if isinstance(data, Mapping) else None
    read = None if known is None else _load(_model_of(known), fields)
    told: object = root.get("data") if read is None else read
    kind = UnknownEvent if known is None or read is None else known
    return kind(
        key=_key(raw, root, fields, code, environment),
        code=code,
        data=told,
        account_id=_whole(fields.get("account_id")),
        triggered_at=_whole(root.get("triggered_at")),
        body=raw,
        additional_properties={
            name: value for name, value in root.items() if name not in ("code", "data", "triggered_at")
        },
    )


def _read(raw: bytes) -> Mapping[str, object]:
    if not raw:
        raise WebHookError("unreadable", "the body is empty")
    try:
        # JSON's reader would guess among UTF-8, UTF-16 and UTF-32.
        root = load_json(raw.decode("utf-8-sig").encode())
    except UnicodeDecodeError:
        raise WebHookError("unreadable", "the body is not UTF-8") from None
    except ShapeError:
        # Without the reader's own words, which may hold some of the body.
        raise WebHookError("unreadable", "the body is no JSON: it was cut, or is nested too deeply") from None
    if not isinstance(root, Mapping):
        raise WebHookError("unreadable", "the body is no JSON object")
    fields = cast("Mapping[str, object]", root)
    if "code" not in fields:
        raise WebHookError("unreadable", "the event has no code")
    return fields


def _key(
    raw: bytes, root: Mapping[str, object], data: Mapping[str, object], code: str, environment: str
) -> str:
    number = next((one for one in (_id(data.get("event_id")), _id(root.get("id"))) if one), None)
    plain = f"{code}:{number}" if number else ""
    if not _PLAIN.fullmatch(plain):
        plain = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    return f"{environment}:{plain}" if environment else plain


def _id(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    return str(value) or None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _model_of(kind: type[Event]) -> type[Model]:
    # Each event's data model is loaded when the first of its kind comes.
    return cast("type[Model]", getattr(models, f"{kind.__name__}EventData"))


def _load(model: type[M], value: Mapping[str, object]) -> M | None:
    """Read an event's data, past what doesn't fit; None where something is missing without which there is no model."""
    rest, unfit = dict(value), dict[str, object]()
    while True:
        try:
            data = model.read_any(rest)
        except ShapeError as error:
            if not error.path or error.path[0] not in rest:
                return None
            name = str(error.path[0])
            unfit[name] = rest.pop(name)
        else:
            data.additional_properties.update(unfit)
            return data
