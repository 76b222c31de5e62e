"""WebHookInput"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from ..._core.codecs import BOOLEAN, TEXT, enumeration, list_of
from ..._core.model import Field, RequestModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .web_hook_event_code import WebHookEventCode


@define(kw_only=True, repr=False)
class WebHookInput(RequestModel):
    """Web hook to create or change."""

    url: str | None = None
    """Address to call."""
    events: Sequence[WebHookEventCode | str] | None = None
    """Events to subscribe to; not empty when enabled."""
    enabled: bool | None = None
    """In force."""
    description: str | None = None
    """Text."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        """Return the fields that the spec names."""
        from .web_hook_event_code import WebHookEventCode

        return (
            Field("url", "url", TEXT),
            Field("events", "events", list_of(enumeration(WebHookEventCode))),
            Field("enabled", "enabled", BOOLEAN),
            Field("description", "description", TEXT),
        )
