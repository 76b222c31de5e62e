"""Web hooks: who is told of which events (behaviours 45 to 47)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ..server import errors
from ..server.call import Reply, done, page_of
from ..server.outbox import WEB_HOOK
from ..state.store import Record
from .identifiers import filled

if TYPE_CHECKING:
    from ..server.call import Call, Handler
    from ..state.store import JsonObject
    from ..state.world import World


def list_hooks(world: World, call: Call) -> Reply:
    """List the group's web hooks."""
    return page_of("web_hooks", world.store.group((WEB_HOOK, call.key.realm)), call.query)


def create_hook(world: World, call: Call) -> Reply:
    """Subscribe to events; the reply names the secret that signs them."""
    fields = world.known("POST /web_hooks", call.json[WEB_HOOK])
    _check(fields)
    number = world.store.next_id(WEB_HOOK)
    stamp = world.stamp()
    secret = hashlib.sha256(f"{call.key.realm}/{number}".encode()).hexdigest()[:32]
    body: JsonObject = {
        "id": number,
        "events": [],
        "enabled": True,
        "description": None,
        **fields,
        "signing_secret": f"whsec_{secret}",
        "created_at": stamp,
        "updated_at": stamp,
    }
    world.store.add(Record(WEB_HOOK, number, call.key.realm, body))
    return Reply(201, {WEB_HOOK: body})


def get_hook(world: World, call: Call) -> Reply:
    """Show a web hook."""
    return Reply(200, {WEB_HOOK: _hook(world, call).body})


def update_hook(world: World, call: Call) -> Reply:
    """Change a web hook; its secret stays."""
    hook = _hook(world, call)
    changed = {**hook.body, **world.known("PUT /web_hooks/{}", call.json[WEB_HOOK])}
    _check(changed)
    hook.body = changed
    world.touch(hook)
    return Reply(200, {WEB_HOOK: hook.body})


def delete_hook(world: World, call: Call) -> Reply:
    """Unsubscribe."""
    hook = _hook(world, call)
    world.store.remove(hook)
    return done(world, {WEB_HOOK: hook.body})


def _hook(world: World, call: Call) -> Record:
    hook = world.store.get(WEB_HOOK, call.number)
    if hook is None or hook.owner != call.key.realm:
        raise errors.missing("web hook")
    return hook


def _check(fields: JsonObject) -> None:
    if not filled(fields, "url"):
        raise errors.blank("url")
    if not _is_address(str(fields["url"])):
        raise errors.inclusion("url", "Url is not a web address")
    # "Not empty when enabled", says the spec.
    if fields.get("enabled") is not False and not fields.get("events"):
        raise errors.blank("events")


def _is_address(url: str) -> bool:
    """Tell whether a call can be made to an address: what no client can even try must not end up in the outbox."""
    import httpx

    try:
        parsed = httpx.URL(url.encode("utf-8").decode("utf-8"))
        return parsed.scheme in ("http", "https") and bool(parsed.host) and 0 < (parsed.port or 80) < 65536
    except (httpx.InvalidURL, UnicodeError):
        return False


HANDLERS: dict[str, Handler] = {
    "GET /web_hooks": list_hooks,
    "POST /web_hooks": create_hook,
    "GET /web_hooks/{}": get_hook,
    "PUT /web_hooks/{}": update_hook,
    "DELETE /web_hooks/{}": delete_hook,
}
