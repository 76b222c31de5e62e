"""Web hooks: subscriptions, and the signed calls that follow an event (behaviours 44 to 47)."""

from __future__ import annotations

import hashlib
import hmac
import random
from typing import TYPE_CHECKING

import attrs

from . import errors
from .identifiers import filled
from .service import render
from .store import Record
from .wire import Reply, done, page_of

if TYPE_CHECKING:
    from .store import JsonObject
    from .wire import Call, Handler
    from .world import World

KIND = "web_hook"
SIGNATURE = "X-B2Brouter-Signature"
# How the real server repeats a call that failed is not documented (behaviour 46): seconds until the next attempt.
RETRIES = (5.0, 25.0, 125.0, 625.0)


@attrs.frozen
class Delivery:
    """One call to a subscriber, signed for the moment it was taken."""

    id: int
    web_hook_id: int
    url: str
    headers: dict[str, str]
    content: bytes
    attempt: int


def sign(secret: str, content: bytes, moment: int) -> str:
    """Return the signature header: HMAC-SHA256 of seconds, a dot and the raw body (behaviour 44)."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + content, hashlib.sha256).hexdigest()
    return f"t={moment},s={digest}"


class Outbox:
    """The calls that wait to be made.

    `repeats` is the probability that an event is sent once more, `disorder` shuffles what is due together.
    """

    def __init__(self, world: World, *, repeats: float, disorder: bool, seed: int) -> None:
        if not 0 <= repeats <= 1:
            raise ValueError(f"hook_repeats is a probability between 0 and 1, and is {repeats}")
        self.repeats = repeats
        self.disorder = disorder
        self._world = world
        self._random = random.Random(seed)  # noqa: S311 - reproducible on purpose
        world.listeners.append(self._event)

    def __len__(self) -> int:
        return len(self._world.store.all("delivery"))

    def _event(self, realm: str, body: JsonObject) -> None:
        for hook in self._world.store.group((KIND, realm)).values():
            wanted: list[str] = hook.body["events"] or []
            if hook.body["enabled"] is False or body["code"] not in wanted:
                continue
            copies = 2 if self.repeats and self._random.random() < self.repeats else 1
            for _ in range(copies):
                number = self._world.store.next_id("delivery")
                content = render(body).decode("ascii")
                entry: JsonObject = {
                    "hook": hook.id,
                    "content": content,
                    "due": self._world.now,
                    "attempt": 1,
                }
                self._world.store.add(Record("delivery", number, realm, entry))

    def take(self) -> list[Delivery]:
        """Return the calls that are due now; each stays until `settle` says how it went."""
        now = self._world.now
        taken: list[Delivery] = []
        for record in list(self._world.store.all("delivery").values()):
            hook = self._world.store.get(KIND, record.body["hook"])
            if hook is None:
                self._world.store.remove(record)
            elif record.body["due"] <= now:
                content = str(record.body["content"]).encode()
                headers = {
                    "Content-Type": "application/json",
                    SIGNATURE: sign(str(hook.body["signing_secret"]), content, int(now)),
                }
                url, attempt = str(hook.body["url"]), int(record.body["attempt"])
                taken.append(Delivery(record.id, hook.id, url, headers, content, attempt))
        if self.disorder:
            self._random.shuffle(taken)
        return taken

    def settle(self, delivery: Delivery, *, delivered: bool) -> None:
        """Forget a call that was answered 2xx; plan another attempt for one that was not."""
        record = self._world.store.get("delivery", delivery.id)
        if record is None:
            return
        attempt = int(record.body["attempt"])
        if delivered or attempt > len(RETRIES):
            self._world.store.remove(record)
            return
        record.body["due"] = self._world.now + RETRIES[attempt - 1]
        record.body["attempt"] = attempt + 1
        self._world.store.changed(record)


def list_hooks(world: World, call: Call) -> Reply:
    """List the group's web hooks."""
    return page_of("web_hooks", world.store.group((KIND, call.key.realm)), call.query)


def create_hook(world: World, call: Call) -> Reply:
    """Subscribe to events; the reply names the secret that signs them."""
    fields = world.known("POST /web_hooks", call.json[KIND])
    _check(fields)
    number = world.store.next_id(KIND)
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
    world.store.add(Record(KIND, number, call.key.realm, body))
    return Reply(201, {KIND: body})


def get_hook(world: World, call: Call) -> Reply:
    """Show a web hook."""
    return Reply(200, {KIND: _hook(world, call).body})


def update_hook(world: World, call: Call) -> Reply:
    """Change a web hook; its secret stays."""
    hook = _hook(world, call)
    changed = {**hook.body, **world.known("PUT /web_hooks/{}", call.json[KIND])}
    _check(changed)
    hook.body = changed
    world.touch(hook)
    return Reply(200, {KIND: hook.body})


def delete_hook(world: World, call: Call) -> Reply:
    """Unsubscribe."""
    hook = _hook(world, call)
    world.store.remove(hook)
    return done(world, {KIND: hook.body})


def _hook(world: World, call: Call) -> Record:
    hook = world.store.get(KIND, call.number)
    if hook is None or hook.owner != call.key.realm:
        raise errors.missing("web hook")
    return hook


def _check(fields: JsonObject) -> None:
    if not filled(fields, "url"):
        raise errors.blank("url")
    if not str(fields["url"]).startswith(("https://", "http://")):
        raise errors.inclusion("url", "Url is not a web address")


HANDLERS: dict[str, Handler] = {
    "GET /web_hooks": list_hooks,
    "POST /web_hooks": create_hook,
    "GET /web_hooks/{}": get_hook,
    "PUT /web_hooks/{}": update_hook,
    "DELETE /web_hooks/{}": delete_hook,
}
