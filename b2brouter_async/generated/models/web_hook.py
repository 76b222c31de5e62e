"""WebHook"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from ..._core.codecs import BOOLEAN, DATETIME, INTEGER, TEXT, enumeration, list_of, nullable
from ..._core.model import Field, Model

if TYPE_CHECKING:
    import datetime

    from .web_hook_event_code import WebHookEventCode


@define(kw_only=True, repr=False)
class WebHook(Model):
    """Subscription to events of the key's group."""

    id: int
    """Web hook id."""
    url: str | None = None
    """Address called."""
    events: list[WebHookEventCode] | None = None
    """Events subscribed to."""
    enabled: bool | None = None
    """In force."""
    description: str | None = None
    """Text."""
    signing_secret: str | None = field(default=None, repr=False)
    """Secret of the signature; given once, on creation."""
    created_at: datetime.datetime | None = None
    """Creation time."""
    updated_at: datetime.datetime | None = None
    """Last change."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .web_hook_event_code import WebHookEventCode

        return (
            Field("id", "id", INTEGER, required=True),
            Field("url", "url", nullable(TEXT)),
            Field("events", "events", nullable(list_of(enumeration(WebHookEventCode)))),
            Field("enabled", "enabled", nullable(BOOLEAN)),
            Field("description", "description", nullable(TEXT)),
            Field("signing_secret", "signing_secret", nullable(TEXT)),
            Field("created_at", "created_at", nullable(DATETIME)),
            Field("updated_at", "updated_at", nullable(DATETIME)),
        )
