"""The calls to web hooks that wait to be made, signed when they are (behaviours 44 to 46)."""

from __future__ import annotations

import hashlib
import heapq
import hmac
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import attrs
import simplejson

from ..state.store import Record
from .bodies import is_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..state.store import JsonObject
    from ..state.world import World

# The kind of record that holds a subscription.
WEB_HOOK = "web_hook"
SIGNATURE = "X-B2Brouter-Signature"
# How the real server repeats a call that failed is not documented (behaviour 46): seconds until the next attempt.
RETRIES = (5.0, 25.0, 125.0, 625.0)
# How late a call may come at most where disorder is asked for, in seconds: later than the next state.
DISORDER = 3.0


@attrs.frozen
class Delivery:
    """One call to a subscriber, signed for the moment it was taken.

    Example:
        for delivery in simulator.take_deliveries():
            print(delivery.url, delivery.headers, delivery.content)
    """

    id: int
    web_hook_id: int
    url: str
    headers: dict[str, str]
    content: bytes
    attempt: int


def sign(secret: str, content: bytes, moment: int) -> str:
    """Return the signature header: HMAC-SHA256 of seconds, a dot and the raw body (behaviour 44).

    Example:
        header = sign("whsec_…", b"{}", int(simulator.now))
    """
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + content, hashlib.sha256).hexdigest()
    return f"t={moment},s={digest}"


def spell(body: JsonObject, turn: int) -> str:
    """Return an event's JSON, by turns in one of the ways that no compact `json.dumps` writes.

    A receiver that verifies JSON which it has parsed and written again fails here, and not in production: spaces after
    colons and commas, letters raw or escaped, `\\/` for a slash, `121.00` for 121, indents, a line end.
    """
    way = turn % 4
    text = str(
        simplejson.dumps(
            _with_cents(body) if way in (0, 3) else body,
            use_decimal=True,
            ensure_ascii=way in (1, 3),
            separators=(",", ":") if way == 0 else (", ", ": "),
            indent=2 if way == 2 else None,
        )
    )
    return (text.replace("/", "\\/") if way in (1, 3) else text) + ("\n" if way in (0, 2) else "")


def _with_cents(value: Any) -> Any:
    """Write whole amounts with their cents: numbers that came as Decimal are amounts, ids never are."""
    if isinstance(value, dict):
        return {name: _with_cents(entry) for name, entry in cast("JsonObject", value).items()}
    if is_list(value):
        return [_with_cents(entry) for entry in value]
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return value.quantize(Decimal("0.01"))
    return value


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
        self._spelt = 0
        world.listeners.append(self._event)

    def __len__(self) -> int:
        return len(self._world.store.all("delivery"))

    def resume(self) -> None:
        """Wait again with the calls that were loaded."""
        for record in self._world.store.all("delivery").values():
            self._wait(record)

    def _event(self, realm: str, body: JsonObject) -> None:
        for hook in self._world.store.group((WEB_HOOK, realm)).values():
            wanted: list[str] = hook.body["events"] or []
            if hook.body["enabled"] is False or body["code"] not in wanted:
                continue
            self._spelt += 1
            content = spell(body, self._spelt)
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
        moment = int(self._world.clock.shown_by_others())
        taken: list[Delivery] = []
        while self._waiting and self._waiting[0][0] <= now:
            record = self._world.store.get("delivery", heapq.heappop(self._waiting)[1])
            if record is None:
                continue
            hook = self._world.store.get(WEB_HOOK, record.body["hook"])
            if hook is None:
                self._world.store.remove(record)
                continue
            content = str(record.body["content"]).encode()
            headers = {
                "Content-Type": "application/json",
                SIGNATURE: sign(str(hook.body["signing_secret"]), content, moment),
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
        heapq.heappush(self._waiting, (float(record.look()["due"]), record.id))
