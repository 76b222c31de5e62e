"""Web hooks: subscriptions, and the signed calls that follow an event (behaviours 44 to 47)."""

from __future__ import annotations

import hashlib
import heapq
import hmac
import random
from typing import TYPE_CHECKING

import attrs

from ..server import errors
from ..server.call import Reply, done, page_of
from ..server.service import render
from ..state.store import Record
from .identifiers import filled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..server.call import Call, Handler
    from ..state.store import JsonObject
    from ..state.world import World

KIND = "web_hook"
SIGNATURE = "X-B2Brouter-Signature"
# How the real server repeats a call that failed is not documented (behaviour 46): seconds until the next attempt.
RETRIES = (5.0, 25.0, 125.0, 625.0)
# How late a call may come at most where disorder is asked for, in seconds: later than the next state.
DISORDER = 3.0


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

    `repeats` is the probability that an event is sent once more. With `disorder` each call waits up to `DISORDER`
    seconds more than it has to, and what is due together is shuffled.
    """

    def __init__(self, world: World, *, repeats: float, disorder: bool, seed: int) -> None:
        if not 0 <= repeats <= 1:
            raise ValueError(f"hook_repeats is a probability between 0 and 1, and is {repeats}")
        self.repeats = repeats
        self.disorder = disorder
        self._world = world
        self._random = random.Random(seed)  # noqa: S311 - reproducible on purpose
        # When which call is due; what is being made is in the store, and not here.
        self._waiting: list[tuple[float, int]] = []
        world.listeners.append(self._event)

    def __len__(self) -> int:
        return len(self._world.store.all("delivery"))

    def resume(self) -> None:
        """Wait again with the calls that were loaded."""
        for record in self._world.store.all("delivery").values():
            self._wait(record)

    def _event(self, realm: str, body: JsonObject) -> None:
        for hook in self._world.store.group((KIND, realm)).values():
            wanted: list[str] = hook.body["events"] or []
            if hook.body["enabled"] is False or body["code"] not in wanted:
                continue
            content = render(body).decode("ascii")
            copies = 2 if self.repeats and self._random.random() < self.repeats else 1
            for _ in range(copies):
                late = self._random.random() * DISORDER if self.disorder else 0.0
                number = self._world.store.next_id("delivery")
                entry: JsonObject = {
                    "hook": hook.id,
                    "content": content,
                    "due": self._world.now + late,
                    "attempt": 1,
                }
                self._wait(self._world.store.add(Record("delivery", number, realm, entry)))

    def take(self) -> list[Delivery]:
        """Take the calls that are due now, signed; `settle` says how each went, or `put_back` that it wasn't made."""
        now = self._world.now
        taken: list[Delivery] = []
        while self._waiting and self._waiting[0][0] <= now:
            record = self._world.store.get("delivery", heapq.heappop(self._waiting)[1])
            if record is None:
                continue
            hook = self._world.store.get(KIND, record.body["hook"])
            if hook is None:
                self._world.store.remove(record)
                continue
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

    def put_back(self, deliveries: Iterable[Delivery]) -> None:
        """Wait again with calls that were taken and not made."""
        for delivery in deliveries:
            record = self._world.store.get("delivery", delivery.id)
            if record is not None:
                self._wait(record)

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
        self._wait(record)

    def _wait(self, record: Record) -> None:
        heapq.heappush(self._waiting, (float(record.body["due"]), record.id))


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
    if not _is_address(str(fields["url"])):
        raise errors.inclusion("url", "Url is not a web address")
    # "Not empty when enabled", says the document.
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
