"""Web hooks, with what the spec can't know: registering one again makes another, with another secret (behaviour 61)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Unpack

import attrs

from ..errors import ArgumentError, B2BrouterError, NotFoundError
from ..generated.resources import web_hooks as generated

if TYPE_CHECKING:
    from collections.abc import Collection

    from .._core.operation import CallOptions
    from ..generated.models.web_hook import WebHook
    from ..generated.models.web_hook_event_code import WebHookEventCode

_log = logging.getLogger("b2brouter_async.webhooks")


class WebHooks(generated.WebHooks):
    """Operations on web hooks.

    Example:
        async for web_hook in client.web_hooks.list():
            print(web_hook.url, web_hook.events)
    """

    __slots__ = ()

    async def ensure(
        self,
        url: str,
        events: Collection[WebHookEventCode | str],
        *,
        secret: str | None = None,
        replace: bool = False,
        description: str | None = None,
        **options: Unpack[CallOptions],
    ) -> WebHook:
        """See that one web hook calls an address for some events: made, changed, or left as it is.

        Example:
            web_hook = await client.web_hooks.ensure(
                "https://acme.example/hook", ["issued_invoice.state_change", "received_invoice.created"]
            )

        The secret comes once, in the reply that makes the web hook: `signing_secret` holds it then and is None in
        every other case. Keep it where your secrets are kept; no repr and no log shows it.

        Args:
            url: the address, exactly as it shall be called.
            events: the codes of the events, all of them.
            secret: the secret that you have for it, where you have it; without one it is logged that a web hook
                exists whose secret can't be got again.
            replace: make a new web hook with a new secret and then delete the ones that were there. Between the two
                both call, with the same events: let your receiver take both secrets until late repeats are over. One
                that can't be deleted is logged and stays.
            description: a text to it.
            options: see `CallOptions`; they hold for each request.

        Returns:
            The web hook.

        Raises:
            ArgumentError: no address or no event is named.
            APIStatusError: the server refuses; it wants a public https address (behaviour 62).
            OutcomeUnknownError: it is not known whether a web hook was made. Its secret is lost then: call again
                with `replace=True`.
        """
        if not url:
            raise ArgumentError("name the address that shall be called", argument="url")
        if isinstance(events, str) or not events:
            raise ArgumentError("name the events, as a list of codes", argument="events")
        from ..generated.models.web_hook_input import WebHookInput

        wanted = [str(event) for event in events]
        there = [hook async for hook in self.list(limit=500, **options) if hook.url == url]
        if replace or not there:
            made = await self.create(
                web_hook=WebHookInput(url=url, events=wanted, enabled=True, description=description),
                **options,
            )
            for hook in there:
                try:
                    await self.delete(hook.id, **options)
                except NotFoundError:
                    pass  # somebody was faster
                except B2BrouterError as error:
                    # The new one's secret is told only now; an error would lose it.
                    _log.warning(
                        "web hook %d was made, and %d, which calls the same address, could not be deleted: %s",
                        made.id,
                        hook.id,
                        error,
                    )
            return made
        # The one that was first is the one whose secret a receiver most likely has.
        first = min(there, key=lambda hook: hook.id)
        if len(there) > 1:
            _log.warning(
                "web hooks %s all call the same address, so each event comes several times; delete those whose "
                "secret you don't have",
                ", ".join(str(hook.id) for hook in there),
            )
        if secret is None:
            _log.warning(
                "web hook %d exists; its secret was told once, when it was made: pass the one you have as secret=, "
                "or make another with replace=True",
                first.id,
            )
        if {str(event) for event in first.events or ()} != set(wanted) or first.enabled is False:
            await self.update(
                first.id, web_hook=WebHookInput(url=url, events=wanted, enabled=True), **options
            )
            first = await self.get(first.id, **options)
        return attrs.evolve(first, signing_secret=None)
