"""Web hooks: who is told of which events (behaviours 45 to 47)."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import TYPE_CHECKING

from ..server import errors
from ..server.call import Reply, bounds, done, page
from ..server.outbox import WEB_HOOK
from ..state.store import Record
from .identifiers import filled

if TYPE_CHECKING:
    from ..server.call import Call, Handler
    from ..state.store import JsonObject
    from ..state.world import World

# Names that no host on the internet has.
_PRIVATE = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".invalid")


def list_hooks(world: World, call: Call) -> Reply:
    """List the group's web hooks, without their secrets (behaviour 61)."""
    offset, limit = bounds(call.query)
    hooks = list(world.store.group((WEB_HOOK, call.key.realm)).values())
    return page("web_hooks", map(_shown, hooks[offset : offset + limit]), len(hooks), offset, limit)


def create_hook(world: World, call: Call) -> Reply:
    """Subscribe to events; this reply alone names the secret that signs them (behaviour 61)."""
    fields = world.known("POST /web_hooks", call.json[WEB_HOOK])
    _check(world, fields)
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
    return Reply(200, {WEB_HOOK: _shown(_hook(world, call))})


def update_hook(world: World, call: Call) -> Reply:
    """Change a web hook; its secret stays."""
    hook = _hook(world, call)
    changed = {**hook.body, **world.known("PUT /web_hooks/{}", call.json[WEB_HOOK])}
    _check(world, changed)
    hook.body = changed
    world.touch(hook)
    return Reply(200, {WEB_HOOK: _shown(hook)})


def delete_hook(world: World, call: Call) -> Reply:
    """Unsubscribe."""
    hook = _hook(world, call)
    world.store.remove(hook)
    return done(world, {WEB_HOOK: _shown(hook)})


def _shown(hook: Record) -> JsonObject:
    return {name: value for name, value in hook.body.items() if name != "signing_secret"}


def _hook(world: World, call: Call) -> Record:
    hook = world.store.get(WEB_HOOK, call.number)
    if hook is None or hook.owner != call.key.realm:
        raise errors.missing("web hook")
    return hook


def _check(world: World, fields: JsonObject) -> None:
    if not filled(fields, "url"):
        raise errors.blank("url")
    if not _is_address(str(fields["url"])):
        raise errors.inclusion("url", "Url is not a web address")
    if world.settings.strict and not _is_public(str(fields["url"])):
        raise errors.inclusion("url", "Url must be a public https address")
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


def _is_public(url: str) -> bool:
    """Tell whether an address is https and leads out of this machine and its network, as far as its text tells."""
    import httpx

    parsed = httpx.URL(url)
    host = parsed.host.strip("[]").rstrip(".")
    try:
        return parsed.scheme == "https" and ipaddress.ip_address(host).is_global
    except ValueError:
        name = host.lower()
        return parsed.scheme == "https" and "." in name and not name.endswith(_PRIVATE)


HANDLERS: dict[str, Handler] = {
    "GET /web_hooks": list_hooks,
    "POST /web_hooks": create_hook,
    "GET /web_hooks/{}": get_hook,
    "PUT /web_hooks/{}": update_hook,
    "DELETE /web_hooks/{}": delete_hook,
}
