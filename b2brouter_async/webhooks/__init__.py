"""Web hooks: calls of B2Brouter verified, stored, answered, and worked off.

Example:
    hooks = WebHooks(secrets=os.environ["B2BROUTER_WEBHOOK_SECRET"], inbox="webhooks.sqlite")

    @hooks.on(IssuedInvoiceStateChange)
    async def changed(event: IssuedInvoiceStateChange) -> None:
        print(event.data.invoice_id, event.data.state)

`hooks` is an ASGI application for a route of yours; `async with hooks.running()` in your lifespan works the events off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy_names

if TYPE_CHECKING:
    from .._inbox.memory import MemoryInbox as MemoryInbox
    from .._inbox.redis import RedisInbox as RedisInbox
    from .._inbox.sqlite import SQLiteInbox as SQLiteInbox
    from .._inbox.store import Inbox as Inbox
    from .._inbox.store import InboxError as InboxError
    from .._inbox.store import Item as Item
    from .._inbox.worker import Work as Work
    from .answer import Answer as Answer
    from .errors import Reason as Reason
    from .errors import WebHookError as WebHookError
    from .events import Event as Event
    from .events import IssuedInvoiceStateChange as IssuedInvoiceStateChange
    from .events import LedgerStateChange as LedgerStateChange
    from .events import ReceivedInvoiceCreated as ReceivedInvoiceCreated
    from .events import ReceivedInvoiceStateChange as ReceivedInvoiceStateChange
    from .events import SiiBatchFinished as SiiBatchFinished
    from .events import TaxReportStateChange as TaxReportStateChange
    from .events import TinVerificationFinished as TinVerificationFinished
    from .events import UnknownEvent as UnknownEvent
    from .events import parse as parse
    from .hooks import WebHooks as WebHooks
    from .signature import SIGNATURE_HEADER as SIGNATURE_HEADER
    from .signature import sign as sign
    from .signature import verify as verify

if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "._inbox.memory": ("MemoryInbox",),
            "._inbox.redis": ("RedisInbox",),
            "._inbox.sqlite": ("SQLiteInbox",),
            "._inbox.store": ("Inbox", "InboxError", "Item"),
            "._inbox.worker": ("Work",),
            "answer": ("Answer",),
            "errors": ("Reason", "WebHookError"),
            "events": (
                "Event",
                "IssuedInvoiceStateChange",
                "LedgerStateChange",
                "ReceivedInvoiceCreated",
                "ReceivedInvoiceStateChange",
                "SiiBatchFinished",
                "TaxReportStateChange",
                "TinVerificationFinished",
                "UnknownEvent",
                "parse",
            ),
            "hooks": ("WebHooks",),
            "signature": ("SIGNATURE_HEADER", "sign", "verify"),
        },
    )
